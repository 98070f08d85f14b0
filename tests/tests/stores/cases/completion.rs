//! `CompleteMultipartUpload`: its list, its size, its condition, and doing it again.

use super::{CONDITION, Case, Entry, MIB, Request, Upload, bytes, expect_good, list, said_and_stored, source};
use crate::store::Store;
use waybill_system_tests::Result;

/// The answers to a repeat that a client has to bear: it is not known which of them S3 gives when a condition is sent.
pub(crate) const REPEATED: [&str; 3] = ["200", "412 PreconditionFailed", "404 NoSuchUpload"];

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("CompleteMultipartUpload of two parts", "200, stored as sent", source::COMPLETE, |store| {
            let data = [bytes(5 * MIB, 2), bytes(123_457, 3)];
            let upload = Upload::begin(store, &[])?;
            let entries = [upload.good_part(1, &data[0])?, upload.good_part(2, &data[1])?];
            let answer = upload.complete(&[], &entries)?;
            said_and_stored(store, &upload.key, &answer, &data.concat())
        }),
        Case::new(
            "CompleteMultipartUpload's answer",
            "Location, Bucket, Key, and a quoted ETag that is no part's",
            source::COMPLETE,
            |store| {
                let upload = Upload::begin(store, &[])?;
                let part = upload.good_part(1, b"x")?;
                let answer = upload.complete(&[], std::slice::from_ref(&part))?;
                let names: Vec<&str> =
                    ["Location", "Bucket", "Key"].into_iter().filter(|name| !answer.element(name).is_empty()).collect();
                let etag = answer.element("ETag");
                let quoted = etag.starts_with('"') && etag != part.etag;
                let etag = if quoted { "a quoted ETag that is no part's" } else { etag.as_str() };
                Ok(format!("{}, and {etag}", names.join(", ")))
            },
        ),
        Case::new("A multipart upload of one part without bytes", "200, stored as sent", source::LIMITS, |store| {
            let upload = Upload::begin(store, &[])?;
            let part = upload.good_part(1, b"")?;
            let answer = upload.complete(&[], &[part])?;
            said_and_stored(store, &upload.key, &answer, b"")
        }),
        Case::new("A list with a gap in its numbers", "200, stored as sent", source::PART, |store| {
            let data = [bytes(5 * MIB, 4), b"the end".to_vec()];
            let upload = Upload::begin(store, &[])?;
            let entries = [upload.good_part(2, &data[0])?, upload.good_part(9, &data[1])?];
            let answer = upload.complete(&[], &entries)?;
            said_and_stored(store, &upload.key, &answer, &data.concat())
        }),
        Case::new("A list that leaves a part out", "200, stored as sent", source::COMPLETE, |store| {
            let upload = Upload::begin(store, &[])?;
            let first = upload.good_part(1, b"wanted")?;
            upload.good_part(2, b"not wanted")?;
            let answer = upload.complete(&[], &[first])?;
            said_and_stored(store, &upload.key, &answer, b"wanted")
        }),
        refused("A list in descending order", "400 InvalidPartOrder", source::COMPLETE, |mut entries| {
            entries.reverse();
            list(&entries)
        }),
        refused("A list with a part twice", "400 InvalidPartOrder", source::ASSUMED, |entries| {
            list(&[entries[0].clone(), entries[0].clone()])
        }),
        refused("A list with a part that was not sent", "400 InvalidPart", source::COMPLETE, |mut entries| {
            entries[1].number = 3;
            list(&entries)
        }),
        refused("A list with a wrong ETag", "400 InvalidPart", source::COMPLETE, |mut entries| {
            entries[0].etag = "\"0123456789abcdef0123456789abcdef\"".to_owned();
            list(&entries)
        }),
        Case::new(
            "A list with a part under 5 MiB that is not the last",
            "400 EntityTooSmall, nothing stored",
            source::COMPLETE,
            |store| {
                let upload = Upload::begin(store, &[])?;
                let entries = [upload.good_part(1, &bytes(5 * MIB - 1, 7))?, upload.good_part(2, b"the end")?];
                let answer = upload.complete(&[], &entries)?;
                said_and_stored(store, &upload.key, &answer, b"")
            },
        ),
        refused("A list without parts", "400 MalformedXML", source::SEEN, |_| list(&[])),
        refused("A list that is no XML", "400 MalformedXML", source::ERRORS, |_| "parts: 1, 2".to_owned()),
        refused("A list that is another document", "400 MalformedXML", source::ERRORS, |_| "<html></html>".to_owned()),
        refused("A list with an entry without an ETag", "400 MalformedXML", source::ERRORS, |_| {
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>".to_owned()
        }),
        with_size("x-amz-mp-object-size that is right", 4, "200, stored as sent"),
        with_size("x-amz-mp-object-size that is wrong", 5, "400 InvalidRequest, nothing stored"),
        Case::new("CompleteMultipartUpload of an unknown upload", "404 NoSuchUpload", source::COMPLETE, |store| {
            let unknown = Upload { store, key: store.fresh_key(), id: "unknown".to_owned() };
            let entry = Entry { number: 1, etag: "\"x\"".to_owned(), checksum: String::new() };
            Ok(unknown.complete(&[], &[entry])?.said())
        }),
        Case::new("CompleteMultipartUpload of another key's upload", "404 NoSuchUpload", source::COMPLETE, |store| {
            let upload = Upload::begin(store, &[])?;
            let part = upload.good_part(1, b"x")?;
            let other = Upload { store, key: store.fresh_key(), id: upload.id };
            Ok(other.complete(&[], &[part])?.said())
        }),
        Case::new(
            "CompleteMultipartUpload where an object is",
            "412 PreconditionFailed, stored as sent",
            source::CONDITIONAL,
            |store| {
                let upload = Upload::begin(store, &[])?;
                let part = upload.good_part(1, b"late")?;
                expect_good(store.send(Request::put(&upload.key, "early"))?)?;
                let answer = upload.complete(&[], &[part])?;
                said_and_stored(store, &upload.key, &answer, b"early")
            },
        ),
        Case::new(
            "CompleteMultipartUpload with an ETag in If-None-Match",
            "501 NotImplemented",
            source::SEEN,
            |store| {
                let upload = Upload::begin(store, &[])?;
                let part = upload.good_part(1, b"x")?;
                Ok(upload.complete_with(&[("if-none-match", "\"0123456789abcdef\"")], list(&[part]))?.said())
            },
        ),
        Case::new(
            "CompleteMultipartUpload again",
            "200, 412 PreconditionFailed or 404 NoSuchUpload, stored as sent",
            "it is not known which; see the flag --repeat-complete",
            |store| {
                let (upload, part) = completed(store)?;
                let said = upload.complete(&[], &[part])?.said();
                let said = if REPEATED.contains(&said.as_str()) {
                    "200, 412 PreconditionFailed or 404 NoSuchUpload"
                } else {
                    &said
                };
                let kept = store.stored(&upload.key)?.is_some_and(|bytes| bytes == b"once");
                Ok(format!("{said}, {}", if kept { "stored as sent" } else { "not stored as sent" }))
            },
        ),
        Case::new(
            "CompleteMultipartUpload again after a refusal that can be mended",
            "400 InvalidPart, then 200",
            source::COMPLETE,
            |store| {
                let upload = Upload::begin(store, &[])?;
                let part = upload.good_part(1, b"x")?;
                let wrong = Entry { etag: "\"0123456789abcdef0123456789abcdef\"".to_owned(), ..part.clone() };
                let first = upload.complete(&[], &[wrong])?.said();
                Ok(format!("{first}, then {}", upload.complete(&[], &[part])?.said()))
            },
        ),
    ]
}

