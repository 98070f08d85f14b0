//! Policies as a key holder might write them: most are right, many have one error, and all are signed.

use serde_json::{Value, json};
use waybill_system_tests::Random;

/// Returns one of these.
pub(crate) fn pick<'t, T>(random: &mut Random, from: &'t [T]) -> &'t T {
    let bound = u64::try_from(from.len()).unwrap_or(1);
    &from[usize::try_from(random.below(bound)).unwrap_or_default()]
}

/// Returns whether something happens that happens `of` times in a hundred.
pub(crate) fn chance(random: &mut Random, of: u64) -> bool {
    random.below(100) < of
}

/// Returns the text of a policy for this URL around this second.
pub(crate) fn policy(random: &mut Random, url: &str, now: i64) -> String {
    let mut condition = json!({ "DateLessThan": date(random, now, true) });
    if chance(random, 35) {
        condition["DateGreaterThan"] = date(random, now, false);
    }
    if chance(random, 35) {
        condition["IpAddress"] = address(random);
    }
    let mut statement = json!({ "Condition": condition });
    match random.below(20) {
        0 => {}
        1 => statement["Resource"] = pick(random, &[json!(7), json!(null), json!(["*"]), json!(""), json!({})]).clone(),
        _ => statement["Resource"] = resource(random, url).into(),
    }
    let mut policy = json!({ "Statement": [statement] });
    if chance(random, 20) {
        misshape(random, &mut policy);
    }
    let text = policy.to_string();
    if chance(random, 15) { respell(random, &text) } else { text }
}

/// Returns a pattern made from a URL: some of it left to wildcards, and sometimes a letter wrong.
pub(crate) fn resource(random: &mut Random, url: &str) -> String {
    let mut pattern: Vec<char> = url.chars().collect();
    let at = |random: &mut Random, pattern: &[char]| {
        usize::try_from(random.below(u64::try_from(pattern.len()).unwrap_or(1))).unwrap_or_default()
    };
    for _ in 0..random.below(4) {
        let from = at(random, &pattern);
        match random.below(5) {
            // A stretch, perhaps none at all, becomes a star.
            0 | 1 => {
                let length = usize::try_from(random.below(12)).unwrap_or_default();
                let to = (from + length).min(pattern.len());
                pattern.splice(from..to, ['*']);
            }
            2 => pattern[from] = '?',
            // Everything from here on.
            3 => {
                pattern.truncate(from + 1);
                pattern.push('*');
            }
            _ => pattern.insert(from, *pick(random, &['?', '*'])),
        }
    }
    if chance(random, 30) {
        let wrong = at(random, &pattern);
        pattern[wrong] = *pick(random, &['x', '/', '&', '0', 'K']);
    }
    pattern.into_iter().collect()
}

fn date(random: &mut Random, now: i64, is_end: bool) -> Value {
    let (good, bad) = if is_end { (now + 3_600, now - 3_600) } else { (now - 3_600, now + 3_600) };
    let odd = [
        json!(good.to_string()),
        json!(null),
        json!(true),
        json!(1.5),
        json!([good]),
        json!({}),
        json!(-good),
        json!(u64::MAX),
    ];
    match random.below(20) {
        0 => json!({ "AWS:EpochTime": pick(random, &odd) }),
        1 => pick(random, &[json!(good), json!([good]), json!(null), json!({ "aws:EpochTime": good }), json!({})])
            .clone(),
        2 => json!({ "AWS:EpochTime": good, "AWS:CurrentTime": good }),
        3 | 4 => json!({ "AWS:EpochTime": bad }),
        5 => json!({ "AWS:EpochTime": if is_end { 4_102_444_800_i64 } else { 0 } }),
        _ => json!({ "AWS:EpochTime": good }),
    }
}

fn address(random: &mut Random) -> Value {
    const RIGHT: [&str; 6] = ["127.0.0.1/32", "127.0.0.1", "127.0.0.0/8", "0.0.0.0/0", "127.0.0.1/31", "127.0.0.9/28"];
    const WRONG: [&str; 4] = ["10.0.0.0/8", "127.0.0.2/32", "128.0.0.0/1", "127.0.0.8/29"];
    const ODD: [&str; 11] = [
        "127.0.0.1/33",
        "127.0.0.1/",
        "127.0.0.1/+8",
        "127.0.0.1/-1",
        "::1/128",
        "::/0",
        "localhost",
        "",
        "127.0.0/8",
        "127.0.0.1/8,10.0.0.0/8",
        " 127.0.0.1/32",
    ];
    match random.below(10) {
        0..=4 => json!({ "AWS:SourceIp": pick(random, &RIGHT) }),
        5 | 6 => json!({ "AWS:SourceIp": pick(random, &WRONG) }),
        7 | 8 => json!({ "AWS:SourceIp": pick(random, &ODD) }),
        _ => pick(
            random,
            &[
                json!(null),
                json!("127.0.0.1/32"),
                json!({ "AWS:SourceIp": ["127.0.0.1/32"] }),
                json!({ "aws:SourceIp": "127.0.0.1/32" }),
                json!(["127.0.0.1/32"]),
            ],
        )
        .clone(),
    }
}

/// Puts something where it does not belong, or takes away what does.
fn misshape(random: &mut Random, policy: &mut Value) {
    let statement = policy["Statement"][0].clone();
    match random.below(9) {
        0 => *policy = json!({ "Statement": [statement, statement] }),
        1 => *policy = json!({ "Statement": [] }),
        2 => *policy = json!({ "Statement": statement }),
        3 => *policy = json!({ "Version": "2012-10-17", "Statement": [statement] }),
        4 => *policy = json!({ "statement": [statement] }),
        5 => *policy = json!([[statement]]),
        6 => policy["Statement"][0]["Effect"] = "Allow".into(),
        7 => policy["Statement"][0]["Condition"]["StringLike"] = json!({}),
        _ => policy["Statement"][0] = json!([statement["Resource"], statement["Condition"]]),
    }
}

/// Writes the same, or nearly the same, in other characters.
fn respell(random: &mut Random, text: &str) -> String {
    match random.below(8) {
        0 => text.replace(':', ": ").replace(',', ",\r\n  "),
        1 => format!("{text}\n"),
        2 => format!("{text}}}"),
        3 => format!("\u{feff}{text}"),
        4 => text.replace("Resource", "\\u0052esource"),
        5 => text.replace("DateLessThan", "DateLessThen"),
        6 => text.replace("Statement", "STATEMENT"),
        _ => text[..text.len() - 1].to_owned(),
    }
}
