//! Signing out, in the browser and by a client, and revocation.

use serde_json::json;
use waybill_system_tests::Result;

use crate::http::Jar;
use crate::oidc::{CLIENT, PERSON, Params, Realm, with};
use crate::provider::{Kind, Provider};
use crate::record::Record;

pub(super) fn all(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    in_the_browser(&realm, &mut record)?;
    by_the_client(&realm, &mut record)?;
    revocation(&realm, &mut record)?;
    Ok(record)
}

fn in_the_browser(realm: &Realm<'_>, record: &mut Record) -> Result<()> {
    const BACK: &str = "http://127.0.0.1:45871/callback";
    let mut jar = Jar::default();
    let tokens = realm.sign_in(&mut jar, PERSON)?;
    let query = |pairs: &[(&'static str, &str)]| -> Params<'static> {
        pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
    };
    let refused: [(&str, Params<'_>); 5] = [
        ("back without saying who", query(&[("post_logout_redirect_uri", BACK)])),
        ("back to elsewhere", query(&[("client_id", CLIENT), ("post_logout_redirect_uri", "https://evil.example/")])),
        ("with nonsense as hint", query(&[("id_token_hint", "nonsense")])),
        ("with an access token as hint", query(&[("id_token_hint", &tokens.access)])),
        ("with another client's name", query(&[("id_token_hint", &tokens.id), ("client_id", "tdr-fe")])),
    ];
    for (what, query) in refused {
        record.reply(format!("logout {what}"), realm, &realm.log_out(&mut jar.clone(), &query)?);
    }
    let page = realm.log_out(&mut jar.clone(), &Vec::new())?;
    record.value("logout without a hint asks", json!([page.status, page.location.is_none(), page.message()]));
    record.outcome("the session continues", &realm.refresh(&tokens.refresh)?);
    let hinted =
        query(&[("id_token_hint", &tokens.id), ("post_logout_redirect_uri", BACK), ("state", "the other state")]);
    record.reply("logout with a hint", realm, &realm.log_out(&mut jar, &hinted)?);
    record.reply("refresh after it", realm, &realm.refresh(&tokens.refresh)?);
    record.reply("userinfo after it", realm, &realm.userinfo(Some(&tokens.access))?);
    let silent = with(Realm::request(CLIENT), "prompt", Some("none"));
    record.reply("the browser's session after it", realm, &realm.authorise(&mut jar, &silent)?);
    record.reply("logout once more", realm, &realm.log_out(&mut jar, &hinted)?);
    record.reply("logout without a session", realm, &realm.log_out(&mut Jar::default(), &Vec::new())?);
    Ok(())
}

fn by_the_client(realm: &Realm<'_>, record: &mut Record) -> Result<()> {
    let mut jar = Jar::default();
    let tokens = realm.sign_in(&mut jar, PERSON)?;
    let form = |client: &str, token: &str| -> Params<'static> {
        vec![("client_id", client.to_owned()), ("refresh_token", token.to_owned())]
    };
    record.reply("direct logout with nonsense", realm, &realm.post("logout", &form(CLIENT, "nonsense"))?);
    record.reply("direct logout of another client's", realm, &realm.post("logout", &form("tdr-fe", &tokens.refresh))?);
    record.reply(
        "direct logout of an unknown client",
        realm,
        &realm.post("logout", &form("unknown", &tokens.refresh))?,
    );
    record.outcome("the session continues after these", &realm.refresh(&tokens.refresh)?);
    record.reply("direct logout", realm, &realm.post("logout", &form(CLIENT, &tokens.refresh))?);
    record.reply("refresh after direct logout", realm, &realm.refresh(&tokens.refresh)?);
    record.reply("direct logout once more", realm, &realm.post("logout", &form(CLIENT, &tokens.refresh))?);
    Ok(())
}

fn revocation(realm: &Realm<'_>, record: &mut Record) -> Result<()> {
    let form = |client: &str, token: &str| -> Params<'static> {
        vec![("client_id", client.to_owned()), ("token", token.to_owned())]
    };
    let mut jar = Jar::default();
    let tokens = realm.sign_in(&mut jar, PERSON)?;
    record.reply("revocation of nothing", realm, &realm.post("revoke", &vec![("client_id", CLIENT.to_owned())])?);
    record.reply("revocation of nonsense", realm, &realm.post("revoke", &form(CLIENT, "nonsense"))?);
    record.reply("revocation by another client", realm, &realm.post("revoke", &form("tdr-fe", &tokens.refresh))?);
    record.reply("revocation by an unknown client", realm, &realm.post("revoke", &form("unknown", &tokens.refresh))?);
    record.outcome("the session continues after revoking nonsense", &realm.refresh(&tokens.refresh)?);
    record.reply("revocation of the access token", realm, &realm.post("revoke", &form(CLIENT, &tokens.access))?);
    record.reply("userinfo with it", realm, &realm.userinfo(Some(&tokens.access))?);
    record.outcome("refresh after it was revoked", &realm.refresh(&tokens.refresh)?);
    record.reply("revocation of the refresh token", realm, &realm.post("revoke", &form(CLIENT, &tokens.refresh))?);
    record.reply("refresh with it", realm, &realm.refresh(&tokens.refresh)?);
    record.reply("revoked once more", realm, &realm.post("revoke", &form(CLIENT, &tokens.refresh))?);
    let silent = with(Realm::request(CLIENT), "prompt", Some("none"));
    record.reply("the browser's session after revocation", realm, &realm.authorise(&mut jar, &silent)?);
    record.reply("userinfo without a token", realm, &realm.userinfo(None)?);
    record.reply("userinfo with nonsense", realm, &realm.userinfo(Some("nonsense"))?);
    record.reply("userinfo with a refresh token", realm, &realm.userinfo(Some(&tokens.refresh))?);
    Ok(())
}
