//! One language: its messages, ready to be shown.

use std::collections::HashMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::types::FluentNumber;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::Entry;
use unic_langid::LanguageIdentifier;

use crate::languages::LANGUAGES;

/// The language of this program. A second one is chosen here.
static LANGUAGE: LazyLock<Language> = LazyLock::new(|| {
    let (tag, text) = LANGUAGES[0];
    Language::new(tag, text).0
});

/// Returns a message that needs nothing; its id where there is none, which a test rules out.
pub(crate) fn text(id: &str) -> &'static str {
    find(id).unwrap_or(MISSING)
}

/// Returns a message that needs nothing, if there is one.
pub(crate) fn find(id: &str) -> Option<&'static str> {
    LANGUAGE.plain.get(id).map(String::as_str)
}

/// Returns a message with what it needs.
pub(crate) fn fill(id: &str, args: &FluentArgs<'_>) -> String {
    LANGUAGE.fill(id, Some(args)).unwrap_or_else(|| MISSING.to_owned())
}

/// Shown in place of a message that does not exist.
const MISSING: &str = "…";

pub(crate) struct Language {
    bundle: FluentBundle<FluentResource>,
    /// The messages that need nothing, by id or `id.attribute`.
    plain: HashMap<String, String>,
}

impl Language {
    /// Reads a file, and reports what is wrong with it. What cannot be read is left out. `tag`: such as `cy`.
    pub(crate) fn new(tag: &str, text: &str) -> (Self, Vec<String>) {
        let mut problems = Vec::new();
        let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(readable, errors)| {
            problems.extend(errors.iter().map(ToString::to_string));
            readable
        });
        let ids = ids(&resource);
        let locale: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Paths and references are shown in terminals, copied, and compared in tests: no invisible characters around them.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(|value, _| match value {
            FluentValue::Number(number) => Some(grouped(number)),
            FluentValue::String(_) | FluentValue::Custom(_) | FluentValue::None | FluentValue::Error => None,
        }));
        problems.extend(bundle.add_builtins().err().map(|error| error.to_string()));
        if let Err(errors) = bundle.add_resource(resource) {
            problems.extend(errors.iter().map(ToString::to_string));
        }
        let mut language = Self { bundle, plain: HashMap::new() };
        language.plain = ids.into_iter().filter_map(|id| language.fill(&id, None).map(|text| (id, text))).collect();
        (language, problems)
    }

    /// Returns nothing where there is no such message, or where it needs something that it is not given.
    pub(crate) fn fill(&self, id: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        let (message, attribute) = id.split_once('.').map_or((id, None), |(id, attribute)| (id, Some(attribute)));
        let message = self.bundle.get_message(message)?;
        let pattern = match attribute {
            Some(attribute) => message.get_attribute(attribute)?.value(),
            None => message.value()?,
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, args, &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }
}

/// The ids of all messages and attributes.
fn ids(resource: &FluentResource) -> Vec<String> {
    let mut ids = Vec::new();
    for entry in resource.entries() {
        if let Entry::Message(message) = entry {
            ids.extend(message.value.as_ref().map(|_| message.id.name.to_owned()));
            ids.extend(message.attributes.iter().map(|attribute| format!("{}.{}", message.id.name, attribute.id.name)));
        }
    }
    ids
}

/// Thousands are grouped with commas, as English and Welsh do.
fn grouped(number: &FluentNumber) -> String {
    let digits = number.as_string();
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 && whole.as_bytes()[index - 1].is_ascii_digit() {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}
