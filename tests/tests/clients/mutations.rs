//! Thousands of proofs, most of them changed somewhere, are refused by the sandbox exactly where the verifier that was
//! made from the documentation refuses them.
//!
//! What passes the edge is refused by the store, which allows no reads: so nothing is stored, and the two refusals tell
//! who spoke.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::blocking::Client;
use reqwest::header::COOKIE;
use serde_json::{Value, json};
use waybill_system_tests::{Random, Result};

use crate::keys::{Pair, Pairs, sign_with_node};
use crate::policies::{chance, pick, policy, resource};
use crate::stage::{Answer, Stage, client, now, sent, temporary};
use crate::verifier::{Attempt, Verdict, Verifier};

/// Another seed, in `WAYBILL_SEED`, makes other attempts.
const SEED: u64 = 20_260_401;
/// How many proofs are signed.
const SIGNED: usize = 1_500;
/// How many changed copies of each are sent, beside the proof itself.
const CHANGED: usize = 4;
const THREADS: usize = 4;
/// Linux has all of 127.0.0.0/8; elsewhere everything comes from one address.
const SOURCES: &[Ipv4Addr] = if cfg!(target_os = "linux") {
    &[Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 0, 0, 9)]
} else {
    &[Ipv4Addr::LOCALHOST]
};

