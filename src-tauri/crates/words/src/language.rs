//! One language: its messages, ready to be shown.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::types::FluentNumber;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_langneg::{NegotiationStrategy, convert_vec_str_to_langids_lossy, negotiate_languages};
use fluent_syntax::ast::Entry;
use unic_langid::LanguageIdentifier;

use crate::languages::LANGUAGES;

/// The language of this program: what [`speak`] chose, or British English.
static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// British English, for what is always written in it.
static ENGLISH: OnceLock<Language> = OnceLock::new();

thread_local! {
    /// Whether this thread is inside [`in_english`].
    static IN_ENGLISH: Cell<bool> = const { Cell::new(false) };
}

/// The tag of the pseudo-language, which only builds for development have: each letter is accented and every vowel is
/// doubled, so that text that is not from a file stands out.
const PSEUDO: &str = "en-XA";

/// Chooses the language of this program, once, before anything is said: the first of `wanted` that has a file, or British
/// English. `wanted`: tags such as `cy-GB`, the most wanted first. Returns the tag of what is chosen.
///
/// Later calls, and a call after something was said, change nothing.
pub fn speak<T: AsRef<str>>(wanted: impl IntoIterator<Item = T>) -> &'static str {
    let mut available: Vec<&str> = LANGUAGES.iter().map(|(tag, _)| *tag).collect();
    if cfg!(debug_assertions) {
        available.push(PSEUDO);
    }
    let wanted: Vec<T> = wanted.into_iter().collect();
    let wanted: Vec<&str> = wanted.iter().map(AsRef::as_ref).collect();
    let tag = choose(&wanted, &available);
    LANGUAGE.get_or_init(|| Language::known(tag)).tag
}

/// Returns the languages that the variables of a Unix environment ask for, the most wanted first, as tags such as `cy-GB`:
/// the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set (POSIX, "Environment Variables"), and before it the list in
/// `LANGUAGE`, unless the locale is `C` (GNU gettext manual, "The LANGUAGE variable").
#[must_use]
pub fn wanted_in(variable: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set).unwrap_or_default();
    let tag = |locale: &str| locale.split(['.', '@']).next().unwrap_or_default().replace('_', "-");
    if ["", "C", "POSIX"].contains(&tag(&locale).as_str()) {
        return Vec::new();
    }
    let listed = set("LANGUAGE").unwrap_or_default();
    let all = listed.split(':').chain([locale.as_str()]);
    all.map(tag).filter(|tag| !tag.is_empty()).collect()
}

/// Returns the tag of the language that is spoken, such as `en-GB`.
#[must_use]
pub fn language() -> &'static str {
    spoken().tag
}

/// Calls `write`, which gets every message in British English, in any language of the program: for text whose readers
/// support the program, such as the support bundle. It applies to this thread, and ends with `write`.
pub fn in_english<T>(write: impl FnOnce() -> T) -> T {
    /// Restores what was before, also after a panic.
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            IN_ENGLISH.set(self.0);
        }
    }
    let _before = Before(IN_ENGLISH.replace(true));
    write()
}

fn spoken() -> &'static Language {
    if IN_ENGLISH.get() {
        return ENGLISH.get_or_init(|| Language::known(LANGUAGES[0].0));
    }
    LANGUAGE.get_or_init(|| Language::known(LANGUAGES[0].0))
}

/// Returns the best of `available` for `wanted`, and the first one if none fits. What is not a language tag is ignored.
pub(crate) fn choose<'a>(wanted: &[&str], available: &[&'a str]) -> &'a str {
    let wanted = convert_vec_str_to_langids_lossy(wanted);
    let known: Vec<LanguageIdentifier> = convert_vec_str_to_langids_lossy(available);
    let best = negotiate_languages(&wanted, &known, known.first(), NegotiationStrategy::Lookup);
    let at = best.first().and_then(|best| known.iter().position(|one| one == *best));
    at.and_then(|at| available.get(at)).or(available.first()).copied().unwrap_or_default()
}

/// Returns a message that needs nothing; its id where there is none, which a test rules out.
pub(crate) fn text(id: &str) -> &'static str {
    find(id).unwrap_or(MISSING)
}

/// Returns a message that needs nothing, if there is one.
pub(crate) fn find(id: &str) -> Option<&'static str> {
    spoken().plain.get(id).map(String::as_str)
}

/// Returns a message with what it needs.
pub(crate) fn fill(id: &str, args: &FluentArgs<'_>) -> String {
    spoken().fill(id, Some(args)).unwrap_or_else(|| MISSING.to_owned())
}

/// Shown in place of a message that does not exist.
const MISSING: &str = "…";

pub(crate) struct Language {
    tag: &'static str,
    bundle: FluentBundle<FluentResource>,
    /// The messages that need nothing, by id or `id.attribute`.
    plain: HashMap<String, String>,
}

impl Language {
    /// Returns the language with this tag, or the first one.
    fn known(tag: &str) -> Self {
        if tag == PSEUDO {
            return Self::new(PSEUDO, LANGUAGES[0].1).0;
        }
        let (tag, text) = LANGUAGES.iter().find(|(known, _)| *known == tag).unwrap_or(&LANGUAGES[0]);
        Self::new(tag, text).0
    }

    /// Reads a file, and reports what is wrong with it. What cannot be read is left out. `tag`: such as `cy`.
    pub(crate) fn new(tag: &'static str, text: &str) -> (Self, Vec<String>) {
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
        bundle.set_transform((tag == PSEUDO).then_some(accented));
        bundle.set_formatter(Some(|value, _| match value {
            FluentValue::Number(number) => Some(grouped(number)),
            FluentValue::String(_) | FluentValue::Custom(_) | FluentValue::None | FluentValue::Error => None,
        }));
        problems.extend(bundle.add_builtins().err().map(|error| error.to_string()));
        if let Err(errors) = bundle.add_resource(resource) {
            problems.extend(errors.iter().map(ToString::to_string));
        }
        let mut language = Self { tag, bundle, plain: HashMap::new() };
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

/// Accents each letter and doubles each vowel, as the page's gallery does.
fn accented(text: &str) -> Cow<'_, str> {
    const PLAIN: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const ACCENTED: &str = "ȦƁÇĐÉƑĞĦÎĴĶĹṀÑØÞɊŘŠŢÛṼŴẊÝŽȧƀçđéƒğħîĵķĺɱñøþɋřšţûṽŵẋýž";
    let mut accented = String::new();
    for letter in text.chars() {
        let accent = PLAIN.chars().zip(ACCENTED.chars()).find(|(plain, _)| *plain == letter);
        let accent = accent.map_or(letter, |(_, accent)| accent);
        accented.push(accent);
        if "aeiou".contains(letter) {
            accented.push(accent);
        }
    }
    Cow::Owned(accented)
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
