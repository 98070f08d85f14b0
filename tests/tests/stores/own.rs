//! The sandbox's own store, behind its edge.

use waybill_system_tests::{Effect, Fault, Result, Role};

use crate::cases::completion;
use crate::differences::Asked;
use crate::edge::Edge;
use crate::suite;
use crate::wire::{Answer, Request};

const DAY: i64 = 86_400;

#[test]
fn it_answers_as_s3_is_documented() -> Result<()> {
    suite::run(Asked::Sandbox, &Edge::start(&[])?.store);
    Ok(())
}

#[test]
fn a_repeated_completion_answers_as_the_flag_says() -> Result<()> {
    for (flag, said) in ["ok", "precondition", "no-such-upload"].into_iter().zip(completion::REPEATED) {
        let edge = Edge::start(&["--repeat-complete", flag])?;
        let again = completion::completed_once(&edge.store)?;
        assert_eq!((again()?.as_str(), again()?.as_str()), (said, said), "{flag}");
    }
    Ok(())
}

#[test]
fn an_upload_is_gone_seven_days_after_it_began() -> Result<()> {
    let mut edge = Edge::start(&[])?;
    let key = edge.store.fresh_key();
    let created = edge.store.send(Request::new("POST", &key).query("uploads"))?;
    assert_eq!(created.header("x-amz-abort-rule-id"), "abort-incomplete-uploads");
    let query = format!("partNumber=1&uploadId={}", created.element("UploadId"));
    let part = Request::new("PUT", &key).query(query).body("x");

    edge.sandbox.control().move_clock(7 * DAY - 120)?;
    edge.renew_cookies()?;
    assert_eq!(edge.store.send(part.clone())?.said(), "200");
    edge.sandbox.control().move_clock(240)?;
    assert_eq!(edge.store.send(part)?.said(), "404 NoSuchUpload");
    Ok(())
}

#[test]
fn an_upload_lives_through_a_kill_of_the_sandbox() -> Result<()> {
    let mut edge = Edge::start(&[])?;
    let key = edge.store.fresh_key();
    let id = edge.store.send(Request::new("POST", &key).query("uploads"))?.element("UploadId");
    let part = Request::new("PUT", &key).query(format!("partNumber=1&uploadId={id}")).body("before the kill");
    let etag = edge.store.send(part)?.header("etag").to_owned();
    edge.sandbox.restart()?;
    let list = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    );
    let done = Request::new("POST", &key).query(format!("uploadId={id}")).header("if-none-match", "*").body(list);
    assert_eq!(edge.store.send(done)?.said(), "200");
    assert_eq!(edge.store.stored(&key)?.unwrap(), b"before the kill");
    Ok(())
}

#[test]
fn errors_that_only_a_fault_provokes_leave_nothing_done() -> Result<()> {
    let edge = Edge::start(&[])?;
    for (status, code) in [
        (409, "ConditionalRequestConflict"),
        (409, "OperationAborted"),
        (400, "RequestTimeout"),
        (500, "InternalError"),
        (503, "SlowDown"),
        (503, "ServiceUnavailable"),
    ] {
        let body = format!("<Error><Code>{code}</Code><Message>m</Message><RequestId>R</RequestId></Error>");
        let effect = Effect::Status { status, body, content_type: "application/xml" };
        edge.sandbox.control().set(&Fault::new(Role::Upload, effect).method("PUT"))?;
        let key = edge.store.fresh_key();
        let answer: Answer = edge.store.send(Request::put(&key, "x"))?;
        assert_eq!(answer.said(), format!("{status} {code}"));
        // Nothing was done, so that the same request goes well when it is sent again.
        assert_eq!(edge.store.send(Request::put(&key, "x"))?.said(), "200");
    }
    Ok(())
}
