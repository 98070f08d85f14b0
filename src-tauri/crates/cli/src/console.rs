//! Prints everything: JSON lines, bars on a terminal, or occasional plain lines.
//!
//! A reader that has gone (`waybill transfers | head`) ends no transfer: output that cannot be printed is dropped. If
//! output that is still wanted cannot be written, for example because the disk is full, the command still does its work
//! and its exit code reports the failure.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use waybill_model::Phase;
use waybill_words as words;

use crate::arguments::Global;
use crate::bars::Bars;
use crate::escape;
use crate::events::{Event, Progress};
use crate::rendering::{self, Line, To};
use crate::table::Table;

/// How often a progress line is printed if there are no bars.
const PACE: Duration = Duration::from_secs(30);

/// Prints all of the program's output.
pub(crate) struct Console {
    form: Form,
    quiet: bool,
    colours: bool,
    output: Output,
}

/// The state of standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    Open,
    /// The reader has gone, as `head` does when it has seen enough.
    Unread,
    /// Output that is still wanted could not be written, for example because the disk is full.
    Lost,
}

impl Output {
    fn after(self, written: &io::Result<()>) -> Self {
        match written {
            Ok(()) => self,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && self == Self::Open => Self::Unread,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self,
            Err(_) => Self::Lost,
        }
    }
}

enum Form {
    Json,
    Bars(Bars),
    Lines(Pace),
}

impl Console {
    /// Creates a console to suit the command line, the terminal and `NO_COLOR`.
    pub(crate) fn new(global: &Global) -> Self {
        let terminal = io::stderr().is_terminal();
        let form = if global.json {
            Form::Json
        } else if terminal && global.verbose == 0 {
            Form::Bars(Bars::new())
        } else {
            Form::Lines(Pace::default())
        };
        Self { form, quiet: global.quiet, colours: terminal && colours_wanted(), output: Output::Open }
    }

    /// Creates a console for scripts, before the command line has been parsed.
    pub(crate) fn json() -> Self {
        Self { form: Form::Json, quiet: false, colours: false, output: Output::Open }
    }

    /// Returns whether the output is for scripts.
    pub(crate) fn is_json(&self) -> bool {
        match self.form {
            Form::Json => true,
            Form::Bars(_) | Form::Lines(_) => false,
        }
    }

    /// Returns whether output is read as it is printed: by a person at a terminal, or by a program that reads JSON.
    pub(crate) fn is_attended(&self) -> bool {
        self.is_json() || io::stderr().is_terminal()
    }

