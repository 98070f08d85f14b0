//! Where things lie on this computer, the same for the window and the command line.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// The folder that the platform keeps for local data of a program: `~/.local/share/waybill` on Linux,
/// `~/Library/Application Support/Waybill` on macOS, `%LOCALAPPDATA%\Waybill\data` on Windows. `None` for an account
/// without a home folder.
#[must_use]
pub fn usual_data_dir() -> Option<PathBuf> {
    Some(ours()?.data_local_dir().to_owned())
}

/// The folder of the window's log: where the data folder is the usual one, the one that the platform keeps for logs
/// (`~/.local/state/waybill` on Linux, `~/Library/Logs/Waybill` on macOS, `%LOCALAPPDATA%\Waybill\logs` on Windows),
/// else `logs` in the data folder.
#[must_use]
pub fn log_dir(data_dir: &Path) -> PathBuf {
    let usual = if usual_data_dir().is_some_and(|usual| usual == data_dir) { platform_log_dir() } else { None };
    usual.unwrap_or_else(|| data_dir.join("logs"))
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
    // Only Linux has a folder for state; elsewhere the log lies beside the data.
    let beside = || Some(ours.data_local_dir().parent()?.join("logs"));
    ours.state_dir().map(Path::to_owned).or_else(beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_stay_in_a_data_folder_of_ones_own_choosing() {
        assert_eq!(log_dir(Path::new("/somewhere")), Path::new("/somewhere/logs"));
    }

    #[test]
    fn the_usual_log_is_not_among_the_data() {
        let Some(data) = usual_data_dir() else { return };
        assert!(!log_dir(&data).starts_with(&data), "{}", log_dir(&data).display());
    }
}
