//! Refresh tokens, with and without rotation.

use serde_json::json;
use waybill_system_tests::Result;

use super::{Lifetime, in_time};
use crate::http::Jar;
use crate::oidc::{CLIENT, PERSON, Realm, Tokens, decode, with};
use crate::provider::{Kind, Provider, ROTATING_ACCESS_SECONDS};
use crate::record::Record;

pub(super) fn refresh(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    let first = realm.sign_in(&mut Jar::default(), PERSON)?;
    let reply = realm.refresh(&first.refresh)?;
    record.reply("once", &realm, &reply);
    let second = Tokens::read(&reply)?;
    record.value("another token comes back", json!(second.refresh != first.refresh));
    record.outcome("the first again", &realm.refresh(&first.refresh)?);
    record.outcome("the second", &realm.refresh(&second.refresh)?);
    let same_session = [&first, &second].map(|tokens| decode(&tokens.access).map(|[_, claims]| claims["sid"].clone()));
    record.value("the session is the same", json!(same_session[0] == same_session[1]));
    let narrow = with(Realm::refreshing(&first.refresh), "scope", Some("openid"));
    record.reply("with a scope", &realm, &realm.post("token", &narrow)?);
    let wide = with(Realm::refreshing(&first.refresh), "scope", Some("openid offline_access"));
    record.reply("with a scope that was not asked for first", &realm, &realm.post("token", &wide)?);
    Ok(record)
}

pub(super) fn refused(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    let tokens = realm.sign_in(&mut Jar::default(), PERSON)?;
    let (head, signature) = tokens.refresh.rsplit_once('.').unwrap_or_default();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    for (what, token) in [
        ("none", None),
        ("empty", Some("")),
        ("nonsense", Some("nonsense")),
        ("three parts of nonsense", Some("a.b.c")),
        ("forged", Some(forged.as_str())),
        ("an access token", Some(tokens.access.as_str())),
        ("an ID token", Some(tokens.id.as_str())),
    ] {
        record.reply(what, &realm, &realm.post("token", &with(Realm::refreshing(""), "refresh_token", token))?);
    }
    let other = with(Realm::refreshing(&tokens.refresh), "client_id", Some("tdr-fe"));
    record.reply("another client's", &realm, &realm.post("token", &other)?);
    let other = Realm::new(provider, Kind::Rotating)?;
    record.reply("another realm's", &other, &other.refresh(&tokens.refresh)?);
    record.outcome("the real one after all this", &realm.refresh(&tokens.refresh)?);
    Ok(record)
}

pub(super) fn rotation_and_replay(provider: &dyn Provider) -> Result<Record> {
    in_time(|| rotation_and_replay_once(provider))
}

fn rotation_and_replay_once(provider: &dyn Provider) -> Result<Option<Record>> {
    let realm = Realm::new(provider, Kind::Rotating)?;
    let mut record = Record::default();
    let mut jar = Jar::default();
    let first = realm.sign_in(&mut jar, PERSON)?;
    let access = Lifetime::start(provider, ROTATING_ACCESS_SECONDS);
    let second = realm.refresh(&first.refresh)?;
    record.reply("the first token", &realm, &second);
    let second = Tokens::read(&second)?;
    record.reply("the first token again", &realm, &realm.refresh(&first.refresh)?);
    record.reply("the second token then", &realm, &realm.refresh(&second.refresh)?);
    record.reply("the first token a third time", &realm, &realm.refresh(&first.refresh)?);
    let userinfo = realm.userinfo(Some(&second.access))?;
    if access.may_be_over() {
        // Refused for its own end, and not for its session's.
        return Ok(None);
    }
    record.reply("userinfo then", &realm, &userinfo);
    let silent = with(Realm::request(CLIENT), "prompt", Some("none"));
    let back = realm.authorise(&mut jar, &silent)?;
    record.reply("the browser's session", &realm, &back);
    let tokens = Tokens::read(&realm.redeem(&back.parameter("code")?)?)?;
    record.outcome("a refresh of the new sign-in", &realm.refresh(&tokens.refresh)?);
    Ok(Some(record))
}

pub(super) fn older_than_the_last(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Rotating)?;
    let mut record = Record::default();
    let first = realm.sign_in(&mut Jar::default(), PERSON)?;
    let second = Tokens::read(&realm.refresh(&first.refresh)?)?;
    // Keycloak tells the order of tokens by the second in which they were issued.
    provider.pass(Kind::Rotating, 2)?;
    let third = Tokens::read(&realm.refresh(&second.refresh)?)?;
    record.reply("the first token", &realm, &realm.refresh(&first.refresh)?);
    record.reply("the second token", &realm, &realm.refresh(&second.refresh)?);
    record.reply("the third token", &realm, &realm.refresh(&third.refresh)?);
    Ok(record)
}
