//! Generates typed tables from `words/*.ftl`: functions for the programs, and objects for the window's page.
//!
//! The ids in the files, such as `tray-quit`, are a section and a name. A section becomes a module in Rust and an object
//! in TypeScript; a message with attributes becomes an object. A variable that selects plural forms, or is passed to
//! `NUMBER`, is a number; all others are text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey};

use crate::error::{Error, Result};
use crate::workspace;

/// The language with which all others are compared.
const REFERENCE: &str = "en-GB";

/// Sections with a key for each variant of a type of `waybill-model`. `Code` is non-exhaustive, so it has a test instead.
const ENUMS: [(&str, &str); 4] = [
    ("phase", "Phase"),
    ("waiting", "WaitReason"),
    ("consignmentState", "ConsignmentState"),
    ("finding", "FindingKind"),
];

/// Sections that only the page uses. Those not listed here or in [`ONLY_PROGRAMS`] are for both.
const ONLY_PAGE: &[&str] = &[
    "frame",
    "pager",
    "drops",
    "signIn",
    "consignments",
    "folder",
    "toService",
    "check",
    "sending",
    "otherPerson",
    "files",
    "confirm",
    "handOver",
    "checkFailures",
    "receipt",
    "transfers",
    "settings",
    "help",
    "about",
];
const ONLY_PROGRAMS: &[&str] = &["tray", "notification", "dialog", "browser", "detail", "answer", "cli", "receiptFile"];

/// Sections that the programs look up by a key from elsewhere.
const BY_KEY: [&str; 3] = ["code", "serviceCheck", "serviceResult"];

const LANGUAGES: &str = "src-tauri/crates/words/src/languages.rs";
const RUST: &str = "src-tauri/crates/words/src/generated.rs";
const TYPESCRIPT: &str = "ui/src/generated/words.ts";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
}

type Variables = BTreeMap<String, Kind>;

/// A message or one of its attributes.
struct Text {
    /// Such as `tray-quit` or `code-offline.next`.
    id: String,
    /// The text of the file in one line, for the documentation.
    english: String,
    variables: Variables,
}

struct Message {
    /// The part of the id after the section.
    name: String,
    value: Option<Text>,
    attributes: Vec<(String, Text)>,
}

struct Section {
    name: String,
    messages: Vec<Message>,
}

/// Writes all three files.
pub(crate) fn write() -> Result {
    for (path, text) in generated()? {
        let path = workspace::root().join(path);
        std::fs::write(&path, text).map_err(Error::io(&path))?;
    }
    Ok(())
}

/// Returns the paths of the generated files, relative to the workspace, and their contents.
fn generated() -> Result<[(&'static str, String); 3]> {
    let folder = workspace::root().join("words");
    let mut languages = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(Error::io(&folder))? {
        let name = entry.map_err(Error::io(&folder))?.file_name().to_string_lossy().into_owned();
        languages.extend(name.strip_suffix(".ftl").map(ToOwned::to_owned));
    }
    languages.sort_by_key(|tag| (tag != REFERENCE, tag.clone()));
    let path = folder.join(format!("{REFERENCE}.ftl"));
    let text = std::fs::read_to_string(&path).map_err(Error::io(&path))?;
    let sections = sections(&path, &text)?;
    Ok([(LANGUAGES, rust_languages(&languages)), (RUST, rust(&sections)), (TYPESCRIPT, typescript(&sections))])
}

fn sections(path: &Path, text: &str) -> Result<Vec<Section>> {
    let resource = fluent_syntax::parser::parse(text).map_err(|(_, errors)| {
        let what = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        Error::Wrong(format!("{}: {what}", path.display()))
    })?;
    let mut sections: Vec<Section> = Vec::new();
    for entry in &resource.body {
        let Entry::Message(message) = entry else { continue };
        let id = message.id.name;
        let Some((section, name)) = id.split_once('-') else {
            return Err(Error::Wrong(format!("{}: {id} has no section", path.display())));
        };
        let read =
            |id: String, pattern: &Pattern<&str>| Text { id, english: source(pattern), variables: variables(pattern) };
        let message = Message {
            name: name.to_owned(),
            value: message.value.as_ref().map(|value| read(id.to_owned(), value)),
            attributes: message
                .attributes
                .iter()
                .map(|one| (one.id.name.to_owned(), read(format!("{id}.{}", one.id.name), &one.value)))
                .collect(),
        };
        match sections.iter_mut().find(|one| one.name == section) {
            Some(known) => known.messages.push(message),
            None => sections.push(Section { name: section.to_owned(), messages: vec![message] }),
        }
    }
    Ok(sections)
}

/// Returns the text in one line, with `{name}` for variables.
fn source(pattern: &Pattern<&str>) -> String {
    let mut text = String::new();
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => text.push_str(value),
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::VariableReference { id }),
            } => {
                let _ = write!(text, "{{{}}}", id.name);
            }
            PatternElement::Placeable { expression: Expression::Select { variants, .. } } => {
                let default = variants.iter().find(|variant| variant.default);
                text.push_str(&default.map(|variant| source(&variant.value)).unwrap_or_default());
            }
            PatternElement::Placeable { .. } => text.push('…'),
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn variables(pattern: &Pattern<&str>) -> Variables {
    let mut found = Variables::new();
    in_pattern(pattern, &mut found);
    found
}

