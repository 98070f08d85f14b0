//! What the page has been sent, and how often the process that draws it has ended.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::bridge::{FolderDrop, Snapshot};
use crate::system::{PageEvent, System};

/// The page is reloaded after this many ends within [`WITHIN`]. Another end is caused by the page itself, or by a
/// computer without enough memory for it.
const MOST: usize = 3;
const WITHIN: Duration = Duration::from_secs(60);

/// The page of the window. Events that it must not miss are kept until it listens.
pub(crate) struct Page {
    system: Arc<dyn System>,
    heard: Mutex<Heard>,
    ends: Mutex<Ends>,
}

#[derive(Default)]
struct Heard {
    listens: bool,
    /// Events that the page must still be sent.
    unsent: Vec<PageEvent>,
}

/// The recent ends of the page's process.
#[derive(Debug, Default)]
struct Ends {
    at: Vec<Instant>,
    left_empty: bool,
}

impl Page {
    pub(crate) fn new(system: Arc<dyn System>) -> Self {
        Self { system, heard: Mutex::default(), ends: Mutex::default() }
    }

    /// Sends an event to the page, or keeps it if the page does not listen and must not miss it.
    pub(crate) fn send(&self, event: PageEvent) {
        let mut heard = self.heard.lock();
        if heard.listens {
            drop(heard);
            self.system.emit(event);
        } else if must_arrive(&event) {
            heard.unsent.push(event);
        }
    }

    /// Records that the page listens from now on, and sends it the current state and what was kept.
    pub(crate) fn listens(&self, snapshot: Snapshot) {
        let unsent = {
            let mut heard = self.heard.lock();
            heard.listens = true;
            std::mem::take(&mut heard.unsent)
        };
        self.system.emit(PageEvent::Snapshot(Box::new(snapshot)));
        unsent.into_iter().for_each(|event| self.system.emit(event));
    }

    /// Records that the page's process has ended, and returns whether to reload the page.
    pub(crate) fn ended(&self, now: Instant) -> bool {
        self.heard.lock().listens = false;
        self.ends.lock().one_more(now)
    }

    /// Returns whether the page listens. Does not detect whether it is stuck.
    pub(crate) fn is_listening(&self) -> bool {
        self.heard.lock().listens
    }

    /// Loads a page that was left empty, now that a person wants to see it.
    pub(crate) fn load_if_left_empty(&self) {
        let load = self.ends.lock().is_wanted_again();
        if load {
            self.system.load_page();
        }
    }
}

impl Ends {
    fn one_more(&mut self, now: Instant) -> bool {
        self.at.retain(|end| now.saturating_duration_since(*end) < WITHIN);
        self.at.push(now);
        self.left_empty = self.at.len() > MOST;
        !self.left_empty
    }

    fn is_wanted_again(&mut self) -> bool {
        let left_empty = std::mem::take(&mut self.left_empty);
        if left_empty {
            self.at.clear();
        }
        left_empty
    }
}

fn must_arrive(event: &PageEvent) -> bool {
    match event {
        // The page gets the newest snapshot when it listens.
        PageEvent::Snapshot(_) => false,
        PageEvent::Drop(FolderDrop::Over | FolderDrop::Left) => false,
        PageEvent::Drop(FolderDrop::Offered { .. } | FolderDrop::Refused { .. })
        | PageEvent::Notice(_)
        | PageEvent::QuitAsked(_)
        | PageEvent::ClosedToTray(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_reloaded_three_times_within_a_minute_but_not_a_fourth_time() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut ends = Ends::default();
        assert!([0, 1, 2].into_iter().all(|second| ends.one_more(at(second))));
        assert!(!ends.one_more(at(3)));
        let mut ends = Ends::default();
        assert!((0..100).all(|number| ends.one_more(at(number * 20))), "three in any minute are no loop");
    }
}
