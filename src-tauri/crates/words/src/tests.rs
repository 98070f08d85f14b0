use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::FluentArgs;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use waybill_model::{Code, WaitReason};

use super::*;
use crate::language::Language;
use crate::languages::LANGUAGES;

/// Returns every message and attribute of a file, with its variables.
fn messages(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let resource = fluent_syntax::parser::parse(text).unwrap();
    let mut found = BTreeMap::new();
    for entry in &resource.body {
        let Entry::Message(message) = entry else { continue };
        let mut add = |id: String, pattern: &Pattern<&str>| {
            let mut variables = BTreeSet::new();
            in_pattern(pattern, &mut variables);
            assert_eq!(found.insert(id.clone(), variables), None, "{id} is defined twice");
        };
        if let Some(value) = &message.value {
            add(message.id.name.to_owned(), value);
        }
        for attribute in &message.attributes {
            add(format!("{}.{}", message.id.name, attribute.id.name), &attribute.value);
        }
    }
    found
}

fn in_pattern(pattern: &Pattern<&str>, found: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { .. } => {}
            PatternElement::Placeable { expression: Expression::Inline(inline) } => in_inline(inline, found),
            PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                in_inline(selector, found);
                for variant in variants {
                    in_pattern(&variant.value, found);
                }
            }
        }
    }
}

fn in_inline(inline: &InlineExpression<&str>, found: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            found.insert(id.name.to_owned());
        }
        InlineExpression::FunctionReference { arguments, .. } => {
            for argument in &arguments.positional {
                in_inline(argument, found);
            }
        }
        InlineExpression::StringLiteral { .. }
        | InlineExpression::NumberLiteral { .. }
        | InlineExpression::MessageReference { .. }
        | InlineExpression::TermReference { .. }
        | InlineExpression::Placeable { .. } => {}
    }
}

/// Returns the lines of a file with text, numbered from 1.
fn texts(text: &str) -> Vec<(usize, &str)> {
    let has_text = |line: &str| !line.starts_with('#') && !line.trim().is_empty();
    text.lines().enumerate().filter(|(_, line)| has_text(line)).map(|(at, line)| (at + 1, line)).collect()
}

#[test]
fn every_code_has_a_sentence_and_a_next_step() {
    for &code in Code::ALL {
        let id = id(code);
        assert!(
            language::find(&id).is_some() && language::find(&format!("{id}.next")).is_some(),
            "{code} has no words: add `{id} = …` with `.next = …` to words/en-GB.ftl, then run `cargo xtask words`"
        );
    }
}

#[test]
fn words_for_codes_that_do_not_exist_are_gone() {
    let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let named = messages(LANGUAGES[0].1).into_keys();
    let named = named.filter_map(|id| Some(id.strip_prefix("code-")?.split('.').next()?.to_owned()));
    for code in named {
        assert!(codes.contains(code.as_str()), "there is no code {code}: remove `code-{code}` from words/*.ftl");
    }
}

#[test]
fn every_language_has_the_messages_and_variables_of_the_first() {
    let (first, text) = LANGUAGES[0];
    let wanted = messages(text);
    for (tag, text) in LANGUAGES {
        assert_eq!(Language::new(tag, text).1, Vec::<String>::new(), "words/{tag}.ftl");
        let found = messages(text);
        for (id, variables) in &wanted {
            assert_eq!(
                found.get(id),
                Some(variables),
                "words/{tag}.ftl: {id} is missing, or has other variables than {first}"
            );
        }
        assert_eq!(found.len(), wanted.len(), "words/{tag}.ftl has messages that {first} does not have");
    }
}

#[test]
fn sentences_of_codes_are_short_and_plain() {
    for &code in Code::ALL {
        for Sentence { what, next } in [in_terminal(code), at_end_in_terminal(code), in_notification(code)] {
            for text in [what, next] {
                assert!(text.ends_with('.') && text.chars().count() <= 120, "{code}: {text}");
                assert!(text.starts_with(|first: char| first.is_uppercase()), "{code}: {text}");
            }
        }
    }
}

#[test]
fn english_is_plain_and_its_quotation_marks_are_curly() {
    let never = ["'", "!", "begun", "began", "by itself", "go on", "goes on", "please", "whatever"];
    for (line, text) in texts(LANGUAGES[0].1) {
        let text = text.split_once(" = ").map_or(text, |(_, text)| text);
        for word in never {
            assert!(!text.contains(word), "words/en-GB.ftl:{line}: {word}: {text}");
        }
    }
}

#[test]
fn a_notification_never_names_a_command() {
    for &code in Code::ALL {
        let Sentence { what, next } = in_notification(code);
        for word in ["waybill ", "--", "`"] {
            assert!(!what.contains(word) && !next.contains(word), "{code}: {what} {next}");
        }
    }
}

#[test]
fn a_command_that_has_ended_promises_nothing() {
    for &code in Code::ALL {
        assert!(!at_end_in_terminal(code).next.contains("automatically"), "{code}");
    }
}

