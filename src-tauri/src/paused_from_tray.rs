//! What the tray's Pause and Resume mean. Pure.
//!
//! Owner: the shell keeps the set while the program runs. After a crash or an exit it is lost, and the tray then
//! resumes everything that is paused.

use std::collections::BTreeSet;

use waybill_app::Snapshot;
use waybill_model::TransferId;

use crate::tray_view;

/// The transfers that were paused from the tray, to be resumed from there. A transfer that was paused in the window
/// stays paused.
#[derive(Debug, Default)]
pub(crate) struct PausedFromTray(BTreeSet<TransferId>);

impl PausedFromTray {
    /// Returns the transfers to pause when the person chooses Pause. They are added to those paused earlier from the
    /// tray that are still paused.
    pub(crate) fn pause(&mut self, snapshot: &Snapshot) -> BTreeSet<TransferId> {
        let meant: BTreeSet<_> =
            snapshot.transfers.values().filter(|now| tray_view::can_pause(now)).map(|now| now.id).collect();
        self.0.retain(|id| snapshot.transfers.get(id).is_some_and(tray_view::is_paused));
        self.0.extend(&meant);
        meant
    }

    /// Returns the transfers to resume when the person chooses Resume: all paused ones if none were paused from the
    /// tray.
    pub(crate) fn resume(&mut self, snapshot: &Snapshot) -> BTreeSet<TransferId> {
        let from_here = std::mem::take(&mut self.0);
        let paused = || snapshot.transfers.values().filter(|now| tray_view::is_paused(now)).map(|now| now.id);
        let own: BTreeSet<_> = paused().filter(|id| from_here.contains(id)).collect();
        if own.is_empty() { paused().collect() } else { own }
    }
}

#[cfg(test)]
mod tests {
    use waybill_app::{Hold, TransferSnapshot};
    use waybill_model::Phase;

    use super::*;
    use crate::testing::{snapshot_of, transfer};

    fn paused(number: u8) -> TransferSnapshot {
        transfer(number, Phase::Sending, Hold::Paused)
    }

    fn sending(number: u8) -> TransferSnapshot {
        transfer(number, Phase::Sending, Hold::Running)
    }

    fn ids<const N: usize>(numbers: [u8; N]) -> BTreeSet<TransferId> {
        numbers.into_iter().map(|number| paused(number).id).collect()
    }

    #[test]
    fn the_tray_resumes_what_it_paused_and_not_what_the_window_paused() {
        let mut from_tray = PausedFromTray::default();
        assert_eq!(from_tray.pause(&snapshot_of([paused(1), sending(2)])), ids([2]));
        let both = snapshot_of([paused(1), paused(2)]);
        assert_eq!(from_tray.resume(&both), ids([2]));
        assert_eq!(from_tray.resume(&both), ids([1, 2]), "nothing is left that was paused from there");
    }

    #[test]
    fn a_second_pause_adds_to_the_first_and_one_resume_ends_both() {
        let mut from_tray = PausedFromTray::default();
        assert_eq!(from_tray.pause(&snapshot_of([sending(1)])), ids([1]));
        assert_eq!(from_tray.pause(&snapshot_of([paused(1), sending(2), paused(3)])), ids([2]));
        assert_eq!(from_tray.resume(&snapshot_of([paused(1), paused(2), paused(3)])), ids([1, 2]));
    }

    #[test]
    fn a_second_pause_forgets_what_was_resumed_in_the_window_meanwhile() {
        let mut from_tray = PausedFromTray::default();
        from_tray.pause(&snapshot_of([sending(1)]));
        let checked = transfer(1, Phase::Checked, Hold::Running);
        assert_eq!(from_tray.pause(&snapshot_of([checked, sending(2)])), ids([2]));
        assert_eq!(from_tray.resume(&snapshot_of([paused(1), paused(2)])), ids([2]));
    }

    #[test]
    fn what_the_service_does_by_itself_is_not_paused() {
        let after = [Phase::HandingOver, Phase::BeingChecked].map(|phase| transfer(1, phase, Hold::Running));
        for now in after {
            assert_eq!(PausedFromTray::default().pause(&snapshot_of([now])), ids([]));
        }
    }
}