#[test]
fn changed_proofs_are_refused_exactly_where_the_documentation_refuses_them() -> Result<()> {
    let dir = temporary()?;
    let pairs = Pairs::make(dir.path())?;
    let mut options = pairs.options();
    options.extend(["--request-limit".to_owned(), "10000000".to_owned()]);
    let stage = Stage::start_in(dir, &options)?;
    let verifier = Verifier::new(stage.upload(), pairs.trusted());
    let seed = std::env::var("WAYBILL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(SEED);
    let mut random = Random::new(seed);

    let start = now();
    let proofs = signed(&stage, &pairs, start, &mut random)?;
    let mut attempts = Vec::new();
    for (number, proof) in proofs.iter().enumerate() {
        attempts.push(proof.clone());
        for _ in 0..CHANGED {
            let mut changed = proof.clone();
            for _ in 0..=random.below(2) {
                let other = &proofs[(number + 1) % proofs.len()];
                change(&mut random, &mut changed, other);
            }
            attempts.push(changed);
        }
    }
    let expected: Vec<Verdict> = attempts.iter().map(|attempt| verifier.judge(attempt, start)).collect();
    let found = send_all(&stage, &attempts)?;

    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    let mut differences = Vec::new();
    for ((attempt, expected), found) in attempts.iter().zip(&expected).zip(&found) {
        *counts.entry(*expected).or_default() += 1;
        if *found != answer_of(*expected) {
            differences.push(format!("{expected:?} by the documentation, answered {found:?}\n  {}", attempt.about));
        }
    }
    println!("seed {seed}: {counts:?}");
    let shown: Vec<&str> = differences.iter().take(20).map(String::as_str).collect();
    assert!(differences.is_empty(), "seed {seed}, {} differences, such as\n{}", differences.len(), shown.join("\n"));
    // The attempts are worth something only if there are many of each kind.
    for (verdict, least) in
        [(Verdict::Passes, 1_000), (Verdict::Denied, 3_000), (Verdict::MissingKey, 50), (Verdict::UnknownKey, 50)]
    {
        assert!(counts.get(&verdict).is_some_and(|count| *count >= least), "too few of {verdict:?}: {counts:?}");
    }
    Ok(())
}

/// Returns what the upload domain answers to a GET.
fn answer_of(verdict: Verdict) -> Answer {
    match verdict {
        Verdict::Passes => Answer::store(403, "AccessDenied"),
        Verdict::MissingKey => Answer::edge("MissingKey"),
        // Which code this has is not documented; its text is ("Unknown Key").
        Verdict::UnknownKey => Answer::edge("InvalidKey"),
        Verdict::Denied => Answer::edge("AccessDenied"),
    }
}

/// Proofs of every kind, signed by Amazon's signer.
fn signed(stage: &Stage, pairs: &Pairs, now: i64, random: &mut Random) -> Result<Vec<Attempt>> {
    const QUERIES: [&str; 6] =
        ["", "", "?uploads", "?partNumber=3&uploadId=abc", "?x-id=PutObject", "?license=yes&size=large"];
    let keys: [&Pair; 3] = pairs.trusted();
    let mut wishes = Vec::new();
    let mut targets = Vec::new();
    for number in 0..SIGNED {
        let target = format!("/{}/{number:05}.zip{}", stage.prefix(), pick(random, &QUERIES));
        let url = format!("{}{target}", stage.upload());
        let key = *pick(random, &keys);
        let what = *pick(random, &["cookies", "url"]);
        let mut wish = json!({ "what": what, "id": key.id, "pem": key.private, "url": url });
        if let Some(hash) = pick(random, &[None, None, Some("SHA256"), Some("SHA1")]) {
            wish["hash"] = (*hash).into();
        }
        match random.below(10) {
            // What the signer makes itself: a canned policy, or a custom one with a start or an address.
            0 | 1 => {
                // The last two are around the end of what a canned policy can say.
                let ends = [now + 3_600, now + 3_600, now + 7_200, now - 3_600, 2_147_483_647, 2_147_483_648];
                wish["until"] = (*pick(random, &ends)).into();
            }
            2 => {
                wish["until"] = (now + 3_600).into();
                wish["from"] = (now + if chance(random, 70) { -3_600 } else { 3_600 }).into();
                wish["ip"] = (*pick(random, &["127.0.0.1", "127.0.0.0/28", "10.1.0.0/16"])).into();
            }
            // Wildcards and nothing else.
            3..=5 => {
                let pattern = resource(random, &url);
                let until = now + 3_600;
                let policy = json!({ "Statement": [{
                    "Resource": pattern, "Condition": { "DateLessThan": { "AWS:EpochTime": until } },
                }] });
                wish["policy"] = policy.to_string().into();
            }
            _ => wish["policy"] = policy(random, &url, now).into(),
        }
        wishes.push(wish);
        targets.push(target);
    }
    let made = sign_with_node(&wishes)?;
    let proofs = made.into_iter().zip(targets).zip(&wishes).map(|((made, target), wish)| {
        let about = wish["policy"].as_str().map_or_else(|| wish.to_string(), str::to_owned);
        let from = *pick(random, SOURCES);
        match made.as_str() {
            Some(url) => {
                let target = url.strip_prefix(stage.upload()).unwrap_or_default().to_owned();
                Attempt { about: format!("GET {target} from {from}: {about}"), target, cookies: Vec::new(), from }
            }
            None => {
                let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let cookies = made.as_object().into_iter().flatten();
                let cookies = cookies.map(|(name, value)| (name.clone(), text(value))).collect();
                Attempt { about: format!("GET {target} from {from} with cookies: {about}"), target, cookies, from }
            }
        }
    });
    Ok(proofs.collect())
}

/// Changes one thing about an attempt.
fn change(random: &mut Random, attempt: &mut Attempt, other: &Attempt) {
    let about = match random.below(6) {
        0 => change_target(random, attempt),
        1 => change_source(random, attempt),
        2 => borrow(random, attempt, other),
        3 => change_names(random, attempt),
        _ => change_value(random, attempt),
    };
    attempt.about = format!("{about}; {}", attempt.about);
}

fn change_source(random: &mut Random, attempt: &mut Attempt) -> String {
    attempt.from = *pick(random, SOURCES);
    format!("from {}", attempt.from)
}

/// Asks for something else, or for more.
fn change_target(random: &mut Random, attempt: &mut Attempt) -> String {
    let (path, query) = match attempt.target.split_once('?') {
        Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
        None => (attempt.target.clone(), None),
    };
    let joined = |path: String, query: Option<String>| query.map_or(path.clone(), |query| format!("{path}?{query}"));
    attempt.target = match random.below(5) {
        0 => joined(format!("{path}x"), query),
        1 => joined(path.replacen(".zip", ".tar", 1), query),
        2 => joined(path, Some(query.map_or_else(|| "z=1".to_owned(), |query| format!("{query}&z=1")))),
        3 => joined(path, Some(query.map_or_else(|| "z=1".to_owned(), |query| format!("z=1&{query}")))),
        _ => joined(path, query.map(|query| query.to_uppercase())),
    };
    format!("asked for {}", attempt.target)
}

/// Returns the proof's parts: names without their prefix, and values.
fn parts(attempt: &Attempt) -> Vec<(String, String)> {
    if attempt.cookies.is_empty() {
        let query = attempt.target.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        return pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(owned).collect();
    }
    attempt.cookies.clone()
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn set_parts(attempt: &mut Attempt, parts: Vec<(String, String)>) {
    if attempt.cookies.is_empty() {
        let path = attempt.target.split('?').next().unwrap_or_default();
        let query: Vec<String> = parts
            .into_iter()
            .map(|(name, value)| if value.is_empty() { name } else { format!("{name}={value}") })
            .collect();
        attempt.target = if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) };
    } else {
        attempt.cookies = parts;
    }
}

