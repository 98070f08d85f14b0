//! What a person has set, in `settings.toml` of the data folder.
//!
//! Owner: this process; the file is replaced whole, so a crash leaves the old one or the new one. What it does not know
//! (`service`, written by whoever set the computer up, or keys of a newer version) it keeps. A file that cannot be read
//! counts as none, and is not overwritten before a person saves.

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
            Ok(text) => text.parse().unwrap_or_else(|error: toml::de::Error| {
                tracing::warn!(error = %error.message(), "the settings cannot be read and count as none");
                Table::new()
            }),
            Err(error) => {
                if error.kind() != std::io::ErrorKind::NotFound {
                    tracing::warn!(%error, "the settings cannot be read and count as none");
                }
                Table::new()
            }
        };
        Self { path, table }
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
    pub(crate) fn service(&self) -> Option<&str> {
        self.table.get("service").and_then(Value::as_str)
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
    /// `disk_full`, `data_folder_unusable`; the settings hold all the same until the program ends.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_file_the_usual_holds_and_nothing_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = SettingsFile::read(dir.path());
        assert_eq!(file.settings(), Settings::default());
        assert!(!file.settings().start_with_computer && file.settings().keep_awake);
        assert!(file.service().is_none() && !file.tray_explained());
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
        assert_eq!(again.service(), Some("tdr-staging"));
        assert!(again.tray_explained());
        again.save(Settings { speed_limit: None, ..settings }).unwrap();
        let text = std::fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert!(text.contains("new_thing") && !text.contains("speed_limit"), "{text}");
    }

    #[test]
    fn a_broken_file_counts_as_none_and_nonsense_as_the_usual() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), "this is { no toml").unwrap();
        assert_eq!(SettingsFile::read(dir.path()).settings(), Settings::default());
        std::fs::write(dir.path().join(FILE), "speed_limit = -5\nkeep_awake = \"yes\"\n").unwrap();
        assert_eq!(SettingsFile::read(dir.path()).settings(), Settings::default());
    }
}
