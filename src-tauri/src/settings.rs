//! The person's settings, in `settings.toml` of the data folder, on top of the settings for everybody who uses this
//! computer.
//!
//! Owner: this process. The file is replaced whole, so a crash leaves the old one or the new one. Unknown keys are kept
//! (`service`, written when the computer was set up, or keys of a newer version). A file that exists but cannot be read
//! is never overwritten: the page says which file it is and what is wrong, and the defaults apply.

use std::io::Write as _;
use std::path::Path;

use toml::Value;
use waybill_app::SettingsFiles;
use waybill_model::{Code, Failure};

use crate::bridge::Settings;

/// The settings and where they are stored. The settings for everybody on this computer lie below them and are only
/// read.
#[derive(Debug)]
pub(crate) struct SettingsFile {
    files: SettingsFiles,
}

/// What continues behind a closed window. Each is reported once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Explained {
    /// Something is being sent.
    Sending,
    /// Nothing is being sent, but something else is running, such as the service's checks.
    Running,
}

impl Explained {
    fn key(self) -> &'static str {
        match self {
            Self::Sending => "tray_explained",
            Self::Running => "running_explained",
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { keep_awake: true, start_with_computer: false, speed_limit: None, notifications: true }
    }
}

impl SettingsFile {
    /// Reads the settings of a data folder, and those for everybody on this computer.
    pub(crate) fn read(data_dir: &Path) -> Self {
        Self { files: SettingsFiles::read(data_dir) }
    }

    /// Checks that the person's file can be read or does not exist.
    ///
    /// # Errors
    /// `settings_unreadable`, with the file and what is wrong with it.
    pub(crate) fn readable(&self) -> Result<(), Failure> {
        self.files.person.readable()
    }

    /// Returns the service and proxy settings, which the command line reads too.
    pub(crate) fn files(&self) -> &SettingsFiles {
        &self.files
    }

    /// Returns the settings, with defaults for those that are missing or make no sense.
    pub(crate) fn settings(&self) -> Settings {
        let usual = Settings::default();
        let flag = |key: &str, usual: bool| self.files.get(key).and_then(Value::as_bool).unwrap_or(usual);
        let own = self.files.person.table.get("start_with_computer");
        let limit = self.files.get("speed_limit").and_then(Value::as_integer);
        Settings {
            keep_awake: flag("keep_awake", usual.keep_awake),
            // This is always the person's own choice, never set for everybody.
            start_with_computer: own.and_then(Value::as_bool).unwrap_or(usual.start_with_computer),
            speed_limit: limit.and_then(|limit| u64::try_from(limit).ok()).filter(|limit| *limit > 0),
            notifications: flag("notifications", usual.notifications),
        }
    }

    /// Returns the arguments that were last registered for starting with the computer.
    pub(crate) fn autostart(&self) -> Option<Vec<&str>> {
        self.files.person.table.get("autostart").and_then(Value::as_array)?.iter().map(Value::as_str).collect()
    }

    /// Remembers the arguments registered for starting with the computer.
    ///
    /// # Errors
    /// See [`SettingsFile::save`].
    pub(crate) fn set_autostart(&mut self, words: Vec<String>) -> Result<(), Failure> {
        self.files.person.table.insert("autostart".to_owned(), Value::from(words));
        self.write()
    }

