//! What a person has set, in `settings.toml` of the data folder.
//!
//! Owner: this process; the file is replaced whole, so a crash leaves the old one or the new one. What it does not know
//! (`service`, written by whoever set the computer up, or keys of a newer version) it keeps. A file that is there and cannot
//! be read is never written over: the person is told which file it is and what is wrong, and the usual holds.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use toml::{Table, Value};
use waybill_model::{Code, Failure};

use crate::bridge::Settings;

const FILE: &str = "settings.toml";

/// The settings and where they are kept.
#[derive(Debug)]
pub(crate) struct SettingsFile {
    path: PathBuf,
    table: Table,
    /// Why what is there cannot be read.
    unreadable: Option<Failure>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { keep_awake: true, start_with_computer: false, speed_limit: None, notifications: true }
    }
}

impl SettingsFile {
    /// Reads the settings of a data folder.
    pub(crate) fn read(data_dir: &Path) -> Self {
        let path = data_dir.join(FILE);
        let table = match std::fs::read_to_string(&path) {
            Ok(text) => text.parse::<Table>().map_err(|error| what_is_wrong(&text, &error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Table::new()),
            Err(error) => Err(error.to_string()),
        };
        match table {
            Ok(table) => Self { path, table, unreadable: None },
            Err(what) => {
                let failure = unreadable(&path, &what);
                tracing::warn!(%failure, "the settings");
                Self { path, table: Table::new(), unreadable: Some(failure) }
            }
        }
    }

    /// That the file can be read, or is not there.
    ///
    /// # Errors
    /// `settings_unreadable`, with the file and what is wrong with it.
    pub(crate) fn readable(&self) -> Result<(), Failure> {
        self.unreadable.clone().map_or(Ok(()), Err)
    }

    /// What is set; the usual where nothing, or nothing that makes sense, is.
    pub(crate) fn settings(&self) -> Settings {
        let usual = Settings::default();
        let flag = |key: &str, usual: bool| self.table.get(key).and_then(Value::as_bool).unwrap_or(usual);
        let limit = self.table.get("speed_limit").and_then(Value::as_integer);
        Settings {
            keep_awake: flag("keep_awake", usual.keep_awake),
            start_with_computer: flag("start_with_computer", usual.start_with_computer),
            speed_limit: limit.and_then(|limit| u64::try_from(limit).ok()).filter(|limit| *limit > 0),
            notifications: flag("notifications", usual.notifications),
        }
    }

    /// The service: a profile's name or file, where one is set.
    ///
    /// # Errors
    /// `settings_unreadable` where nobody can tell which one was meant.
    pub(crate) fn service(&self) -> Result<Option<&str>, Failure> {
        self.readable()?;
        let Some(value) = self.table.get("service") else { return Ok(None) };
        let name = value.as_str().filter(|name| !name.is_empty());
        name.map(Some).ok_or_else(|| unreadable(&self.path, "service: the name or the file of a service is wanted"))
    }

    /// What the computer was last told to start the program with.
    pub(crate) fn autostart(&self) -> Option<Vec<&str>> {
        self.table.get("autostart").and_then(Value::as_array)?.iter().map(Value::as_str).collect()
    }

    /// Remembers what the computer was told to start the program with.
    ///
    /// # Errors
    /// See [`SettingsFile::save`].
    pub(crate) fn set_autostart(&mut self, words: Vec<String>) -> Result<(), Failure> {
        self.table.insert("autostart".to_owned(), Value::from(words));
        self.write()
    }

    /// Whether the person has been told that a closed window goes on from the tray.
    pub(crate) fn tray_explained(&self) -> bool {
        self.table.get("tray_explained").and_then(Value::as_bool).unwrap_or(false)
    }

    /// Remembers that the person has been told.
    ///
    /// # Errors
    /// See [`SettingsFile::save`].
    pub(crate) fn set_tray_explained(&mut self) -> Result<(), Failure> {
        self.table.insert("tray_explained".to_owned(), Value::Boolean(true));
        self.write()
    }

    /// Keeps new settings.
    ///
    /// # Errors
    /// `disk_full`, `data_folder_unusable`, `settings_unreadable`; the settings hold all the same until the program ends.
    pub(crate) fn save(&mut self, settings: Settings) -> Result<(), Failure> {
        let mut set = |key: &str, value: Value| self.table.insert(key.to_owned(), value);
        set("keep_awake", Value::Boolean(settings.keep_awake));
        set("start_with_computer", Value::Boolean(settings.start_with_computer));
        set("notifications", Value::Boolean(settings.notifications));
        match settings.speed_limit {
            Some(limit) => set("speed_limit", Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX))),
            None => self.table.remove("speed_limit"),
        };
        self.write()
    }

    fn write(&self) -> Result<(), Failure> {
        self.readable()?;
        let unusable = |error: &std::io::Error| {
            let full = error.kind() == std::io::ErrorKind::StorageFull;
            let code = if full { Code::DiskFull } else { Code::DataFolderUnusable };
            Failure::new(code, format!("{}: {error}", self.path.display()))
        };
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|error| unusable(&error))?;
        let mut beside = tempfile::NamedTempFile::new_in(folder).map_err(|error| unusable(&error))?;
        let text = self.table.to_string();
        beside.write_all(text.as_bytes()).map_err(|error| unusable(&error))?;
        beside.persist(&self.path).map_err(|error| unusable(&error.error))?;
        Ok(())
    }
}

