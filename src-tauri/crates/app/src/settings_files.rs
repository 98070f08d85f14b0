//! Which service and which proxy the settings files on this computer name: the same for the window and the command
//! line.
//!
//! Two TOML files, both named `settings.toml`: the person's in the data folder, and one for everybody who uses this
//! computer, which an administrator puts where [`machine_settings`](crate::places::machine_settings) looks. A key in
//! the person's file overrides the other; the command line and the environment override both. Nothing here writes.

use std::fmt;
use std::path::{Path, PathBuf};

use toml::de::DeTable;
use toml::{Table, Value};
use waybill_model::{Code, Failure, ProxyChoice, service};

use crate::interface::read_text;
use crate::places::machine_settings;

/// The name of the person's file in the data folder.
const FILE: &str = "settings.toml";
/// More bytes than anyone writes into it.
const LARGEST: u64 = 1 << 20;

type IsUsable = fn(&Value) -> bool;

/// Keys of the settings, and whether a value can be used. Keys of the command line and the window are checked where
/// they are read, with a failure of their own.
const KEYS: [(&str, IsUsable); 10] = [
    ("service", |_| true),
    ("proxy", |_| true),
    ("no_proxy", |_| true),
    ("keep_awake", Value::is_bool),
    ("start_with_computer", Value::is_bool),
    ("speed_limit", |value| value.as_integer().is_some_and(|limit| limit >= 0)),
    ("notifications", Value::is_bool),
    ("autostart", Value::is_array),
    ("tray_explained", Value::is_bool),
    ("running_explained", Value::is_bool),
];

/// A setting that has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredSetting {
    /// The settings file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The key.
    pub key: String,
    /// Whether the key is known, so that its value is what cannot be used.
    pub is_known: bool,
}

/// One settings file. Its `Debug` shows no content: a proxy's address may hold a password.
#[derive(Clone, Default)]
pub struct SettingsTable {
    /// Where it is, or would be.
    pub path: PathBuf,
    /// Its content; empty if it does not exist or cannot be read.
    pub table: Table,
    /// Why it cannot be read.
    pub unreadable: Option<Failure>,
    /// What stands in it without effect.
    pub ignored: Vec<IgnoredSetting>,
}

/// The settings files of this computer.
#[derive(Clone, Debug, Default)]
pub struct SettingsFiles {
    /// The person's own.
    pub person: SettingsTable,
    /// The one for everybody who uses this computer.
    pub machine: SettingsTable,
}

impl SettingsTable {
    /// Reads a file. A missing file is empty; one that cannot be read reports it.
    #[must_use]
    pub fn read(path: PathBuf) -> Self {
        let read = match read_text(&path, LARGEST) {
            Ok(text) => {
                let table = text.parse::<Table>().map_err(|error| what_is_wrong(&text, &error));
                table.map(|table| (ignored(&path, &text, &table), table))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok((Vec::new(), Table::new())),
            Err(error) => Err(error.to_string()),
        };
        match read {
            Ok((ignored, table)) => Self { path, table, unreadable: None, ignored },
            Err(what) => {
                let failure = unreadable(&path, &what);
                tracing::warn!(%failure, "the settings");
                Self { path, table: Table::new(), unreadable: Some(failure), ignored: Vec::new() }
            }
        }
    }

    /// Checks that the file can be read, or does not exist.
    ///
    /// # Errors
    /// [`Code::SettingsUnreadable`], with the file and what is wrong with it.
    pub fn readable(&self) -> Result<(), Failure> {
        self.unreadable.clone().map_or(Ok(()), Err)
    }

    /// Returns a setting, which must be text that is not empty.
    fn text(&self, key: &str, wanted: &str) -> Result<Option<&str>, Failure> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        let text = value.as_str().filter(|text| !text.trim().is_empty());
        text.map(Some).ok_or_else(|| unreadable(&self.path, &format!("{key}: {wanted} is wanted")))
    }

    /// Returns the hosts that no proxy is used for: one text with commas, or a list of texts.
    fn exceptions(&self) -> Result<String, Failure> {
        let wrong = || unreadable(&self.path, "no_proxy: a text, or a list of texts, is wanted");
        match self.table.get("no_proxy") {
            None => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Array(list)) => {
                let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
                texts.map(|texts| texts.join(",")).ok_or_else(wrong)
            }
            Some(Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Table(_)) => {
                Err(wrong())
            }
        }
    }
}

