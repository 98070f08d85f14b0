//! Amazon's SDK for JavaScript, used as TDR's website uses it.

use serde::Deserialize;
use serde_json::{Value, json};
use waybill_system_tests::{Effect, Fault, Result, Role};

use crate::files::{PART, Upload, of_all_sizes, write};
use crate::stage::Stage;
use crate::tools;

/// What became of one file.
#[derive(Clone, Debug, Deserialize, PartialEq)]
struct Outcome {
    done: bool,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    request_id: Option<String>,
    #[serde(default)]
    etag: Option<String>,
    #[serde(default)]
    crc32: Option<String>,
    #[serde(default, rename = "type")]
    checksum_type: Option<String>,
}

fn upload<'f>(
    stage: &Stage,
    cookie: Option<&str>,
    files: impl IntoIterator<Item = &'f Upload>,
    more: &Value,
) -> Result<Vec<Outcome>> {
    let files: Vec<Value> = files.into_iter().map(|file| json!({ "path": file.path, "key": file.key })).collect();
    let mut input = json!({
        "endpoint": stage.upload(), "cookie": cookie, "origin": stage.sandbox.addresses().website, "files": files,
    });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    tools::node("upload.mjs", Some(stage.sandbox.ca()), &input)
}

/// Status and error name of the only outcome, and whether the reply had the store's request id.
fn refusal(outcomes: &[Outcome]) -> (u16, &str, bool) {
    let [outcome] = outcomes else { panic!("{outcomes:?}") };
    assert!(!outcome.done, "{outcome:?}");
    (outcome.status.unwrap(), outcome.name.as_deref().unwrap(), outcome.request_id.is_some())
}

#[test]
fn files_of_all_sizes_arrive_in_the_websites_way() -> Result<()> {
    let stage = Stage::start(&[])?;
    let files = of_all_sizes(&stage.dir().join("files"), &stage.prefix())?;
    let outcomes = upload(&stage, Some(&stage.cookies()?), &files, &json!({}))?;
    for (file, outcome) in files.iter().zip(&outcomes) {
        assert!(outcome.done && outcome.etag.is_some(), "{} bytes: {outcome:?}", file.len());
        file.assert_stored(stage.sandbox.control())?;
    }
    // What fits into one part is one request; the largest is three parts.
    let requests = stage.sandbox.control().requests()?;
    let of = |file: &Upload| {
        let requests = requests.iter().filter(|request| request.path.contains(&file.key));
        requests.map(|request| (request.method.clone(), request.bytes, request.status)).collect::<Vec<_>>()
    };
    for file in &files[..4] {
        let [(method, bytes, Some(200))] = &of(file)[..] else { panic!("{:?}", of(file)) };
        assert_eq!((method.as_str(), *bytes), ("PUT", u64::try_from(file.len()).unwrap()));
    }
    let largest = of(&files[5]);
    let mut parts: Vec<u64> =
        largest.iter().filter(|(method, ..)| method == "PUT").map(|(_, bytes, _)| *bytes).collect();
    parts.sort_unstable();
    assert_eq!(parts, [4_711, u64::try_from(PART).unwrap(), u64::try_from(PART).unwrap()]);
    assert_eq!(largest.len(), 5, "{largest:?}");
    Ok(())
}

#[test]
fn checksums_of_both_types_are_taken_and_a_wrong_whole_is_not() -> Result<()> {
    let stage = Stage::start(&[])?;
    let cookie = stage.cookies()?;
    let size = 2 * PART + 99;
    let mut files = Vec::new();
    for (number, name) in ["composite", "full", "whole", "wrong"].into_iter().enumerate() {
        let key = format!("{}/{name}", stage.prefix());
        files.push(write(&stage.dir().join("files"), &key, size, u64::try_from(number).unwrap() + 40)?);
    }
    let [composite, full, whole, wrong] = &files[..] else { panic!("four files") };
    for (file, kind) in [(composite, "COMPOSITE"), (full, "FULL_OBJECT")] {
        let outcomes = upload(&stage, Some(&cookie), [file], &json!({ "type": kind }))?;
        let [outcome] = &outcomes[..] else { panic!("{outcomes:?}") };
        assert!(outcome.done, "{kind}: {outcome:?}");
        assert_eq!(outcome.checksum_type.as_deref(), Some(kind));
        // A checksum of checksums says of how many.
        let is_composite = outcome.crc32.as_deref().is_some_and(|value| value.ends_with("-3"));
        assert_eq!(is_composite, kind == "COMPOSITE", "{outcome:?}");
        file.assert_stored(stage.sandbox.control())?;
    }
    let outcomes = upload(&stage, Some(&cookie), [whole], &json!({ "how": "whole" }))?;
    assert!(outcomes[0].done, "{outcomes:?}");
    whole.assert_stored(stage.sandbox.control())?;
    let outcomes = upload(&stage, Some(&cookie), [wrong], &json!({ "how": "whole", "wrong": true }))?;
    assert_eq!(refusal(&outcomes), (400, "BadDigest", true));
    assert!(stage.sandbox.control().objects()?.iter().all(|object| object.key != wrong.key));
    Ok(())
}

