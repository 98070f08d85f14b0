//! From the realm's description to who a token belongs to.

use serde_json::{Value, json};
use waybill_system_tests::{Account, Error, Result};

use super::{Lifetime, in_time};
use crate::http::Jar;
use crate::oidc::{CLIENT, PERSON, Realm, Tokens, decode, with};
use crate::provider::{Kind, Provider, ROTATING_ACCESS_SECONDS};
use crate::record::Record;

/// The lists of the description that a client of ours reads, with what has to be in them.
const PROMISES: [(&str, &str); 6] = [
    ("grant_types_supported", "authorization_code"),
    ("grant_types_supported", "refresh_token"),
    ("response_types_supported", "code"),
    ("code_challenge_methods_supported", "S256"),
    ("id_token_signing_alg_values_supported", "RS256"),
    ("scopes_supported", "offline_access"),
];

pub(super) fn discovery(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    let reply = realm.get("/.well-known/openid-configuration")?;
    let found = reply.json().unwrap_or(Value::Null);
    record.value("status", json!([reply.status, reply.header("content-type"), reply.header("cache-control")]));
    for name in [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "end_session_endpoint",
        "jwks_uri",
        "revocation_endpoint",
    ] {
        record.value(name, json!(found[name].as_str().map(|text| text.replace(realm.issuer(), "ISSUER"))));
    }
    for name in ["acr_values_supported", "claim_types_supported", "authorization_response_iss_parameter_supported"] {
        record.value(name, found[name].clone());
    }
    for (list, entry) in PROMISES {
        let is_there = found[list].as_array().is_some_and(|list| list.iter().any(|found| found == entry));
        record.value(format!("{list} has {entry}"), json!(is_there));
    }
    let base = realm.issuer().rsplit_once('/').map_or("", |(base, _)| base);
    let other = format!("../../{}/none/.well-known/openid-configuration", base.rsplit('/').next().unwrap_or_default());
    record.reply("of no realm", &realm, &realm.get(&format!("/{other}"))?);
    Ok(record)
}

pub(super) fn keys(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    let reply = realm.get("/protocol/openid-connect/certs")?;
    record.value("status", json!([reply.status, reply.header("content-type"), reply.header("cache-control")]));
    let found = reply.json().unwrap_or(Value::Null);
    // Keycloak gives them in no particular order.
    for key in found["keys"].as_array().into_iter().flatten() {
        let members: Vec<&String> = key.as_object().into_iter().flat_map(serde_json::Map::keys).collect();
        let kind = json!([key["kty"], key["use"], key["e"], key["x5c"].as_array().map(Vec::len), members]);
        record.value(format!("the key for {}", key["alg"]), kind);
    }
    Ok(record)
}

pub(super) fn sign_in(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    let mut jar = Jar::default();
    let form = realm.authorise(&mut jar, &Realm::request(CLIENT))?;
    record.reply("the form", &realm, &form);
    let back = realm.fill_in(&mut jar, &form, &provider.account(Kind::Steady, PERSON)?)?;
    record.reply("back to the client", &realm, &back);
    let reply = realm.redeem(&back.parameter("code")?)?;
    record.reply("the tokens", &realm, &reply);
    let tokens = Tokens::read(&reply)?;
    let claims = [&tokens.access, &tokens.id].map(|token| decode(token).map(|[_, claims]| claims));
    let [Some(access), Some(id)] = claims else { return Err(Error::unexpected("the tokens cannot be read")) };
    record.value(
        "one session everywhere",
        json!(access["sid"] == id["sid"] && id["sid"] == back.parameter("session_state")?),
    );
    record.value("the nonce", id["nonce"].clone());
    record.value("sub is user_id", json!(access["sub"] == access["user_id"]));
    record.reply("whose it is", &realm, &realm.userinfo(Some(&tokens.access))?);
    Ok(record)
}

pub(super) fn claims_of_the_others(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    for person in ["bryn.hughes", "chen.li", "dana.frank"] {
        let tokens = realm.sign_in(&mut Jar::default(), person)?;
        let claims = decode(&tokens.access).map(|[_, claims]| claims).unwrap_or_default();
        let ours = ["user_id", "body", "standard_user", "judgment_user", "aud", "name", "email", "preferred_username"];
        record.value(person, json!(ours.map(|name| claims[name].clone())));
    }
    Ok(record)
}