impl SettingsFiles {
    /// Reads the files: the person's in the data folder, and the first of those for everybody that exists.
    #[must_use]
    pub fn read(data_dir: &Path) -> Self {
        let machine = machine_settings();
        let there = machine.iter().find(|path| path.exists()).or(machine.first());
        Self {
            person: SettingsTable::read(data_dir.join(FILE)),
            machine: there.map(|path| SettingsTable::read(path.clone())).unwrap_or_default(),
        }
    }

    /// Returns the service: a profile's name or file, if one is set. A relative file name starts at the folder of the
    /// settings.
    ///
    /// # Errors
    /// [`Code::SettingsUnreadable`] if the setting that was meant cannot be known.
    pub fn service(&self) -> Result<Option<String>, Failure> {
        for file in [&self.person, &self.machine] {
            file.readable()?;
            if let Some(named) = file.text("service", "the name or the file of a service")? {
                let beside = file.path.parent().unwrap_or(Path::new("")).join(named);
                let is_file = service::builtin(named).is_none() && beside.exists();
                return Ok(Some(if is_file { beside.display().to_string() } else { named.to_owned() }));
            }
        }
        Ok(None)
    }

    /// Returns the proxy. `no_proxy` applies if it is in the file that names the proxy. A file that cannot be read
    /// names none.
    ///
    /// # Errors
    /// [`Code::SettingsUnreadable`] with the invalid key.
    pub fn proxy(&self) -> Result<ProxyChoice, Failure> {
        for file in [&self.person, &self.machine] {
            if let Some(named) = file.text("proxy", "the address of a proxy, or \"none\",")? {
                return ProxyChoice::read(named, &file.exceptions()?)
                    .map_err(|what| unreadable(&file.path, &format!("proxy: {what}")));
            }
        }
        Ok(ProxyChoice::System)
    }

    /// Returns the settings that have no effect, such as mistyped ones.
    pub fn ignored(&self) -> impl Iterator<Item = IgnoredSetting> + use<> {
        self.person.ignored.clone().into_iter().chain(self.machine.ignored.clone())
    }

    /// Returns the value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.person.table.get(key).or_else(|| self.machine.table.get(key))
    }
}

impl fmt::Debug for SettingsTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SettingsTable").field("path", &self.path).finish_non_exhaustive()
    }
}

fn unreadable(path: &Path, what: &str) -> Failure {
    Failure::new(Code::SettingsUnreadable, format!("{}: {what}", path.display()))
}

/// Finds keys that are not known, and values that cannot be used.
fn ignored(path: &Path, text: &str, table: &Table) -> Vec<IgnoredSetting> {
    let Ok(places) = DeTable::parse(text) else { return Vec::new() };
    let line = |at: usize| text.get(..at).map_or(0, |before| before.matches('\n').count()) + 1;
    let places = places.get_ref().keys().map(|key| (line(key.span().start), key.get_ref()));
    let found = places.filter_map(|(line, key)| {
        let known = KEYS.iter().find(|(known, _)| known == key);
        let works = known.is_some_and(|(_, works)| table.get(key.as_ref()).is_some_and(works));
        let setting = IgnoredSetting { path: path.to_owned(), line, key: key.to_string(), is_known: known.is_some() };
        (!works).then_some(setting)
    });
    let mut found: Vec<IgnoredSetting> = found.collect();
    found.sort_by_key(|setting| setting.line);
    for IgnoredSetting { path, line, key, is_known } in &found {
        tracing::warn!(path = %path.display(), line, key, is_known, "a setting has no effect");
    }
    found
}

