//! Checks that `docs/command-line.md` and the program agree on events, exit codes, commands and options.

use std::collections::BTreeSet;

use clap::CommandFactory as _;
use serde_json::Value;
use waybill_model::{Code, ConsignmentState, Effect, FindingKind, Phase};

use crate::arguments::Cli;
use crate::events::{Event, HoldWord, ItemWord};
use crate::exit::Exit;

const DOCUMENT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/command-line.md"));

fn section(head: &str) -> &'static str {
    let (_, rest) = DOCUMENT.split_once(head).unwrap_or_else(|| panic!("no section {head:?}"));
    let level = head.trim_start().split(' ').next().unwrap();
    rest.split(&format!("\n{level} ")).next().unwrap()
}

/// Returns the JSON examples, one per line.
fn examples() -> Vec<&'static str> {
    DOCUMENT.split("```json\n").skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// Returns the words in backquotes.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_example_reads_as_its_event_and_prints_as_it_stands() {
    for example in examples() {
        let event: Event = serde_json::from_str(example).unwrap_or_else(|error| panic!("{example}: {error}"));
        let printed: Value = serde_json::from_str(&event.to_line()).unwrap();
        assert_eq!(printed, serde_json::from_str::<Value>(example).unwrap());
    }
}

#[test]
fn every_example_shows_every_field() {
    // An object without one of its optional fields would hide that field from readers.
    let optional: BTreeSet<&str> = [
        "reason",
        "next_try",
        "since",
        "transfer",
        "blocked",
        "raw_name",
        "size",
        "detail",
        "series",
        "created",
        "here",
        "last_hold",
        "handed_over",
        "finished",
        "website",
        "checks",
        "receipt",
        "files_with_problems",
        "code",
        "sha256",
        "acknowledged",
        "email",
        "body",
        "next",
        "message",
        "did_you_mean",
    ]
    .into();
    let source = include_str!("../events.rs");
    for declared in source.split("skip_serializing_if").skip(1) {
        let field = declared.split("pub(crate) ").nth(1).unwrap().split(':').next().unwrap();
        assert!(optional.contains(field), "{field} may be absent and is not known to this test");
        let shown = examples().into_iter().filter(|example| example.contains(&format!("\"{field}\":"))).count();
        assert!(shown > 0, "no example shows {field}");
    }
}

#[test]
fn document_and_program_have_the_same_events() {
    let named: BTreeSet<String> =
        examples().into_iter().map(|text| serde_json::from_str::<Value>(text).unwrap()["event"].to_string()).collect();
    let known: BTreeSet<String> = Event::NAMES.iter().map(|name| format!("\"{name}\"")).collect();
    assert_eq!(named, known);
    let heads: BTreeSet<&str> =
        section("\n## Events").split("\n### `").skip(1).map(|rest| rest.split('`').next().unwrap()).collect();
    assert_eq!(heads, Event::NAMES.into_iter().collect());
    // An event missing from the list of names would also be missing from the document, unnoticed.
    for name in Event::NAMES {
        let unknown =
            serde_json::from_value::<Event>(serde_json::json!({ "event": name })).err().map(|e| e.to_string());
        assert!(!unknown.unwrap_or_default().contains("unknown variant"), "{name}");
    }
    let bogus = serde_json::from_str::<Event>(r#"{"event":"bogus"}"#).unwrap_err().to_string();
    let variants: BTreeSet<&str> = quoted(bogus.split_once("expected").unwrap().1);
    assert_eq!(variants, Event::NAMES.into_iter().collect());
}

#[test]
fn document_and_program_have_the_same_exit_codes() {
    let table = section("\n## Exit codes");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse::<u8>().ok());
    let known: BTreeSet<u8> = Exit::ALL.into_iter().map(Exit::number).collect();
    assert_eq!(rows.collect::<BTreeSet<u8>>(), known);
    let help = Cli::command().render_long_help().to_string();
    for number in known {
        assert!(help.contains(&format!("{number} ")), "the help does not name {number}");
    }
}