fn in_pattern(pattern: &Pattern<&str>, found: &mut Variables) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            in_expression(expression, found);
        }
    }
}

fn in_expression(expression: &Expression<&str>, found: &mut Variables) {
    match expression {
        Expression::Inline(inline) => in_inline(inline, Kind::Text, found),
        Expression::Select { selector, variants } => {
            let by_number = variants.iter().all(|variant| match &variant.key {
                VariantKey::NumberLiteral { .. } => true,
                VariantKey::Identifier { name } => ["zero", "one", "two", "few", "many", "other"].contains(name),
            });
            in_inline(selector, if by_number { Kind::Number } else { Kind::Text }, found);
            for variant in variants {
                in_pattern(&variant.value, found);
            }
        }
    }
}

fn in_inline(inline: &InlineExpression<&str>, kind: Kind, found: &mut Variables) {
    match inline {
        InlineExpression::VariableReference { id } => {
            let known = found.entry(id.name.to_owned()).or_insert(kind);
            if kind == Kind::Number {
                *known = kind;
            }
        }
        InlineExpression::FunctionReference { arguments, .. } => {
            for argument in &arguments.positional {
                in_inline(argument, Kind::Number, found);
            }
        }
        InlineExpression::Placeable { expression } => in_expression(expression, found),
        InlineExpression::StringLiteral { .. }
        | InlineExpression::NumberLiteral { .. }
        // References to messages need no variables; a test formats every message.
        | InlineExpression::MessageReference { .. }
        | InlineExpression::TermReference { .. } => {}
    }
}

fn rust_languages(languages: &[String]) -> String {
    let mut text = String::from(
        "//! Generated by `cargo xtask words` from the names of `words/*.ftl`.\n\n\
         /// The languages, by their tags.\n\
         pub(crate) const LANGUAGES: &[(&str, &str)] = &[\n",
    );
    for tag in languages {
        let _ = writeln!(text, "    (\"{tag}\", include_str!(\"../../../../words/{tag}.ftl\")),");
    }
    text + "];\n"
}

fn rust(sections: &[Section]) -> String {
    let mut text = String::from(
        "//! Generated by `cargo xtask words` from `words/*.ftl`. Change those, not this.\n\n\
         // The order of variables, sections and messages is the file's.\n\
         #![allow(clippy::too_many_lines, clippy::doc_markdown, reason = \"generated\")]\n\n\
         use waybill_model::{ConsignmentState, FindingKind, Phase, WaitReason};\n\n\
         use crate::language;\n",
    );
    for section in sections.iter().filter(|section| !ONLY_PAGE.contains(&section.name.as_str())) {
        if BY_KEY.contains(&section.name.as_str()) {
            continue;
        }
        match ENUMS.iter().find(|(name, _)| *name == section.name) {
            Some((_, of)) => rust_enum(&mut text, section, of),
            None => rust_module(&mut text, section),
        }
    }
    text
}

