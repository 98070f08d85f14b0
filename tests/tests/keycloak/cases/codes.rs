//! Codes at the token endpoint, and calls that are wrong before their code is looked at.

use waybill_system_tests::Result;

use crate::http::Jar;
use crate::oidc::{CLIENT, PERSON, Params, Realm, Tokens, with};
use crate::provider::{Kind, Provider};
use crate::record::Record;

pub(super) fn refused(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    let changes: [(&str, Option<&str>); 12] = [
        ("code", None),
        ("code", Some("nonsense")),
        ("code", Some("7d3f1b8e-0000-0000-0000-000000000000.7d3f1b8e-1111-0000-0000-000000000000.x")),
        ("code_verifier", None),
        ("code_verifier", Some("another-verifier-of-forty-three-characters-1")),
        ("code_verifier", Some("short")),
        ("code_verifier", Some("forty-three characters, but some not allowed")),
        ("redirect_uri", None),
        ("redirect_uri", Some("http://127.0.0.1:45872/callback")),
        ("client_id", Some("tdr-fe")),
        ("client_id", Some("unknown")),
        ("client_id", None),
    ];
    for (name, value) in changes {
        let reply = realm.post("token", &with(Realm::exchange(&realm.code()?), name, value))?;
        record.reply(format!("{name} {value:?}"), &realm, &reply);
    }
    let mut jar = Jar::default();
    let form = realm.authorise(&mut jar, &with(Realm::request(CLIENT), "scope", Some("openid offline_access")))?;
    let code = realm.fill_in(&mut jar, &form, &provider.account(Kind::Steady, PERSON)?)?.parameter("code")?;
    record.reply("offline access for who may not", &realm, &realm.redeem(&code)?);
    let code = realm.code()?;
    record.outcome(
        "a wrong verifier",
        &realm.post("token", &with(Realm::exchange(&code), "code_verifier", Some(&"w".repeat(50))))?,
    );
    record.reply("uses the code up", &realm, &realm.redeem(&code)?);
    let code = realm.code()?;
    record.outcome(
        "an unknown client",
        &realm.post("token", &with(Realm::exchange(&code), "client_id", Some("unknown")))?,
    );
    record.outcome("does not", &realm.redeem(&code)?);
    Ok(record)
}

pub(super) fn used_twice(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    let mut jar = Jar::default();
    let code = realm.log_in_as(&mut jar, CLIENT, PERSON)?.parameter("code")?;
    let first = realm.redeem(&code)?;
    record.outcome("first", &first);
    let tokens = Tokens::read(&first)?;
    record.reply("second", &realm, &realm.redeem(&code)?);
    record.reply("third", &realm, &realm.redeem(&code)?);
    record.reply("refresh with the first's token", &realm, &realm.refresh(&tokens.refresh)?);
    record.reply("userinfo with the first's token", &realm, &realm.userinfo(Some(&tokens.access))?);
    let silent = with(Realm::request(CLIENT), "prompt", Some("none"));
    let back = realm.authorise(&mut jar, &silent)?;
    record.reply("the browser's session", &realm, &back);
    if let Ok(code) = back.parameter("code") {
        record.outcome("its code", &realm.redeem(&code)?);
        record.outcome("refresh with the first's token then", &realm.refresh(&tokens.refresh)?);
    }
    Ok(record)
}

pub(super) fn expired(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Short)?;
    let mut record = Record::default();
    let code = realm.code()?;
    provider.pass_life_of_a_code()?;
    record.reply("after its life", &realm, &realm.redeem(&code)?);
    Ok(record)
}

pub(super) fn call_refused(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    let exchange = || Realm::exchange("nonsense");
    let calls: [(&str, Params<'_>); 6] = [
        ("no grant type", with(exchange(), "grant_type", None)),
        ("unknown grant type", with(exchange(), "grant_type", Some("nonsense"))),
        ("password", with(exchange(), "grant_type", Some("password"))),
        ("client credentials", with(exchange(), "grant_type", Some("client_credentials"))),
        ("confidential client without its secret", with(exchange(), "client_id", Some("tdr"))),
        ("confidential client with a wrong one", {
            let mut call = with(exchange(), "client_id", Some("tdr"));
            call.push(("client_secret", "wrong".to_owned()));
            call
        }),
    ];
    for (what, call) in calls {
        record.reply(what, &realm, &realm.post("token", &call)?);
    }
    let mut twice = exchange();
    twice.push(("code", "again".to_owned()));
    record.reply("code twice", &realm, &realm.post("token", &twice)?);
    record.reply("nothing", &realm, &realm.post("token", &Vec::new())?);
    record.reply("JSON", &realm, &realm.post_text("token", "application/json", r#"{"grant_type":"refresh_token"}"#)?);
    record.reply("by GET", &realm, &realm.get("/protocol/openid-connect/token")?);
    Ok(record)
}
