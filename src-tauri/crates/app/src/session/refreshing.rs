//! A single refresh at a time among all Waybill processes on this computer.
//!
//! Under the lock the store is read again, since another process may have refreshed; the new token is saved before the
//! lock is released, and before it is used. Without the lock nothing is sent: a second refresh with the same token ends
//! the session where refresh tokens rotate (facts D5).

use tokio_util::sync::CancellationToken;
use waybill_cloud::{StoredSession, Tokens};
use waybill_model::{Failure, LocalFault, NoAnswer, NoAnswerKind, NotDone, Reply, Secret, UserId, WaitReason};

use super::kept::Kept;
use super::server::SignInServer;

/// The input of a refresh.
pub(super) struct Plan {
    /// Which session of this process it belongs to.
    pub(super) generation: u64,
    /// Whose session it is.
    pub(super) person: Option<UserId>,
    /// The refresh token in memory.
    pub(super) held: Option<Secret>,
    /// The refresh token that the store held when it was last read.
    pub(super) seen: Option<Secret>,
    /// A sign-in or a sign-out has replaced the session.
    pub(super) called_off: CancellationToken,
}

/// The result of a refresh.
pub(super) struct Refreshed {
    pub(super) generation: u64,
    pub(super) reply: Reply<Tokens>,
    /// The refresh token that the store holds now, as far as is known.
    pub(super) seen: Option<Secret>,
    /// The new session, if it could not be saved.
    pub(super) unsaved: Option<(StoredSession, Failure)>,
}

/// Refreshes once.
pub(super) async fn refresh_once(server: &impl SignInServer, kept: &Kept, plan: Plan) -> Refreshed {
    let Plan { generation, person, held, seen, called_off } = plan;
    let mut outcome =
        Refreshed { generation, reply: Err(NotDone::NotSent(LocalFault::CalledOff)), seen, unsaved: None };
    // Fetching addresses and keys may take time; others need not wait for it.
    match unless(&called_off, server.ready()).await {
        None => return outcome,
        Some(Ok(())) => {}
        Some(Err(not_done)) => return Refreshed { reply: Err(not_done), ..outcome },
    }
    let lock = match unless(&called_off, kept.lock()).await {
        None => return outcome,
        Some(Ok(lock)) => lock,
        Some(Err(failure)) => {
            tracing::info!(%failure, "another process is refreshing the session; this one waits");
            let reply = Err(NotDone::NotSent(LocalFault::Blocked(WaitReason::SignInUnreachable)));
            return Refreshed { reply, ..outcome };
        }
    };
    let Some(before) = unless(&called_off, kept.load()).await else { return outcome };
    let theirs = before.as_ref().ok().and_then(|stored| stored.as_ref().map(|stored| stored.person.user_id));
    let before = before.map(|stored| stored.map(|stored| stored.refresh));
    let stored = before.clone().ok().flatten();
    let Some(token) = newest(held, outcome.seen.as_ref(), stored.clone()) else {
        outcome.reply = Err(NotDone::NotSent(LocalFault::Blocked(WaitReason::SignedOut)));
        return outcome;
    };
    let whose = if stored.as_ref() == Some(&token) { theirs.or(person) } else { person };
    // Somebody has signed out in another process: the new token is not saved.
    let removed = before == Ok(None) && outcome.seen.is_some();
    outcome.seen = stored.or(outcome.seen);
    let Some(reply) = unless(&called_off, server.refresh(&token)).await else { return outcome };
    let reply = reply.and_then(|tokens| of_the_same_person(tokens, whose));
    if let Ok(tokens) = &reply
        && let Some(session) = kept.session_of(tokens)
    {
        let after = kept.load().await.map(|stored| stored.map(|stored| stored.refresh));
        let changed = matches!((&before, &after), (Ok(before), Ok(after)) if before != after);
        if !removed && !changed && kept.is_current(generation) {
            match kept.save(lock, session.clone()).await {
                Ok(()) => outcome.seen = Some(session.refresh),
                Err(failure) => outcome.unsaved = Some((session, failure)),
            }
        }
    }
    outcome.reply = reply;
    outcome
}

/// Tokens about another person are no answer to a refresh (OpenID Connect Core, 12.2): they are neither saved nor used.
fn of_the_same_person(tokens: Tokens, whose: Option<UserId>) -> Reply<Tokens> {
    if whose.is_none_or(|person| person == tokens.person.user_id) {
        return Ok(tokens);
    }
    let detail = "the new tokens are about another person".to_owned();
    Err(NotDone::NoAnswer(NoAnswer { kind: NoAnswerKind::Garbled, maybe_received: true, detail }))
}

/// Returns the refresh token to use. If the store holds another one than was last seen there, it is newer than ours;
/// the same one may be older, if ours could not be saved.
pub(super) fn newest(held: Option<Secret>, seen: Option<&Secret>, stored: Option<Secret>) -> Option<Secret> {
    let unchanged = stored.as_ref() == seen;
    match (held, stored) {
        (Some(held), _) if unchanged => Some(held),
        (held, stored) => stored.or(held),
    }
}

/// Returns `None` if it was called off first.
async fn unless<T>(called_off: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = called_off.cancelled() => None,
        done = work => Some(done),
    }
}