    /// Returns whether the person has been told where a closed window has gone.
    pub(crate) fn is_explained(&self, what: Explained) -> bool {
        self.files.person.table.get(what.key()).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Remembers that the person has been told.
    ///
    /// # Errors
    /// See [`SettingsFile::save`].
    pub(crate) fn set_explained(&mut self, what: Explained) -> Result<(), Failure> {
        self.files.person.table.insert(what.key().to_owned(), Value::Boolean(true));
        self.write()
    }

    /// Saves new settings.
    ///
    /// # Errors
    /// `disk_full`, `data_folder_unusable`, `settings_unreadable`; the settings still apply until the program ends.
    pub(crate) fn save(&mut self, settings: Settings) -> Result<(), Failure> {
        let SettingsFiles { person, machine } = &mut self.files;
        person.table.insert("start_with_computer".to_owned(), Value::Boolean(settings.start_with_computer));
        // A value that matches the file for everybody is not written, so that it keeps following that file.
        let mut set = |key: &str, value: Value| {
            if person.table.contains_key(key) || machine.table.get(key) != Some(&value) {
                person.table.insert(key.to_owned(), value);
            }
        };
        set("keep_awake", Value::Boolean(settings.keep_awake));
        set("notifications", Value::Boolean(settings.notifications));
        match settings.speed_limit {
            Some(limit) => set("speed_limit", Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX))),
            // No limit, even if there is one for everybody.
            None if machine.table.contains_key("speed_limit") => set("speed_limit", Value::Integer(0)),
            None => drop(person.table.remove("speed_limit")),
        }
        self.write()
    }

    fn path(&self) -> &Path {
        &self.files.person.path
    }

    fn write(&self) -> Result<(), Failure> {
        self.readable()?;
        let unusable = |error: &std::io::Error| {
            let full = error.kind() == std::io::ErrorKind::StorageFull;
            let code = if full { Code::DiskFull } else { Code::DataFolderUnusable };
            Failure::new(code, format!("{}: {error}", self.path().display()))
        };
        let folder = self.path().parent().unwrap_or(Path::new("."));
        waybill_files::make_folder(folder).map_err(|error| unusable(&error))?;
        let mut beside = tempfile::NamedTempFile::new_in(folder).map_err(|error| unusable(&error))?;
        let text = self.files.person.table.to_string();
        beside.write_all(text.as_bytes()).map_err(|error| unusable(&error))?;
        waybill_files::put(beside, self.path()).map_err(|error| unusable(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "settings.toml";

    #[test]
    fn without_a_file_the_defaults_apply_and_nothing_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = SettingsFile::read(dir.path());
        assert_eq!(file.settings(), Settings::default());
        assert!(!file.settings().start_with_computer && file.settings().keep_awake);
        assert!(
            file.files().service().unwrap().is_none()
                && !file.is_explained(Explained::Sending)
                && file.autostart().is_none()
        );
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn saved_settings_are_read_back_and_unknown_keys_are_kept() {
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
        file.set_explained(Explained::Sending).unwrap();
        let mut again = SettingsFile::read(dir.path());
        assert_eq!(again.settings(), settings);
        assert_eq!(again.files().service().unwrap().as_deref(), Some("tdr-staging"));
        assert!(again.is_explained(Explained::Sending) && !again.is_explained(Explained::Running));
        again.save(Settings { speed_limit: None, ..settings }).unwrap();
        let text = std::fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert!(text.contains("new_thing") && !text.contains("speed_limit"), "{text}");
    }

    #[test]
    fn a_broken_file_is_reported_with_its_line_and_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        let broken = "keep_awake = false\nservice = tdr-staging\n";
        std::fs::write(&path, broken).unwrap();
        let mut file = SettingsFile::read(dir.path());
        assert_eq!(file.settings(), Settings::default());
        let failure = file.files().service().unwrap_err();
        assert_eq!(failure.code, Code::SettingsUnreadable);
        let detail = failure.detail.clone().unwrap();
        assert!(detail.starts_with(&path.display().to_string()) && detail.contains("line 2: "), "{detail}");
        assert_eq!(file.save(Settings { notifications: false, ..Settings::default() }), Err(failure.clone()));
        assert_eq!(file.set_explained(Explained::Sending), Err(failure.clone()));
        assert_eq!(file.set_autostart(vec!["waybill".to_owned()]), Err(failure));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), broken);
        assert!(
            !file.settings().notifications && file.is_explained(Explained::Sending),
            "until the end what the person said holds"
        );
    }

    #[test]
    fn an_unreadable_file_is_not_treated_as_missing() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), b"service = \"\xff\"").unwrap();
        let mut file = SettingsFile::read(dir.path());
        assert_eq!(file.files().service().unwrap_err().code, Code::SettingsUnreadable);
        assert!(file.save(Settings::default()).is_err());
        assert_eq!(std::fs::read(dir.path().join(FILE)).unwrap(), b"service = \"\xff\"");
    }

    #[test]
    fn a_service_that_is_not_text_is_not_treated_as_missing() {
        let dir = tempfile::tempdir().unwrap();
        for wrong in ["service = 5\n", "service = \"\"\n", "[service]\nname = \"tdr-staging\"\n"] {
            std::fs::write(dir.path().join(FILE), wrong).unwrap();
            let failure = SettingsFile::read(dir.path()).files().service().unwrap_err();
            assert_eq!(failure.code, Code::SettingsUnreadable, "{wrong}");
        }
    }

    #[test]
    fn values_that_make_no_sense_count_as_the_defaults() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), "speed_limit = -5\nkeep_awake = \"yes\"\n").unwrap();
        assert_eq!(SettingsFile::read(dir.path()).settings(), Settings::default());
    }

    #[test]
    fn settings_for_everybody_apply_unless_the_person_changes_them() {
        let dir = tempfile::tempdir().unwrap();
        let machine = dir.path().join("machine.toml");
        std::fs::write(&machine, "keep_awake = false\nspeed_limit = 5000000\n").unwrap();
        let read = || {
            let mut file = SettingsFile::read(dir.path());
            file.files.machine = waybill_app::SettingsTable::read(machine.clone());
            file
        };
        let mut file = read();
        let everybodys = file.settings();
        assert_eq!((everybodys.keep_awake, everybodys.speed_limit), (false, Some(5_000_000)));
        file.save(Settings { notifications: false, ..everybodys }).unwrap();
        let text = std::fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert!(
            text.contains("notifications") && !text.contains("keep_awake") && !text.contains("speed_limit"),
            "{text}"
        );
        file.save(Settings { keep_awake: true, speed_limit: None, ..everybodys }).unwrap();
        let own = read().settings();
        assert_eq!((own.keep_awake, own.speed_limit), (true, None));
    }
}
