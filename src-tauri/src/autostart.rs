//! Starting with the computer: registers with the system and keeps the entry up to date.
//!
//! Owner: the system holds the entry. The settings remember what was registered, so that a later start with another
//! service or from another location is noticed. An entry that a person removed or edited is left alone.

use std::sync::Arc;

use waybill_model::Failure;

use crate::shell_state::ShellState;
use crate::system::blocking;

/// Tells the system whether to start the program with the computer.
///
/// # Errors
/// `autostart_refused`; `settings_unreadable` if the registration cannot be remembered.
pub(crate) async fn set(shell: &ShellState, on: bool) -> Result<(), Failure> {
    let system = Arc::clone(&shell.system);
    shell.settings().readable()?;
    let told = blocking(move || {
        system.start_with_computer(on)?;
        Ok(system.autostart_words())
    });
    let words = told.await?;
    if on && let Err(failure) = shell.settings().set_autostart(words) {
        tracing::warn!(%failure, "what the computer starts the program with is not kept");
    }
    Ok(())
}

/// Returns whether the system starts the program with the computer.
///
/// # Errors
/// `autostart_refused`.
pub(crate) async fn is_set(shell: &ShellState) -> Result<bool, Failure> {
    let system = Arc::clone(&shell.system);
    blocking(move || system.starts_with_computer()).await
}

/// Rewrites the entry if it would start something other than what runs now, such as another service or location. Does
/// so only if it was registered from this data folder and still exists.
pub(crate) async fn keep_true(shell: Arc<ShellState>) {
    let differs = {
        let settings = shell.settings();
        let words = shell.system.autostart_words();
        settings.settings().start_with_computer && settings.autostart().is_some_and(|told| told != words)
    };
    if !differs {
        return;
    }
    let done = match is_set(&shell).await {
        Ok(false) => return,
        Ok(true) => set(&shell, true).await,
        Err(failure) => Err(failure),
    };
    match done {
        Ok(()) => tracing::info!("the program starts with the computer as it was started now"),
        Err(failure) => tracing::warn!(%failure, "what the computer starts could not be brought up to date"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::Settings;
    use crate::testing::{Done, FakeSystem, shell};

    fn words(text: &[&str]) -> Vec<String> {
        text.iter().map(|word| (*word).to_owned()).collect()
    }

    /// Returns a start with these arguments over a data folder, with or without the system's entry.
    async fn start(dir: &tempfile::TempDir, told: &[&str], has_entry: bool) -> Vec<Done> {
        let system = FakeSystem { autostart_words: words(told), ..FakeSystem::default() };
        *system.autostart.lock().unwrap() = Ok(has_entry);
        let system = Arc::new(system);
        keep_true(shell(dir.path(), &system)).await;
        system.done()
    }

    async fn set_up(on: bool) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let system = FakeSystem { autostart_words: words(&["waybill", "--service", "tdr"]), ..FakeSystem::default() };
        let shell = shell(dir.path(), &Arc::new(system));
        set(&shell, on).await.unwrap();
        shell.settings().save(Settings { start_with_computer: on, ..Settings::default() }).unwrap();
        dir
    }

    #[tokio::test]
    async fn an_entry_that_would_start_another_service_is_rewritten_once() {
        let dir = set_up(true).await;
        assert_eq!(start(&dir, &["waybill", "--service", "tdr"], true).await, [], "it is as it was");
        assert_eq!(start(&dir, &["waybill", "--service", "other"], true).await, [Done::Autostart(true)]);
        assert_eq!(start(&dir, &["waybill", "--service", "other"], true).await, []);
    }

    #[tokio::test]
    async fn an_entry_that_was_removed_by_hand_or_never_wanted_is_not_created() {
        let dir = set_up(true).await;
        assert_eq!(start(&dir, &["waybill", "--service", "other"], false).await, []);
        let dir = set_up(false).await;
        assert_eq!(start(&dir, &["waybill", "--service", "other"], true).await, [], "another data folder's");
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("settings.toml"), "start_with_computer = true\n").unwrap();
        assert_eq!(start(&dir, &["waybill"], true).await, [], "nothing was sent to the system from here");
    }
}
