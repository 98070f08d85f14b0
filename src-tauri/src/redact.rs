//! Removes text that must not be disclosed. Pure.
//!
//! Types already keep secrets out of the log; [`secrets`] is a second line of defence. [`Names`] is for a support
//! bundle whose person did not choose to include names.

mod names;

use std::borrow::Cow;

use waybill_model::Code;

pub(crate) use names::Names;

const HIDDEN: &str = "[hidden]";
const QUOTES: [char; 2] = ['"', '\''];

/// Keys whose values are secrets.
const SECRET_KEYS: [&str; 13] = [
    "access_token",
    "authorization",
    "client_secret",
    "cloudfront-key-pair-id",
    "cloudfront-policy",
    "cloudfront-signature",
    "code_verifier",
    "cookie",
    "id_token",
    "password",
    "refresh_token",
    "token",
    "x-amz-signature",
];

/// Secret in a sign-in page's answer, but useful in a log if it is one of our own error codes.
const CODE: &str = "code";

/// Returns the line without tokens, without the values of keys that hold secrets, and with addresses stripped of user
/// name, query and fragment.
pub(crate) fn secrets(line: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(line.len());
    let mut after_bearer = false;
    // The key of a quoted value, as in JSON and in Rust's debug output, and whether that value is being hidden.
    let mut key = "";
    let mut in_value = false;
    let mut rest = line;
    while !rest.is_empty() {
        let end = rest.find(is_separator).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        // In JSON the colon is a word by itself.
        let is_word = !word.is_empty() && word != ":";
        let begins_value = out.ends_with(QUOTES) && is_secret(key, word);
        if is_word && (after_bearer || in_value || begins_value) {
            out.push_str(HIDDEN);
            after_bearer = false;
            in_value |= begins_value;
        } else {
            out.push_str(&word_without_secrets(word));
            after_bearer |= word.eq_ignore_ascii_case("bearer");
            if is_word {
                key = word.trim_end_matches([':', '=']);
            }
        }
        let separators = tail.find(|c| !is_separator(c)).unwrap_or(tail.len());
        let (between, next) = tail.split_at(separators);
        in_value &= !between.contains(QUOTES);
        if between.contains([',', ';']) {
            key = "";
        }
        out.push_str(between);
        rest = next;
    }
    if out == line { Cow::Borrowed(line) } else { Cow::Owned(out) }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || ['"', '\'', ',', ';', '<', '>', '(', ')', '[', ']', '{', '}'].contains(&c)
}

fn word_without_secrets(word: &str) -> Cow<'_, str> {
    if let Some((scheme, address)) = word.split_once("://") {
        let end = address.find(['?', '#']).unwrap_or(address.len());
        let (place, query) = address.split_at(end);
        let authority = place.find('/').unwrap_or(place.len());
        let (authority, path) = place.split_at(authority);
        let (host, user) = authority.rsplit_once('@').map_or((authority, false), |(_, host)| (host, true));
        if query.is_empty() && !user {
            return Cow::Borrowed(word);
        }
        let user = if user { "[hidden]@" } else { "" };
        let query = if query.is_empty() { "" } else { "?[hidden]" };
        return Cow::Owned(format!("{scheme}://{user}{host}{path}{query}"));
    }
    if !word.contains(['?', '&']) {
        return pair_without_secrets(word, is_secret);
    }
    // The query of an address without its host, or a form body: a code here is never one of ours.
    let in_form = |key: &str, value: &str| key.eq_ignore_ascii_case(CODE) || is_secret(key, value);
    let pairs = word.split_inclusive(['?', '&']).map(|pair| {
        let end = pair.strip_suffix(['?', '&']).map_or(pair.len(), str::len);
        let (pair, mark) = pair.split_at(end);
        pair_without_secrets(pair, in_form) + mark
    });
    Cow::Owned(pairs.collect())
}

