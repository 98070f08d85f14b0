//! Headers of `PutObject` beside the checksums of `x-amz-checksum-*`: digests, access control.

use super::{Case, Request, Upload, said_and_stored, source};
use crate::checksums::{md5, sha256_hex};

pub(super) fn cases() -> Vec<Case> {
    let put = |name: &str, header: &'static str, value: String, expected: &str, source: &'static str| {
        Case::new(name, expected, source, move |store| {
            let key = store.fresh_key();
            let answer = store.send(Request::put(&key, "hello").header(header, &value))?;
            said_and_stored(store, &key, &answer, b"hello")
        })
    };
    let good = "200, stored as sent";
    vec![
        put("PutObject with the right Content-MD5", "content-md5", md5(b"hello"), good, source::PUT),
        put(
            "PutObject with a wrong Content-MD5",
            "content-md5",
            md5(b"other"),
            "400 BadDigest, nothing stored",
            source::ERRORS,
        ),
        put(
            "PutObject with a Content-MD5 that is none",
            "content-md5",
            "aGVsbG8=".to_owned(),
            "400 InvalidDigest, nothing stored",
            source::ERRORS,
        ),
        put(
            "PutObject with the right x-amz-content-sha256",
            "x-amz-content-sha256",
            sha256_hex(b"hello"),
            good,
            SIGNING,
        ),
        put(
            "PutObject with a wrong x-amz-content-sha256",
            "x-amz-content-sha256",
            sha256_hex(b"other"),
            "400 XAmzContentSHA256Mismatch, nothing stored",
            source::SEEN,
        ),
        put(
            "PutObject with an x-amz-content-sha256 that is none",
            "x-amz-content-sha256",
            "hello".to_owned(),
            "400 InvalidArgument, nothing stored",
            source::ASSUMED,
        ),
        put(
            "PutObject with full control for the bucket's owner",
            "x-amz-acl",
            "bucket-owner-full-control".to_owned(),
            good,
            source::OWNERSHIP,
        ),
        put(
            "PutObject with another canned ACL",
            "x-amz-acl",
            "public-read".to_owned(),
            "400 AccessControlListNotSupported, nothing stored",
            source::OWNERSHIP,
        ),
        put(
            "PutObject with a grant",
            "x-amz-grant-read",
            "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"".to_owned(),
            "400 AccessControlListNotSupported, nothing stored",
            source::OWNERSHIP,
        ),
        Case::new(
            "CreateMultipartUpload with another canned ACL",
            "400 AccessControlListNotSupported",
            source::OWNERSHIP,
            |store| {
                let request = Request::new("POST", &store.fresh_key()).query("uploads");
                Ok(store.send(request.header("x-amz-acl", "public-read"))?.said())
            },
        ),
        Case::new("UploadPart with a wrong Content-MD5", "400 BadDigest", source::PART, |store| {
            Ok(Upload::begin(store, &[])?.part(1, &[("content-md5", &md5(b"other"))], b"hello")?.said())
        }),
        Case::new(
            "UploadPart with a wrong x-amz-content-sha256",
            "400 XAmzContentSHA256Mismatch",
            source::SEEN,
            |store| {
                let digest = sha256_hex(b"other");
                Ok(Upload::begin(store, &[])?.part(1, &[("x-amz-content-sha256", &digest)], b"hello")?.said())
            },
        ),
        Case::new("An error's request id", "the one of the header, and a host id", source::ERRORS, |store| {
            let unknown = Upload { store, key: store.fresh_key(), id: "unknown".to_owned() };
            let answer = unknown.part(1, &[], b"x")?;
            let same = !answer.header("x-amz-request-id").is_empty()
                && answer.element("RequestId") == answer.header("x-amz-request-id");
            let id = if same { "the one of the header" } else { "not the one of the header" };
            let host = if answer.element("HostId").is_empty() { "no host id" } else { "a host id" };
            Ok(format!("{id}, and {host}"))
        }),
    ]
}

const SIGNING: &str = "Signature calculations for the Authorization header, API reference";