/// Writes a function that returns the name of each variant, and one for the terminal's names of consignment states.
fn rust_enum(text: &mut String, section: &Section, of: &str) {
    let name = snake(&section.name);
    let mut one = |function: &str, what: &str, find: &dyn Fn(&Message) -> Option<String>| {
        let _ = write!(
            text,
            "\n/// Returns {what} of a `{of}`.\n#[must_use]\npub fn {function}(of: {of}) -> &'static str {{\n    language::text(match of {{\n"
        );
        for message in &section.messages {
            if let Some(id) = find(message) {
                let _ = writeln!(text, "        {of}::{} => \"{id}\",", pascal(&message.name));
            }
        }
        text.push_str("    })\n}\n");
    };
    one(&name, "the name", &|message| message.value.as_ref().map(|value| value.id.clone()));
    if section.name == "consignmentState" {
        let shown = |message: &Message| {
            let own = message.attributes.iter().find(|(attribute, _)| attribute == "terminal").map(|(_, text)| text);
            own.or(message.value.as_ref()).map(|text| text.id.clone())
        };
        one("consignment_state_in_terminal", "the name, with what to do where that fits,", &shown);
    }
}

fn rust_module(text: &mut String, section: &Section) {
    let mut functions = String::new();
    for message in &section.messages {
        if let Some(value) = &message.value {
            rust_function(&mut functions, &snake(&message.name), value);
        }
        for (attribute, value) in &message.attributes {
            rust_function(&mut functions, &format!("{}_{}", snake(&message.name), snake(attribute)), value);
        }
    }
    let uses = if functions.contains("language::fill") {
        "    use fluent_bundle::FluentArgs;\n\n    use super::language;\n"
    } else {
        "    use super::language;\n"
    };
    let _ = write!(
        text,
        "\n/// The words of section `{}`.\npub mod {} {{\n{uses}{functions}}}\n",
        section.name,
        snake(&section.name)
    );
}

/// A function that returns a message. What it needs is its parameters or, where two of them have the same type and could
/// be swapped, the fields of a structure.
fn rust_function(text: &mut String, name: &str, value: &Text) {
    let needs: Vec<(String, Kind)> = value.variables.iter().map(|(name, kind)| (snake(name), *kind)).collect();
    if can_be_swapped(&value.variables) {
        rust_structure(text, name, &needs);
    }
    let _ = write!(text, "\n    /// “{}”\n    #[must_use]\n", value.english);
    if needs.is_empty() {
        let _ =
            write!(text, "    pub fn {name}() -> &'static str {{\n        language::text(\"{}\")\n    }}\n", value.id);
        return;
    }
    if can_be_swapped(&value.variables) {
        let fields: Vec<&str> = needs.iter().map(|(field, _)| field.as_str()).collect();
        let structure = pascal(name);
        let lifetime = if has_text(&needs) { "<'_>" } else { "" };
        let _ = writeln!(
            text,
            "    pub fn {name}({structure} {{ {} }}: {structure}{lifetime}) -> String {{",
            fields.join(", ")
        );
    } else {
        let parameters: Vec<String> =
            needs.iter().map(|(name, kind)| format!("{name}: {}", rust_type(*kind, ""))).collect();
        let _ = writeln!(text, "    pub fn {name}({}) -> String {{", parameters.join(", "));
    }
    text.push_str("        let mut args = FluentArgs::new();\n");
    for variable in value.variables.keys() {
        let _ = writeln!(text, "        args.set(\"{variable}\", {});", snake(variable));
    }
    let _ = write!(text, "        language::fill(\"{}\", &args)\n    }}\n", value.id);
}

fn rust_structure(text: &mut String, function: &str, needs: &[(String, Kind)]) {
    let lifetime = if has_text(needs) { "<'a>" } else { "" };
    let _ = write!(
        text,
        "\n    /// What [`{function}`] needs.\n    #[derive(Clone, Copy, Debug)]\n    pub struct {}{lifetime} {{\n",
        pascal(function)
    );
    for (field, kind) in needs {
        let _ =
            writeln!(text, "        /// `{field}` of the message.\n        pub {field}: {},", rust_type(*kind, "'a "));
    }
    text.push_str("    }\n");
}

/// Returns whether two parameters have the same type, so that a call with the wrong order would compile.
fn can_be_swapped(variables: &Variables) -> bool {
    let of = |wanted: Kind| variables.values().filter(|kind| **kind == wanted).count();
    of(Kind::Number) > 1 || of(Kind::Text) > 1
}

fn has_text(needs: &[(String, Kind)]) -> bool {
    needs.iter().any(|(_, kind)| *kind == Kind::Text)
}

