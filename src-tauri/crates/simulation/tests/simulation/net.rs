//! The simulated network: requests and replies are lost, doubled, late and out of order, and answered by others.

use std::time::Duration;

use waybill_engine::classify::{EdgeVerdict, edge_verdict};
use waybill_engine::permit::{PermitEvent, PermitFacts};
use waybill_engine::session::{SessionEvent, SessionFacts};
use waybill_engine::transfer::{Event, ObjectReply, Op, Registration, RequestToken};
use waybill_model::service::Repeat;
use waybill_model::{
    CheckProgress, Code, LocalFault, NoAnswerKind, NotDone, Reply, Role, ServerTruth, StatusValue, Steady, Timestamp,
    WaitReason,
};

use crate::book::State;
use crate::faults::{self, silent};
use crate::service::{Carried, Pass, Service, Token};
use crate::world::{API_LIMIT, BASE, SECOND, Thing, World};

/// A request.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    Object { token: RequestToken, carried: Carried, generation: u64 },
    Start(Token),
    Register(Token, Vec<usize>),
    Truth(Token),
    Matches(Token),
    Checks(Token),
    Refresh { number: u64, asked: Steady, generation: u32 },
    Pass(Token),
}

/// What comes back to the program.
#[derive(Clone, Debug)]
pub(crate) enum Delivery {
    Object {
        token: RequestToken,
        reply: ObjectReply,
        generation: Option<u64>,
    },
    /// `certain`: the call was not acted on, and the reply says so.
    Start {
        reply: Reply<()>,
        certain: bool,
    },
    Registered {
        reply: Reply<Vec<(usize, u128)>>,
        certain: bool,
    },
    Truth(Reply<ServerTruth>),
    Matches(Reply<Vec<(usize, u128)>>),
    Checks(Reply<CheckProgress>),
    Refreshed {
        reply: Reply<(Token, u64)>,
        asked: Steady,
        generation: u32,
    },
    Pass(Reply<Pass>, Option<Token>),
    /// The token of a call was refused.
    Distrust(Token),
}

enum Fate {
    Through,
    /// It never arrives, and this is known.
    Unreachable(NoAnswerKind),
    /// It never arrives, or its reply does not.
    Lost {
        arrives: bool,
        kind: NoAnswerKind,
        after: u64,
    },
    /// It arrives when nobody waits for it any more.
    Late {
        after: u64,
    },
    /// A page or refusal comes instead.
    Fault(faults::Fault),
    /// It arrives twice. Only for what HTTP lets others repeat (RFC 9110, 9.2.2).
    Doubled,
}

impl Work {
    fn role(&self) -> Role {
        match self {
            Self::Object { .. } | Self::Pass(_) => Role::Upload,
            Self::Start(_) | Self::Register(..) | Self::Truth(_) | Self::Matches(_) | Self::Checks(_) => Role::Api,
            Self::Refresh { .. } => Role::SignIn,
        }
    }

    fn may_be_doubled(&self) -> bool {
        match self {
            Self::Object { carried, .. } => matches!(carried.op, Op::PutObject | Op::UploadPart(_)),
            Self::Pass(_) => true,
            Self::Start(_)
            | Self::Register(..)
            | Self::Truth(_)
            | Self::Matches(_)
            | Self::Checks(_)
            | Self::Refresh { .. } => false,
        }
    }

    /// What comes back if this is the reply.
    pub(crate) fn failed(&self, not_done: NotDone, certain: bool) -> Delivery {
        match self {
            Self::Object { token, carried, generation } => {
                let reply = match carried.op {
                    Op::CreateUpload => ObjectReply::Created(Err(not_done)),
                    Op::PutObject | Op::UploadPart(_) | Op::CompleteUpload => ObjectReply::Stored(Err(not_done)),
                };
                Delivery::Object { token: *token, reply, generation: Some(*generation) }
            }
            Self::Start(_) => Delivery::Start { reply: Err(not_done), certain },
            Self::Register(..) => Delivery::Registered { reply: Err(not_done), certain },
            Self::Truth(_) => Delivery::Truth(Err(not_done)),
            Self::Matches(_) => Delivery::Matches(Err(not_done)),
            Self::Checks(_) => Delivery::Checks(Err(not_done)),
            Self::Refresh { asked, generation, .. } => {
                Delivery::Refreshed { reply: Err(not_done), asked: *asked, generation: *generation }
            }
            Self::Pass(token) => Delivery::Pass(Err(not_done), Some(*token)),
        }
    }

