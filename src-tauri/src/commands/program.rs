//! The program itself: what it is, its settings, its self-test, its end.

#![allow(clippy::needless_pass_by_value, reason = "Tauri hands a command its state by value")]

use waybill_model::{Code, Failure};

use super::{Answer, Here};
use crate::bridge::{About, SelfTestLine, Settings, Snapshot, WebsitePlace};
use crate::shell_state::ShellState;
use crate::{autostart, closing, support};

/// What this program is.
#[tauri::command]
#[specta::specta]
pub(crate) fn about(shell: Here<'_>) -> About {
    shell.setup.about()
}

/// Everything that changes by itself, as it is now.
#[tauri::command]
#[specta::specta]
pub(crate) fn snapshot(shell: Here<'_>) -> Snapshot {
    shell.snapshot()
}

/// The page's listeners are registered: it hears what it has missed.
#[tauri::command]
#[specta::specta]
pub(crate) fn ready(shell: Here<'_>) {
    tracing::info!("the page is ready");
    shell.page_listens();
}

/// Opens a page of the service's website in the browser. `false` where the browser cannot be asked. The address is made
/// here: the page names a consignment of the list that it was given, or a transfer of this computer, and no address.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_website(shell: Here<'_>, place: WebsitePlace) -> Answer<bool> {
    let profile = shell.setup.profile()?;
    let address = match place {
        WebsitePlace::Home => waybill_app::website_home(profile)?,
        WebsitePlace::Consignment { reference } => shell
            .references
            .listed(&reference)
            .map(|listed| listed.page)
            .ok_or_else(|| Failure::new(Code::ConsignmentUnknown, reference))?,
        WebsitePlace::Transfer { transfer } => {
            let row = shell.journal.read_transfer(&transfer, |reader, id| Ok(reader.transfer(id)?)).await?;
            let row = row.filter(|row| row.service == profile.name);
            let row = row.ok_or_else(|| Failure::new(Code::TransferUnknown, transfer))?;
            waybill_app::transfer_url(profile, &row)?
        }
    };
    if address.origin() != waybill_app::website_home(profile)?.origin() {
        return Err(Failure::new(Code::HostNotAllowed, address.host_str().unwrap_or_default()));
    }
    Ok(shell.open_web(address).await)
}

/// What is set. Whether the program starts with the computer is read from the system, where it may have been changed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn settings(shell: Here<'_>) -> Answer<Settings> {
    Ok(settings_of(&shell).await)
}

/// Saves settings, which take effect at once. If the system does not let the program start at sign-in, reports that and
/// saves the rest.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_settings(shell: Here<'_>, settings: Settings) -> Answer<()> {
    let settings = Settings { speed_limit: settings.speed_limit.filter(|limit| *limit > 0), ..settings };
    let before = settings_of(&shell).await;
    let is_asked = settings.start_with_computer != before.start_with_computer;
    let told = if is_asked { autostart::set(&shell, settings.start_with_computer).await } else { Ok(()) };
    // The entry that is there may be another data folder's: what was not asked for here is not taken over.
    let kept = shell.settings().settings().start_with_computer;
    let start_with_computer = if is_asked && told.is_ok() { settings.start_with_computer } else { kept };
    let saved = shell.settings().save(Settings { start_with_computer, ..settings });
    // A controller that starts later takes what is kept.
    if settings.speed_limit != before.speed_limit
        && let Ok(handle) = shell.controller.handle().await
    {
        handle.limit_speed(settings.speed_limit);
    }
    saved?;
    told
}

/// Returns the stored settings, and those that the system knows. If the system does not answer, the last known value is
/// used.
async fn settings_of(shell: &ShellState) -> Settings {
    let kept = shell.settings().settings();
    match autostart::is_set(shell).await {
        Ok(start_with_computer) => Settings { start_with_computer, ..kept },
        Err(failure) => {
            tracing::warn!(%failure, "the system does not say whether the program starts with it");
            kept
        }
    }
}

/// Looks at everything that a transfer needs, and reports any problems. Takes some seconds where an address does
/// not answer.
#[tauri::command]
#[specta::specta]
pub(crate) async fn self_test(shell: Here<'_>) -> Answer<Vec<SelfTestLine>> {
    let tests = waybill_app::examine(&shell.config(false)?).await;
    Ok(tests.findings.into_iter().map(SelfTestLine::from).collect())
}

/// Saves what helps to find a fault where the person wants it: logs, versions, the self-test, a summary of the journal.
/// Names of files, folders and people only where the person ticks them; secrets never. Gives the file's path, or `null`
/// when they would rather not.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_support_bundle(shell: Here<'_>, include_names: bool) -> Answer<Option<String>> {
    let Some(path) = shell.system.choose_file("waybill-support.zip").await else { return Ok(None) };
    support::save(&shell, include_names, path.clone()).await?;
    Ok(Some(path.display().to_string()))
}

/// Ends the program. While something is being sent and the person has not confirmed, `quit_asked` comes back instead.
#[tauri::command]
#[specta::specta]
pub(crate) async fn quit(shell: Here<'_>, confirmed: bool) -> Answer<()> {
    closing::quit(&shell, confirmed).await;
    Ok(())
}