#[test]
fn every_reason_for_waiting_has_a_different_sentence_and_name() {
    let code = |reason: &WaitReason| what(reason.code());
    let reasons = [
        WaitReason::Offline,
        WaitReason::UploadUnreachable,
        WaitReason::ApiUnreachable,
        WaitReason::SignInUnreachable,
        WaitReason::SignedOut,
        WaitReason::DifferentPerson,
        WaitReason::SlowDown,
        WaitReason::Firewall,
        WaitReason::UnexpectedPage,
        WaitReason::CertificateUntrusted,
        WaitReason::ProxyRefused,
        WaitReason::PermitRefused,
        WaitReason::ServiceFailed,
        WaitReason::RegistrationInDoubt,
        WaitReason::FolderGone,
        WaitReason::DiskFull,
    ];
    assert_eq!(reasons.iter().map(code).collect::<BTreeSet<_>>().len(), reasons.len());
    assert_eq!(reasons.iter().map(|reason| waiting(*reason)).collect::<BTreeSet<_>>().len(), reasons.len());
}

#[test]
fn a_result_of_the_service_keeps_the_services_own_name() {
    assert_eq!(service_check("FFID"), "File format check");
    assert_eq!(service_result("VirusDetected"), "Virus found (VirusDetected)");
    assert_eq!((service_check("New"), service_result("Else").as_str()), ("New", "Else"));
}

#[test]
fn numbers_are_grouped_and_choose_their_plural() {
    assert_eq!(tray::and_queued(1, "Sending"), "Sending, and 1 more is waiting for its turn");
    assert_eq!(tray::and_queued(2, "Sending"), "Sending, and 2 more are waiting for their turn");
    assert_eq!(question::being_sent(1_234_567), "1,234,567 transfers are being sent.");
    assert_eq!(tray::progress(50, "TDR-2026-GA2"), "TDR-2026-GA2: 50%");
}

#[test]
fn welsh_has_its_six_plural_forms() {
    let text = "amount-files = { $count ->\n    [zero] dim ffeiliau\n    [one] un ffeil\n    [two] dwy ffeil\n    [few] { $count } ffeil\n    [many] { $count } ffeil (many)\n   *[other] { $count } o ffeiliau\n}\n";
    let (welsh, problems) = Language::new("cy", text);
    assert_eq!(problems, Vec::<String>::new());
    let files = |count: u64| {
        let mut args = FluentArgs::new();
        args.set("count", count);
        welsh.fill("amount-files", Some(&args)).unwrap()
    };
    let forms =
        ["dim ffeiliau", "un ffeil", "dwy ffeil", "3 ffeil", "4 o ffeiliau", "6 ffeil (many)", "1,842 o ffeiliau"];
    assert_eq!([0, 1, 2, 3, 4, 6, 1_842].map(files), forms);
}

#[test]
fn the_language_is_the_first_wanted_one_with_a_file_or_else_british_english() {
    let available = ["en-GB", "cy", "en-XA"];
    for (wanted, chosen) in [
        (&["cy-GB"][..], "cy"),
        (&["cy"], "cy"),
        (&["de-DE", "cy-GB", "en-GB"], "cy"),
        (&["en-GB", "cy"], "en-GB"),
        (&["en-US"], "en-GB"),
        (&["en"], "en-GB"),
        (&["en-XA"], "en-XA"),
        (&["de-DE"], "en-GB"),
        (&["C", "POSIX", ""], "en-GB"),
        (&[], "en-GB"),
    ] {
        assert_eq!(language::choose(wanted, &available), chosen, "{wanted:?}");
    }
}

#[test]
fn the_language_is_british_english_and_cannot_change_after_first_use() {
    assert_eq!(language(), "en-GB");
    assert_eq!(choose_language(["en-XA"]), "en-GB", "the language is already in use");
}

#[test]
fn languages_are_read_from_the_environment_as_posix_and_gettext_specify() {
    let wanted = |variables: &[(&str, &str)]| {
        wanted_in(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    };
    assert_eq!(wanted(&[]), Vec::<String>::new());
    assert_eq!(wanted(&[("LANG", "cy_GB.UTF-8")]), ["cy-GB"]);
    assert_eq!(wanted(&[("LANG", "cy_GB.UTF-8"), ("LC_MESSAGES", "de_DE@euro")]), ["de-DE"]);
    assert_eq!(wanted(&[("LANG", "cy_GB"), ("LC_ALL", "")]), ["cy-GB"], "an empty variable counts as unset");
    assert_eq!(wanted(&[("LANG", "cy_GB"), ("LC_ALL", "C")]), Vec::<String>::new());
    assert_eq!(wanted(&[("LANG", "C.UTF-8"), ("LANGUAGE", "cy")]), Vec::<String>::new());
    assert_eq!(wanted(&[("LANG", "en_GB.UTF-8"), ("LANGUAGE", "cy:de_DE")]), ["cy", "de-DE", "en-GB"]);
}

#[test]
fn the_pseudo_language_accents_every_letter_except_in_variables() {
    let (pseudo, problems) = Language::new("en-XA", LANGUAGES[0].1);
    assert_eq!(problems, Vec::<String>::new());
    let mut args = FluentArgs::new();
    args.set("path", "/home/priya");
    assert_eq!(pseudo.fill("check-saved", Some(&args)).unwrap(), "Šȧȧṽééđ ȧȧš /home/priya");
}
