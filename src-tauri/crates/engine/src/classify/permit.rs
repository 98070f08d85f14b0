//! Replies to the request for a pass (`GET /cookies`, facts E2), and what any reply of the upload domain says about the pass it carried
//! (A6).

use std::time::Duration;

use waybill_model::{BodyKind, NotDone, Reply, Role, WaitReason};

use super::object::refuses_permit;
use super::{Trouble, in_between, local, silence};

/// What a reply to the request for a pass means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermitDecision<T> {
    /// A pass came.
    Done(T),
    /// 401 without a body: the token is refused, or the signer itself has a problem. It does not say which (facts
    /// E2).
    Unauthorised,
    /// Fetch again after this wait. The time is the least to wait.
    Again(WaitReason, Option<Duration>),
}

/// Reads a reply to the request for a pass.
#[must_use]
pub fn fetch<T>(reply: Reply<T>) -> PermitDecision<T> {
    let trouble = match reply {
        Ok(pass) => return PermitDecision::Done(pass),
        Err(NotDone::Refused(refusal)) => match (in_between(&refusal), refusal.status) {
            (Some(trouble), _) => trouble,
            (None, 401) => return PermitDecision::Unauthorised,
            (None, 403) => Trouble::Wait(WaitReason::Firewall),
            (None, _) if refusal.body == BodyKind::Html => Trouble::Wait(WaitReason::UnexpectedPage),
            (None, _) => Trouble::Failed(refusal.retry_after),
        },
        Err(NotDone::NoAnswer(answer)) => silence(&answer),
        Err(NotDone::NotSent(fault)) => local(&fault).unwrap_or(Trouble::Failed(None)),
    };
    let (reason, floor) = trouble.wait(Role::Upload);
    PermitDecision::Again(reason, floor)
}

/// What a reply of the upload domain says about the pass that the request carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeVerdict {
    /// Notes that the store was reached.
    Accepted,
    /// The edge did not let the request through (403 without a `RequestId`, facts A6).
    Refused,
    /// The reply is not about the pass.
    Silent,
}

/// Reads any object reply for what it says about the pass.
#[must_use]
pub fn edge_verdict<T>(reply: &Reply<T>) -> EdgeVerdict {
    let refusal = match reply {
        Ok(_) => return EdgeVerdict::Accepted,
        Err(NotDone::Refused(refusal)) if refusal.from_store => return EdgeVerdict::Accepted,
        Err(NotDone::Refused(refusal)) => refusal,
        Err(NotDone::NoAnswer(_) | NotDone::NotSent(_)) => return EdgeVerdict::Silent,
    };
    if refuses_permit(refusal) { EdgeVerdict::Refused } else { EdgeVerdict::Silent }
}

#[cfg(test)]
mod tests {
    use waybill_model::{LocalFault, NoAnswerKind};

    use super::*;
    use crate::classify::FIREWALL_FLOOR;
    use crate::classify::samples::{bare, edge, html, json, silent, store};

    /// Facts E2, B8 and A6 for the one request that carries no pass.
    #[test]
    fn every_reply_of_the_signer_has_its_decision() {
        let rows: Vec<(Reply<()>, PermitDecision<()>)> = vec![
            (Ok(()), PermitDecision::Done(())),
            (bare(401), PermitDecision::Unauthorised),
            (json(401, ""), PermitDecision::Unauthorised),
            (html(401), PermitDecision::Again(WaitReason::UnexpectedPage, None)),
            (html(200), PermitDecision::Again(WaitReason::UnexpectedPage, None)),
            (html(403), PermitDecision::Again(WaitReason::Firewall, Some(FIREWALL_FLOOR))),
            (json(403, ""), PermitDecision::Again(WaitReason::Firewall, Some(FIREWALL_FLOOR))),
            (bare(200), PermitDecision::Again(WaitReason::ServiceFailed, None)),
            (bare(502), PermitDecision::Again(WaitReason::ServiceFailed, None)),
            (bare(503), PermitDecision::Again(WaitReason::SlowDown, None)),
            (silent(NoAnswerKind::Dns, false), PermitDecision::Again(WaitReason::UploadUnreachable, None)),
            (
                silent(NoAnswerKind::CertificateUntrusted, false),
                PermitDecision::Again(WaitReason::CertificateUntrusted, None),
            ),
            (
                Err(NotDone::NotSent(LocalFault::Blocked(WaitReason::SignedOut))),
                PermitDecision::Again(WaitReason::SignedOut, None),
            ),
        ];
        for (reply, decision) in rows {
            assert_eq!(fetch(reply.clone()), decision, "{reply:?}");
        }
    }

    #[test]
    fn only_a_refusal_by_the_edge_counts_against_the_pass() {
        assert_eq!(edge_verdict::<()>(&edge(403, "MissingKey")), EdgeVerdict::Refused);
        assert_eq!(edge_verdict::<()>(&edge(403, "AccessDenied")), EdgeVerdict::Refused);
        assert_eq!(edge_verdict::<()>(&edge(403, "UnknownKey")), EdgeVerdict::Refused);
        assert_eq!(edge_verdict::<()>(&bare(403)), EdgeVerdict::Refused);
        assert_eq!(edge_verdict::<()>(&store(403, "AccessDenied")), EdgeVerdict::Accepted);
        assert_eq!(edge_verdict::<()>(&store(412, "PreconditionFailed")), EdgeVerdict::Accepted);
        assert_eq!(edge_verdict(&Ok(())), EdgeVerdict::Accepted);
        assert_eq!(edge_verdict::<()>(&html(403)), EdgeVerdict::Silent);
        assert_eq!(edge_verdict::<()>(&html(502)), EdgeVerdict::Silent);
        assert_eq!(edge_verdict::<()>(&silent(NoAnswerKind::Reset, true)), EdgeVerdict::Silent);
    }
}
