//! What Amazon's own signers make is accepted, and what the sandbox signs is what they would have signed.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{COOKIE, IF_NONE_MATCH};
use serde_json::{Value, json};
use waybill_system_tests::Result;

use crate::keys::{Pair, Pairs, option, sign_with_node, sign_with_python};
use crate::stage::{Answer, Stage, now, sent, set_cookies, temporary};

/// A proof as a request carries it.
enum Proof {
    Cookies(String),
    /// The whole URL.
    Url(String),
}

/// Puts a new object with a proof and says what was answered.
fn put(stage: &Stage, key: &str, proof: &Proof) -> Result<Answer> {
    let request = match proof {
        Proof::Cookies(cookies) => stage.client.put(format!("{}/{key}", stage.upload())).header(COOKIE, cookies),
        Proof::Url(url) => stage.client.put(url),
    };
    Answer::read(sent(request.header(IF_NONE_MATCH, "*").body("signed elsewhere"))?)
}

fn cookie_header(cookies: &Value) -> String {
    let cookies = cookies.as_object().unwrap();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    cookies.iter().map(|(name, value)| format!("{name}={}", text(value))).collect::<Vec<_>>().join("; ")
}

/// Returns the query of a signed URL, which has the same values as the cookies.
fn query(url: &str) -> BTreeMap<String, String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').filter_map(|pair| pair.split_once('=')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

fn as_cookies(url: &str) -> String {
    let query = query(url);
    let signing =
        query.iter().filter(|(name, _)| ["Policy", "Expires", "Signature", "Key-Pair-Id"].contains(&name.as_str()));
    signing.map(|(name, value)| format!("CloudFront-{name}={value}")).collect::<Vec<_>>().join("; ")
}

fn trusting(pairs: &Pairs, dir: tempfile::TempDir) -> Result<Stage> {
    Stage::start_in(dir, &pairs.options())
}

/// One combination of what a signer can be asked, with the key of the object it is for.
struct Case {
    about: String,
    key: String,
    wish: Value,
}

/// Canned and custom, with and without a start and an address, by each key and hash, as cookies and as a URL.
fn cases(stage: &Stage, pairs: &Pairs) -> Vec<Case> {
    let mut cases = Vec::new();
    for pair in pairs.trusted() {
        for hash in [None, Some("SHA1"), Some("SHA256")] {
            for what in ["cookies", "url"] {
                for (kind, more) in [
                    ("canned", json!({})),
                    ("with a start", json!({"from": now() - 600})),
                    ("with an address", json!({"ip": "127.0.0.1"})),
                    ("with a start and a range", json!({"from": now() - 600, "ip": "127.0.0.0/8"})),
                    ("for a prefix", json!({"policy": policy(&format!("{}/{}/*", stage.upload(), stage.user))})),
                ] {
                    let about = format!("{kind}, {what}, {}, {}", pair.id, hash.unwrap_or("no hash named"));
                    let key = format!("{}/{:04}", stage.prefix(), cases.len());
                    let mut wish = more;
                    wish["what"] = what.into();
                    wish["id"] = pair.id.into();
                    wish["pem"] = pair.private.to_string_lossy().into();
                    wish["url"] = format!("{}/{key}?x-id=PutObject", stage.upload()).into();
                    wish["until"] = (now() + 600).into();
                    if let Some(hash) = hash {
                        wish["hash"] = hash.into();
                    }
                    cases.push(Case { about, key, wish });
                }
            }
        }
    }
    cases
}

fn policy(resource: &str) -> String {
    let until = now() + 600;
    format!(
        r#"{{"Statement":[{{"Resource":"{resource}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{until}}}}}}}]}}"#
    )
}