#[test]
fn document_and_program_have_the_same_commands_and_options() {
    let mut command = Cli::command();
    command.build();
    let words = |text: &'static str| -> BTreeSet<&'static str> {
        text.lines().filter_map(|line| line.strip_prefix("| `")?.split(['`', ' ']).next()).collect()
    };
    let documented = words(section("\n## Commands").split("\n### ").next().unwrap());
    let known: BTreeSet<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    assert_eq!(documented, known);
    let everywhere = section("\n## Global options");
    for argument in command.get_arguments().filter_map(clap::Arg::get_long) {
        assert!(everywhere.contains(&format!("--{argument}")), "--{argument} is not in the document");
    }
    for subcommand in
        command.get_subcommands().filter(|subcommand| !matches!(subcommand.get_name(), "sandbox" | "help"))
    {
        for argument in subcommand.get_arguments().filter_map(clap::Arg::get_long) {
            assert!(DOCUMENT.contains(&format!("--{argument}")), "--{argument} is not in the document");
        }
    }
}

#[test]
fn the_document_says_of_every_command_what_happens_when_it_is_repeated() {
    let mut command = Cli::command();
    command.build();
    let rows: Vec<Vec<&str>> = section("\n## Every command can be repeated")
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| `")?.strip_suffix(" |")?.split(" | ").collect()))
        .collect();
    let documented: BTreeSet<&str> = rows.iter().map(|row| row[0].trim_end_matches('`')).collect();
    let known: BTreeSet<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    assert_eq!(documented, known);
    for row in rows {
        assert!(row.len() == 4 && row.iter().all(|cell| !cell.trim().is_empty()), "{row:?}");
    }
}

#[test]
fn the_document_names_every_word_that_a_field_can_have() {
    let text = |value: Value| value.as_str().unwrap().to_owned();
    let words = |values: Vec<Value>| values.into_iter().map(text).collect::<Vec<String>>();
    let holds = [HoldWord::Running, HoldWord::Paused, HoldWord::Waiting, HoldWord::Stopped];
    let effects = [Effect::Blocks, Effect::LeavesOut, Effect::LeavesOutUnasked, Effect::Warns];
    let items = [ItemWord::Found, ItemWord::Ready, ItemWord::Sent, ItemWord::SetAside, ItemWord::LeftOut];
    let states = [
        ConsignmentState::Ready,
        ConsignmentState::NeedsAgreement,
        ConsignmentState::Uploading,
        ConsignmentState::Checking,
        ConsignmentState::Checked,
        ConsignmentState::Failed,
        ConsignmentState::Done,
        ConsignmentState::Judgment,
    ];
    for (head, known) in [
        ("\n### `state`", words(Phase::ALL.map(|word| serde_json::to_value(word).unwrap()).to_vec())),
        ("\n### `state`", words(holds.map(|word| serde_json::to_value(word).unwrap()).to_vec())),
        ("\n### `finding`", words(effects.map(|word| serde_json::to_value(word).unwrap()).to_vec())),
        ("\n### `finding`", words(FindingKind::ALL.map(|word| serde_json::to_value(word).unwrap()).to_vec())),
        ("\n### `item`", words(items.map(|word| serde_json::to_value(word).unwrap()).to_vec())),
        ("\n### `consignment`", words(states.map(|word| serde_json::to_value(word).unwrap()).to_vec())),
    ] {
        let shown = quoted(section(head).split("```").next().unwrap());
        for word in known {
            assert!(shown.contains(word.as_str()), "{word} is not named under {head}");
        }
    }
}

#[test]
fn examples_use_only_codes_that_exist() {
    for example in examples() {
        let value: Value = serde_json::from_str(example).unwrap();
        for field in ["code", "reason", "blocked"] {
            if let Some(code) = value[field].as_str() {
                assert!(Code::ALL.iter().any(|known| known.as_str() == code), "{code}");
            }
        }
    }
}
