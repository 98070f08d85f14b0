//! `CreateMultipartUpload` and `UploadPart`.

use super::{Case, Request, Upload, said_and_stored, source};
use crate::differences::WAITS;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("CreateMultipartUpload's answer", "Bucket, Key and UploadId", source::CREATE, |store| {
            let key = store.fresh_key();
            let answer = store.send(Request::new("POST", &key).query("uploads"))?;
            let is_named = answer.element("Key") == key && !answer.element("Bucket").is_empty();
            let has_id = !answer.element("UploadId").is_empty();
            Ok(if is_named && has_id { "Bucket, Key and UploadId".to_owned() } else { answer.body })
        }),
        Case::new(
            "CreateMultipartUpload in a bucket that aborts after seven days",
            "x-amz-abort-date and x-amz-abort-rule-id",
            source::CREATE,
            |store| {
                let answer = store.send(Request::new("POST", &store.fresh_key()).query("uploads"))?;
                let names = ["x-amz-abort-date", "x-amz-abort-rule-id"];
                let there: Vec<&str> = names.into_iter().filter(|name| !answer.header(name).is_empty()).collect();
                Ok(if there.is_empty() { "neither".to_owned() } else { there.join(" and ") })
            },
        ),
        Case::new("CreateMultipartUpload where an object is", "200", source::CONDITIONAL, |store| {
            let key = store.fresh_key();
            store.send(Request::put(&key, "x"))?;
            Ok(store.send(Request::new("POST", &key).query("uploads"))?.said())
        }),
        Case::new("UploadPart's answer", "200, a quoted ETag", source::PART, |store| {
            let answer = Upload::begin(store, &[])?.part(1, &[], b"x")?;
            let etag = answer.header("etag");
            let quoted = etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"');
            Ok(format!("{}, {} ETag", answer.said(), if quoted { "a quoted" } else { "no quoted" }))
        }),
        Case::new("UploadPart with the SDK's x-id", "200", source::PART, |store| {
            let upload = Upload::begin(store, &[])?;
            let query = format!("partNumber=1&uploadId={}&x-id=UploadPart", upload.id);
            Ok(store.send(Request::new("PUT", &upload.key).query(query).body("x"))?.said())
        }),
        Case::new("UploadPart with number 0", "400 InvalidArgument", source::SEEN, |store| {
            Ok(Upload::begin(store, &[])?.part(0, &[], b"x")?.said())
        }),
        Case::new("UploadPart with number 10,000", "200", source::LIMITS, |store| {
            Ok(Upload::begin(store, &[])?.part(10_000, &[], b"x")?.said())
        }),
        Case::new("UploadPart with number 10,001", "400 InvalidArgument", source::SEEN, |store| {
            Ok(Upload::begin(store, &[])?.part(10_001, &[], b"x")?.said())
        }),
        Case::new("UploadPart of an unknown upload", "404 NoSuchUpload", source::ERRORS, |store| {
            let unknown = Upload { store, key: store.fresh_key(), id: "unknown".to_owned() };
            Ok(unknown.part(1, &[], b"x")?.said())
        }),
        Case::new("UploadPart of another key's upload", "404 NoSuchUpload", source::ERRORS, |store| {
            let upload = Upload::begin(store, &[])?;
            let other = Upload { store, key: store.fresh_key(), id: upload.id };
            Ok(other.part(1, &[], b"x")?.said())
        }),
        Case::new("UploadPart of a body without a length", "411 MissingContentLength", source::ERRORS, |store| {
            let upload = Upload::begin(store, &[])?;
            let query = format!("partNumber=1&uploadId={}", upload.id);
            Ok(store.send(Request::new("PUT", &upload.key).query(query).unsized_body("hello"))?.said())
        }),
        Case::new("UploadPart of a byte more than 5 GiB", "400 EntityTooLarge", source::LIMITS, |store| {
            let upload = Upload::begin(store, &[])?;
            let query = format!("partNumber=1&uploadId={}", upload.id);
            let request = Request::new("PUT", &upload.key).query(query);
            let answer = store.announce(&request, 5 * 1024 * 1024 * 1024 + 1)?;
            Ok(answer.map_or(WAITS.to_owned(), |answer| answer.said()))
        }),
        Case::new(
            "UploadPart of a number sent before",
            "a new ETag; the old one 400 InvalidPart; the new one 200, stored as sent",
            source::PART,
            |store| {
                let upload = Upload::begin(store, &[])?;
                let old = upload.good_part(1, b"old")?;
                let new = upload.good_part(1, b"new!")?;
                let etag = if old.etag == new.etag { "the same ETag" } else { "a new ETag" };
                let refused = upload.complete(&[], &[old])?.said();
                let done = upload.complete(&[], &[new])?;
                let done = said_and_stored(store, &upload.key, &done, b"new!")?;
                Ok(format!("{etag}; the old one {refused}; the new one {done}"))
            },
        ),
        Case::new("UploadPart after completion", "404 NoSuchUpload", source::ERRORS, |store| {
            let upload = Upload::begin(store, &[])?;
            let part = upload.good_part(1, b"x")?;
            super::expect_good(upload.complete(&[], &[part])?)?;
            Ok(upload.part(2, &[], b"y")?.said())
        }),
    ]
}