/// Formats the error in one line, with the line number. The message contains no value of the file.
fn what_is_wrong(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let message = error.message().lines().next().unwrap_or_default();
    before.map_or(message.to_owned(), |before| format!("line {}: {message}", before.matches('\n').count() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(dir: &Path, person: &str, machine: &str) -> SettingsFiles {
        let read = |name: &str, text: &str| {
            let path = dir.join(name).join(FILE);
            std::fs::create_dir_all(dir.join(name)).unwrap();
            std::fs::write(&path, text).unwrap();
            SettingsTable::read(path)
        };
        SettingsFiles { person: read("person", person), machine: read("machine", machine) }
    }

    #[test]
    fn personal_settings_override_those_for_everybody_key_by_key() {
        let dir = tempfile::tempdir().unwrap();
        let machine = "service = \"tdr-staging\"\nproxy = \"http://machine.example:3128\"\nno_proxy = \"a,b\"\n";
        let only = files(dir.path(), "", machine);
        assert_eq!(only.service().unwrap().as_deref(), Some("tdr-staging"));
        assert_eq!(only.proxy(), Ok(ProxyChoice::read("http://machine.example:3128", "a,b").unwrap()));
        let both = files(dir.path(), "proxy = \"none\"\nkeep_awake = false\n", machine);
        assert_eq!(both.service().unwrap().as_deref(), Some("tdr-staging"));
        assert_eq!(both.proxy(), Ok(ProxyChoice::Direct));
        assert_eq!(both.get("keep_awake"), Some(&Value::Boolean(false)));
        let neither = files(dir.path(), "", "");
        assert_eq!((neither.service(), neither.proxy()), (Ok(None), Ok(ProxyChoice::System)));
    }

    #[test]
    fn settings_without_effect_are_named_with_file_line_and_key() {
        let dir = tempfile::tempdir().unwrap();
        let person =
            "\u{feff}service = \"tdr\"\n# servise\nservce = \"tdr\"\n\nkeep_awake = \"no\"\n[proxies]\nhttp = 1\n";
        let read = files(dir.path(), person, "speed_limit = 0\nspeed = 1\n");
        assert_eq!(read.service().unwrap().as_deref(), Some("tdr"), "a byte order mark is no part of the key");
        let found: Vec<(usize, String, bool)> =
            read.ignored().map(|setting| (setting.line, setting.key, setting.is_known)).collect();
        let expected = [(3, "servce", false), (5, "keep_awake", true), (6, "proxies", false), (2, "speed", false)];
        assert_eq!(found, expected.map(|(line, key, known)| (line, key.to_owned(), known)));
        assert!(read.ignored().last().unwrap().path.ends_with("machine/settings.toml"));
    }

    #[test]
    fn exceptions_apply_from_the_file_that_names_the_proxy_and_may_be_a_list() {
        let dir = tempfile::tempdir().unwrap();
        let person = "proxy = \"person.example:1\"\nno_proxy = [\"x\", \"y\"]\n";
        let both = files(dir.path(), person, "proxy = \"machine.example:1\"\nno_proxy = \"z\"\n");
        assert_eq!(both.proxy(), Ok(ProxyChoice::read("person.example:1", "x,y").unwrap()));
    }

    #[test]
    fn a_service_file_is_found_beside_the_settings_that_name_it() {
        let dir = tempfile::tempdir().unwrap();
        let found = files(dir.path(), "", "service = \"ours.toml\"\n");
        assert_eq!(found.service().unwrap().as_deref(), Some("ours.toml"), "it is not there");
        let path = dir.path().join("machine/ours.toml");
        std::fs::write(&path, "").unwrap();
        assert_eq!(found.service().unwrap().as_deref(), path.to_str());
    }

    #[test]
    fn an_invalid_setting_is_reported_with_its_file_and_without_a_password() {
        let dir = tempfile::tempdir().unwrap();
        for (text, key) in [
            ("proxy = \"socks5://ada:secret@p:1\"\n", "proxy: "),
            ("proxy = 3128\n", "proxy: "),
            ("proxy = \"p:1\"\nno_proxy = 5\n", "no_proxy: "),
            ("proxy = \"p:1\"\nno_proxy = [5]\n", "no_proxy: "),
        ] {
            let failure = files(dir.path(), "", text).proxy().unwrap_err();
            let detail = failure.detail.unwrap();
            assert_eq!(failure.code, Code::SettingsUnreadable);
            assert!(detail.contains(&format!("machine/{FILE}: {key}")) && !detail.contains("secret"), "{detail}");
        }
    }

    #[test]
    fn a_settings_file_that_cannot_be_read_sets_no_service_and_no_proxy() {
        let dir = tempfile::tempdir().unwrap();
        let broken = files(dir.path(), "", "service = tdr\n");
        assert_eq!(broken.service().unwrap_err().code, Code::SettingsUnreadable);
        assert_eq!(broken.proxy(), Ok(ProxyChoice::System));
        let person = files(dir.path(), "service = \"tdr\"\n", "service = tdr\n");
        assert_eq!(person.service().unwrap().as_deref(), Some("tdr"), "the person's word is enough");
        assert!(!format!("{person:?}").contains("tdr\""), "{person:?}");
    }
}
