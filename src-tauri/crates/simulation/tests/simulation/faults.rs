//! Replies that are not the one hoped for: the rows of the tables of facts (A6, B8, C3, C9, D5, E2, E3).
//!
//! None of them lies about what the service holds: "exists already", "no such upload", "wrong state" and missing parts
//! come from the simulated service itself, when they are true.

use std::time::Duration;

use waybill_model::{BodyKind, NoAnswer, NoAnswerKind, NotDone, Refusal, Role};

use crate::dice::Dice;

/// A reply, and whether the request may have been acted on nevertheless.
pub(crate) struct Fault {
    pub(crate) reply: NotDone,
    pub(crate) maybe_acted: bool,
}

pub(crate) fn refused(status: u16, code: &str, body: BodyKind, from_store: bool) -> NotDone {
    let code = (!code.is_empty()).then(|| code.to_owned());
    NotDone::Refused(Refusal { status, code, message: None, from_store, body, retry_after: None, date: None })
}

pub(crate) fn store(status: u16, code: &str) -> NotDone {
    refused(status, code, BodyKind::Xml, true)
}

pub(crate) fn edge(status: u16, code: &str) -> NotDone {
    refused(status, code, BodyKind::Xml, false)
}

pub(crate) fn json(status: u16, code: &str) -> NotDone {
    refused(status, code, BodyKind::Json, false)
}

pub(crate) fn html(status: u16) -> NotDone {
    refused(status, "", BodyKind::Html, false)
}

pub(crate) fn bare(status: u16) -> NotDone {
    refused(status, "", BodyKind::Empty, false)
}

pub(crate) fn silent(kind: NoAnswerKind, maybe_received: bool) -> NotDone {
    NotDone::NoAnswer(NoAnswer { kind, maybe_received, detail: String::new() })
}

fn with_retry_after(reply: NotDone, seconds: u64) -> NotDone {
    match reply {
        NotDone::Refused(refusal) => {
            NotDone::Refused(Refusal { retry_after: Some(Duration::from_secs(seconds)), ..refusal })
        }
        other @ (NotDone::NoAnswer(_) | NotDone::NotSent(_)) => other,
    }
}

/// Pages and refusals of what stands between, and a service that is down: the same at every address.
fn in_between(dice: &mut Dice) -> Fault {
    let (reply, maybe_acted) = match dice.roll(17) {
        0 => (html(403), false),
        1 => (html(302), false),
        2 => (html(200), true),
        3 => (bare(407), false),
        4 => (html(511), false),
        5 => (bare(429), false),
        6 => (with_retry_after(bare(503), dice.clone().between(1, 90)), true),
        7 => (bare(503), true),
        8 => (html(502), true),
        9 => (bare(504), true),
        10 => (bare(509), true),
        11 => (html(404), false),
        12 => (silent(NoAnswerKind::Garbled, true), true),
        13 => (silent(NoAnswerKind::ProxyRefused, false), false),
        14 => (silent(NoAnswerKind::Tls, false), false),
        15 => (silent(NoAnswerKind::CertificateUntrusted, false), false),
        _ => (silent(NoAnswerKind::ClockWrong, false), false),
    };
    Fault { reply, maybe_acted }
}

/// Replies of the edge and of the store to a request that carries or completes an object.
fn of_store(dice: &mut Dice) -> Fault {
    let (reply, maybe_acted) = match dice.roll(34) {
        0..=3 => (store(503, "SlowDown"), true),
        4 => (with_retry_after(store(503, "ServiceUnavailable"), 20), true),
        5..=8 => (store(500, "InternalError"), true),
        9 => (store(400, "RequestTimeout"), false),
        10 => (store(400, "IncompleteBody"), false),
        11 => (store(409, "OperationAborted"), false),
        12 => (store(409, "ConditionalRequestConflict"), false),
        13 => (store(400, "BadDigest"), false),
        14 => (store(400, "XAmzContentChecksumMismatch"), false),
        15 => (store(403, "RequestTimeTooSkewed"), false),
        16 => (store(403, "SignatureDoesNotMatch"), false),
        17 => (store(307, "TemporaryRedirect"), false),
        18 => (bare(404), false),
        19 => (store(403, "AccessDenied"), false),
        20 => (store(400, "InvalidRequest"), false),
        21 => (store(501, "NotImplemented"), false),
        22 => (edge(400, ""), false),
        23 => (bare(413), false),
        24..=26 => (edge(403, "AccessDenied"), false),
        27 => (edge(403, "MissingKey"), false),
        28 => (bare(403), false),
        29 => (bare(401), false),
        30 => (bare(200), true),
        31 => (refused(200, "InternalError", BodyKind::Xml, true), true),
        _ => return in_between(dice),
    };
    Fault { reply, maybe_acted }
}

fn of_api(dice: &mut Dice) -> Fault {
    let (reply, maybe_acted) = match dice.roll(20) {
        0..=2 => (bare(401), false),
        3 => (bare(403), false),
        4 => (refused(500, "", BodyKind::Other, false), true),
        5 => (json(200, ""), true),
        6 => (json(200, "INVALID_INPUT_DATA"), false),
        7 => (json(200, "NOT_AUTHORISED"), false),
        8 => (json(400, ""), false),
        9 => (bare(413), false),
        10..=12 => (html(504), true),
        _ => return in_between(dice),
    };
    Fault { reply, maybe_acted }
}

fn of_sign_in(dice: &mut Dice) -> Fault {
    let (reply, maybe_acted) = match dice.roll(10) {
        0 => (json(400, "temporarily_unavailable"), false),
        1 => (json(500, "invalid_grant"), false),
        2 => (bare(400), false),
        3 => (json(401, "invalid_client"), false),
        _ => return in_between(dice),
    };
    Fault { reply, maybe_acted }
}

fn of_signer(dice: &mut Dice) -> Fault {
    let (reply, maybe_acted) = match dice.roll(10) {
        0..=3 => (bare(401), false),
        4 => (json(401, ""), false),
        5 => (json(403, ""), false),
        6 => (bare(200), false),
        _ => return in_between(dice),
    };
    Fault { reply, maybe_acted }
}

/// Returns a reply of that address: `asks_for_pass` tells the signer from the store.
pub(crate) fn at(role: Role, asks_for_pass: bool, dice: &mut Dice) -> Fault {
    match role {
        Role::SignIn => of_sign_in(dice),
        Role::Upload if asks_for_pass => of_signer(dice),
        Role::Upload => of_store(dice),
        Role::Api | Role::Website => of_api(dice),
    }
}
