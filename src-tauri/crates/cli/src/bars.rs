//! Bars on a terminal: two for each transfer (checking, sending) and a line that says what happens now.
//!
//! The bars are drawn on standard error. They have no colours, so `NO_COLOR` does not affect them.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use waybill_model::Measure;
use waybill_words::{self as words, cli};

use crate::escape;
use crate::events::{HoldWord, Progress, State, Waiting};
use crate::rendering::{phase_progress, progress_text};

/// All bars on the terminal.
pub(crate) struct Bars {
    all: MultiProgress,
    transfers: BTreeMap<String, TransferBars>,
}

struct TransferBars {
    checking: Option<ProgressBar>,
    sending: Option<ProgressBar>,
    now: ProgressBar,
}

impl Bars {
    /// Creates no bars yet.
    pub(crate) fn new() -> Self {
        Self { all: MultiProgress::new(), transfers: BTreeMap::new() }
    }

    /// Shows the progress of a phase.
    pub(crate) fn progress(&mut self, progress: &Progress) {
        let all = self.all.clone();
        let bars = self.of(progress.transfer.as_deref().unwrap_or_default());
        match progress.phase.measure() {
            Some(Measure::Found | Measure::Checked) => {
                bars.now.set_message(phase_progress(progress));
            }
            Some(Measure::Read) => {
                let bar = bars.checking.get_or_insert_with(|| bar(&all, &bars.now, cli::bar_checking()));
                set(bar, progress);
            }
            Some(Measure::Sent) => {
                let bar = bars.sending.get_or_insert_with(|| bar(&all, &bars.now, cli::bar_sending()));
                set(bar, progress);
            }
            None => {}
        }
    }

    /// Shows what is happening now.
    pub(crate) fn state(&mut self, state: &State) {
        let now = &self.of(&state.transfer).now;
        now.set_prefix(escape::text(&state.consignment));
        match state.hold {
            HoldWord::Running => now.set_message(cli::bar_phase(words::phase(state.phase))),
            HoldWord::Paused => now.set_message(words::hold::paused()),
            // The event that follows says why.
            HoldWord::Waiting | HoldWord::Stopped => {}
        }
    }

    /// Shows what the transfer is waiting for.
    pub(crate) fn waiting(&mut self, waiting: &Waiting) {
        let text = escape::text(&cli::waiting(cli::Waiting { what: &waiting.message, next: &waiting.next }));
        if let Some(transfer) = &waiting.transfer {
            self.of(transfer).now.set_message(text);
        }
    }

    /// Hides the bars while something else is printed, then draws them again.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.all.suspend(print)
    }

    /// Leaves the bars as they are, and clears the line below them.
    pub(crate) fn end(&mut self) {
        for (_, bars) in std::mem::take(&mut self.transfers) {
            for bar in [bars.checking, bars.sending].into_iter().flatten() {
                bar.abandon();
            }
            bars.now.finish_and_clear();
        }
    }

    fn of(&mut self, transfer: &str) -> &mut TransferBars {
        let all = &self.all;
        self.transfers.entry(transfer.to_owned()).or_insert_with(|| {
            let now = all.add(ProgressBar::new_spinner());
            now.set_style(style("{spinner} {prefix} {wide_msg}", ProgressStyle::default_spinner()));
            now.enable_steady_tick(Duration::from_millis(120));
            TransferBars { checking: None, sending: None, now }
        })
    }
}

fn bar(all: &MultiProgress, below: &ProgressBar, name: &'static str) -> ProgressBar {
    let bar = all.insert_before(below, ProgressBar::new(0));
    bar.set_style(style("{prefix:8} [{bar:28}] {wide_msg}", ProgressStyle::default_bar()).progress_chars("=> "));
    bar.set_prefix(name);
    bar
}

fn set(bar: &ProgressBar, progress: &Progress) {
    // The bar counts bytes, or files if there are no bytes. Only a complete transfer fills it.
    let (done, total) = if progress.bytes_total > 0 {
        (progress.bytes_done, progress.bytes_total)
    } else {
        (progress.items_done, progress.items_total)
    };
    let unfinished = progress.items_done < progress.items_total;
    bar.set_length(total.max(1));
    bar.set_position(if unfinished { done.min(total.saturating_sub(1)) } else { done });
    bar.set_message(progress_text(progress));
}

/// Parses the template's style. Returns `fallback` if the template is wrong, which a test rules out.
fn style(template: &str, fallback: ProgressStyle) -> ProgressStyle {
    fallback.clone().template(template).unwrap_or(fallback)
}

#[cfg(test)]
mod tests {
    use waybill_model::Phase;

    use super::*;

    #[test]
    fn the_templates_are_right() {
        for template in ["{spinner} {prefix} {wide_msg}", "{prefix:8} [{bar:28}] {wide_msg}"] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn a_bar_is_full_only_when_every_file_is_done() {
        let bar = ProgressBar::hidden();
        let mut progress = Progress {
            transfer: None,
            phase: Phase::Sending,
            items_done: 1,
            items_total: 2,
            bytes_done: 10,
            bytes_total: 10,
            bytes_per_second: 0,
        };
        set(&bar, &progress);
        assert_eq!((bar.position(), bar.length()), (9, Some(10)));
        progress.items_done = 2;
        set(&bar, &progress);
        assert_eq!(bar.position(), 10);
    }
}
