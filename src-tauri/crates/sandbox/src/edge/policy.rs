//! CloudFront policies: reading, wildcards, conditions, and the URL-safe base64 they travel in. Signatures are those of
//! the keys, in [`crate::trusted_keys`].
//!
//! Source: "Set signed cookies using a custom policy" and "... a canned policy" in the CloudFront developer guide.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

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

/// Returns whether objects stand where the documentation has them. (What reads them into their types would take lists
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

/// Returns whether `text` matches `pattern`: `*` is any text, also none; `?` is one character.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut seen) = (0, 0);
    // Where the last `*` stands and how much text it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[seen] => {
                at += 1;
                seen += 1;
            }
            Some(_) | None => match star {
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    at = place + 1;
                    seen = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
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

#[cfg(test)]
mod tests {
    use super::*;

    const VIEWER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn a_resource_with_a_star_covers_slashes_and_queries() {
        let policy = Policy::until("https://upload.example/u/*", 100);
        assert!(policy.grants("https://upload.example/u/c/f?partNumber=1&uploadId=x", VIEWER, 99));
        assert!(!policy.grants("https://upload.example/v/c/f", VIEWER, 99));
        assert!(!policy.grants("https://other.example/u/c/f", VIEWER, 99));
        assert!(!policy.grants("http://upload.example/u/c/f", VIEWER, 99));
    }

    #[test]
    fn a_policy_ends_at_its_second() {
        let policy = Policy::until("*", 100);
        assert!(policy.grants("https://x/", VIEWER, 99));
        assert!(!policy.grants("https://x/", VIEWER, 100));
    }

    #[test]
    fn a_start_and_an_address_range_are_obeyed() {
        let read = |text: &str| Policy::read(text.as_bytes()).unwrap();
        let policy = read(
            r#"{"Statement":[{"Resource":"http*://?x/*","Condition":{"DateLessThan":{"AWS:EpochTime":100},
               "DateGreaterThan":{"AWS:EpochTime":50},"IpAddress":{"AWS:SourceIp":"127.0.0.0/8"}}}]}"#,
        );
        assert!(policy.grants("https://xx/1", VIEWER, 60));
        assert!(!policy.grants("https://xx/1", VIEWER, 50));
        assert!(!policy.grants("https://xx/1", IpAddr::from([10, 0, 0, 1]), 60));
        assert!(!policy.grants("https://xyx/1", VIEWER, 60));
    }

    #[test]
    fn a_policy_with_a_misspelt_name_or_two_statements_is_not_read() {
        for text in [
            "",
            "{}",
            r#"{"statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":1}}}]}"#,
            r#"{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":"1"}}}]}"#,
            r#"{"Statement":[{"Condition":{"DateLessThan":[1]}}]}"#,
            r#"{"Statement":[["*",[[1]]]]}"#,
            r#"[[{"Condition":{"DateLessThan":{"AWS:EpochTime":1}}}]]"#,
            r#"{"Statement":[{"Resource":null,"Condition":{"DateLessThan":{"AWS:EpochTime":1}}}]}"#,
            r#"{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":1},"IpAddress":null}}]}"#,
            r#"{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":1}}},{"Condition":{"DateLessThan":{"AWS:EpochTime":1}}}]}"#,
        ] {
            assert!(Policy::read(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn the_text_of_a_policy_is_as_tdr_writes_it() {
        let text = r#"{"Statement":[{"Resource":"https://u/1/*","Condition":{"DateLessThan":{"AWS:EpochTime":7}}}]}"#;
        assert_eq!(Policy::until("https://u/1/*", 7).text(), text);
        assert_eq!(decode(&encode(text.as_bytes())).unwrap(), text.as_bytes());
        assert!(!encode(&[0xfb, 0xff, 0xfe, 0xff]).contains(['+', '/', '=']));
        assert!(decode("-_~_").is_none() && decode("++==").is_none() && decode("aa==").is_none());
    }

    /// Returns the rule in its plainest form.
    fn matches_plainly(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), None) => matches_plainly(rest, text),
            (Some((b'*', rest)), Some((_, left))) => matches_plainly(rest, text) || matches_plainly(pattern, left),
            (Some((byte, rest)), Some((found, left))) => {
                (*byte == b'?' || byte == found) && matches_plainly(rest, left)
            }
            (None, Some(_)) | (Some(_), None) => false,
        }
    }

    proptest::proptest! {
        #[test]
        fn wildcards_match_like_the_plain_rule(pattern in "[ab*?/&=]{0,8}", text in "[ab?/&=]{0,10}") {
            proptest::prop_assert_eq!(matches(&pattern, &text), matches_plainly(pattern.as_bytes(), text.as_bytes()));
        }

        #[test]
        fn a_pattern_of_a_url_covers_the_url_whatever_is_asked_of_it(
            path in "/[a-c/]{1,8}", query in "([a-c]=[a-c0-9]{0,3}){0,3}", cut in 0_usize..30, asked in "[a-c?&=/]{0,6}"
        ) {
            let url = if query.is_empty() { format!("https://u{path}") } else { format!("https://u{path}?{query}") };
            let cut = cut.min(url.len());
            let (more, head, tail) = (format!("{url}{asked}"), format!("{}*", &url[..cut]), format!("*{}", &url[cut..]));
            let (as_long, longer) = ("?".repeat(url.len()), "?".repeat(url.len() + 1));
            proptest::prop_assert!(matches(&url, &url) && matches(&head, &more) && matches(&tail, &url));
            proptest::prop_assert!(matches(&as_long, &url) && !matches(&longer, &url));
            proptest::prop_assert_eq!(matches(&url, &more), asked.is_empty());
        }

        #[test]
        fn what_is_encoded_is_decoded(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            proptest::prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
    }

    #[test]
    fn wildcards_match_like_the_documentation_says() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("*", "", true),
            ("?", "", false),
            ("a?c", "abc", true),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abcdef", false),
            ("*name.zip*", "https://x/name.zip?license=yes", true),
            ("**", "x", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