fn unreadable(path: &Path, what: &str) -> Failure {
    Failure::new(Code::SettingsUnreadable, format!("{}: {what}", path.display()))
}

/// In one line, with the number of that where it is.
fn what_is_wrong(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let message = error.message().lines().next().unwrap_or_default();
    before.map_or(message.to_owned(), |before| format!("line {}: {message}", before.matches('\n').count() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_file_the_usual_holds_and_nothing_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = SettingsFile::read(dir.path());
        assert_eq!(file.settings(), Settings::default());
        assert!(!file.settings().start_with_computer && file.settings().keep_awake);
        assert!(file.service().unwrap().is_none() && !file.tray_explained() && file.autostart().is_none());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_saved_is_read_again_and_foreign_keys_stay() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), "service = \"tdr-staging\"\nnew_thing = [1, 2]\n").unwrap();
        let settings = Settings {
            keep_awake: false,
            start_with_computer: true,
            speed_limit: Some(2_000_000),
            notifications: false,
        };
        let mut file = SettingsFile::read(dir.path());
        file.save(settings).unwrap();
        file.set_tray_explained().unwrap();
        let mut again = SettingsFile::read(dir.path());
        assert_eq!(again.settings(), settings);
        assert_eq!(again.service().unwrap(), Some("tdr-staging"));
        assert!(again.tray_explained());
        again.save(Settings { speed_limit: None, ..settings }).unwrap();
        let text = std::fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert!(text.contains("new_thing") && !text.contains("speed_limit"), "{text}");
    }

    #[test]
    fn a_broken_file_is_named_with_its_line_and_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        let broken = "keep_awake = false\nservice = tdr-staging\n";
        std::fs::write(&path, broken).unwrap();
        let mut file = SettingsFile::read(dir.path());
        assert_eq!(file.settings(), Settings::default());
        let failure = file.service().unwrap_err();
        assert_eq!(failure.code, Code::SettingsUnreadable);
        let detail = failure.detail.clone().unwrap();
        assert!(detail.starts_with(&path.display().to_string()) && detail.contains("line 2: "), "{detail}");
        assert_eq!(file.save(Settings { notifications: false, ..Settings::default() }), Err(failure.clone()));
        assert_eq!(file.set_tray_explained(), Err(failure.clone()));
        assert_eq!(file.set_autostart(vec!["waybill".to_owned()]), Err(failure));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), broken);
        assert!(!file.settings().notifications && file.tray_explained(), "until the end what the person said holds");
    }

    #[test]
    fn a_file_of_which_nobody_can_read_a_word_is_no_missing_file() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), b"service = \"\xff\"").unwrap();
        let mut file = SettingsFile::read(dir.path());
        assert_eq!(file.service().unwrap_err().code, Code::SettingsUnreadable);
        assert!(file.save(Settings::default()).is_err());
        assert_eq!(std::fs::read(dir.path().join(FILE)).unwrap(), b"service = \"\xff\"");
    }

    #[test]
    fn a_service_that_is_no_text_is_not_taken_for_none() {
        let dir = tempfile::tempdir().unwrap();
        for wrong in ["service = 5\n", "service = \"\"\n", "[service]\nname = \"tdr-staging\"\n"] {
            std::fs::write(dir.path().join(FILE), wrong).unwrap();
            let failure = SettingsFile::read(dir.path()).service().unwrap_err();
            assert_eq!(failure.code, Code::SettingsUnreadable, "{wrong}");
        }
    }

    #[test]
    fn nonsense_counts_as_the_usual() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), "speed_limit = -5\nkeep_awake = \"yes\"\n").unwrap();
        assert_eq!(SettingsFile::read(dir.path()).settings(), Settings::default());
    }
}
