//! What a policy grants, and how it has to be written.

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
        (Some((byte, rest)), Some((found, left))) => (*byte == b'?' || byte == found) && matches_plainly(rest, left),
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
