//! Handles window events: the window is closed, folders are dropped on it, it gains or loses the focus.

use std::sync::Arc;

use tauri::plugin::TauriPlugin;
use tauri::{DragDropEvent, Manager as _, Runtime, Window, WindowEvent};
use url::Url;
use waybill_model::SafeUrl;

use crate::bridge::FolderDrop;
use crate::desktop::Desktop;
use crate::shell_state::ShellState;
use crate::system::PageEvent;
use crate::{arrivals, closing};

/// Tells the page the language before it is drawn, so that the window, the tray and the notifications speak the same one.
/// `tag`: such as `cy`.
fn language_script(tag: &str) -> String {
    format!("globalThis.waybillLanguage = \"{tag}\";")
}

/// Keeps the window on its own page: no link, script or dropped file can navigate it elsewhere.
pub(crate) fn own_page_only<R: Runtime>() -> TauriPlugin<R> {
    tauri::plugin::Builder::new("own-page-only")
        .js_init_script(language_script(waybill_words::language()))
        .on_navigation(|_, address| {
            let own = is_own(address);
            if !own {
                tracing::warn!(address = %SafeUrl(address.clone()), "the window was kept from leaving its page");
            }
            own
        })
        .build()
}

/// The address at which Tauri serves the page: `tauri://localhost`, on Windows `http://tauri.localhost`.
fn is_own(address: &Url) -> bool {
    match address.scheme() {
        "tauri" => address.host_str() == Some("localhost"),
        "http" | "https" => cfg!(windows) && address.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

/// Passes on the window's events.
pub(crate) fn happened<R: Runtime>(window: &Window<R>, event: &WindowEvent) {
    let Some(shell) = window.try_state::<Arc<ShellState>>() else { return };
    let shell = Arc::clone(&shell);
    match event {
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            tauri::async_runtime::spawn(async move { closing::close(&shell).await });
        }
        WindowEvent::Focused(focused) => {
            if let Some(desktop) = window.try_state::<Arc<Desktop<R>>>() {
                desktop.set_in_front(*focused);
            }
        }
        WindowEvent::DragDrop(event) => drag_drop(shell, event),
        WindowEvent::Resized(_)
        | WindowEvent::Moved(_)
        | WindowEvent::Destroyed
        | WindowEvent::ScaleFactorChanged { .. }
        | WindowEvent::ThemeChanged(_)
        | _ => {}
    }
}

fn drag_drop(shell: Arc<ShellState>, event: &DragDropEvent) {
    match event {
        DragDropEvent::Enter { .. } => shell.page.send(PageEvent::Drop(FolderDrop::Over)),
        DragDropEvent::Leave => shell.page.send(PageEvent::Drop(FolderDrop::Left)),
        DragDropEvent::Drop { paths, .. } => {
            let paths = paths.clone();
            tauri::async_runtime::spawn(async move { arrivals::dropped(&shell, &paths).await });
        }
        // Comes with every move of the mouse.
        DragDropEvent::Over { .. } | _ => {}
    }
}

#[cfg(test)]
mod tests {
    use tauri::test::{mock_builder, mock_context, noop_assets};
    use tauri::webview::WebviewWindowBuilder;

    use super::*;
    use crate::system::System as _;
    use crate::testing::{FakeSystem, shell};
    use crate::window_geometry::NeverShown;

    #[test]
    fn only_a_window_with_the_focus_is_in_front() {
        let dir = tempfile::tempdir().unwrap();
        let app = mock_builder()
            .plugin(tauri_plugin_notification::init())
            .manage(shell(dir.path(), &Arc::new(FakeSystem::default())))
            .build(mock_context(noop_assets()))
            .unwrap();
        let desktop = Arc::new(Desktop::new(app.handle().clone(), None, Vec::new(), NeverShown::default()));
        app.manage(Arc::clone(&desktop));
        assert!(!desktop.is_in_front(), "started with the computer, it was never shown");
        let page = WebviewWindowBuilder::new(&app, "main", tauri::WebviewUrl::default()).build().unwrap();
        let window = page.as_ref().window();
        happened(&window, &WindowEvent::Focused(true));
        assert!(desktop.is_in_front());
        happened(&window, &WindowEvent::Focused(false));
        assert!(!desktop.is_in_front());
    }

    #[test]
    fn the_page_is_told_the_language_of_the_program() {
        assert_eq!(language_script("cy"), "globalThis.waybillLanguage = \"cy\";");
    }

    #[test]
    fn the_window_shows_its_own_page_and_no_other() {
        let own = |address: &str| is_own(&Url::parse(address).unwrap());
        assert!(own("tauri://localhost/") && own("tauri://localhost/index.html#help"));
        for other in [
            "https://tdr.nationalarchives.gov.uk/",
            "file:///etc/passwd",
            "about:blank",
            "tauri://elsewhere/",
            "data:text/html,x",
        ] {
            assert!(!own(other), "{other}");
        }
    }
}
