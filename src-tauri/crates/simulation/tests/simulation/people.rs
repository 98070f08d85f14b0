//! Everything that nobody plans: the weather, other people, and the person whose transfer it is.

use waybill_engine::inspect::State as Inside;
use waybill_engine::permit::PermitEvent;
use waybill_engine::session::SessionEvent;
use waybill_engine::transfer::{
    CheckTotals, Event, HashTotals, Hold, ObjectReply, RecordId, Registration, RequestToken,
};
use waybill_model::{CheckProgress, Code, ItemId, LocalFault, NotDone, Phase, Progress, Role, SendGiven, WaitReason};

use crate::book::State;
use crate::client::SessionState;
use crate::service::Who;
use crate::visits::OF_THE_TRANSFER;
use crate::world::{DAY, Ending, MINUTE, Thing, When, World};

/// What is out of order, for a while.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    pub(crate) offline: bool,
    sign_in_down: bool,
    api_down: bool,
    upload_down: bool,
    pub(crate) signer_fails: bool,
    pub(crate) is_portal: bool,
    pub(crate) disk_full: bool,
    /// How many requests in a thousand have a fate of their own.
    pub(crate) trouble: u64,
}

impl Weather {
    pub(crate) fn is_down(self, role: Role) -> bool {
        match role {
            Role::SignIn => self.sign_in_down,
            Role::Api | Role::Website => self.api_down,
            Role::Upload => self.upload_down,
        }
    }
}

