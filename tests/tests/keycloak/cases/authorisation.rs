//! What the authorisation endpoint answers before anybody has signed in, and consent.

use serde_json::json;
use waybill_system_tests::Result;

use crate::http::Jar;
use crate::oidc::{ASKING, CLIENT, PERSON, REDIRECT, Realm, with};
use crate::provider::{Kind, Provider};
use crate::record::Record;

pub(super) fn wrong_redirect(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    for address in [
        "http://localhost:45871/callback",
        "http://127.0.0.1:45871/other",
        "http://127.0.0.1:45871/callback/",
        "http://127.0.0.1:45871/callback?more=1",
        "http://127.0.0.1:45871/callback#part",
        "http://127.0.0.1:45871/../callback",
        "https://127.0.0.1:45871/callback",
        "http://127.0.0.1:45871@evil.example/callback",
        "http://[::1]:45871/callback",
        "https://evil.example/callback",
        "nonsense",
        "",
    ] {
        let request = with(Realm::request(CLIENT), "redirect_uri", Some(address));
        record.reply(format!("{address:?}"), &realm, &realm.authorise(&mut Jar::default(), &request)?);
    }
    for address in ["http://127.0.0.1/callback", "http://127.0.0.1:1/callback", REDIRECT] {
        let request = with(Realm::request(CLIENT), "redirect_uri", Some(address));
        let reply = realm.authorise(&mut Jar::default(), &request)?;
        record.value(address, json!(reply.status));
    }
    let without = with(Realm::request(CLIENT), "redirect_uri", None);
    record.reply("none", &realm, &realm.authorise(&mut Jar::default(), &without)?);
    Ok(record)
}

pub(super) fn wrong_request(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    let changes: [(&str, Option<&str>); 17] = [
        ("client_id", None),
        ("client_id", Some("unknown")),
        ("response_type", None),
        ("response_type", Some("nonsense")),
        ("response_type", Some("token")),
        ("response_mode", Some("nonsense")),
        ("scope", Some("openid nonsense")),
        ("scope", None),
        ("code_challenge", None),
        ("code_challenge", Some("short")),
        ("code_challenge", Some("forty-three characters, but some not allowed")),
        ("code_challenge_method", None),
        ("code_challenge_method", Some("plain")),
        ("code_challenge_method", Some("nonsense")),
        ("prompt", Some("none")),
        ("state", None),
        ("nonce", None),
    ];
    for (name, value) in changes {
        let reply = realm.authorise(&mut Jar::default(), &with(Realm::request(CLIENT), name, value))?;
        record.reply(format!("{name} {value:?}"), &realm, &reply);
    }
    for name in ["state", "client_id", "redirect_uri", "scope"] {
        let mut request = Realm::request(CLIENT);
        let again = request.iter().find(|(found, _)| *found == name).cloned();
        request.extend(again);
        record.reply(format!("{name} twice"), &realm, &realm.authorise(&mut Jar::default(), &request)?);
    }
    let in_fragment = with(Realm::request(CLIENT), "response_mode", Some("fragment"));
    let in_fragment = with(in_fragment, "prompt", Some("none"));
    record.reply("answer in the fragment", &realm, &realm.authorise(&mut Jar::default(), &in_fragment)?);
    Ok(record)
}

pub(super) fn consent_refused(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    let mut jar = Jar::default();
    let back = realm.log_in_as(&mut jar, ASKING, "bryn.hughes")?;
    let page = realm.follow(&mut jar, back)?;
    record.value("asks", json!([page.status, page.message()]));
    record.reply("no", &realm, &realm.press(&mut jar, &page, "cancel")?);
    let back = realm.authorise(&mut jar, &with(Realm::request(ASKING), "prompt", Some("none")))?;
    record.reply("silent after it", &realm, &realm.follow(&mut jar, back)?);
    Ok(record)
}

pub(super) fn consent(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    let mut jar = Jar::default();
    let silent = with(Realm::request(ASKING), "prompt", Some("none"));
    realm.log_in_as(&mut jar, CLIENT, PERSON)?;
    let back = realm.authorise(&mut jar, &silent)?;
    record.reply("silent before it", &realm, &realm.follow(&mut jar, back)?);
    let back = realm.authorise(&mut jar, &Realm::request(ASKING))?;
    let page = realm.follow(&mut jar, back)?;
    record.value("asks", json!([page.status, page.message()]));
    record.reply("yes", &realm, &realm.press(&mut jar, &page, "accept")?);
    let back = realm.authorise(&mut jar, &silent)?;
    record.reply("not asked again", &realm, &realm.follow(&mut jar, back)?);
    Ok(record)
}
