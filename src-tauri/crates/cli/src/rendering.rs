//! Turns events into sentences for people. Pure; the console decides whether and where to print them.

use waybill_model::{Effect, FindingKind, Phase};
use waybill_words::{self as words, Sentence, cli};

use crate::escape;
use crate::events::{Checked, Event, Group, HoldWord, LeftOut, Problem, Progress, SelfTest, TestOutcome};
use crate::quantity::{percent, size};

/// The kind of output that a sentence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// What the person asked for: on standard output, even with `--quiet`.
    Result,
    /// Progress: on standard error, but not with `--quiet`.
    Status,
    /// Errors: on standard error, even with `--quiet`.
    Problem,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The kind of output.
    pub(crate) to: To,
    /// The text, safe to print.
    pub(crate) text: String,
}

fn line(to: To, text: impl Into<String>) -> Line {
    Line { to, text: text.into() }
}

/// Returns the lines that people read for an event. Progress and phases have none here: bars and paced lines show them.
pub(crate) fn lines(event: &Event) -> Vec<Line> {
    match event {
        Event::SignIn(page) => address(page.url.as_str(), page.opened, cli::sign_in_opened, cli::sign_in_open()),
        Event::HandOver(page) => address(page.url.as_str(), page.opened, cli::hand_over_opened, cli::hand_over_open()),
        Event::State(state) => match (state.hold, state.reason) {
            (HoldWord::Running, _) => vec![line(To::Status, cli::phase(words::phase(state.phase)))],
            (HoldWord::Paused, _) => vec![line(To::Status, cli::paused())],
            // Both have an event of their own that says more.
            (HoldWord::Waiting | HoldWord::Stopped, _) => Vec::new(),
        },
        Event::Progress(_) => Vec::new(),
        Event::Waiting(waiting) => {
            vec![line(To::Status, cli::waiting(cli::Waiting { what: &waiting.message, next: &waiting.next }))]
        }
        Event::ItemProblem(problem) => {
            let path = escape::text(&problem.path);
            vec![line(
                To::Problem,
                cli::set_aside(cli::SetAside { path: &path, what: &problem.message, next: &problem.next }),
            )]
        }
        Event::Finding(finding) => vec![line(To::Result, finding_line(finding))],
        Event::Checked(checked) => checked_lines(checked),
        Event::LeftOut(left_out) => left_out_lines(left_out),
        Event::Receipt(receipt) => {
            let paths = receipt.paths.iter().map(|path| line(To::Result, format!("  {}", escape::text(path))));
            std::iter::once(line(To::Result, cli::receipt())).chain(paths).collect()
        }
        Event::Person(person) => {
            let mut who = escape::text(&person.name);
            for more in [&person.email, &person.body].into_iter().flatten() {
                who.push_str(", ");
                who.push_str(&escape::text(more));
            }
            let service = escape::text(&person.service);
            vec![line(To::Result, cli::signed_in(cli::SignedIn { service: &service, person: &who }))]
        }
        Event::SelfTest(test) => self_test_lines(test),
        Event::Note(note) => {
            let next = note.next.as_deref().map(|next| format!(" {next}")).unwrap_or_default();
            vec![line(To::Status, format!("{}{}", cli::note(&escape::text(&note.message)), escape::text(&next)))]
        }
        Event::Error(problem) => problem_lines(problem),
        Event::Done(done) => done.message.iter().map(|message| line(To::Result, escape::text(message))).collect(),
        // People see these as tables and lists.
        Event::Consignment(_) | Event::Transfer(_) | Event::Item(_) | Event::CheckFailure(_) => Vec::new(),
    }
}

/// An address to open in a browser. Always shown if the browser was not asked to open it.
fn address(url: &str, opened: bool, told: fn(&str) -> String, open: &str) -> Vec<Line> {
    let url = escape::text(url);
    if opened { vec![line(To::Status, told(&url))] } else { vec![line(To::Result, open), line(To::Result, url)] }
}

/// One finding below its group's heading.
pub(crate) fn finding_line(finding: &crate::events::Finding) -> String {
    let mut text = format!("  {}", escape::text(&finding.path));
    if finding.is_folder {
        text.push('/');
    }
    if let Some(bytes) = finding.size.filter(|bytes| *bytes > 0) {
        text.push_str(&format!(" ({})", size(bytes)));
    }
    if let Some(raw) = &finding.raw_name {
        text.push_str(&format!(" [{}]", cli::raw_name(&escape::text(raw))));
    }
    if let Some(detail) = &finding.detail {
        text.push_str(&format!(": {}", escape::text(detail)));
    }
    text
}

