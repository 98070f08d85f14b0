//! The signed cookies of the upload domain.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method};
use serde::Deserialize;
use waybill_model::{BodyKind, Code, LocalFault, Reply, Role, Secret, Timestamp};

use crate::net::{Answer, Net, Outbound, Outgoing, ReplyTime};
use crate::pass::{Pass, bearer};

const PREFIX: &str = "CloudFront-";

/// Fetches cookies for the holder of the access token. They allow writing below the person's prefix of the upload
/// domain. The edge checks their expiry when a request arrives (facts A7).
///
/// The signer reports every failure as a 401 without a body, whether the token or the signer itself is at fault (facts
/// E2). A response without usable cookies is `Refused`, with its status.
pub async fn fetch_cookies(net: &Net, access: &Secret) -> Reply<Pass> {
    let mut url = net.profile().upload_url.clone();
    url.set_path("/cookies");
    let headers = headers(net.profile().upload_origin.as_deref(), access)?;
    let outbound = Outbound {
        role: Role::Upload,
        method: Method::GET,
        url,
        headers,
        body: Outgoing::empty(),
        answer_within: net.limits().answer,
        reply: ReplyTime::Short,
        more_time: Duration::ZERO,
        longest_answer: 1 << 20,
    };
    read(&net.execute(outbound).await?)
}

fn headers(origin: Option<&str>, access: &Secret) -> Result<HeaderMap, LocalFault> {
    let origin = origin
        .and_then(|origin| HeaderValue::from_str(origin).ok())
        .ok_or_else(|| LocalFault::Impossible(Code::ProfileMalformed, "upload.origin".to_owned()))?;
    Ok(HeaderMap::from_iter([(AUTHORIZATION, bearer(access)?), (ORIGIN, origin)]))
}

pub(crate) fn read(answer: &Answer) -> Reply<Pass> {
    if !answer.status.is_success() || answer.kind() == BodyKind::Html {
        return Err(answer.refusal(None, answer.text()).into());
    }
    let found = cloudfront_cookies(&answer.headers);
    let whole = ["CloudFront-Key-Pair-Id", "CloudFront-Signature"].iter().all(|name| found.contains_key(*name));
    // Every cookie is sent back, regardless of how many there are (facts A1).
    let header = found.iter().map(|(name, value)| format!("{name}={}", value.reveal())).collect::<Vec<_>>().join("; ");
    let pass = expiry(&found).filter(|_| whole).and_then(|until| Pass::of_cookies(&header, until));
    match pass {
        Some(pass) => {
            answer.is_the_services();
            Ok(pass.seen_at(answer.server_time()))
        }
        None => {
            let names = found.keys().cloned().collect::<Vec<_>>().join(", ");
            let what = format!("the answer lacks usable CloudFront cookies; it has: [{names}]");
            Err(answer.refusal(None, Some(what)).into())
        }
    }
}

/// Collects every `CloudFront-*` cookie in the response by name. If a name is repeated, the last one counts.
fn cloudfront_cookies(headers: &HeaderMap) -> BTreeMap<String, Secret> {
    let pairs = headers.get_all(SET_COOKIE).iter().filter_map(|value| {
        let (name, value) = value.to_str().ok()?.split(';').next()?.split_once('=')?;
        let (name, value) = (name.trim(), value.trim().trim_matches('"'));
        (name.starts_with(PREFIX) && !value.is_empty()).then(|| (name.to_owned(), Secret::new(value.to_owned())))
    });
    pairs.collect()
}

/// Reads the expiry from the policy, or from `CloudFront-Expires` for a canned policy. The cookies' own attributes do
/// not state it (facts A8).
fn expiry(cookies: &BTreeMap<String, Secret>) -> Option<Timestamp> {
    match cookies.get("CloudFront-Policy") {
        Some(policy) => policy_expiry(policy.reveal()),
        None => cookies.get("CloudFront-Expires")?.reveal().parse().ok().map(Timestamp::from_epoch_seconds),
    }
}

#[derive(Deserialize)]
struct Policy {
    #[serde(rename = "Statement")]
    statements: Vec<Statement>,
}

#[derive(Deserialize)]
struct Statement {
    #[serde(rename = "Condition")]
    condition: Condition,
}

#[derive(Deserialize)]
struct Condition {
    #[serde(rename = "DateLessThan")]
    before: Moment,
}

#[derive(Deserialize)]
struct Moment {
    #[serde(rename = "AWS:EpochTime")]
    epoch_seconds: i64,
}

/// CloudFront's variant of base64 (facts A3): `-`, `_` and `~` for `+`, `=` and `/`.
pub(crate) fn policy_expiry(policy: &str) -> Option<Timestamp> {
    let plain = policy.replace('-', "+").replace('_', "=").replace('~', "/");
    let policy: Policy = serde_json::from_slice(&STANDARD.decode(plain).ok()?).ok()?;
    let earliest = policy.statements.iter().map(|statement| statement.condition.before.epoch_seconds).min()?;
    Some(Timestamp::from_epoch_seconds(earliest))
}

#[cfg(test)]
mod tests;
