//! Where files are on this computer, the same for the window and the command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// Returns the platform's folder for a program's local data: `~/.local/share/waybill` on Linux, `~/Library/Application
/// Support/Waybill` on macOS, `%LOCALAPPDATA%\Waybill\data` on Windows. `None` for an account without a home folder.
#[must_use]
pub fn usual_data_dir() -> Option<PathBuf> {
    Some(ours()?.data_local_dir().to_owned())
}

/// Returns the folder of the window's log: for the default data folder, the platform's folder for logs
/// (`~/.local/state/waybill` on Linux, `~/Library/Logs/Waybill` on macOS, `%LOCALAPPDATA%\Waybill\logs` on Windows),
/// otherwise `logs` in the data folder.
#[must_use]
pub fn log_dir(data_dir: &Path) -> PathBuf {
    let usual = if usual_data_dir().is_some_and(|usual| usual == data_dir) { platform_log_dir() } else { None };
    usual.unwrap_or_else(|| data_dir.join("logs"))
}

/// Returns where the settings for everybody who uses this computer may be, highest precedence first:
/// `waybill/settings.toml` in the folders of `XDG_CONFIG_DIRS` (`/etc/xdg`) on Linux,
/// `%ProgramData%\Waybill\settings.toml` on Windows, `/Library/Application Support/Waybill/settings.toml` on macOS.
#[must_use]
pub(crate) fn machine_settings() -> Vec<PathBuf> {
    let system = match () {
        () if cfg!(windows) => System::Windows,
        () if cfg!(target_os = "macos") => System::MacOs,
        () => System::Linux,
    };
    machine_settings_on(system, |name| std::env::var_os(name))
}

/// The kinds of system that differ in their folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum System {
    Linux,
    MacOs,
    Windows,
}

/// `environment` returns the value of a variable.
fn machine_settings_on(system: System, environment: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty());
    match system {
        System::Linux => {
            let dirs = set("XDG_CONFIG_DIRS").unwrap_or_else(|| "/etc/xdg".into());
            // Paths that are not absolute are ignored (XDG Base Directory Specification).
            let dirs = std::env::split_paths(&dirs).filter(|dir| dir.is_absolute());
            dirs.map(|dir| dir.join("waybill").join("settings.toml")).collect()
        }
        System::MacOs => vec!["/Library/Application Support/Waybill/settings.toml".into()],
        System::Windows => {
            let data = set("ProgramData").unwrap_or_else(|| r"C:\ProgramData".into());
            vec![PathBuf::from(data).join("Waybill").join("settings.toml")]
        }
    }
}

fn ours() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "Waybill")
}

#[cfg(target_os = "macos")]
fn platform_log_dir() -> Option<PathBuf> {
    Some(directories::BaseDirs::new()?.home_dir().join("Library/Logs/Waybill"))
}

#[cfg(not(target_os = "macos"))]
fn platform_log_dir() -> Option<PathBuf> {
    let ours = ours()?;
    // Only Linux has a folder for state; elsewhere the log is beside the data.
    let beside = || Some(ours.data_local_dir().parent()?.join("logs"));
    ours.state_dir().map(Path::to_owned).or_else(beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn settings_for_everybody_are_where_each_system_keeps_them() {
        let nothing = |_: &str| None;
        assert_eq!(machine_settings_on(System::Linux, nothing), [PathBuf::from("/etc/xdg/waybill/settings.toml")]);
        let dirs = |name: &str| (name == "XDG_CONFIG_DIRS").then(|| "/a:relative:/b".into());
        let expected = ["/a/waybill/settings.toml", "/b/waybill/settings.toml"].map(PathBuf::from);
        assert_eq!(machine_settings_on(System::Linux, dirs), expected);
        let empty = |_: &str| Some(OsString::new());
        assert_eq!(machine_settings_on(System::Linux, empty), machine_settings_on(System::Linux, nothing));
        let windows = |name: &str| (name == "ProgramData").then(|| r"D:\Data".into());
        let expected = PathBuf::from(r"D:\Data").join("Waybill").join("settings.toml");
        assert_eq!(machine_settings_on(System::Windows, windows), [expected]);
        let mac = "/Library/Application Support/Waybill/settings.toml";
        assert_eq!(machine_settings_on(System::MacOs, windows), [PathBuf::from(mac)]);
    }

    #[test]
    fn logs_stay_in_a_data_folder_that_the_person_chose() {
        assert_eq!(log_dir(Path::new("/somewhere")), Path::new("/somewhere/logs"));
    }

    #[test]
    fn the_default_log_folder_is_not_in_the_data_folder() {
        let Some(data) = usual_data_dir() else { return };
        assert!(!log_dir(&data).starts_with(&data), "{}", log_dir(&data).display());
    }
}
