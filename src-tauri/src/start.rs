//! The composition root: arguments, log, settings, service, controller, window.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use tauri::{App, AppHandle, Manager as _, Runtime, Wry};
use waybill_app::{load_profile, log_dir, usual_data_dir};
use waybill_model::{Code, Failure};

use crate::arguments::{Arguments, manual};
use crate::awake::Awake;
use crate::bridge::Notice;
use crate::desktop::{Desktop, Tray};
use crate::second_start::SecondStarts;
use crate::settings::SettingsFile;
use crate::shell_state::{Places, ServiceSetup, Setup, ShellState};
use crate::system::PageEvent;
use crate::window_geometry::{self, NeverShown};
use crate::{arrivals, autostart, bindings, display, log, ownership, page_process, window};

/// The default service.
const USUAL_SERVICE: &str = "tdr";

/// Opens the window, and returns when it has ended.
#[must_use]
pub fn run() -> ExitCode {
    waybill_app::core_dumps::leave_out_secrets(waybill_app::core_dumps::Program::Window);
    page_process::choose_drawing();
    waybill_words::choose_language(waybill_app::languages());
    let arguments = Arguments::parse();
    if arguments.manual {
        return match manual(&mut std::io::stdout().lock()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let places = match places(&arguments) {
        Ok(places) => places,
        Err(failure) => {
            // There is no location for a log either.
            tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
            tracing::error!(%failure, "the program cannot start");
            return ExitCode::FAILURE;
        }
    };
    log::begin(&places.logs);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    match builder(&arguments, places).run(tauri::generate_context!()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the window cannot be opened");
            ExitCode::FAILURE
        }
    }
}

fn places(arguments: &Arguments) -> Result<Places, Failure> {
    let nowhere = || Failure::new(Code::DataFolderUnusable, waybill_words::detail::no_home_folder());
    let data = match arguments.data_dir.as_ref().filter(|dir| !dir.as_os_str().is_empty()) {
        Some(dir) => std::path::absolute(dir)
            .map_err(|error| Failure::new(Code::DataFolderUnusable, format!("{}: {error}", dir.display())))?,
        None => usual_data_dir().ok_or_else(nowhere)?,
    };
    Ok(Places { logs: log_dir(&data), data })
}

fn builder(arguments: &Arguments, places: Places) -> tauri::Builder<Wry> {
    let bindings = bindings();
    let invoke_handler = bindings.invoke_handler();
    let arguments = arguments.clone();
    let second_starts = SecondStarts::default();
    let never_shown = NeverShown::default();
    page_process::watched(tauri::Builder::default())
        // First: a second start ends here, before it changes anything.
        .plugin(single_instance(&places, second_starts.clone()))
        .plugin(tauri_plugin_autostart::Builder::new().args(arguments.for_autostart()).build())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(window_geometry::remembered(never_shown.clone()))
        .plugin(window::own_page_only())
        .invoke_handler(invoke_handler)
        .on_window_event(window::happened)
        .setup(move |app| {
            bindings.mount_events(app);
            set_up(app, &arguments, places, second_starts, never_shown);
            Ok(())
        })
}

/// Allows one window for each data folder on Linux. On Windows and macOS the plugin uses the program's identifier as
/// the name and cannot be given another: there it is one window for each account, for any data folder.
fn single_instance(places: &Places, second_starts: SecondStarts) -> tauri::plugin::TauriPlugin<Wry> {
    let again = move |app: &AppHandle, argv: Vec<String>, cwd: String| {
        started_again(app, &second_starts, argv, PathBuf::from(cwd));
    };
    tauri_plugin_single_instance::Builder::new().callback(again).dbus_id(bus_name(&places.data)).build()
}

/// Called on one of the plugin's threads at any time from before the set-up to the end; the second process waits for
/// it.
pub(crate) fn started_again<R: Runtime>(app: &AppHandle<R>, starts: &SecondStarts, argv: Vec<String>, cwd: PathBuf) {
    if let (Some(start), Some(shell)) = (starts.hear(argv, cwd), app.try_state::<Arc<ShellState>>()) {
        arrivals::started_again(&shell, &start);
    }
}

/// Returns the name on the bus: each data folder has its own, so that a trial can run beside the live service.
fn bus_name(data: &std::path::Path) -> String {
    let identity = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, data.as_os_str().as_encoded_bytes());
    format!("org.example.waybill.data{}", identity.simple())
}