pub(super) fn wrong_password(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    let mut jar = Jar::default();
    let good = provider.account(Kind::Steady, PERSON)?;
    let mut form = realm.authorise(&mut jar, &Realm::request(CLIENT))?;
    for (what, username, password) in [
        ("wrong password", PERSON, "wrong"),
        ("nobody", "nobody", "wrong"),
        ("nothing", "", ""),
        ("no password", PERSON, ""),
    ] {
        let account = Account { username: username.to_owned(), password: password.to_owned() };
        form = realm.fill_in(&mut jar, &form, &account)?;
        record.reply(what, &realm, &form);
    }
    record.reply("without cookies", &realm, &realm.fill_in(&mut Jar::default(), &form, &good)?);
    let by_mail = Account { username: format!("{PERSON}@EXAMPLE.org"), password: good.password };
    record.reply("then right, by e-mail", &realm, &realm.fill_in(&mut jar, &form, &by_mail)?);
    Ok(record)
}

pub(super) fn single_sign_on(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    let mut jar = Jar::default();
    let silent = with(Realm::request(CLIENT), "prompt", Some("none"));
    record.reply("silent without a session", &realm, &realm.authorise(&mut jar, &silent)?);
    realm.log_in_as(&mut jar, CLIENT, PERSON)?;
    let back = realm.authorise(&mut jar, &silent)?;
    record.reply("silent with a session", &realm, &back);
    record.outcome("its code", &realm.redeem(&back.parameter("code")?)?);
    record.reply("not silent with a session", &realm, &realm.authorise(&mut jar, &Realm::request(CLIENT))?);
    let again = realm.authorise(&mut jar, &with(Realm::request(CLIENT), "prompt", Some("login")))?;
    record.value("asked to log in again", json!([again.status, again.location.is_none()]));
    Ok(record)
}

pub(super) fn key_rotation(provider: &dyn Provider) -> Result<Record> {
    in_time(|| key_rotation_once(provider))
}

fn key_rotation_once(provider: &dyn Provider) -> Result<Option<Record>> {
    let realm = Realm::new(provider, Kind::Rotating)?;
    let mut record = Record::default();
    let signing_keys = || -> Result<Vec<String>> {
        let found = realm.get("/protocol/openid-connect/certs")?.json().unwrap_or(Value::Null);
        let signing = found["keys"].as_array().into_iter().flatten().filter(|key| key["use"] == "sig");
        Ok(signing.map(|key| key["kid"].as_str().unwrap_or_default().to_owned()).collect())
    };
    let key_of = |token: &str| decode(token).map(|[header, _]| header["kid"].clone()).unwrap_or_default();
    let access = Lifetime::start(provider, ROTATING_ACCESS_SECONDS);
    let first = realm.sign_in(&mut Jar::default(), PERSON)?;
    record.value("signing keys before", json!(signing_keys()?.len()));
    provider.rotate_keys(Kind::Rotating, false)?;
    let keys = signing_keys()?;
    record.value("signing keys after", json!(keys.len()));
    let second = realm.refresh(&first.refresh)?;
    record.outcome("a refresh after it", &second);
    let second = Tokens::read(&second)?;
    record.value("is signed with another key", json!(key_of(&second.access) != key_of(&first.access)));
    record
        .value("the new key stands first", json!(key_of(&second.access) == keys.first().cloned().unwrap_or_default()));
    let userinfo = realm.userinfo(Some(&first.access))?;
    if userinfo.status != 200 && access.may_be_over() {
        // One key again, as before.
        provider.rotate_keys(Kind::Rotating, true)?;
        return Ok(None);
    }
    record.outcome("the old access token at userinfo", &userinfo);
    provider.rotate_keys(Kind::Rotating, true)?;
    record.value("signing keys when the old are gone", json!(signing_keys()?.len()));
    record.reply("the old access token at userinfo then", &realm, &realm.userinfo(Some(&second.access))?);
    record.outcome("a refresh then", &realm.refresh(&second.refresh)?);
    Ok(Some(record))
}