/// The heading of a group of findings.
pub(crate) fn group_head(group: &Group) -> String {
    let Sentence { what, next } = words::in_terminal(group.kind.code());
    let count = group.count;
    match group.kind.effect() {
        Effect::Blocks => cli::group_blocks(cli::GroupBlocks { what, next }),
        Effect::LeavesOut => cli::group_leaves_out(cli::GroupLeavesOut { count, what, next }),
        Effect::LeavesOutUnasked => cli::group_leaves_out_unasked(count, what),
        Effect::Warns => cli::group_warns(cli::GroupWarns { count, what, next }),
    }
}

/// Returns whether the paths of a group say more than its heading.
pub(crate) fn has_paths(kind: FindingKind) -> bool {
    kind.effect() != Effect::Blocks
}

fn checked_lines(checked: &Checked) -> Vec<Line> {
    let (files, folders) = (cli::files(checked.files), cli::folders(checked.folders));
    let (folder, bytes) = (escape::text(&checked.folder), size(checked.bytes));
    let found = cli::found(cli::Found { folder: &folder, files: &files, folders: &folders, size: &bytes });
    let to_send = cli::to_send(cli::ToSend { files: &cli::files(checked.items), size: &size(checked.item_bytes) });
    vec![line(To::Result, found), line(To::Result, to_send)]
}

fn left_out_lines(left_out: &LeftOut) -> Vec<Line> {
    let asks: u64 =
        left_out.groups.iter().filter(|group| group.effect == Effect::LeavesOut).map(|group| group.count).sum();
    if asks == 0 {
        return Vec::new();
    }
    vec![line(To::Result, cli::left_out(asks))]
}

fn self_test_lines(test: &SelfTest) -> Vec<Line> {
    let mark = match test.outcome {
        TestOutcome::Works => cli::test_works(),
        TestOutcome::Warns => cli::test_warns(),
        TestOutcome::Fails => cli::test_fails(),
        TestOutcome::NotTested => "-",
    };
    let (topic, detail) = (test.what.as_str(), &*escape::text(&test.detail));
    let said = if test.outcome == TestOutcome::NotTested {
        cli::test_not_tested(cli::TestNotTested { topic, detail })
    } else {
        cli::test(cli::Test { topic, detail })
    };
    let first = format!("{mark:4}  {said}");
    let mut shown = vec![line(To::Result, first)];
    if let Some(code) = test.code {
        let sentence = words::in_terminal(code);
        shown.push(line(To::Result, format!("      {} {}", sentence.what, sentence.next)));
    }
    shown
}

fn problem_lines(problem: &Problem) -> Vec<Line> {
    let detail = problem.detail.as_deref().map(|detail| format!(" ({})", escape::text(detail))).unwrap_or_default();
    let what = format!("{}{detail} [{}]", cli::error(&problem.message), problem.code);
    vec![line(To::Problem, what), line(To::Problem, format!("  {}", escape::text(&problem.next)))]
}

/// Describes a phase and its progress in one line.
pub(crate) fn phase_progress(progress: &Progress) -> String {
    let (phase, progress) = (words::phase(progress.phase), &*progress_text(progress));
    cli::phase_progress(cli::PhaseProgress { phase, progress })
}

/// Describes the progress of a phase in one line, without the phase's name.
pub(crate) fn progress_text(progress: &Progress) -> String {
    if progress.phase == Phase::Walking {
        return cli::progress_found(cli::ProgressFound {
            files: &cli::files(progress.items_done),
            size: &size(progress.bytes_done),
        });
    }
    let items = cli::done_of(cli::DoneOf { done: progress.items_done, total: progress.items_total });
    if progress.bytes_total == 0 {
        return items;
    }
    let numbers = waybill_model::Progress {
        items_done: progress.items_done,
        items_total: progress.items_total,
        bytes_done: progress.bytes_done,
        bytes_total: progress.bytes_total,
    };
    let (all, done) = (size(progress.bytes_total), size(progress.bytes_done));
    let share = percent(numbers.per_mille());
    let text = cli::progress(cli::Progress { share: &share, files: &items, done: &done, all: &all });
    if progress.bytes_per_second == 0 {
        return text;
    }
    let speed = size(progress.bytes_per_second);
    match progress.bytes_total.saturating_sub(progress.bytes_done) / progress.bytes_per_second {
        0 => cli::progress_speed(cli::ProgressSpeed { progress: &text, speed: &speed }),
        left => {
            let span = crate::quantity::span(std::time::Duration::from_secs(left));
            cli::progress_left(cli::ProgressLeft { progress: &text, speed: &speed, span: &span })
        }
    }
}

