//! The owners of the session and the pass. Each has a machine, and answers its waiters when the machine allows it.

use std::time::Duration;

use waybill_engine::permit::{PermitAction, PermitEvent, PermitView};
use waybill_engine::session::{SessionAction, SessionEvent, SessionFacts, SessionView};
use waybill_engine::transfer::{Event, ObjectReply, RequestToken};
use waybill_model::{LocalFault, NotDone, Now, Role, WaitReason};

use crate::client::{Asker, PERMIT, SESSION, SessionState, user};
use crate::net::{Delivery, Work, facts_of};
use crate::service::{Pass, Token, Who};
use crate::visits::{of_permit, of_session};
use crate::world::{SECOND, Thing, World};

impl World<'_> {
    pub(crate) fn session_step(&mut self, event: SessionEvent) {
        let now = self.clock();
        let Some(client) = &mut self.client else { return };
        self.steps += 1;
        self.visits.note(client.session.inspect(), of_session(&event));
        let actions = client.session.handle(event, now.steady);
        for action in actions {
            match action {
                SessionAction::Use => self.use_tokens(),
                SessionAction::Refresh => self.begin_refresh(now),
                SessionAction::Forget => self.forget_tokens(),
                SessionAction::WakeAt(at) => self.set_alarm(SESSION, at, now),
            }
        }
        if let Some(client) = &mut self.client {
            client.arrived = None;
        }
        self.settle_session();
    }

    fn use_tokens(&mut self) {
        let Some(client) = &mut self.client else { return };
        if let Some((token, refresh)) = client.arrived.take() {
            client.token = Some(token);
            client.refresh = Some(refresh);
            client.person = Some(token.who);
        }
    }

    fn begin_refresh(&mut self, now: Now) {
        let Some(client) = &self.client else { return };
        let generation = client.session_generation;
        // The newest that is known: another program may have saved one.
        match self.kept.map(|(_, refresh)| refresh).or(client.refresh) {
            Some(number) => self.send(Work::Refresh { number, asked: now.steady, generation }),
            None => {
                let reply = Err(crate::faults::json(400, "invalid_grant"));
                self.after(0, Thing::Deliver(Box::new(Delivery::Refreshed { reply, asked: now.steady, generation })));
            }
        }
    }

    fn forget_tokens(&mut self) {
        let Some(client) = &mut self.client else { return };
        client.token = None;
        if client.refresh.take() == self.kept.map(|(_, refresh)| refresh) {
            self.kept = None;
        }
    }

    pub(crate) fn settle_session(&mut self) {
        let Some(client) = &mut self.client else { return };
        let view = client.session.view();
        let answer = match (view, client.token) {
            (SessionView::Ready, Some(token)) => Some(Ok(token)),
            (SessionView::SignedOut(_), _) => Some(Err(WaitReason::SignedOut)),
            (SessionView::Waiting(reason), _) => Some(Err(reason)),
            (SessionView::Ready, None) | (SessionView::Loading | SessionView::Refreshing, _) => None,
        };
        let state = match (view, client.person) {
            _ if client.signing_in => SessionState::SigningIn,
            (SessionView::Loading, _) => SessionState::Loading,
            (SessionView::SignedOut(_), _) => SessionState::SignedOut,
            (SessionView::Waiting(reason), Some(who)) => SessionState::Waiting(who, reason),
            (SessionView::Ready | SessionView::Refreshing, Some(who)) => SessionState::SignedIn(who),
            (SessionView::Ready | SessionView::Refreshing | SessionView::Waiting(_), None) => SessionState::SignedOut,
        };
        let waiters = if answer.is_some() { std::mem::take(&mut client.token_waiters) } else { Vec::new() };
        let has_changed = client.session_state != state;
        client.session_state = state;
        if has_changed {
            self.publish_session();
        }
        if let Some(answer) = answer {
            waiters.into_iter().for_each(|asker| self.token_answer(asker, answer));
        }
    }

    /// Whoever watches sees the newest state, a moment later.
    pub(crate) fn publish_session(&mut self) {
        let delays = [self.dice.roll(4), self.dice.roll(4)];
        let Some(client) = &mut self.client else { return };
        let already = std::mem::replace(&mut client.seen_later, [true; 2]);
        if !already[0] {
            self.after(delays[0], Thing::SessionSeenByTransfer);
        }
        if !already[1] {
            self.after(delays[1], Thing::SessionSeenByPermit);
        }
    }

    pub(crate) fn session_seen_by_transfer(&mut self) {
        let Some(client) = &mut self.client else { return };
        client.seen_later[0] = false;
        let event = match client.session_state {
            SessionState::SignedIn(Who::Owner) | SessionState::Waiting(Who::Owner, _) => Event::SessionReady,
            SessionState::SignedIn(Who::Other) | SessionState::Waiting(Who::Other, _) => {
                Event::SessionLost(WaitReason::DifferentPerson)
            }
            SessionState::SignedOut | SessionState::SigningIn => Event::SessionLost(WaitReason::SignedOut),
            SessionState::Loading => return,
        };
        self.give(event);
    }

    pub(crate) fn session_seen_by_permit(&mut self) {
        let Some(client) = &mut self.client else { return };
        client.seen_later[1] = false;
        let event = match client.session_state {
            SessionState::SignedIn(_) => PermitEvent::SessionReady,
            SessionState::Waiting(_, reason) => PermitEvent::SessionLost(reason),
            SessionState::SignedOut | SessionState::SigningIn => PermitEvent::SessionLost(WaitReason::SignedOut),
            SessionState::Loading => return,
        };
        self.permit_step(event);
    }

    pub(crate) fn ask_token(&mut self, asker: Asker) {
        if let Some(client) = &mut self.client {
            client.token_waiters.push(asker);
        }
        self.session_step(SessionEvent::Wanted);
    }

    fn token_answer(&mut self, asker: Asker, answer: Result<Token, WaitReason>) {
        let blocked = |reason| NotDone::NotSent(LocalFault::Blocked(reason));
        match (asker, answer) {
            (Asker::Permit, Ok(token)) if self.service.is_token_pass => {
                let pass = self.service.token_pass(token);
                self.after(0, Thing::Deliver(Box::new(Delivery::Pass(Ok(pass), Some(token)))));
            }
            (Asker::Permit, Ok(token)) => self.send(Work::Pass(token)),
            (Asker::Permit, Err(reason)) => {
                self.after(0, Thing::Deliver(Box::new(Delivery::Pass(Err(blocked(reason)), None))));
            }
            (Asker::Call(call), answer) => {
                let token = answer.unwrap_or(Token { number: 0, who: Who::Owner, until: 0 });
                let work = call.with(token);
                match answer {
                    Ok(token) if token.who == Who::Owner => self.send(work),
                    Ok(_) => {
                        let delivery = work.failed(blocked(WaitReason::DifferentPerson), true);
                        self.after(0, Thing::Deliver(Box::new(delivery)));
                    }
                    Err(reason) => {
                        let delivery = work.failed(blocked(reason), true);
                        self.after(0, Thing::Deliver(Box::new(delivery)));
                    }
                }
            }
        }
    }

    pub(crate) fn permit_step(&mut self, event: PermitEvent) {
        let now = self.clock();
        let Some(client) = &mut self.client else { return };
        self.steps += 1;
        self.visits.note(client.permits.inspect(), of_permit(&event));
        let actions = client.permits.handle(event, now);
        for action in actions {
            match action {
                PermitAction::Fetch => self.ask_token(Asker::Permit),
                PermitAction::DistrustToken => {
                    let Some(client) = &self.client else { return };
                    if client.last_token.is_some() && client.last_token == client.token.map(|token| token.number) {
                        self.session_step(SessionEvent::Distrusted);
                    }
                }
                PermitAction::WakeAt(at) => self.set_alarm(PERMIT, at, now),
            }
        }
        let Some(client) = &mut self.client else { return };
        let answer = match (client.permits.view(), client.pass) {
            (PermitView::Fresh { generation }, Some(pass)) => Ok((pass, generation)),
            (PermitView::Waiting(reason), _) => Err(reason),
            (PermitView::Fresh { .. }, None) | (PermitView::None | PermitView::Fetching, _) => return,
        };
        for token in std::mem::take(&mut client.pass_waiters) {
            self.proceed(token, answer);
        }
    }

    /// A request of the store is prepared: first it needs a pass.
    pub(crate) fn prepare(&mut self, token: RequestToken) {
        let Some(client) = &mut self.client else { return };
        client.pass_waiters.push(token);
        self.permit_step(PermitEvent::Wanted);
    }

    fn proceed(&mut self, token: RequestToken, pass: Result<(Pass, u64), WaitReason>) {
        let Some(client) = &self.client else { return };
        let Some(flight) = client.flights.get(&token).copied() else { return };
        let may_send = match client.session_state {
            SessionState::SignedIn(Who::Owner) | SessionState::Waiting(Who::Owner, _) => Ok(()),
            SessionState::SignedIn(Who::Other) | SessionState::Waiting(Who::Other, _) => {
                Err(WaitReason::DifferentPerson)
            }
            SessionState::Loading | SessionState::SignedOut | SessionState::SigningIn => Err(WaitReason::SignedOut),
        };
        let pass = pass.and_then(|pass| may_send.map(|()| pass)).map_err(LocalFault::Blocked);
        let prepared = pass.and_then(|(pass, generation)| {
            self.carried(flight.item, flight.op, pass).map(|carried| (carried, generation))
        });
        match prepared {
            Ok((carried, generation)) => self.send(Work::Object { token, carried, generation }),
            Err(fault) => {
                let reply = ObjectReply::not_sent(flight.op, fault);
                self.after(0, Thing::Deliver(Box::new(Delivery::Object { token, reply, generation: None })));
            }
        }
    }

    /// The keychain is read; later, the transfer reports that it needs the session.
    pub(crate) fn touch(&mut self) {
        let now = self.clock();
        self.after(600 * SECOND, Thing::Touch);
        let Some(view) = self.client.as_ref().map(|client| client.session.view()) else { return };
        if view != SessionView::Loading {
            return self.session_step(SessionEvent::Wanted);
        }
        let facts = self.kept.map(|(who, refresh)| {
            let (_, session) = self.service.lives();
            if let Some(client) = &mut self.client {
                client.refresh = Some(refresh);
                client.person = Some(who);
            }
            SessionFacts {
                person: user(who),
                obtained: now.steady,
                access_life: Duration::ZERO,
                refresh_life: Some(session),
            }
        });
        self.session_step(SessionEvent::Loaded(facts));
        // Publishes the first state, as the watch does.
        self.publish_session();
    }

    /// Somebody has signed in.
    pub(crate) fn signed_in(&mut self, who: Who) {
        let asked = self.clock().steady;
        let is_reachable = !self.weather.offline && !self.weather.is_down(Role::SignIn);
        let Some(client) = &mut self.client else { return };
        client.signing_in = false;
        if !is_reachable {
            return self.settle_session();
        }
        client.session_generation += 1;
        let (token, refresh) = self.service.sign_in(who, self.now);
        self.kept = Some((who, refresh));
        client.arrived = Some((token, refresh));
        let facts = facts_of(token, asked, self.service.lives());
        self.session_step(SessionEvent::SignedIn(facts));
    }

    pub(crate) fn begin_sign_in(&mut self, who: Who) {
        let time = self.dice.between(2, 40) * SECOND;
        let Some(client) = &mut self.client else { return };
        if client.signing_in {
            return;
        }
        client.signing_in = true;
        self.after(time, Thing::SignedIn(who));
        self.settle_session();
    }

    pub(crate) fn sign_out(&mut self) {
        let Some(client) = &mut self.client else { return };
        client.session_generation += 1;
        client.token = None;
        client.refresh = None;
        self.kept = None;
        self.service.end_session();
        self.session_step(SessionEvent::SignedOut);
        if let Some(client) = &mut self.client {
            client.person = None;
        }
    }
}
