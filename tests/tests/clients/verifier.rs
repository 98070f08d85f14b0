//! Whether CloudFront lets a request pass, written from its documentation and from nothing else.
//!
//! Sources, all in the CloudFront developer guide: "Set signed cookies using a canned policy", "... using a custom
//! policy", the same two for signed URLs, "Decide to use signed URLs or signed cookies", "Create a signature for a
//! signed cookie". Where they are silent, the stricter reading is taken: base64 in its one canonical form, no elements
//! that are not documented, numbers without sign or leading zero.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use ring::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Map, Value};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::keys::Pair;

/// What a viewer sends, and when and from where.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// Path and query.
    pub(crate) target: String,
    pub(crate) cookies: Vec<(String, String)>,
    pub(crate) from: Ipv4Addr,
    /// What was done to it, for people.
    pub(crate) about: String,
}

/// What becomes of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Passes,
    MissingKey,
    UnknownKey,
    Denied,
}

/// The edge as its documentation describes it.
pub(crate) struct Verifier {
    keys: BTreeMap<&'static str, Pair>,
    /// Scheme and host.
    origin: String,
}

impl Verifier {
    pub(crate) fn new(origin: &str, keys: [&Pair; 3]) -> Self {
        Self { keys: keys.into_iter().map(|pair| (pair.id, pair.clone())).collect(), origin: origin.to_owned() }
    }

    /// Decides about an attempt at this second.
    pub(crate) fn judge(&self, attempt: &Attempt, now: i64) -> Verdict {
        const URL_NAMES: [&str; 5] = ["Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"];
        let (path, query) = match attempt.target.split_once('?') {
            Some((path, query)) => (path, query.split('&').collect()),
            None => (attempt.target.as_str(), Vec::new()),
        };
        let named = |pair: &&str| URL_NAMES.iter().find(|name| pair.split('=').next() == Some(**name)).copied();
        // Any of these makes it a signed URL, and the cookies are not looked at. Hash-Algorithm alone does not.
        let is_signed_url = query.iter().filter_map(named).any(|name| name != "Hash-Algorithm");
        let (proof, left): (BTreeMap<String, String>, Vec<&str>) = if is_signed_url {
            let (signing, left): (Vec<&str>, Vec<&str>) = query.iter().partition(|pair| named(pair).is_some());
            let proof = signing.into_iter().map(|pair| pair.split_once('=').unwrap_or((pair, "")));
            (proof.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(), left)
        } else {
            let ours = attempt.cookies.iter().filter_map(|(name, value)| {
                let name = name.strip_prefix("CloudFront-")?;
                Some((name.to_owned(), value.clone()))
            });
            (ours.collect(), query)
        };
        let mut url = format!("{}{path}", self.origin);
        if !left.is_empty() {
            url = format!("{url}?{}", left.join("&"));
        }
        let Some(id) = proof.get("Key-Pair-Id").filter(|id| !id.is_empty()) else { return Verdict::MissingKey };
        let Some(key) = self.keys.get(id.as_str()) else { return Verdict::UnknownKey };
        if proves(key, &proof, &url, attempt.from, now).is_some() { Verdict::Passes } else { Verdict::Denied }
    }
}

fn proves(key: &Pair, proof: &BTreeMap<String, String>, url: &str, from: Ipv4Addr, now: i64) -> Option<()> {
    let policy = match (proof.get("Policy"), proof.get("Expires")) {
        (Some(policy), _) => decoded(policy)?,
        (None, Some(expires)) => {
            let number: u64 = expires.parse().ok()?;
            let is_plain = number <= 2_147_483_647 && *expires == number.to_string();
            is_plain.then(|| canned(url, expires).into_bytes())?
        }
        (None, None) => return None,
    };
    let signature = decoded(proof.get("Signature")?)?;
    let is_signed = match proof.get("Hash-Algorithm").map(String::as_str) {
        None | Some("SHA1") => sha1_matches(key, &policy, &signature),
        Some("SHA256") => sha256_matches(key, &policy, &signature),
        Some(_) => false,
    };
    (is_signed && grants(&policy, url, from, now).is_some()).then_some(())
}