impl World<'_> {
    pub(crate) fn weather_changes(&mut self) {
        if self.calm {
            return;
        }
        let next = self.dice.skewed(20, 200_000);
        self.after(next, Thing::Weather);
        let (bad, trouble) = (self.dice.chance(400), self.dice.skewed(0, 600));
        let weather = &mut self.weather;
        match self.dice.roll(10) {
            0 => {
                let was_offline = std::mem::replace(&mut weather.offline, bad);
                if was_offline && !bad {
                    self.network_back();
                }
            }
            1 => weather.sign_in_down = bad,
            2 => weather.api_down = bad,
            3 => weather.upload_down = bad,
            4 => weather.signer_fails = bad,
            5 => weather.is_portal = bad && trouble.is_multiple_of(2),
            6 => weather.disk_full = bad,
            _ => weather.trouble = trouble,
        }
    }

    fn network_back(&mut self) {
        self.session_step(SessionEvent::NetworkBack);
        self.permit_step(PermitEvent::NetworkBack);
        self.give(Event::NetworkBack);
    }

    /// The program dies, and starts again some time later.
    pub(crate) fn kill(&mut self) {
        let reads = self.waits_for(&[Inside::CallHash]) && !self.disk.is_gone;
        if reads {
            self.hash_files(true);
        }
        self.note(|| "killed".to_owned());
        self.client = None;
        self.forget_what_is_here();
        let time = match self.dice.roll(30) {
            _ if self.calm => 1_000,
            0 => self.dice.between(1, 9) * DAY,
            1..=5 => self.dice.skewed(MINUTE, DAY),
            _ => self.dice.skewed(10, MINUTE),
        };
        self.after(time, Thing::Restart);
    }

    pub(crate) fn mischief(&mut self) {
        if self.calm {
            return;
        }
        let next = self.dice.skewed(10, 60_000);
        self.after(next, Thing::Mischief);
        match self.dice.roll(60) {
            0 | 1 if self.client.is_some() => self.kill(),
            2 => {
                self.give(Event::Pause);
                self.stop_reading();
            }
            3 => self.give(Event::Resume),
            4..=6 => self.sleep(),
            7..=12 => {
                if let Some(item) = self.disk.edit(&mut self.dice)
                    && self.dice.chance(500)
                {
                    self.give(Event::ItemChanged(ItemId(item as u64), Code::ChangedAfterChecking));
                }
            }
            13..=15 => {
                if self.book.phase < Phase::Starting {
                    self.disk.list_changes(&mut self.dice);
                }
            }
            16 => {
                self.disk.is_gone = true;
                if self.dice.chance(500) {
                    self.give(Event::FolderGone);
                }
            }
            17..=20 => {
                self.disk.is_gone = false;
                self.folder_is_watched();
            }
            21 | 22 => self.clock_is_set(),
            25 => self.sign_out(),
            26 | 27 => {
                let who = if self.dice.chance(500) { Who::Owner } else { Who::Other };
                self.begin_sign_in(who);
            }
            28 => self.service.rotate_keys(),
            29 => self.service.end_session(),
            30 => self.network_back(),
            31 | 33..=36 => self.give(Event::TryAgain),
            32 => {
                let (agrees, is_new) = (self.dice.chance(500), self.disk.is_as_walked());
                self.person_sends(agrees, is_new);
            }
            _ => {
                for _ in 0..self.dice.between(1, 4) {
                    self.ghost();
                }
            }
        }
    }

    fn clock_is_set(&mut self) {
        let range = if self.dice.chance(300) { 20 * DAY } else { 10 * MINUTE };
        let half = i64::try_from(range / 2).unwrap();
        self.wall_error = i64::try_from(self.dice.roll(range)).unwrap() - half;
        if self.dice.chance(500) {
            self.give(Event::TimeReached);
        }
    }

    /// An event that belongs to nothing, or comes twice. None that would be taken for the reply to something under way.
    pub(crate) fn ghost(&mut self) {
        let kind = self.dice.index(OF_THE_TRANSFER);
        let late = || NotDone::NotSent(LocalFault::CalledOff);
        let (event, not_while): (Event, &[Inside]) = match kind {
            1 => (Event::WalkDone(Ok(())), &[Inside::CallWalk]),
            2 => (Event::CheckDone(CheckTotals::default()), &[Inside::CallWalk]),
            4 => (Event::FolderCompared(Ok(true)), &[Inside::CallCompare]),
            5 => (Event::HashDone(Ok(HashTotals::default())), &[Inside::CallHash]),
            6 => (Event::StartReplied(Ok(())), &[Inside::CallStart]),
            7 => (Event::TruthRead(Ok(self.service.truth(self.now))), &[Inside::CallTruth]),
            8 => (Event::RegisterReplied(Ok(Registration::default())), &[Inside::CallRegister]),
            9 => (Event::MatchesRead(Ok(Registration::default())), &[Inside::CallMatches]),
            10 => (Event::ItemsLoaded { items: Vec::new(), last: true }, &[Inside::LoadAsked, Inside::LoadStale]),
            11 => (Event::ItemsCounted { progress: Progress::default(), set_aside: 0 }, &[Inside::CountAsked]),
            12 => {
                let reply = ObjectReply::Stored(Err(late()));
                (Event::ObjectReplied { token: RequestToken(u64::MAX), reply }, &[])
            }
            13 => (Event::Recorded(RecordId(u64::MAX)), &[]),
            14 => (Event::NotRecorded(RecordId(u64::MAX), Code::DiskFull), &[]),
            15 => (Event::ItemChanged(ItemId(u64::MAX), Code::FileGone), &[]),
            16 => (Event::FolderGone, &[]),
            17 => (Event::FolderBack, &[]),
            18 => (Event::SessionReady, &[]),
            19 => (Event::SessionLost(WaitReason::SignedOut), &[]),
            20 => (Event::Probed { other: true, upload: true }, &[Inside::Probing]),
            21 => (Event::NetworkBack, &[]),
            22 => (Event::Woke, &[]),
            24 => (Event::Pause, &[]),
            25 => (Event::Resume, &[]),
            27 => (Event::TryAgain, &[]),
            26 if self.closed => (Event::Cancel, &[]),
            28 if self.closed => (Event::GiveUp, &[]),
            29 if self.closed => (Event::Turn(true), &[]),
            3 => (Event::Send { agreed: 0, given: SendGiven::AfterALook }, &[]),
            30 => (Event::ChecksRead(Ok(CheckProgress::default())), &[Inside::CallChecks]),
            31 => (Event::ReceiptWritten(Ok(())), &[Inside::CallReceipt]),
            _ => (Event::TimeReached, &[]),
        };
        if self.waits_for(not_while) {
            return;
        }
        let is_gone = matches!(event, Event::FolderGone);
        let is_lost = matches!(event, Event::SessionLost(_));
        let is_ready = matches!(event, Event::SessionReady);
        self.give(event);
        if is_gone {
            self.folder_is_watched();
        }
        if is_lost || is_ready {
            // What is true follows.
            self.publish_session();
        }
    }

    /// From now on everything works, and the person does what is needed.
    pub(crate) fn calm_down(&mut self) {
        self.note(|| "calm".to_owned());
        self.weather = Weather::default();
        self.disk.is_gone = false;
        self.wall_error = 0;
        self.disk.unlock_all();
        if self.disk.is_empty() {
            self.disk.bring_one();
        }
        self.mend_files();
        if self.take_things(|thing| matches!(thing, Thing::Restart)).pop().is_some() {
            self.after(1_000, Thing::Restart);
        }
        self.network_back();
        self.give(Event::Resume);
        self.folder_is_watched();
    }

    fn mend_files(&mut self) {
        if self.book.phase < Phase::Starting {
            return;
        }
        let broken = self.broken_for_good();
        for (item, row) in self.book.rows.iter().enumerate().filter(|(item, _)| !broken.contains(item)) {
            if matches!(row.state, State::Ready | State::SetAside(_)) {
                self.disk.mend(item, row);
            }
        }
    }

    /// A phase is entered: the person may have waited for it.
    pub(crate) fn phase_entered(&mut self, phase: Phase) {
        let event = match self.ending {
            Ending::GiveUp(When::In(when)) if when == phase => Event::GiveUp,
            Ending::Cancel(When::In(when)) if when == phase => Event::Cancel,
            Ending::Receipt | Ending::GiveUp(_) | Ending::Cancel(_) => return,
        };
        let time = self.dice.skewed(0, 400);
        self.after(time, Thing::Report(Box::new(event)));
    }

    /// The person looks at the screen.
    pub(crate) fn person(&mut self) {
        let next = if self.calm { 3_000 } else { self.dice.skewed(200, 90_000) };
        self.after(next, Thing::Person);
        self.person_signs_in();
        let Some(client) = &self.client else { return };
        let view = client.transfer.view();
        let is_idle = client.records.is_empty();
        let acts = self.calm || self.dice.chance(700);
        match (view.phase, view.hold) {
            _ if !acts => {}
            (Phase::Checked, Hold::Running) if is_idle => {
                let agrees = self.calm || self.dice.chance(300);
                // Straight on: the check is so new that the folder is not looked at again.
                let is_new = self.disk.is_as_walked() && self.dice.chance(300);
                self.person_sends(agrees, is_new);
            }
            (Phase::Checked, Hold::Stopped(Code::LeavesOut | Code::FolderChanged)) => self.person_sends(true, false),
            (Phase::Checked, Hold::Stopped(Code::NothingToSend)) => {
                // The folder is chosen again once there is something in it.
                self.disk.unlock_all();
                self.disk.bring_one();
                self.kill();
            }
            (_, Hold::Stopped(Code::ItemsSetAside)) => self.person_decides(),
            (_, Hold::Stopped(code)) => self.person_resumes(code),
            (_, Hold::Paused) => self.give(Event::Resume),
            (Phase::HandingOver, _) => {
                if let Some(failed) = self.page.filter(|_| self.calm || self.dice.chance(300)) {
                    self.after(1_000, Thing::Page(failed));
                }
            }
            (_, Hold::Running | Hold::Waiting { .. }) => {}
        }
        match self.ending {
            Ending::GiveUp(When::At(from)) if self.now >= from => self.give(Event::GiveUp),
            Ending::Cancel(When::At(from)) if self.now >= from => self.give(Event::Cancel),
            Ending::Receipt | Ending::GiveUp(_) | Ending::Cancel(_) => {}
        }
    }

    /// The person says Send: whether they agree to what the check leaves out, and whether it has only just ended.
    fn person_sends(&mut self, agrees: bool, is_new: bool) {
        let Some(client) = &self.client else { return };
        let left_out = client.transfer.view().check_totals.map_or(0, |check| check.left_out);
        let agreed = if agrees { left_out } else { 0 };
        let given = if is_new { SendGiven::StraightAfterTheCheck } else { SendGiven::AfterALook };
        self.give(Event::Send { agreed, given });
    }

    fn person_decides(&mut self) {
        if self.calm {
            self.mend_files();
            self.tries += 1;
        }
        let event = if self.tries > 4 { Event::GiveUp } else { Event::TryAgain };
        self.give(event);
    }

    fn person_resumes(&mut self, code: Code) {
        if self.calm {
            self.tries += 1;
        }
        if self.tries > 40 {
            let view = self.client.as_ref().map(|client| client.transfer.view());
            self.breach(|| format!("stopped for good with {code}: {view:?}"));
        }
        self.give(Event::Resume);
    }

    fn person_signs_in(&mut self) {
        let Some(client) = &self.client else { return };
        let state = client.session_state;
        let is_out = matches!(state, SessionState::SignedOut)
            || matches!(state, SessionState::SignedIn(Who::Other) | SessionState::Waiting(Who::Other, _));
        if is_out && (self.calm || self.dice.chance(400)) {
            let who = if self.calm || self.dice.chance(880) { Who::Owner } else { Who::Other };
            self.begin_sign_in(who);
        }
    }

    /// The person's browser shows the page that ends the upload, unless they close it too early.
    pub(crate) fn page(&mut self, failed: bool) {
        if !self.calm && self.dice.chance(300) || self.weather.offline {
            return;
        }
        self.service.page(failed, self.now, &mut self.dice);
    }
}
