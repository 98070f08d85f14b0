//! Sessions that end by themselves or are ended, and people who are disabled.

use serde_json::json;
use waybill_system_tests::Result;

use super::{Lifetime, in_time};
use crate::http::Jar;
use crate::oidc::{CLIENT, PERSON, Realm, Tokens, with};
use crate::provider::{ACCESS_SECONDS, IDLE_SECONDS, Kind, MAX_SECONDS, Provider};
use crate::record::Record;

/// The person whose sessions are ended, so that no other sessions are touched.
const VICTIM: &str = "bryn.hughes";

pub(super) fn idle_passed(provider: &dyn Provider) -> Result<Record> {
    in_time(|| idle_passed_once(provider))
}

fn idle_passed_once(provider: &dyn Provider) -> Result<Option<Record>> {
    let realm = Realm::new(provider, Kind::Short)?;
    let mut record = Record::default();
    let mut jar = Jar::default();
    let session = Lifetime::start(provider, IDLE_SECONDS);
    let tokens = realm.sign_in(&mut jar, PERSON)?;
    provider.pass(Kind::Short, ACCESS_SECONDS + 1)?;
    record.reply("userinfo after the access token's life", &realm, &realm.userinfo(Some(&tokens.access))?);
    let refreshed = realm.refresh(&tokens.refresh)?;
    if refreshed.status != 200 && session.may_be_over() {
        return Ok(None);
    }
    record.outcome("a refresh in time", &refreshed);
    let tokens = Tokens::read(&refreshed)?;
    provider.pass(Kind::Short, IDLE_SECONDS + 1)?;
    record.reply("a refresh too late", &realm, &realm.refresh(&tokens.refresh)?);
    record.reply("a refresh too late, again", &realm, &realm.refresh(&tokens.refresh)?);
    Ok(Some(record))
}

pub(super) fn maximum_passed(provider: &dyn Provider) -> Result<Record> {
    in_time(|| maximum_passed_once(provider))
}

fn maximum_passed_once(provider: &dyn Provider) -> Result<Option<Record>> {
    let realm = Realm::new(provider, Kind::Short)?;
    let mut record = Record::default();
    let mut jar = Jar::default();
    let session = Lifetime::start(provider, MAX_SECONDS);
    let mut idle = Lifetime::start(provider, IDLE_SECONDS);
    let mut tokens = realm.sign_in(&mut jar, PERSON)?;
    let step = IDLE_SECONDS - 2;
    for number in 1..=(MAX_SECONDS - 1) / step {
        provider.pass(Kind::Short, step)?;
        let next = Lifetime::start(provider, IDLE_SECONDS);
        let reply = realm.refresh(&tokens.refresh)?;
        if reply.status != 200 && (idle.may_be_over() || session.may_be_over()) {
            return Ok(None);
        }
        idle = next;
        record.outcome(format!("refresh {number}"), &reply);
        let left = reply.json().and_then(|body| body["refresh_expires_in"].as_u64()).unwrap_or_default();
        let is_cut = left <= MAX_SECONDS - number * step;
        record.value(format!("refresh {number} lives no longer than its session"), json!(is_cut));
        tokens = Tokens::read(&reply)?;
    }
    provider.pass(Kind::Short, step + 1)?;
    record.reply("a refresh after the maximum", &realm, &realm.refresh(&tokens.refresh)?);
    let silent = with(Realm::request(CLIENT), "prompt", Some("none"));
    record.reply("the browser's session then", &realm, &realm.authorise(&mut jar, &silent)?);
    record.reply("userinfo then", &realm, &realm.userinfo(Some(&tokens.access))?);
    Ok(Some(record))
}

pub(super) fn ended_by_an_administrator(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    let mut jar = Jar::default();
    let tokens = realm.sign_in(&mut jar, VICTIM)?;
    let silent = with(Realm::request(CLIENT), "prompt", Some("none"));
    let code = realm.authorise(&mut jar, &silent)?.parameter("code")?;
    provider.end_sessions(Kind::Steady, VICTIM)?;
    record.reply("refresh", &realm, &realm.refresh(&tokens.refresh)?);
    record.reply("userinfo", &realm, &realm.userinfo(Some(&tokens.access))?);
    record.reply("a code given out before", &realm, &realm.redeem(&code)?);
    record.reply("the browser's session", &realm, &realm.authorise(&mut jar, &silent)?);
    record.outcome("signing in again", &{
        let code = realm.log_in_as(&mut jar, CLIENT, VICTIM)?.parameter("code")?;
        realm.redeem(&code)?
    });
    Ok(record)
}

pub(super) fn user_disabled(provider: &dyn Provider) -> Result<Record> {
    let realm = Realm::new(provider, Kind::Steady)?;
    let mut record = Record::default();
    let mut jar = Jar::default();
    let tokens = realm.sign_in(&mut jar, VICTIM)?;
    let silent = with(Realm::request(CLIENT), "prompt", Some("none"));
    let code = realm.authorise(&mut jar, &silent)?.parameter("code")?;
    provider.set_enabled(Kind::Steady, VICTIM, false)?;
    let disabled = (|| -> Result<()> {
        record.reply("refresh", &realm, &realm.refresh(&tokens.refresh)?);
        record.reply("userinfo", &realm, &realm.userinfo(Some(&tokens.access))?);
        record.reply("a code given out before", &realm, &realm.redeem(&code)?);
        record.reply("the browser's session", &realm, &realm.authorise(&mut jar, &silent)?);
        record.reply("signing in", &realm, &realm.log_in_as(&mut Jar::default(), CLIENT, VICTIM)?);
        Ok(())
    })();
    provider.set_enabled(Kind::Steady, VICTIM, true)?;
    disabled?;
    record.outcome("the refresh token when enabled again", &realm.refresh(&tokens.refresh)?);
    record.value("signing in when enabled again", json!(realm.log_in_as(&mut Jar::default(), CLIENT, VICTIM)?.status));
    Ok(record)
}