/// Returns the canned policy's text: this and no other.
fn canned(url: &str, expires: &str) -> String {
    format!(r#"{{"Statement":[{{"Resource":"{url}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{expires}}}}}}}]}}"#)
}

/// Base64 with `-`, `_` and `~` in place of `+`, `=` and `/`, in its canonical form (RFC 4648, sections 3.2 and 3.5).
fn decoded(text: &str) -> Option<Vec<u8>> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 52),
        b'-' => Some(62),
        b'~' => Some(63),
        _ => None,
    };
    let padding = text.len() - text.trim_end_matches('_').len();
    let body = text.as_bytes().get(..text.len() - padding)?;
    let expected = match body.len() % 4 {
        0 => 0,
        2 => 2,
        3 => 1,
        _ => return None,
    };
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for &byte in body {
        held = held << 6 | value(byte)?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    (padding == expected && held == 0).then_some(bytes)
}

fn sha1_matches(key: &Pair, text: &[u8], signature: &[u8]) -> bool {
    if key.is_rsa {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, &key.raw);
        return key.verify(text, signature).is_ok();
    }
    curve_matches(key, &Sha1::digest(text), signature)
}

fn sha256_matches(key: &Pair, text: &[u8], signature: &[u8]) -> bool {
    if key.is_rsa {
        return UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key.raw).verify(text, signature).is_ok();
    }
    curve_matches(key, &Sha256::digest(text), signature)
}

fn curve_matches(key: &Pair, digest: &[u8], signature: &[u8]) -> bool {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&key.raw);
    let signature = p256::ecdsa::DerSignature::from_bytes(signature);
    key.is_ok_and(|key| signature.is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok()))
}

/// Returns whether a policy grants a URL to a viewer now.
fn grants(policy: &[u8], url: &str, from: Ipv4Addr, now: i64) -> Option<()> {
    let policy: Value = serde_json::from_slice(policy).ok()?;
    let policy = only(policy.as_object()?, &["Statement"])?;
    let [statement] = policy.get("Statement")?.as_array()?.as_slice() else { return None };
    let statement = only(statement.as_object()?, &["Resource", "Condition"])?;
    // Without a resource, everything is granted.
    let is_named = match statement.get("Resource") {
        None => true,
        Some(pattern) => covers(&pattern.as_str()?.chars().collect::<Vec<_>>(), &url.chars().collect::<Vec<_>>()),
    };
    let condition = statement.get("Condition")?.as_object()?;
    let condition = only(condition, &["DateLessThan", "DateGreaterThan", "IpAddress"])?;
    let ends = epoch(condition.get("DateLessThan")?)?;
    let has_started = match condition.get("DateGreaterThan") {
        None => true,
        // "Users are not allowed to access the file on or before the specified date and time."
        Some(starts) => now > epoch(starts)?,
    };
    let is_there = match condition.get("IpAddress") {
        None => true,
        Some(address) => {
            let address = only(address.as_object()?, &["AWS:SourceIp"])?;
            is_in(from, address.get("AWS:SourceIp")?.as_str()?)?
        }
    };
    (is_named && now < ends && has_started && is_there).then_some(())
}

/// Returns the object, if it has no other names than these.
fn only<'v>(object: &'v Map<String, Value>, names: &[&str]) -> Option<&'v Map<String, Value>> {
    object.keys().all(|name| names.contains(&name.as_str())).then_some(object)
}

fn epoch(value: &Value) -> Option<i64> {
    only(value.as_object()?, &["AWS:EpochTime"])?.get("AWS:EpochTime")?.as_i64()
}

/// `*` is zero or more characters, `?` is exactly one, anywhere, and the query is part of what is compared.
///
/// Row by row: which beginnings of the text the pattern's beginning covers.
fn covers(pattern: &[char], text: &[char]) -> bool {
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for &symbol in pattern {
        let mut next = vec![false; text.len() + 1];
        for end in 0..=text.len() {
            next[end] = match symbol {
                '*' => reached[..=end].contains(&true),
                '?' => end > 0 && reached[end - 1],
                plain => end > 0 && reached[end - 1] && text[end - 1] == plain,
            };
        }
        reached = next;
    }
    reached[text.len()]
}

/// Returns whether an address is in a range in CIDR notation (RFC 4632); without a length it is one address.
fn is_in(address: Ipv4Addr, range: &str) -> Option<bool> {
    let (base, length) = match range.split_once('/') {
        None => (range, 32),
        Some((base, length)) if !length.is_empty() && length.len() <= 2 => {
            let digits = length.chars().all(|digit| digit.is_ascii_digit());
            (base, if digits { length.parse::<u32>().ok()? } else { return None })
        }
        Some(_) => return None,
    };
    let base: Ipv4Addr = base.parse().ok()?;
    let leading = |address: Ipv4Addr| u64::from(u32::from(address)) >> 32_u32.saturating_sub(length);
    (length <= 32).then(|| leading(address) == leading(base))
}