    /// The token that a call carries.
    fn token(&self) -> Option<Token> {
        match self {
            Self::Start(token)
            | Self::Register(token, _)
            | Self::Truth(token)
            | Self::Matches(token)
            | Self::Checks(token) => Some(*token),
            Self::Object { .. } | Self::Refresh { .. } | Self::Pass(_) => None,
        }
    }
}

impl Delivery {
    fn is_unauthorised(&self) -> bool {
        fn is_401<T>(reply: &Reply<T>) -> bool {
            matches!(reply, Err(NotDone::Refused(refusal)) if refusal.status == 401)
        }
        match self {
            Self::Start { reply, .. } => is_401(reply),
            Self::Registered { reply, .. } | Self::Matches(reply) => is_401(reply),
            Self::Truth(reply) => is_401(reply),
            Self::Checks(reply) => is_401(reply),
            Self::Object { .. } | Self::Refreshed { .. } | Self::Pass(..) | Self::Distrust(_) => false,
        }
    }
}

impl World<'_> {
    fn fate(&mut self, work: &Work) -> Fate {
        let role = work.role();
        let weather = self.weather;
        if weather.offline || weather.is_down(role) {
            let kinds =
                [NoAnswerKind::Dns, NoAnswerKind::Connect, NoAnswerKind::TimedOut, NoAnswerKind::ProxyUnreachable];
            let kind = kinds[self.dice.index(if weather.offline { 2 } else { 4 })];
            return if kind == NoAnswerKind::TimedOut {
                Fate::Lost { arrives: false, kind, after: self.dice.between(1, 120) * SECOND }
            } else {
                Fate::Unreachable(kind)
            };
        }
        if weather.signer_fails && matches!(work, Work::Pass(_)) {
            return Fate::Fault(faults::Fault { reply: faults::bare(401), maybe_acted: false });
        }
        if weather.is_portal {
            return Fate::Fault(faults::Fault { reply: faults::html(302), maybe_acted: false });
        }
        if self.dice.roll(1000) >= weather.trouble {
            return Fate::Through;
        }
        let short = self.dice.skewed(1, 20_000);
        // Where sending again stores a second object, nobody in between may do it.
        let is_duplicated = matches!(self.settings.repeat, Repeat::Duplicates { .. });
        match self.dice.roll(10) {
            0 | 1 => Fate::Lost { arrives: true, kind: NoAnswerKind::Reset, after: short },
            2 => {
                let after = self.dice.between(1, 150) * SECOND;
                Fate::Lost { arrives: self.dice.chance(500), kind: NoAnswerKind::TimedOut, after }
            }
            3 => Fate::Lost { arrives: false, kind: NoAnswerKind::Reset, after: short },
            4 => Fate::Late { after: self.dice.between(1, API_LIMIT) },
            5 if work.may_be_doubled() && !is_duplicated => Fate::Doubled,
            6 => Fate::Unreachable(NoAnswerKind::Connect),
            _ => Fate::Fault(faults::at(role, matches!(work, Work::Pass(_)), &mut self.dice)),
        }
    }

    /// Sends a request, once.
    pub(crate) fn send(&mut self, work: Work) {
        match work {
            Work::Object { .. } => {}
            Work::Start(_) | Work::Truth(_) | Work::Matches(_) | Work::Checks(_) => {}
            Work::Register(..) => self.register_sent(),
            Work::Refresh { .. } | Work::Pass(_) => self.count_any_request(),
        }
        let life = self.life;
        let fate = self.fate(&work);
        let (there, back) = if self.calm {
            (self.dice.between(2, 40), self.dice.between(2, 40))
        } else {
            (self.dice.skewed(2, 3_000), self.dice.skewed(2, 3_000))
        };
        match fate {
            Fate::Through => self.after(there, Thing::Arrive { work: Box::new(work), back: Some(back), life }),
            Fate::Unreachable(kind) => {
                let delivery = work.failed(silent(kind, false), true);
                self.comes_back(there, delivery, None);
            }
            Fate::Lost { arrives, kind, after } => {
                let delivery = work.failed(silent(kind, true), false);
                if arrives {
                    self.after(there.min(after), Thing::Arrive { work: Box::new(work), back: None, life });
                }
                self.comes_back(after, delivery, None);
            }
            Fate::Late { after } => {
                let delivery = work.failed(silent(NoAnswerKind::TimedOut, true), false);
                let given_up = self.dice.between(1, after);
                self.after(after, Thing::Arrive { work: Box::new(work), back: None, life });
                self.comes_back(given_up, delivery, None);
            }
            Fate::Fault(fault) => {
                let token = work.token();
                let delivery = work.failed(fault.reply, !fault.maybe_acted);
                if fault.maybe_acted && self.dice.chance(500) {
                    self.after(there, Thing::Arrive { work: Box::new(work), back: None, life });
                }
                self.comes_back(there + back, delivery, token);
            }
            Fate::Doubled => {
                let (first, second) = if self.dice.chance(500) { (Some(back), None) } else { (None, Some(back)) };
                self.after(there, Thing::Arrive { work: Box::new(work.clone()), back: first, life });
                self.after(there + back / 2, Thing::Arrive { work: Box::new(work), back: second, life });
            }
        }
    }

    /// The service acts. `back`: how long the reply takes, unless it is lost.
    pub(crate) fn arrive(&mut self, work: Work, back: Option<u64>, life: u32) {
        let (now, mood) = (self.now, self.dice.roll(1000));
        let token = work.token();
        let accepted = token.map_or(Ok(()), |token| Service::accepts(token, now));
        let delivery = match (work, accepted) {
            (work, Err(refused)) => work.failed(refused, true),
            (Work::Object { token, carried, generation }, Ok(())) => {
                let mut reply = self.service.object(&carried, mood, now);
                if let Some(NotDone::Refused(refusal)) = failure_of(&mut reply) {
                    refusal.date = Some(server_time(now));
                }
                Delivery::Object { token, reply, generation: Some(generation) }
            }
            (Work::Start(_), Ok(())) => {
                let reply = self.service.start();
                Delivery::Start { certain: reply.is_err(), reply }
            }
            (Work::Register(_, items), Ok(())) => {
                // Only while the upload is in progress (facts E6).
                let reply = if self.service.upload == Some(StatusValue::InProgress) {
                    Ok(self.service.register(&items, now))
                } else {
                    Err(faults::json(200, "INVALID_CONSIGNMENT_STATE"))
                };
                Delivery::Registered { certain: reply.is_err(), reply }
            }
            (Work::Truth(_), Ok(())) => Delivery::Truth(Ok(self.service.truth(now))),
            (Work::Matches(_), Ok(())) => Delivery::Matches(Ok(self.service.matches(now))),
            (Work::Checks(_), Ok(())) => Delivery::Checks(Ok(self.service.checks(now))),
            (Work::Refresh { number, asked, generation }, Ok(())) => {
                Delivery::Refreshed { reply: self.service.refresh(number, now), asked, generation }
            }
            (Work::Pass(token), Ok(())) => Delivery::Pass(self.service.pass(token, now), Some(token)),
        };
        if let Some(back) = back.filter(|_| life == self.life && self.client.is_some()) {
            self.comes_back(back, delivery, token);
        }
    }

    /// Schedules a reply. A token that is refused is reported to its owner first.
    fn comes_back(&mut self, delay: u64, delivery: Delivery, token: Option<Token>) {
        if let Some(token) = token.filter(|_| delivery.is_unauthorised()) {
            self.after(delay, Thing::Deliver(Box::new(Delivery::Distrust(token))));
        }
        self.after(delay, Thing::Deliver(Box::new(delivery)));
    }

    /// Something came back to the program.
    pub(crate) fn deliver(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Object { token, reply, generation } => self.object_replied(token, reply, generation),
            Delivery::Start { reply, certain } => {
                self.heard(Role::Api, &reply);
                if certain {
                    self.proof.start_unproved = false;
                }
                self.count_if_vain(&reply);
                self.give(Event::StartReplied(reply));
            }
            Delivery::Registered { reply, certain } => {
                self.heard(Role::Api, &reply);
                if certain {
                    self.proof.register_unproved = None;
                }
                self.count_if_vain(&reply);
                let reply = reply.and_then(|pairs| {
                    // The registration is made, so this is not "not sent": its ids can be read back.
                    self.keep_ids(&pairs).map_err(|()| silent(NoAnswerKind::Garbled, true))
                });
                self.give(Event::RegisterReplied(reply));
            }
            Delivery::Truth(reply) => {
                self.heard(Role::Api, &reply);
                self.count_if_vain(&reply);
                if let Ok(truth) = &reply {
                    self.learn(truth);
                }
                self.give(Event::TruthRead(reply));
            }
            Delivery::Matches(reply) => {
                self.heard(Role::Api, &reply);
                self.count_if_vain(&reply);
                let full = || NotDone::NotSent(LocalFault::Blocked(WaitReason::DiskFull));
                let reply = reply.and_then(|pairs| self.keep_ids(&pairs).map_err(|()| full()));
                self.give(Event::MatchesRead(reply));
            }
            Delivery::Checks(reply) => {
                self.heard(Role::Api, &reply);
                self.count_if_vain(&reply);
                self.give(Event::ChecksRead(reply));
            }
            Delivery::Refreshed { reply, asked, generation } => self.refreshed(reply, asked, generation),
            Delivery::Pass(reply, token) => self.pass_fetched(reply, token),
            Delivery::Distrust(token) => self.distrust(token),
        }
    }

    /// A reply of the service says what time it is there. A time far from this computer's needs another address.
    pub(crate) fn heard<T>(&mut self, role: Role, reply: &Reply<T>) {
        let is_own = match reply {
            Ok(_) => true,
            Err(NotDone::Refused(refusal)) => refusal.from_store || refusal.code.is_some(),
            Err(NotDone::NoAnswer(_) | NotDone::NotSent(_)) => false,
        };
        let Some(client) = self.client.as_mut().filter(|client| is_own && !client.is_time_known) else { return };
        let is_near = self.wall_error.unsigned_abs() <= 120 * SECOND;
        let is_confirmed = client.doubt.is_some_and(|before| before != role);
        client.is_time_known = is_near || is_confirmed;
        client.doubt = Some(role);
    }

    fn count_if_vain<T>(&mut self, reply: &Reply<T>) {
        if matches!(reply, Err(NotDone::Refused(_) | NotDone::NoAnswer(_))) {
            self.count_vain();
        }
    }

    fn object_replied(&mut self, token: RequestToken, reply: ObjectReply, generation: Option<u64>) {
        let Some(client) = &mut self.client else { return };
        if client.flights.remove(&token).is_none() {
            return self.breach(|| format!("{token:?} was answered twice"));
        }
        let (verdict, is_good) = match &reply {
            ObjectReply::Stored(reply) => (edge_verdict(reply), reply.is_ok()),
            ObjectReply::Created(reply) => (edge_verdict(reply), reply.is_ok()),
        };
        match &reply {
            ObjectReply::Stored(reply) => self.heard(Role::Upload, reply),
            ObjectReply::Created(reply) => self.heard(Role::Upload, reply),
        }
        let was_sent = !matches!(
            reply,
            ObjectReply::Stored(Err(NotDone::NotSent(_))) | ObjectReply::Created(Err(NotDone::NotSent(_)))
        );
        if was_sent && !is_good {
            self.count_vain();
        }
        match (verdict, generation) {
            (EdgeVerdict::Accepted, Some(generation)) => self.permit_step(PermitEvent::Accepted { generation }),
            (EdgeVerdict::Refused, Some(generation)) => self.permit_step(PermitEvent::Refused { generation }),
            (EdgeVerdict::Accepted | EdgeVerdict::Refused | EdgeVerdict::Silent, _) => {}
        }
        self.give(Event::ObjectReplied { token, reply });
    }

    /// Keeps the file ids of a reply in the journal.
    fn keep_ids(&mut self, pairs: &[(usize, u128)]) -> Result<Registration, ()> {
        if self.weather.disk_full {
            return Err(());
        }
        let surplus = self.book.file_ids(pairs);
        Ok(Registration { matched: self.book.matched(), surplus })
    }

    /// Proof that a call was not acted on: the truth that was read, and for a registration only once the API has
    /// certainly dropped it.
    fn learn(&mut self, truth: &ServerTruth) {
        if truth.upload.is_none() && truth.total_files == 0 {
            self.proof.start_unproved = false;
        }
        let dropped = |at: u64| self.now >= at + API_LIMIT;
        if truth.total_files == 0 && self.proof.register_unproved.is_some_and(dropped) {
            self.proof.register_unproved = None;
        }
    }

    fn refreshed(&mut self, reply: Reply<(Token, u64)>, asked: Steady, generation: u32) {
        self.heard(Role::SignIn, &reply);
        let lives = self.service.lives();
        let Some(client) = &mut self.client else { return };
        if let (Ok((token, refresh)), true) = (&reply, generation == client.session_generation) {
            // Saved before it is used.
            self.kept = Some((token.who, *refresh));
        }
        let facts = reply.map(|(token, refresh)| {
            client.arrived = Some((token, refresh));
            facts_of(token, asked, lives)
        });
        self.session_step(SessionEvent::Refreshed(facts));
    }

    fn pass_fetched(&mut self, reply: Reply<Pass>, token: Option<Token>) {
        self.heard(Role::Upload, &reply);
        self.count_if_vain(&reply);
        let server = self.clock().server;
        let now = self.now;
        let Some(client) = &mut self.client else { return };
        client.last_token = token.map(|token| token.number);
        let facts = reply.map(|pass| {
            client.pass = Some(pass);
            // It lives as long as its own reply says, by the clock as it is known.
            let left = i64::try_from(pass.until.saturating_sub(now)).unwrap();
            PermitFacts { expires: Timestamp(server.0 + left) }
        });
        self.permit_step(PermitEvent::Fetched(facts));
    }

    fn distrust(&mut self, token: Token) {
        let is_current =
            self.client.as_ref().is_some_and(|client| client.token.is_some_and(|held| held.number == token.number));
        if is_current {
            self.session_step(SessionEvent::Distrusted);
        }
    }

    /// What an object request carries, or why it cannot be sent.
    pub(crate) fn carried(&mut self, item: usize, op: Op, pass: Pass) -> Result<Carried, LocalFault> {
        let row = self.book.rows[item].clone();
        let upload = row.upload.as_ref().map(|upload| upload.id.clone());
        let parts = row.plan().count();
        let impossible = |what: &str| LocalFault::Impossible(Code::Internal, what.to_owned());
        let Some((declared, ident)) = row.hashed else { return Err(impossible("not hashed")) };
        if row.state != State::Ready {
            return Err(impossible("not ready"));
        }
        let carried = Carried { item, op, upload, parts, declared, content: declared, pass };
        match op {
            Op::CreateUpload => Ok(carried),
            Op::CompleteUpload => {
                let held = row.upload.map_or(0, |upload| upload.acknowledged.count_ones());
                if held == u32::from(parts) { Ok(carried) } else { Err(impossible("not every part is acknowledged")) }
            }
            Op::PutObject | Op::UploadPart(_) => {
                if self.disk.is_gone {
                    return Err(LocalFault::FolderGone);
                }
                let file = self.disk.file(item);
                if !file.exists {
                    Err(LocalFault::FileGone)
                } else if file.silent {
                    Err(LocalFault::Unreachable(String::new()))
                } else if file.locked {
                    Err(LocalFault::Locked(String::new()))
                } else if file.ident != ident || file.size != row.size {
                    Err(LocalFault::FileChanged)
                } else {
                    Ok(Carried { content: file.content, ..carried })
                }
            }
        }
    }
}

/// What the machine learns of a token.
pub(crate) fn facts_of(token: Token, asked: Steady, (access, session): (Duration, Duration)) -> SessionFacts {
    SessionFacts {
        person: crate::client::user(token.who),
        obtained: asked,
        access_life: access,
        refresh_life: Some(session),
    }
}

fn failure_of(reply: &mut ObjectReply) -> Option<&mut NotDone> {
    match reply {
        ObjectReply::Created(reply) => reply.as_mut().err(),
        ObjectReply::Stored(reply) => reply.as_mut().err(),
    }
}

/// When something is, on the service's clock.
pub(crate) fn server_time(now: u64) -> Timestamp {
    Timestamp(BASE + i64::try_from(now).unwrap())
}