#[test]
fn aborting_is_not_granted_and_the_website_does_it_all_the_same_when_a_part_fails() -> Result<()> {
    let stage = Stage::start(&[])?;
    let cookie = stage.cookies()?;
    let file = write(&stage.dir().join("files"), &format!("{}/aborted", stage.prefix()), 3 * PART, 5)?;
    let outcomes = upload(&stage, Some(&cookie), [&file], &json!({ "how": "abort" }))?;
    assert_eq!(refusal(&outcomes), (403, "AccessDenied", true));

    let effect = Effect::Status {
        status: 400,
        body: "<Error><Code>BadDigest</Code></Error>".to_owned(),
        content_type: "application/xml",
    };
    stage.sandbox.control().set(&Fault::new(Role::Upload, effect).path("*partNumber=2&*").always())?;
    let outcomes = upload(&stage, Some(&cookie), [&file], &json!({}))?;
    // lib-storage reports its refused Abort, not the part.
    assert_eq!(refusal(&outcomes), (403, "AccessDenied", true));
    let requests = stage.sandbox.control().requests()?;
    let aborted = requests.iter().filter(|request| request.method == "DELETE").map(|request| request.status);
    assert_eq!(aborted.collect::<Vec<_>>(), [Some(403), Some(403)]);
    assert!(stage.sandbox.control().objects()?.is_empty());
    Ok(())
}

#[test]
fn the_website_is_refused_without_valid_cookies_own_prefix_and_condition() -> Result<()> {
    let stage = Stage::start(&[])?;
    let cookie = stage.cookies()?;
    let folder = stage.dir().join("files");
    let own = write(&folder, &format!("{}/own", stage.prefix()), 1_000, 1)?;
    let elsewhere = write(&folder, "0a0b0c0d-0000-4000-8000-000000000000/any/elsewhere", 1_000, 2)?;
    let large = write(&folder, &format!("{}/large", stage.prefix()), PART + 1, 3)?;
    let nothing = json!({});

    assert_eq!(refusal(&upload(&stage, None, [&own], &nothing)?), (403, "MissingKey", false));
    assert_eq!(refusal(&upload(&stage, Some(&cookie), [&elsewhere], &nothing)?), (403, "AccessDenied", false));
    let unconditional = json!({ "unconditional": true });
    assert_eq!(refusal(&upload(&stage, Some(&cookie), [&own], &unconditional)?), (403, "AccessDenied", true));
    for file in [&own, &large] {
        assert!(upload(&stage, Some(&cookie), [file], &nothing)?[0].done);
    }
    assert_eq!(refusal(&upload(&stage, Some(&cookie), [&own], &nothing)?), (412, "PreconditionFailed", true));
    // Of a file in parts the completion is refused, and then the Abort, which lib-storage does not report here.
    assert_eq!(refusal(&upload(&stage, Some(&cookie), [&large], &nothing)?), (412, "PreconditionFailed", true));
    own.assert_stored(stage.sandbox.control())?;
    stage.sandbox.control().move_clock(3 * 60 * 60 + 1)?;
    assert_eq!(refusal(&upload(&stage, Some(&cookie), [&own], &nothing)?), (403, "AccessDenied", false));
    assert_eq!(stage.sandbox.control().objects()?.len(), 2);
    Ok(())
}