#[test]
fn what_amazons_signer_for_javascript_makes_is_accepted_in_every_combination() -> Result<()> {
    let dir = temporary()?;
    let pairs = Pairs::make(dir.path())?;
    let stage = trusting(&pairs, dir)?;
    let cases = cases(&stage, &pairs);
    let wishes: Vec<Value> = cases.iter().map(|case| case.wish.clone()).collect();
    let signed = sign_with_node(&wishes)?;
    assert_eq!(signed.len(), 3 * 3 * 2 * 5);
    let mut refused = Vec::new();
    for (case, signed) in cases.iter().zip(&signed) {
        let (proof, key) = match signed.as_str() {
            Some(url) => (Proof::Url(url.to_owned()), case.key.clone()),
            // The canned policies name the query, too.
            None => (Proof::Cookies(cookie_header(signed)), format!("{}?x-id=PutObject", case.key)),
        };
        let answer = put(&stage, &key, &proof)?;
        if answer.status != 200 {
            refused.push(format!("{}: {answer:?}", case.about));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert_eq!(stage.sandbox.control().objects()?.len(), cases.len());
    Ok(())
}

#[test]
fn what_amazons_signer_for_python_makes_is_accepted_as_url_and_as_cookies() -> Result<()> {
    let dir = temporary()?;
    let pairs = Pairs::make(dir.path())?;
    let stage = trusting(&pairs, dir)?;
    let until = now() + 600;
    let mut refused = Vec::new();
    for (number, more) in [
        json!({}),
        json!({"resource": format!("{}/{}/*", stage.upload(), stage.user)}),
        json!({"resource": format!("{}/{}/*", stage.upload(), stage.user), "from": now() - 600}),
        json!({"resource": format!("http*://*/{}/*", stage.user), "from": now() - 600, "ip": "127.0.0.1"}),
        json!({"resource": format!("{}/{}/????/*", stage.upload(), stage.user).replace("????", &stage.consignment), "ip": "127.0.0.0/8"}),
    ]
    .into_iter()
    .enumerate()
    {
        for as_what in ["url", "cookies"] {
            let key = format!("{}/python-{number}-{as_what}", stage.prefix());
            let mut wish = more.clone();
            wish["id"] = pairs.first.id.into();
            wish["pem"] = pairs.first.private.to_string_lossy().into();
            wish["url"] = format!("{}/{key}", stage.upload()).into();
            wish["until"] = until.into();
            let url = sign_with_python(&[wish])?.remove(0);
            let proof = if as_what == "url" { Proof::Url(url) } else { Proof::Cookies(as_cookies(&url)) };
            let answer = put(&stage, &key, &proof)?;
            if answer.status != 200 {
                refused.push(format!("{more} as {as_what}: {answer:?}"));
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    Ok(())
}

#[test]
fn what_is_too_late_too_early_from_elsewhere_or_by_a_stranger_is_refused() -> Result<()> {
    let dir = temporary()?;
    let pairs = Pairs::make(dir.path())?;
    let stage = trusting(&pairs, dir)?;
    let key = format!("{}/refused", stage.prefix());
    let url = format!("{}/{key}", stage.upload());
    let wish = |pair: &Pair, more: Value| {
        let mut wish = json!({"what": "cookies", "id": pair.id, "pem": pair.private, "url": url, "until": now() + 600});
        let more = more.as_object().unwrap().clone();
        wish.as_object_mut().unwrap().extend(more);
        wish
    };
    let denied = Answer::edge("AccessDenied");
    let unknown = Answer::edge("InvalidKey");
    let cases = [
        ("too late", wish(&pairs.first, json!({"until": now() - 1})), &denied),
        ("too early", wish(&pairs.first, json!({"from": now() + 300})), &denied),
        ("from elsewhere", wish(&pairs.first, json!({"ip": "10.0.0.0/8"})), &denied),
        ("for another object", wish(&pairs.first, json!({"url": format!("{url}2")})), &denied),
        ("by a stranger", wish(&pairs.stranger, json!({})), &unknown),
        ("by a stranger in another's name", wish(&pairs.stranger, json!({"id": pairs.first.id})), &denied),
        ("by a curve in RSA's name", wish(&pairs.curve, json!({"id": pairs.first.id})), &denied),
    ];
    let wishes: Vec<Value> = cases.iter().map(|(_, wish, _)| wish.clone()).collect();
    for ((about, _, expected), cookies) in cases.iter().zip(sign_with_node(&wishes)?) {
        let answer = put(&stage, &key, &Proof::Cookies(cookie_header(&cookies)))?;
        assert_eq!(answer, **expected, "{about}");
    }
    assert!(stage.sandbox.control().objects()?.is_empty());
    Ok(())
}

#[test]
fn the_sandbox_signs_byte_for_byte_what_both_of_amazons_signers_sign() -> Result<()> {
    let dir = temporary()?;
    let pairs = Pairs::make(dir.path())?;
    let stage = Stage::start_in(dir, &option(&pairs.first.private, pairs.first.id))?;
    let ours: BTreeMap<String, String> = set_cookies(&stage.ask_for_cookies(&stage.token()?)?)
        .into_iter()
        .filter_map(|cookie| cookie.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect();
    assert_eq!(ours.len(), 3);
    assert_eq!(ours["CloudFront-Key-Pair-Id"], pairs.first.id);
    let text = ours["CloudFront-Policy"].replace('-', "+").replace('_', "=").replace('~', "/");
    let text = String::from_utf8(STANDARD.decode(text).unwrap()).unwrap();
    let until =
        serde_json::from_str::<Value>(&text).unwrap()["Statement"][0]["Condition"]["DateLessThan"]["AWS:EpochTime"]
            .clone();
    let resource = format!("{}/{}/*", stage.upload(), stage.user);

    let (id, pem) = (pairs.first.id, &pairs.first.private);
    let wishes = [
        json!({"what": "cookies", "id": id, "pem": pem, "policy": text}),
        // Left to itself the signer calls this canned, and writes the same policy.
        json!({"what": "cookies", "id": id, "pem": pem, "url": resource, "until": until}),
    ];
    let theirs = sign_with_node(&wishes)?;
    assert_eq!(theirs[0], json!(ours), "JavaScript, with the policy's text");
    assert_eq!(theirs[1]["CloudFront-Signature"], ours["CloudFront-Signature"], "JavaScript, from the policy's parts");
    let wish = json!({"id": id, "pem": pem, "url": stage.upload(), "resource": resource, "until": until});
    let theirs = query(&sign_with_python(&[wish])?[0]);
    for name in ["Policy", "Signature", "Key-Pair-Id"] {
        assert_eq!(theirs[name], ours[&format!("CloudFront-{name}")], "Python, {name}");
    }
    let answer = put(&stage, &format!("{}/own", stage.prefix()), &Proof::Cookies(stage.cookies()?))?;
    assert_eq!(answer.status, 200);
    Ok(())
}

#[test]
fn the_last_private_key_signs_and_a_restart_without_keys_forgets_them_all() -> Result<()> {
    let dir = temporary()?;
    let pairs = Pairs::make(dir.path())?;
    let options = [
        option(&pairs.first.private, pairs.first.id),
        option(&pairs.curve.private, pairs.curve.id),
        option(&pairs.second.public, pairs.second.id),
    ];
    let stage = Stage::start_in(dir, &options.concat())?;
    let cookies = stage.cookies()?;
    assert!(cookies.contains(&format!("CloudFront-Key-Pair-Id={}", pairs.curve.id)));
    let key = format!("{}/by-a-curve", stage.prefix());
    assert_eq!(put(&stage, &key, &Proof::Cookies(cookies))?.status, 200);
    let Stage { mut sandbox, .. } = stage;
    sandbox.kill()?;
    let found: Vec<_> = walk(sandbox.profile().parent().unwrap());
    for pair in pairs.trusted() {
        let pem = std::fs::read(&pair.private).unwrap();
        assert!(!found.contains(&pem), "{} was copied into the sandbox's folder", pair.id);
    }
    Ok(())
}

/// Returns the contents of all files below a folder.
fn walk(folder: &std::path::Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![std::fs::read(&path).unwrap()] }).collect()
}
