//! One language: its messages, ready to be formatted.

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

/// The language of this program, which [`choose_language`] sets, or else British English.
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

/// Sets the language of this program to the first of `wanted` that has a file, or else British English, and returns its
/// tag. `wanted` are tags such as `cy-GB`, in order of preference.
///
/// Must be called once, before any message is formatted. Later calls have no effect.
pub fn choose_language<T: AsRef<str>>(wanted: impl IntoIterator<Item = T>) -> &'static str {
    let mut available: Vec<&str> = LANGUAGES.iter().map(|(tag, _)| *tag).collect();
    if cfg!(debug_assertions) {
        available.push(PSEUDO);
    }
    let wanted: Vec<T> = wanted.into_iter().collect();
    let wanted: Vec<&str> = wanted.iter().map(AsRef::as_ref).collect();
    let tag = choose(&wanted, &available);
    LANGUAGE.get_or_init(|| Language::known(tag)).tag
}

/// Returns the languages that a Unix environment requests, as tags such as `cy-GB`, in order of preference: the list in
/// `LANGUAGE`, unless the locale is `C` (GNU gettext manual, "The LANGUAGE variable"), then the first of `LC_ALL`,
/// `LC_MESSAGES` and `LANG` that is set (POSIX, "Environment Variables").
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

/// Returns the tag of this program's language, such as `en-GB`.
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

/// Returns the best match for `wanted` in `available`, or the first if none matches. Invalid language tags are ignored.
pub(crate) fn choose<'a>(wanted: &[&str], available: &[&'a str]) -> &'a str {
    let wanted = convert_vec_str_to_langids_lossy(wanted);
    let known: Vec<LanguageIdentifier> = convert_vec_str_to_langids_lossy(available);
    let best = negotiate_languages(&wanted, &known, known.first(), NegotiationStrategy::Lookup);
    let at = best.first().and_then(|best| known.iter().position(|one| one == *best));
    at.and_then(|at| available.get(at)).or(available.first()).copied().unwrap_or_default()
}

/// Returns a message without variables, or [`MISSING`] if there is none, which a test rules out.
pub(crate) fn text(id: &str) -> &'static str {
    find(id).unwrap_or(MISSING)
}

/// Returns a message without variables, if there is one.
pub(crate) fn find(id: &str) -> Option<&'static str> {
    spoken().plain.get(id).map(String::as_str)
}

/// Returns a message with its variables filled in.
pub(crate) fn fill(id: &str, args: &FluentArgs<'_>) -> String {
    spoken().fill(id, Some(args)).unwrap_or_else(|| MISSING.to_owned())
}

/// Shown instead of a message that does not exist.
const MISSING: &str = "…";

pub(crate) struct Language {
    tag: &'static str,
    bundle: FluentBundle<FluentResource>,
    /// The messages without variables, by id or `id.attribute`.
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

    /// Parses the text of a file, and returns the language and any problems. Entries with errors are left out. `tag`: such
    /// as `cy`.
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

    /// Returns a message, or `None` if there is none or a variable is missing.
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

/// Accents every letter and doubles every vowel, as the page's gallery does.
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

/// Returns the ids of all messages and attributes.
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

/// Formats a number with commas between groups of three digits, as in English and Welsh.
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