    /// Returns whether a person can be asked.
    pub(crate) fn can_ask(&self) -> bool {
        !self.is_json() && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Returns whether the reader has gone, so that long lists can stop.
    pub(crate) fn is_closed(&self) -> bool {
        self.output != Output::Open
    }

    /// Returns whether some output could not be written although it is still wanted.
    pub(crate) fn is_lost(&self) -> bool {
        self.output == Output::Lost
    }

    /// Reports on standard error that some output could not be written.
    pub(crate) fn say_lost(&mut self) {
        self.print(To::Problem, words::cli::output_lost());
    }

    /// Reports an event in the requested format.
    pub(crate) fn say(&mut self, event: &Event) {
        match &mut self.form {
            Form::Json => {
                if !(self.quiet && is_progress(event)) {
                    self.print(To::Result, &event.to_line());
                }
            }
            Form::Bars(bars) => match event {
                Event::Progress(_) | Event::State(_) | Event::Waiting(_) if self.quiet => {}
                Event::Progress(progress) => bars.progress(progress),
                Event::State(state) => bars.state(state),
                Event::Waiting(waiting) if waiting.transfer.is_some() => bars.waiting(waiting),
                Event::Waiting(_) => self.print_lines(&rendering::lines(event)),
                Event::Error(_) | Event::Done(_) => {
                    bars.end();
                    self.print_lines(&rendering::lines(event));
                }
                Event::SignIn(_)
                | Event::ItemProblem(_)
                | Event::Finding(_)
                | Event::Checked(_)
                | Event::LeftOut(_)
                | Event::HandOver(_)
                | Event::Receipt(_)
                | Event::Consignment(_)
                | Event::Transfer(_)
                | Event::Item(_)
                | Event::Person(_)
                | Event::SelfTest(_)
                | Event::Note(_)
                | Event::CheckFailure(_) => self.print_lines(&rendering::lines(event)),
            },
            Form::Lines(pace) => {
                if let Event::Progress(progress) = event {
                    if let Some(text) = pace.line(progress, Instant::now()) {
                        self.print_lines(&[Line { to: To::Status, text }]);
                    }
                } else {
                    self.print_lines(&rendering::lines(event));
                }
            }
        }
    }

    /// Prints one line of the result, for people only.
    pub(crate) fn line(&mut self, text: &str) {
        if !self.is_json() {
            self.print(To::Result, text);
        }
    }

    /// Prints a list: events for scripts, a table for people, or `empty` if it has no rows.
    pub(crate) fn list(&mut self, events: &[Event], table: &Table, empty: &str) {
        if self.is_json() {
            for event in events {
                self.say(event);
            }
        } else if events.is_empty() {
            self.line(empty);
        } else {
            for line in table.lines() {
                self.line(&line);
            }
        }
    }

    /// Prints text unchanged, such as a completion script.
    pub(crate) fn raw(&mut self, text: &[u8]) {
        let mut out = io::stdout().lock();
        let written = out.write_all(text).and_then(|()| out.flush());
        self.output = self.output.after(&written);
    }

    /// Asks a question whose default answer is no. Reads standard input on its own thread, which may outlive the
    /// command if the person does not answer.
    pub(crate) fn ask(&mut self, question: &str) -> JoinHandle<bool> {
        if let Form::Bars(bars) = &mut self.form {
            bars.end();
        }
        let mut err = io::stderr().lock();
        // Without a terminal nobody would see the question.
        let _unseen = write!(err, "{} [y/N] ", escape::text(question)).and_then(|()| err.flush());
        tokio::task::spawn_blocking(|| {
            let mut answer = String::new();
            io::stdin().lock().read_line(&mut answer).is_ok() && means_yes(&answer)
        })
    }

    fn print_lines(&mut self, lines: &[Line]) {
        for line in lines {
            self.print(line.to, &line.text);
        }
    }

    fn print(&mut self, to: To, text: &str) {
        // Whoever made the text: this is where it leaves the program. Events are lines of JSON, and escaped as such.
        let text = &if self.is_json() { text.to_owned() } else { printed(text, to, self.colours) };
        let quiet = self.quiet;
        let print = || match to {
            To::Result => {
                let mut out = io::stdout().lock();
                writeln!(out, "{text}").and_then(|()| out.flush())
            }
            To::Status if quiet => Ok(()),
            To::Status => writeln!(io::stderr().lock(), "{text}"),
            To::Problem => writeln!(io::stderr().lock(), "{text}"),
        };
        let printed = match &self.form {
            Form::Bars(bars) => bars.aside(print),
            Form::Json | Form::Lines(_) => print(),
        };
        if to == To::Result {
            self.output = self.output.after(&printed);
        }
    }
}

fn is_progress(event: &Event) -> bool {
    matches!(event, Event::Progress(_))
}

fn means_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// Returns whether to use colours: not if `NO_COLOR` has a value, if the terminal has no capabilities, or on a Windows
/// console that is not known to support them.
fn colours_wanted() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    !set("NO_COLOR") && !dumb && (!cfg!(windows) || set("WT_SESSION"))
}

/// Returns a line for people, in which a terminal obeys nothing but our own colour.
fn printed(text: &str, to: To, colours: bool) -> String {
    emphasise(&escape::text(text), colours && to == To::Problem)
}