#[cfg(test)]
mod tests {
    use waybill_model::Code;

    use super::*;
    use crate::events::{Finding, ItemProblem, Note, SignIn};

    fn texts(event: &Event) -> Vec<String> {
        lines(event).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn an_address_that_was_not_opened_is_part_of_the_result() {
        let page = SignIn { url: "https://auth.example/x?state=1".parse().unwrap(), opened: false };
        let shown = lines(&Event::SignIn(page.clone()));
        assert_eq!(shown[1], Line { to: To::Result, text: page.url.to_string() });
        let opened = lines(&Event::SignIn(SignIn { opened: true, ..page }));
        assert_eq!(opened.len(), 1);
        assert_eq!(opened[0].to, To::Status);
    }

    #[test]
    fn an_error_says_what_happened_about_what_and_what_next() {
        let event = crate::failed::Failed::new(waybill_model::Failure::new(Code::FolderMissing, "/a\u{1b}b")).event();
        let shown = texts(&event);
        assert_eq!(shown[0], "error: The folder cannot be found. (/a\\u{1b}b) [folder_missing]");
        assert_eq!(shown[1], "  Check the path and try again.");
        assert!(lines(&event).iter().all(|line| line.to == To::Problem));
    }

    #[test]
    fn paths_from_outside_are_escaped_everywhere() {
        let evil = "a\u{1b}]0;x\u{7}b".to_owned();
        let events = [
            Event::Finding(Finding {
                kind: FindingKind::EmptyFile,
                effect: Effect::LeavesOut,
                path: evil.clone(),
                is_folder: false,
                raw_name: Some(evil.clone()),
                size: Some(3),
                detail: Some(evil.clone()),
            }),
            Event::ItemProblem(ItemProblem {
                transfer: "t".into(),
                path: evil.clone(),
                code: Code::FileGone,
                message: "m".into(),
                next: "n".into(),
            }),
            Event::Note(Note { code: None, message: evil.clone(), next: Some(evil.clone()) }),
            Event::Receipt(crate::events::Receipt { transfer: "t".into(), paths: vec![evil.clone()] }),
            Event::Done(crate::events::Done { message: Some(evil), transfer: None, exit: 0 }),
        ];
        for event in &events {
            let shown = texts(event);
            assert!(!shown.is_empty(), "{event:?}");
            assert!(shown.iter().all(|text| !text.contains(['\u{1b}', '\u{7}'])), "{shown:?}");
        }
    }

    #[test]
    fn progress_tells_share_files_bytes_speed_and_time_left() {
        let mut progress = Progress {
            transfer: None,
            phase: Phase::Sending,
            items_done: 1_200,
            items_total: 5_000,
            bytes_done: 1_000_000,
            bytes_total: 4_000_000,
            bytes_per_second: 50_000,
        };
        let full = "25.0%, 1,200 of 5,000 files, 1.0 MB of 4.0 MB, 50.0 KB/s, 1 min left";
        assert_eq!(progress_text(&progress), full);
        progress.bytes_per_second = 0;
        assert_eq!(progress_text(&progress), "25.0%, 1,200 of 5,000 files, 1.0 MB of 4.0 MB");
        progress.phase = Phase::Walking;
        assert_eq!(progress_text(&progress), "1,200 files, 1.0 MB");
        progress.phase = Phase::BeingChecked;
        progress.bytes_total = 0;
        assert_eq!(progress_text(&progress), "1,200 of 5,000 files");
    }

    #[test]
    fn a_group_says_whether_it_is_sent() {
        for kind in FindingKind::ALL {
            let head = group_head(&Group { kind, effect: kind.effect(), count: 3, bytes: 0 });
            let begins = match kind.effect() {
                Effect::Blocks => "Blocks the transfer",
                Effect::LeavesOut | Effect::LeavesOutUnasked => "Not sent (3)",
                Effect::Warns => "Sent with a warning (3)",
            };
            assert!(head.starts_with(begins), "{head}");
        }
    }
}
