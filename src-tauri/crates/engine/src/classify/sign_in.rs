//! Replies of the token endpoint (facts D5; RFC 6749 section 5.2).

use std::time::Duration;

use waybill_model::{Code, NotDone, Refusal, Reply, Role, WaitReason};

use super::{Trouble, in_between, local, silence};

/// What a reply to the refresh grant means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshDecision<T> {
    /// A new token came.
    Done(T),
    /// The session has ended, and a person must sign in. The refresh token is worthless now.
    SignIn(Code),
    /// Refresh again after this wait. The time is the least to wait. With rotation, a lost reply may have spent the
    /// token; then the next attempt says so.
    Again(WaitReason, Option<Duration>),
}

/// Reads a reply to the refresh grant. Every `invalid_grant` is terminal, with any description (facts D5).
#[must_use]
pub fn refresh<T>(reply: Reply<T>) -> RefreshDecision<T> {
    let trouble = match reply {
        Ok(tokens) => return RefreshDecision::Done(tokens),
        Err(NotDone::Refused(refusal)) => match oauth(&refusal) {
            OAuth::Ended => return RefreshDecision::SignIn(Code::SignInNeeded),
            OAuth::Refused => return RefreshDecision::SignIn(Code::SignInRefused),
            OAuth::Later | OAuth::None => trouble(&refusal),
        },
        Err(NotDone::NoAnswer(answer)) => silence(&answer),
        Err(NotDone::NotSent(fault)) => local(&fault).unwrap_or(Trouble::Failed(None)),
    };
    let (reason, floor) = trouble.wait(Role::SignIn);
    RefreshDecision::Again(reason, floor)
}

enum OAuth {
    /// The grant is worthless, now or for good.
    Ended,
    /// The client, or what it asks for, is not accepted.
    Refused,
    /// The refusal is said to be temporary.
    Later,
    /// The reply is not the token endpoint's own.
    None,
}

fn oauth(refusal: &Refusal) -> OAuth {
    if refusal.status >= 500 {
        return OAuth::None;
    }
    match refusal.code.as_deref() {
        // `invalid_request` means "No refresh token", and without one there is no session.
        Some("invalid_grant" | "invalid_request") => OAuth::Ended,
        Some(
            "invalid_client" | "unauthorized_client" | "unsupported_grant_type" | "invalid_scope" | "access_denied",
        ) => OAuth::Refused,
        Some("temporarily_unavailable" | "server_error") => OAuth::Later,
        Some(_) | None => OAuth::None,
    }
}

/// Reads a refusal without an OAuth code. It is not about the token, so the token is kept.
fn trouble(refusal: &Refusal) -> Trouble {
    match (in_between(refusal), refusal.status) {
        (Some(trouble), _) => trouble,
        (None, 403) => Trouble::Wait(WaitReason::Firewall),
        (None, _) => Trouble::Failed(refusal.retry_after),
    }
}

#[cfg(test)]
mod tests {
    use waybill_model::NoAnswerKind;

    use super::*;
    use crate::classify::FIREWALL_FLOOR;
    use crate::classify::samples::{bare, html, json, silent};

    /// Facts D5: the descriptions differ, the code and the decision do not.
    #[test]
    fn every_reply_to_a_refresh_has_its_decision() {
        let rows: Vec<(Reply<()>, RefreshDecision<()>)> = vec![
            (Ok(()), RefreshDecision::Done(())),
            (json(400, "invalid_grant"), RefreshDecision::SignIn(Code::SignInNeeded)),
            (json(400, "invalid_request"), RefreshDecision::SignIn(Code::SignInNeeded)),
            (json(401, "invalid_client"), RefreshDecision::SignIn(Code::SignInRefused)),
            (json(400, "unauthorized_client"), RefreshDecision::SignIn(Code::SignInRefused)),
            (json(400, "temporarily_unavailable"), RefreshDecision::Again(WaitReason::ServiceFailed, None)),
            (json(500, "invalid_grant"), RefreshDecision::Again(WaitReason::ServiceFailed, None)),
            (bare(400), RefreshDecision::Again(WaitReason::ServiceFailed, None)),
            (bare(502), RefreshDecision::Again(WaitReason::ServiceFailed, None)),
            (bare(503), RefreshDecision::Again(WaitReason::SlowDown, None)),
            (bare(429), RefreshDecision::Again(WaitReason::SlowDown, None)),
            (html(200), RefreshDecision::Again(WaitReason::UnexpectedPage, None)),
            (html(404), RefreshDecision::Again(WaitReason::UnexpectedPage, None)),
            (html(403), RefreshDecision::Again(WaitReason::Firewall, Some(FIREWALL_FLOOR))),
            (silent(NoAnswerKind::Connect, false), RefreshDecision::Again(WaitReason::SignInUnreachable, None)),
            (silent(NoAnswerKind::TimedOut, true), RefreshDecision::Again(WaitReason::SignInUnreachable, None)),
            (silent(NoAnswerKind::Garbled, true), RefreshDecision::Again(WaitReason::ServiceFailed, None)),
            (
                silent(NoAnswerKind::CertificateUntrusted, false),
                RefreshDecision::Again(WaitReason::CertificateUntrusted, None),
            ),
            (silent(NoAnswerKind::ProxyRefused, false), RefreshDecision::Again(WaitReason::ProxyRefused, None)),
        ];
        for (reply, decision) in rows {
            assert_eq!(refresh(reply.clone()), decision, "{reply:?}");
        }
    }
}