/// Returns an upload of one small part that has been completed, and its part.
pub(crate) fn completed_once(store: &Store) -> Result<Box<dyn Fn() -> Result<String> + '_>> {
    let (upload, part) = completed(store)?;
    Ok(Box::new(move || Ok(upload.complete(&[], std::slice::from_ref(&part))?.said())))
}

fn completed(store: &Store) -> Result<(Upload<'_>, Entry)> {
    let upload = Upload::begin(store, &[])?;
    let part = upload.good_part(1, b"once")?;
    expect_good(upload.complete(&[], std::slice::from_ref(&part))?)?;
    Ok((upload, part))
}

/// Returns a list made from the entries of two parts that would make a good one.
fn refused(name: &str, expected: &str, source: &'static str, make: impl Fn(Vec<Entry>) -> String + 'static) -> Case {
    Case::new(name, expected, source, move |store| {
        let upload = Upload::begin(store, &[])?;
        let entries = vec![upload.good_part(1, &bytes(5 * MIB, 8))?, upload.good_part(2, b"two")?];
        Ok(upload.complete_with(&[CONDITION], make(entries))?.said())
    })
}

/// Returns an object of four bytes whose size is announced as `size`.
fn with_size(name: &str, size: u32, expected: &str) -> Case {
    Case::new(name, expected, source::COMPLETE, move |store| {
        let upload = Upload::begin(store, &[])?;
        let part = upload.good_part(1, b"four")?;
        let answer = upload.complete(&[("x-amz-mp-object-size", &size.to_string())], &[part])?;
        said_and_stored(store, &upload.key, &answer, b"four")
    })
}