/// Makes the first word of an error red.
fn emphasise(text: &str, colours: bool) -> String {
    match text.strip_prefix("error:") {
        Some(rest) if colours => format!("\u{1b}[1;31merror:\u{1b}[0m{rest}"),
        Some(_) | None => text.to_owned(),
    }
}

/// Prints occasional progress lines: one every [`PACE`], and one when a phase is complete. The phase itself has its own
/// line.
#[derive(Debug, Default)]
struct Pace {
    last: BTreeMap<Option<String>, (Phase, Instant, bool)>,
}

impl Pace {
    fn line(&mut self, progress: &Progress, now: Instant) -> Option<String> {
        // The number of files in a folder is not known while it is walked.
        let complete = progress.phase != Phase::Walking && progress.items_done >= progress.items_total;
        let last = self.last.get(&progress.transfer).filter(|(phase, _, _)| *phase == progress.phase);
        let (begins, due) = match last {
            Some((_, at, was_complete)) => (false, now.duration_since(*at) >= PACE || (complete && !was_complete)),
            None => (true, complete),
        };
        if begins || due {
            self.last.insert(progress.transfer.clone(), (progress.phase, now, complete));
        }
        if !due {
            return None;
        }
        Some(rendering::phase_progress(progress))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(phase: Phase, done: u64) -> Progress {
        Progress {
            transfer: None,
            phase,
            items_done: done,
            items_total: 10,
            bytes_done: done,
            bytes_total: 10,
            bytes_per_second: 0,
        }
    }

    #[test]
    fn plain_lines_come_every_half_minute_and_at_the_end_of_a_phase() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut pace = Pace::default();
        assert_eq!(pace.line(&progress(Phase::Hashing, 1), at(0)), None);
        assert_eq!(pace.line(&progress(Phase::Hashing, 2), at(29)), None);
        assert!(pace.line(&progress(Phase::Hashing, 3), at(30)).is_some());
        assert!(pace.line(&progress(Phase::Hashing, 10), at(31)).is_some());
        assert_eq!(pace.line(&progress(Phase::Hashing, 10), at(32)), None);
        assert_eq!(pace.line(&progress(Phase::Sending, 0), at(33)), None);
        assert!(pace.line(&progress(Phase::Sending, 10), at(34)).unwrap().starts_with("Sending: "));
        // Too quick for its progress to be seen.
        assert!(pace.line(&progress(Phase::BeingChecked, 10), at(35)).is_some());
    }

    #[test]
    fn only_a_clear_yes_is_one() {
        for yes in ["y\n", "Y", " yes \r\n", "YES"] {
            assert!(means_yes(yes), "{yes:?}");
        }
        for no in ["", "\n", "n", "yess", "ja"] {
            assert!(!means_yes(no), "{no:?}");
        }
    }

    #[test]
    fn a_terminal_obeys_nothing_that_is_printed_whoever_made_the_text() {
        let evil = "error: a\u{1b}[2J\n\u{9b}31m\u{202e}b";
        for to in [To::Result, To::Status, To::Problem] {
            assert_eq!(printed(evil, to, false), "error: a\\u{1b}[2J\\n\\u{9b}31m\\u{202e}b");
        }
        let coloured = "\u{1b}[1;31merror:\u{1b}[0m a\\u{1b}[2J\\n\\u{9b}31m\\u{202e}b";
        assert_eq!(printed(evil, To::Problem, true), coloured);
        assert_eq!(printed(&printed(evil, To::Result, false), To::Result, false), printed(evil, To::Result, false));
    }

    #[test]
    fn only_errors_are_coloured_and_only_where_colours_are_wanted() {
        assert_eq!(emphasise("error: x", false), "error: x");
        assert_eq!(emphasise("error: x", true), "\u{1b}[1;31merror:\u{1b}[0m x");
        assert_eq!(emphasise("  next", true), "  next");
    }
}