fn set_up<R: Runtime>(
    app: &App<R>,
    arguments: &Arguments,
    places: Places,
    second_starts: SecondStarts,
    never_shown: NeverShown,
) {
    let settings = SettingsFile::read(&places.data);
    let service = service(arguments, &settings);
    let readable = settings.readable();
    let tray = Tray::build(app.handle());
    never_shown.begin();
    let desktop = Arc::new(Desktop::new(app.handle().clone(), tray, arguments.for_autostart(), never_shown));
    app.manage(Arc::clone(&desktop));
    let system = Arc::clone(&desktop) as Arc<dyn crate::system::System>;
    let setup = Setup { places, service, session: arguments.session.into() };
    let shell = Arc::new(ShellState::new(setup, settings, system, second_starts));
    app.manage(Arc::clone(&shell));
    #[cfg(target_os = "linux")]
    desktop.watch_page(&shell);
    if let (Err(failure), Ok(_)) = (readable, &shell.setup.service) {
        // A missing service blocks everything, and is shown as such.
        shell.page.send(PageEvent::Notice(Notice::SettingsNotRead { problem: failure }));
    }
    tauri::async_runtime::spawn(autostart::keep_true(Arc::clone(&shell)));
    tauri::async_runtime::spawn(ownership::start(Arc::clone(&shell)));
    tauri::async_runtime::spawn(display::show_changes(Arc::clone(&shell), Awake::start()));
    tauri::async_runtime::spawn(end_with_the_system(Arc::clone(&shell)));
    if let Some(folder) = arguments.folder.clone() {
        let shell = Arc::clone(&shell);
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        tauri::async_runtime::spawn(async move { arrivals::offer(&shell, folder).await });
    }
    match (arguments.background, arguments.background && shell.system.has_tray()) {
        (true, true) => {}
        (true, false) => shell.system.minimise(),
        (false, _) => desktop.show(),
    }
    for start in shell.second_starts.begin() {
        arrivals::started_again(&shell, &start);
    }
}

/// Ends cleanly when the system asks for it: nobody can be asked at the end of a desktop session. Windows sends no
/// signal but ends the window's event loop and the process with it (tao, `WM_ENDSESSION`). Like a crash, that loses
/// nothing.
async fn end_with_the_system(shell: Arc<ShellState>) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            tracing::warn!("the system's wish to end cannot be heard; an end is as a crash then, which loses nothing");
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("the system asks to end");
        crate::closing::quit(&shell, true).await;
    }
    #[cfg(not(unix))]
    drop(shell);
}

/// Returns the service from the command line, the environment or the settings, in this order.
fn service(arguments: &Arguments, settings: &SettingsFile) -> ServiceSetup {
    let named = match arguments.service.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        // If the settings may name a service but cannot be read, the default would be wrong.
        None => settings.files().service()?.unwrap_or_else(|| USUAL_SERVICE.to_owned()),
    };
    let (profile, ca_pem) = load_profile(&named)?;
    Ok((Arc::new(profile), ca_pem))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_command_line_takes_precedence_over_the_settings_for_the_service() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("settings.toml"), "service = \"tdr-staging\"\n").unwrap();
        let settings = SettingsFile::read(dir.path());
        let named = |arguments: &[&str]| {
            let arguments = Arguments::try_parse_from(["waybill-desktop"].iter().chain(arguments)).unwrap();
            service(&arguments, &settings).map(|(profile, _)| profile.name.clone())
        };
        assert_eq!(named(&["--service", "tdr-integration"]).unwrap(), "tdr-integration");
        assert_eq!(named(&["--service", ""]).unwrap(), "tdr-staging");
        assert_eq!(named(&["--service", "nonsense"]).unwrap_err().code, Code::ServiceUnknown);
    }

    #[test]
    fn unreadable_settings_give_no_service_unless_the_command_line_names_one() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("settings.toml"), "service = tdr-staging\n").unwrap();
        let settings = SettingsFile::read(dir.path());
        let named = |arguments: &[&str]| {
            let arguments = Arguments::try_parse_from(["waybill-desktop"].iter().chain(arguments)).unwrap();
            service(&arguments, &settings).map(|(profile, _)| profile.name.clone())
        };
        assert_eq!(named(&["--service", ""]).unwrap_err().code, Code::SettingsUnreadable);
        assert_eq!(named(&["--service", "tdr-integration"]).unwrap(), "tdr-integration");
    }

    #[test]
    fn each_data_folder_has_its_own_window() {
        let name = bus_name(Path::new("/a"));
        assert_ne!(name, bus_name(Path::new("/b")));
        assert_eq!(name, bus_name(Path::new("/a")));
        let is_name = |word: &str| word.starts_with(|c: char| c.is_ascii_alphabetic());
        assert!(name.split('.').all(is_name), "{name}");
    }
}