fn pair_without_secrets(pair: &str, is_secret: impl Fn(&str, &str) -> bool) -> Cow<'_, str> {
    if let Some(at) = pair.find(['=', ':']) {
        let (key, value) = pair.split_at(at);
        let (mark, value) = value.split_at(1);
        if !value.is_empty() && (is_secret(key, value) || is_token(value)) {
            return Cow::Owned(format!("{key}{mark}{HIDDEN}"));
        }
    }
    if is_token(pair) { Cow::Borrowed(HIDDEN) } else { Cow::Borrowed(pair) }
}

fn is_secret(key: &str, value: &str) -> bool {
    let key = key.to_ascii_lowercase();
    SECRET_KEYS.contains(&key.as_str()) || key == CODE && !is_own_code(value)
}

/// Returns whether it is one of our error codes, as written or as Rust prints it.
fn is_own_code(value: &str) -> bool {
    let value = value.trim_end_matches(['.', ':']);
    Code::ALL.iter().any(|code| code.as_str() == value || format!("{code:?}") == value)
}

/// A JSON web token starts with the base64 of `{"`.
fn is_token(word: &str) -> bool {
    word.len() > 20 && word.starts_with("eyJ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_secrets_is_unchanged() {
        for line in [
            "2026-11-21T12:00:00Z  INFO waybill_app::session: the service said no status=403",
            "GET https://upload.example/a/b took 12 ms",
            "code: \"slow_down\" état çà",
        ] {
            assert_eq!(secrets(line), line);
        }
    }

    #[test]
    fn tokens_cookies_and_signed_addresses_are_removed() {
        let token = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2ln";
        let cases = [
            (format!("Authorization: Bearer {token}"), "Authorization: Bearer [hidden]"),
            ("authorization: Bearer abcdef".to_owned(), "authorization: Bearer [hidden]"),
            (format!("got {token}, kept"), "got [hidden], kept"),
            (format!("refresh_token={token}"), "refresh_token=[hidden]"),
            (
                "CloudFront-Signature=abc~; CloudFront-Policy=e".to_owned(),
                "CloudFront-Signature=[hidden]; CloudFront-Policy=[hidden]",
            ),
            (
                "opening https://auth.example/realms/tdr?code=1&state=2#x now".to_owned(),
                "opening https://auth.example/realms/tdr?[hidden] now",
            ),
            ("http://ada:pw@proxy:8080/ refused".to_owned(), "http://[hidden]@proxy:8080/ refused"),
        ];
        for (line, clean) in cases {
            assert_eq!(secrets(&line), clean);
        }
    }

    #[test]
    fn our_own_error_codes_are_kept_wherever_they_occur() {
        for line in [
            "a file was set aside transfer=1 code=locked",
            "stopped code=Locked, code: SlowDown; code=slow_down.",
            "Failure { code: \"items_set_aside\", detail: None }",
            "{\"code\":\"offline\",\"detail\":null}",
        ] {
            assert_eq!(secrets(line), line);
        }
        for &code in Code::ALL {
            assert_eq!(secrets(&format!("code={code}")), format!("code={code}"));
        }
    }

    #[test]
    fn a_sign_in_pages_answer_is_removed() {
        let cases = [
            ("GET /callback?state=1&code=9f2c.71 200", "GET /callback?state=1&code=[hidden] 200"),
            ("GET /callback?code=locked&state=1", "GET /callback?code=[hidden]&state=1"),
            (
                "grant_type=authorization_code&code=9f2c&code_verifier=abc&client_id=tdr",
                "grant_type=authorization_code&code=[hidden]&code_verifier=[hidden]&client_id=tdr",
            ),
            ("came back code=9f2c.71", "came back code=[hidden]"),
            (
                "{\"password\": \"two words, one comma\"} x",
                "{\"password\": \"[hidden] [hidden], [hidden] [hidden]\"} x",
            ),
            ("Answer { code: \"9f2c\", state: \"1\" }", "Answer { code: \"[hidden]\", state: \"1\" }"),
            (
                "{\"access_token\":\"opaque\",\"expires_in\":300,\"code\":\"9f2c\"}",
                "{\"access_token\":\"[hidden]\",\"expires_in\":300,\"code\":\"[hidden]\"}",
            ),
        ];
        for (line, clean) in cases {
            assert_eq!(secrets(line), clean);
        }
    }
}
