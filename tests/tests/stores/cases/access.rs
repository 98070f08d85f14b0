//! Calls that TDR's bucket policy does not grant, and what they do for a bucket's owner.

use super::{Case, Request, Upload, expect_good, source};
use crate::store::Store;
use waybill_system_tests::Result;

/// What the policy says to everything it does not grant; it names the request, unlike the edge's own refusal.
const DENIED: &str = "403 AccessDenied \"Access Denied\" with a request id";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::by_policy("HeadObject", "403", "200", source::POLICY, |store| {
            let key = an_object(store)?;
            Ok(store.send(Request::new("HEAD", &key))?.status.to_string())
        }),
        denied("GetObject", "200", |store| Ok(Request::new("GET", &an_object(store)?))),
        denied("GetObjectAcl", "200", |store| Ok(Request::new("GET", &an_object(store)?).query("acl"))),
        denied("DeleteObject", "204", |store| Ok(Request::new("DELETE", &an_object(store)?))),
        denied("ListParts", "200", |store| {
            let upload = Upload::begin(store, &[])?;
            Ok(Request::new("GET", &upload.key).query(format!("uploadId={}", upload.id)))
        }),
        denied("AbortMultipartUpload", "204", |store| {
            let upload = Upload::begin(store, &[])?;
            Ok(Request::new("DELETE", &upload.key).query(format!("uploadId={}", upload.id)))
        }),
        Case::by_policy("A part after AbortMultipartUpload", "200", "404 NoSuchUpload", source::POLICY, |store| {
            let upload = Upload::begin(store, &[])?;
            let query = format!("uploadId={}", upload.id);
            store.send(Request::new("DELETE", &upload.key).query(query))?;
            Ok(upload.part(1, &[], b"x")?.said())
        }),
        Case::by_policy(
            "ListParts of two parts",
            "no parts",
            "parts 1 and 2 with their sizes",
            source::POLICY,
            |store| {
                let upload = Upload::begin(store, &[])?;
                upload.good_part(1, b"one")?;
                upload.good_part(2, b"three")?;
                let answer = store.send(Request::new("GET", &upload.key).query(format!("uploadId={}", upload.id)))?;
                let numbers = answer.body.matches("<PartNumber>").count();
                let sizes = answer.body.contains("<Size>3</Size>") && answer.body.contains("<Size>5</Size>");
                Ok(match (numbers, sizes) {
                    (0, _) => "no parts".to_owned(),
                    (2, true) => "parts 1 and 2 with their sizes".to_owned(),
                    (count, _) => format!("{count} parts"),
                })
            },
        ),
        Case::by_policy(
            "CompleteMultipartUpload without If-None-Match",
            "403 AccessDenied",
            "200",
            source::POLICY,
            |store| {
                let upload = Upload::begin(store, &[])?;
                let part = upload.good_part(1, b"x")?;
                Ok(upload.complete_with(&[], super::list(&[part]))?.said())
            },
        ),
        Case::new("CreateMultipartUpload without If-None-Match", "200", source::POLICY, |store| {
            Ok(store.send(Request::new("POST", &store.fresh_key()).query("uploads"))?.said())
        }),
    ]
}

fn denied(name: &str, without: &'static str, request: impl Fn(&Store) -> Result<Request> + 'static) -> Case {
    Case::by_policy(name, DENIED, without, source::POLICY, move |store| {
        let answer = store.send(request(store)?)?;
        let message = answer.element("Message");
        if message.is_empty() {
            return Ok(answer.said());
        }
        let id = if answer.element("RequestId").is_empty() { "without" } else { "with" };
        Ok(format!("{} \"{message}\" {id} a request id", answer.said()))
    })
}

fn an_object(store: &Store) -> Result<String> {
    let key = store.fresh_key();
    expect_good(store.send(Request::put(&key, "an object"))?)?;
    Ok(key)
}
