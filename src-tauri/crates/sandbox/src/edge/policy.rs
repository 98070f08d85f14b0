//! CloudFront policies: reading, wildcards, conditions, and the URL-safe base64 they travel in. Signatures are those of
//! the keys, in [`crate::trusted_keys`].
//!
//! Source: "Set signed cookies using a custom policy" and "... a canned policy" in the CloudFront developer guide.

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use wildmatch::WildMatch;

/// A policy document with its one statement.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Policy {
    statement: [Statement; 1],
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    /// Left out, it grants everything.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    condition: Condition,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Condition {
    date_less_than: Epoch,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    date_greater_than: Option<Epoch>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    ip_address: Option<Source>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Epoch {
    #[serde(rename = "AWS:EpochTime")]
    seconds: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    #[serde(rename = "AWS:SourceIp")]
    range: String,
}

/// Returns whether objects are where the documentation has them. (What reads them into their types would take lists
/// as well.)
fn has_shape(policy: &Value) -> bool {
    let condition = &policy["Statement"][0]["Condition"];
    let conditions = condition.as_object().into_iter().flat_map(serde_json::Map::values);
    [policy, &policy["Statement"][0], condition].into_iter().chain(conditions).all(Value::is_object)
}

/// Rejects `null` for what may be left out.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

impl Policy {
    /// Grants `resource` until `until` (seconds since 1970).
    pub(super) fn until(resource: &str, until: i64) -> Self {
        let condition =
            Condition { date_less_than: Epoch { seconds: until }, date_greater_than: None, ip_address: None };
        Self { statement: [Statement { resource: Some(resource.to_owned()), condition }] }
    }

    /// Returns the text that is signed: no white space, names in the order of the documentation.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the bytes of a policy.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        if has_shape(&value) { serde_json::from_slice(bytes).ok() } else { None }
    }

    /// Returns whether it grants `url` to `viewer` at `now` (seconds since 1970).
    pub(super) fn grants(&self, url: &str, viewer: IpAddr, now: i64) -> bool {
        let [Statement { resource, condition }] = &self.statement;
        let is_late = now >= condition.date_less_than.seconds;
        let is_early = condition.date_greater_than.as_ref().is_some_and(|from| now <= from.seconds);
        let is_elsewhere = condition.ip_address.as_ref().is_some_and(|source| !contains(&source.range, viewer));
        let is_named = resource.as_ref().is_none_or(|resource| matches(resource, url));
        is_named && !is_late && !is_early && !is_elsewhere
    }
}

/// Base64 with `+`, `=` and `/` written as `-`, `_` and `~`.
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes).replace('+', "-").replace('=', "_").replace('/', "~")
}

/// Reverses [`encode`]; the three characters that it replaces are rejected.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    if text.contains(['+', '=', '/']) {
        return None;
    }
    STANDARD.decode(text.replace('-', "+").replace('_', "=").replace('~', "/")).ok()
}

/// Returns whether `text` matches `pattern`: `*` is any text, even empty; `?` is one character.
fn matches(pattern: &str, text: &str) -> bool {
    WildMatch::new(pattern).matches(text)
}

/// Returns whether `address` lies in `range`: one IPv4 address, or a CIDR block of them.
fn contains(range: &str, address: IpAddr) -> bool {
    let IpAddr::V4(address) = address else {
        return false;
    };
    let (base, bits) = range.split_once('/').unwrap_or((range, "32"));
    if !bits.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let (Ok(base), Ok(bits)) = (base.parse::<std::net::Ipv4Addr>(), bits.parse::<u32>()) else {
        return false;
    };
    let mask = match bits {
        0 => 0,
        1..=32 => u32::MAX << (32 - bits),
        33.. => return false,
    };
    (base.to_bits() & mask) == (address.to_bits() & mask)
}