/// Takes one part of the proof from another proof of the same kind.
fn borrow(random: &mut Random, attempt: &mut Attempt, other: &Attempt) -> String {
    let (mut own, theirs) = (parts(attempt), parts(other));
    let Some(index) = (!own.is_empty()).then(|| random.below(u64::try_from(own.len()).unwrap_or(1))) else {
        return "nothing borrowed".to_owned();
    };
    let (name, value) = &mut own[usize::try_from(index).unwrap_or_default()];
    if let Some((_, taken)) = theirs.iter().find(|(theirs, _)| theirs == name) {
        taken.clone_into(value);
    }
    let about = format!("{name} borrowed");
    set_parts(attempt, own);
    about
}

/// Drops, renames, adds or reorders parts.
fn change_names(random: &mut Random, attempt: &mut Attempt) -> String {
    let prefix = if attempt.cookies.is_empty() { "" } else { "CloudFront-" };
    let mut parts = parts(attempt);
    if parts.is_empty() {
        return "no names to change".to_owned();
    }
    let index = usize::try_from(random.below(u64::try_from(parts.len()).unwrap_or(1))).unwrap_or_default();
    let name = parts[index].0.clone();
    let about = match random.below(6) {
        0 | 1 => {
            parts.remove(index);
            format!("{name} dropped")
        }
        2 => {
            parts[index].0 = name.to_lowercase();
            format!("{name} in small letters")
        }
        3 => {
            parts.rotate_left(index);
            "parts reordered".to_owned()
        }
        4 => {
            let value = *pick(random, &["SHA256", "SHA1", "SHA512", "sha256", "MD5"]);
            let name = format!("{prefix}Hash-Algorithm");
            parts.retain(|(own, _)| *own != name);
            parts.push((name, value.to_owned()));
            format!("hash algorithm {value}")
        }
        _ => {
            let name = format!("{prefix}Expires");
            parts.retain(|(own, _)| *own != name);
            parts.push((name, "2147483646".to_owned()));
            "an expiry added".to_owned()
        }
    };
    set_parts(attempt, parts);
    about
}

/// Changes the value of one part.
fn change_value(random: &mut Random, attempt: &mut Attempt) -> String {
    let mut parts = parts(attempt);
    if parts.is_empty() {
        return "no values to change".to_owned();
    }
    let index = usize::try_from(random.below(u64::try_from(parts.len()).unwrap_or(1))).unwrap_or_default();
    let (name, value) = &mut parts[index];
    if value.is_empty() || !value.is_ascii() {
        return "an empty value left alone".to_owned();
    }
    if name.ends_with("Key-Pair-Id") && chance(random, 60) {
        *value = (*pick(random, &["KSTRANGER", "KFIRSTRSA", "KSECONDRSA", "KCURVE", "kcurve", "0", ""])).to_owned();
    } else if name.ends_with("Expires") && chance(random, 60) {
        let plain = value.clone();
        *value = pick(
            random,
            &[
                format!("0{plain}"),
                format!("{plain}0"),
                format!("-{plain}"),
                format!("{plain}.0"),
                "2147483648".to_owned(),
            ],
        )
        .clone();
    } else {
        let at = usize::try_from(random.below(u64::try_from(value.len()).unwrap_or(1))).unwrap_or_default();
        let letter = *pick(random, &["A", "b", "7", "-", "~", "_"]);
        match random.below(6) {
            0 | 1 => value.replace_range(at..=at, letter),
            2 => value.insert_str(at, letter),
            3 => value.replace_range(at..=at, ""),
            // In the alphabet that base64 has elsewhere, and without its padding.
            4 => *value = value.replace('-', "+").replace('~', "/"),
            _ => *value = value.trim_end_matches('_').to_owned(),
        }
    }
    let about = format!("{name} changed");
    set_parts(attempt, parts);
    about
}

/// Sends everything over a few connections and returns the answers in the order of the attempts.
fn send_all(stage: &Stage, attempts: &[Attempt]) -> Result<Vec<Answer>> {
    let clients: BTreeMap<Ipv4Addr, Client> =
        SOURCES.iter().map(|source| Ok((*source, client(&stage.sandbox, *source)?))).collect::<Result<_>>()?;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut answers = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(attempt) = attempts.get(number) else { return Ok(answers) };
            answers.push((number, send(&clients[&attempt.from], stage, attempt)?));
        }
    };
    let mut answers: Vec<(usize, Answer)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect::<Result<Vec<_>>>()
    })?
    .into_iter()
    .flatten()
    .collect();
    answers.sort_by_key(|(number, _)| *number);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

fn send(client: &Client, stage: &Stage, attempt: &Attempt) -> Result<Answer> {
    let mut request = client.get(format!("{}{}", stage.upload(), attempt.target));
    if !attempt.cookies.is_empty() {
        let cookies: Vec<String> = attempt.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request = request.header(COOKIE, cookies.join("; "));
    }
    Answer::read(sent(request)?)
}