/// `lifetime`: of text, with a space behind it, or empty.
fn rust_type(kind: Kind, lifetime: &str) -> String {
    match kind {
        Kind::Number => "u64".to_owned(),
        Kind::Text => format!("&{lifetime}str"),
    }
}

fn typescript(sections: &[Section]) -> String {
    let mut text = String::from(
        "// Generated by `cargo xtask words` from `words/*.ftl`. Change those, not this.\n\nimport { say } from \"../say\";\n",
    );
    for section in sections.iter().filter(|section| !ONLY_PROGRAMS.contains(&section.name.as_str())) {
        let _ = writeln!(text, "\nexport const {} = {{", section.name);
        for message in &section.messages {
            typescript_message(&mut text, message);
        }
        text.push_str("} as const;\n");
    }
    text
}

fn typescript_message(text: &mut String, message: &Message) {
    let name = camel(&message.name);
    match &message.value {
        Some(value) if message.attributes.is_empty() => {
            let _ = writeln!(text, "  {name}: {},", typescript_text(value));
        }
        value => {
            let value = value.iter().map(|value| ("text".to_owned(), value));
            // The page does not use the next steps for notifications and terminals.
            let shown = |name: &String| !["next-notification", "next-terminal", "terminal"].contains(&name.as_str());
            let attributes =
                message.attributes.iter().filter(|(name, _)| shown(name)).map(|(name, value)| (camel(name), value));
            let fields: Vec<String> =
                value.chain(attributes).map(|(name, value)| format!("{name}: {}", typescript_text(value))).collect();
            let _ = writeln!(text, "  {name}: {{ {} }},", fields.join(", "));
        }
    }
}

fn typescript_text(text: &Text) -> String {
    if text.variables.is_empty() {
        return format!("say(\"{}\")", text.id);
    }
    let fields: Vec<String> = text
        .variables
        .iter()
        .map(|(name, kind)| format!("{name}: {}", if *kind == Kind::Number { "number" } else { "string" }))
        .collect();
    format!("(args: {{ {} }}) => say(\"{}\", args)", fields.join("; "), text.id)
}

/// Converts `folder-missing` to `folderMissing`. Names of codes keep their underscores.
fn camel(name: &str) -> String {
    let mut parts = name.split('-');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(&capitalised(part));
    }
    text
}

fn pascal(name: &str) -> String {
    name.split('_').map(capitalised).collect()
}

fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        match letter {
            '-' => text.push('_'),
            upper if upper.is_ascii_uppercase() => {
                text.push('_');
                text.push(upper.to_ascii_lowercase());
            }
            other => text.push(other),
        }
    }
    text
}

fn capitalised(part: &str) -> String {
    let mut letters = part.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_tables_are_up_to_date() {
        for (path, text) in generated().unwrap() {
            let written = std::fs::read_to_string(workspace::root().join(path)).unwrap_or_default();
            assert!(written == text, "{path} is out of date: run `cargo xtask words` and commit it");
        }
    }

    #[test]
    fn a_variable_that_selects_plural_forms_is_a_number_and_others_are_text() {
        let text = "a-b = { $count ->\n    [one] 1 file in { $folder }\n   *[other] { $count } files in { $folder }\n}, { NUMBER($share) }%\n";
        let sections = sections(Path::new("x"), text).unwrap();
        let value = sections[0].messages[0].value.as_ref().unwrap();
        let kinds: Vec<(&str, Kind)> = value.variables.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
        assert_eq!(kinds, [("count", Kind::Number), ("folder", Kind::Text), ("share", Kind::Number)]);
    }

    #[test]
    fn what_could_be_swapped_is_named() {
        let text = "a-one = { $from } to { $folder }\na-two = { NUMBER($count) } of { $folder }\na-three = { NUMBER($x) }, { NUMBER($y) }\n";
        let text = rust(&sections(Path::new("x"), text).unwrap());
        for expected in [
            "pub struct One<'a> {",
            "pub from: &'a str,",
            "pub fn one(One { folder, from }: One<'_>) -> String {",
            "pub fn two(count: u64, folder: &str) -> String {",
            "pub fn three(Three { x, y }: Three) -> String {",
        ] {
            assert!(text.contains(expected), "{expected} is not in {text}");
        }
    }
}
