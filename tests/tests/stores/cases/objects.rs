//! `PutObject` and `PutObjectTagging`: what is stored, and under which key.

use super::{Case, Request, bytes, said_and_stored, source};
use crate::differences::WAITS;

/// 1,025 bytes of key: one more than S3 takes.
const LONGEST_KEY: usize = 1_024;
/// 5 GiB, the largest body of one request.
const LARGEST_BODY: u64 = 5 * 1024 * 1024 * 1024;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("PutObject of a new key", "200, stored as sent", source::PUT, |store| {
            let (key, data) = (store.fresh_key(), bytes(70_001, 1));
            let answer = store.send(Request::put(&key, data.clone()))?;
            said_and_stored(store, &key, &answer, &data)
        }),
        Case::new("PutObject's answer", "a quoted ETag, a version id, a request id", source::PUT, |store| {
            let answer = store.send(Request::put(&store.fresh_key(), "x"))?;
            let etag = answer.header("etag");
            let quoted = etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"');
            let has = |header: &str| if answer.header(header).is_empty() { "no" } else { "a" };
            Ok(format!(
                "{} ETag, {} version id, {} request id",
                if quoted { "a quoted" } else { "no quoted" },
                has("x-amz-version-id"),
                has("x-amz-request-id")
            ))
        }),
        Case::new("PutObject of no bytes", "200, stored as sent", source::LIMITS, |store| {
            let key = store.fresh_key();
            let answer = store.send(Request::put(&key, ""))?;
            said_and_stored(store, &key, &answer, b"")
        }),
        Case::new(
            "PutObject where an object is",
            "412 PreconditionFailed, stored as sent",
            source::CONDITIONAL,
            |store| {
                let key = store.fresh_key();
                store.send(Request::put(&key, "first"))?;
                let answer = store.send(Request::put(&key, "second"))?;
                said_and_stored(store, &key, &answer, b"first")
            },
        ),
        Case::by_policy(
            "PutObject without If-None-Match",
            "403 AccessDenied, nothing stored",
            "200, stored as sent",
            source::POLICY,
            |store| {
                let key = store.fresh_key();
                let answer = store.send(Request::unconditional_put(&key, "x"))?;
                said_and_stored(store, &key, &answer, b"x")
            },
        ),
        Case::new(
            "PutObject with an ETag in If-None-Match",
            "501 NotImplemented, nothing stored",
            source::SEEN,
            |store| {
                let key = store.fresh_key();
                let request = Request::unconditional_put(&key, "x").header("if-none-match", "\"0123456789abcdef\"");
                let answer = store.send(request)?;
                said_and_stored(store, &key, &answer, b"x")
            },
        ),
        Case::new("PutObject of a body without a length", "411 MissingContentLength", source::ERRORS, |store| {
            let request = Request::new("PUT", &store.fresh_key()).header("if-none-match", "*").unsized_body("hello");
            Ok(store.send(request)?.said())
        }),
        Case::new("PutObject of a byte more than 5 GiB", "400 EntityTooLarge", source::ERRORS, |store| {
            let request = Request::new("PUT", &store.fresh_key()).header("if-none-match", "*");
            let answer = store.announce(&request, LARGEST_BODY + 1)?;
            Ok(answer.map_or(WAITS.to_owned(), |answer| answer.said()))
        }),
        Case::new(
            "PutObject of less than was announced",
            "400 IncompleteBody, nothing stored",
            source::ERRORS,
            |store| {
                let key = store.fresh_key();
                let request = Request::new("PUT", &key).header("if-none-match", "*");
                let answer = store.send_short(&request, 10, b"hello")?;
                match answer {
                    Some(answer) => said_and_stored(store, &key, &answer, b"hello"),
                    None if store.stored(&key)?.is_none() => Ok("no answer, nothing stored".to_owned()),
                    None => Ok("no answer, something stored".to_owned()),
                }
            },
        ),
        Case::new("PutObject with a key of 1,024 bytes", "200", "Naming objects, user guide", |store| {
            Ok(store.send(Request::put(&long_key(&store.fresh_key(), LONGEST_KEY), "x"))?.said())
        }),
        Case::new("PutObject with a key of 1,025 bytes", "400 KeyTooLongError", source::ERRORS, |store| {
            Ok(store.send(Request::put(&long_key(&store.fresh_key(), LONGEST_KEY + 1), "x"))?.said())
        }),
        Case::new(
            "PutObject with a key that needs encoding",
            "200, stored as sent",
            "Naming objects, user guide",
            |store| {
                let key = format!("{}/50% + Überblick (a=b&c) ~ 文書", store.fresh_key());
                let answer = store.send(Request::put(&key, "x"))?;
                said_and_stored(store, &key, &answer, b"x")
            },
        ),
        Case::new("PutObject with the SDK's x-id", "200, stored as sent", source::PUT, |store| {
            let key = store.fresh_key();
            let answer = store.send(Request::put(&key, "x").query("x-id=PutObject"))?;
            said_and_stored(store, &key, &answer, b"x")
        }),
        Case::new("PutObjectTagging of an object", "200", "PutObjectTagging, API reference", |store| {
            let key = store.fresh_key();
            store.send(Request::put(&key, "x"))?;
            Ok(store.send(tagging(&key, TAGS))?.said())
        }),
        Case::new("PutObjectTagging of nothing", "404 NoSuchKey", source::ERRORS, |store| {
            Ok(store.send(tagging(&store.fresh_key(), TAGS))?.said())
        }),
        Case::new("PutObjectTagging with what is no tag set", "400 MalformedXML", source::ERRORS, |store| {
            let key = store.fresh_key();
            store.send(Request::put(&key, "x"))?;
            Ok(store.send(tagging(&key, "<html></html>"))?.said())
        }),
        Case::new("PATCH of a key", "405 MethodNotAllowed", source::ASSUMED, |store| {
            Ok(store.send(Request::new("PATCH", &store.fresh_key()).body("x"))?.said())
        }),
    ]
}

const TAGS: &str = "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";

fn tagging(key: &str, xml: &str) -> Request {
    Request::new("PUT", key).query("tagging").header("content-md5", &crate::checksums::md5(xml.as_bytes())).body(xml)
}

/// Returns a key of this many bytes. No segment is longer than a file name may be, since a store may keep it as one.
fn long_key(start: &str, length: usize) -> String {
    let mut key = start.to_owned();
    while key.len() < length {
        let room = (length - key.len() - 1).min(200);
        key.push('/');
        key.push_str(&"k".repeat(room.max(usize::from(key.len() < length))));
        key.truncate(length);
    }
    key
}
