//! What runs beside the transfer on this computer: reading the folder and the journal, the receipt, the probe, sleep.

use waybill_engine::inspect::State as Inside;
use waybill_engine::permit::PermitEvent;
use waybill_engine::session::SessionEvent;
use waybill_engine::transfer::{Action, CheckTotals, Event, HashTotals};
use waybill_model::{Code, NoAnswerKind, Role};

use crate::book::State;
use crate::faults::silent;
use crate::net::Delivery;
use crate::world::{DAY, HOUR, MINUTE, SECOND, Thing, World};

impl World<'_> {
    /// Work beside the transfer is done.
    pub(crate) fn done(&mut self, action: &Action) {
        let reads = [
            (Action::WalkAndCheck, Inside::CallWalk),
            (Action::CompareFolder, Inside::CallCompare),
            (Action::Hash, Inside::CallHash),
        ];
        let is_of_no_use = reads.iter().any(|(of, state)| of == action && !self.waits_for(&[*state]));
        if is_of_no_use {
            return;
        }
        let folder = if self.disk.is_gone { Err(Code::FolderGone) } else { Ok(()) };
        match action {
            Action::WalkAndCheck => match folder {
                Ok(()) => self.walked(),
                Err(code) => self.give(Event::WalkDone(Err(code))),
            },
            Action::CompareFolder => {
                let is_same = self.disk.is_as_walked();
                self.give(Event::FolderCompared(folder.map(|()| is_same)));
            }
            Action::Hash => match folder {
                Ok(()) => self.hashed(),
                Err(code) => self.give(Event::HashDone(Err(code))),
            },
            Action::Register => self.register(),
            Action::LoadItems { after, limit } => {
                let (items, last) = self.book.load(*after, *limit);
                let time = self.dice.skewed(0, 20);
                self.after(time, Thing::Report(Box::new(Event::ItemsLoaded { items, last })));
            }
            Action::CountItems => {
                let (progress, set_aside) = self.book.counted();
                let time = self.dice.skewed(0, 20);
                self.after(time, Thing::Report(Box::new(Event::ItemsCounted { progress, set_aside })));
            }
            Action::WriteReceipt => {
                let result = if self.weather.disk_full {
                    Err(Code::DiskFull)
                } else if !self.calm && self.dice.chance(30) {
                    Err(Code::OutputUnwritable)
                } else {
                    Ok(())
                };
                self.give(Event::ReceiptWritten(result));
            }
            Action::Probe => {
                let lucky = |world: &mut Self| world.calm || world.dice.chance(900);
                let other = if self.opens() { Role::Api } else { Role::SignIn };
                let is_up = |world: &Self, role| !world.weather.offline && !world.weather.is_down(role);
                let other = is_up(self, other) && lucky(self);
                let upload = is_up(self, Role::Upload) && lucky(self);
                if upload {
                    self.permit_step(PermitEvent::NetworkBack);
                }
                self.give(Event::Probed { other, upload });
            }
            Action::Record(..)
            | Action::StartUpload
            | Action::ReadTruth
            | Action::ReadMatches
            | Action::ReadChecks
            | Action::Request(_)
            | Action::CallOff(_)
            | Action::KeepLine { .. }
            | Action::AwaitFolder
            | Action::OpenHandOver { .. }
            | Action::WakeAt(_)
            | Action::Close => {}
        }
    }

    fn walked(&mut self) {
        let files = self.disk.walk();
        self.book.walked(&files);
        let progress = self.book.progress();
        let left_out = self.book.count(|state| state == State::LeftOut);
        let (items, bytes) = (progress.items_total, progress.bytes_total);
        self.give(Event::CheckDone(CheckTotals { items, bytes, left_out, blocked: None }));
    }

    /// Reads what is not read yet; `some`: the program dies before the end.
    pub(crate) fn hash_files(&mut self, some: bool) {
        for item in 0..self.book.rows.len() {
            if self.book.rows[item].state != State::Found || some && self.dice.chance(500) {
                continue;
            }
            let file = self.disk.file(item).clone();
            if !file.exists {
                self.book.leave_out(item, Code::FileGone);
            } else if file.locked || file.silent {
                self.book.leave_out(item, Code::Locked);
            } else {
                self.book.hashed(item, file.size, file.content, file.ident);
            }
        }
    }

    fn hashed(&mut self) {
        self.hash_files(false);
        let ready = self.book.rows.iter().filter(|row| row.state == State::Ready);
        let (items, bytes) = ready.fold((0, 0), |(items, bytes), row| (items + 1, bytes + row.size));
        let left_out = self.book.count(|state| state == State::LeftOut);
        self.give(Event::HashDone(Ok(HashTotals { items, bytes, left_out })));
    }

    /// The person pauses: reading the folder ends at once.
    pub(crate) fn stop_reading(&mut self) {
        for thing in self.take_things(Thing::reads_folder) {
            let Thing::Done(action) = thing else { continue };
            let event = if *action == Action::WalkAndCheck {
                Event::WalkDone(Err(Code::Paused))
            } else if *action == Action::CompareFolder {
                Event::FolderCompared(Err(Code::Paused))
            } else {
                Event::HashDone(Err(Code::Paused))
            };
            self.after(0, Thing::Report(Box::new(event)));
        }
    }

    /// Whoever waits for the folder learns that it is there.
    pub(crate) fn folder_is_watched(&mut self) {
        let time = self.dice.roll(2_000);
        let is_gone = self.disk.is_gone;
        let Some(client) = &mut self.client else { return };
        if client.awaits_folder && !is_gone {
            client.awaits_folder = false;
            self.after(time, Thing::Report(Box::new(Event::FolderBack)));
        }
    }

    /// The computer sleeps. Elsewhere time goes by, and most connections are dead afterwards.
    pub(crate) fn sleep(&mut self) {
        let time = match self.dice.roll(20) {
            0 => 8 * DAY,
            1 | 2 => self.dice.skewed(HOUR, 3 * DAY),
            3..=8 => self.dice.skewed(MINUTE, 10 * HOUR),
            _ => self.dice.skewed(SECOND, 5 * MINUTE),
        };
        let until = self.now + time;
        let life = self.life;
        let mut dead = Vec::new();
        let mut dice = self.dice.clone();
        self.each_thing(|_, thing| {
            if let Thing::Arrive { work, back, life: of } = thing
                && *of == life
                && back.is_some()
                && dice.chance(700)
            {
                *back = None;
                dead.push(work.failed(silent(NoAnswerKind::TimedOut, true), false));
            }
        });
        self.dice = dice;
        self.shift_what_sleeps(time);
        if let Some(client) = &mut self.client {
            client.shift_alarms(time);
        }
        while let Some((at, thing)) = self.take_due_elsewhere(until) {
            self.now = self.now.max(at);
            self.happens(thing);
        }
        self.now = until;
        for delivery in dead {
            let late = self.dice.between(1, 120) * SECOND;
            let is_called_off = matches!(delivery, Delivery::Object { token, .. }
                if self.client.as_ref().is_none_or(|client| !client.flights.contains_key(&token)));
            if !is_called_off {
                self.after(late, Thing::Deliver(Box::new(delivery)));
            }
        }
        let noticed = self.dice.roll(5_000);
        self.after(noticed, Thing::SleepNoticed);
    }

    /// The sleep is noticed.
    pub(crate) fn woke(&mut self) {
        self.session_step(SessionEvent::Woke);
        self.permit_step(PermitEvent::Woke);
        self.give(Event::Woke);
    }
}
