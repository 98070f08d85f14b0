//! What happens to the window: it is closed, folders are dropped on it, it gets and loses attention.

use std::path::PathBuf;
use std::sync::Arc;

use tauri::plugin::TauriPlugin;
use tauri::{DragDropEvent, Manager as _, Runtime, Window, WindowEvent};
use url::Url;
use waybill_model::{Failure, SafeUrl, TransferId};

use crate::bridge::{DropProblem, FolderDrop, Notice};
use crate::closing;
use crate::desk::Desk;
use crate::desktop::Desktop;
use crate::offers::Dropped;
use crate::outside::PageEvent;

/// Keeps the window on its own page: no link, no script and no dropped file can bring another one into it.
pub(crate) fn own_page_only<R: Runtime>() -> TauriPlugin<R> {
    tauri::plugin::Builder::new("own-page-only")
        .on_navigation(|_, address| {
            let own = is_own(address);
            if !own {
                tracing::warn!(address = %SafeUrl(address.clone()), "the window was kept from leaving its page");
            }
            own
        })
        .build()
}

/// Where Tauri serves the page: `tauri://localhost`, on Windows `http://tauri.localhost`.
fn is_own(address: &Url) -> bool {
    match address.scheme() {
        "tauri" => address.host_str() == Some("localhost"),
        "http" | "https" => cfg!(windows) && address.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

/// Passes on what happened to the window.
pub(crate) fn happened<R: Runtime>(window: &Window<R>, event: &WindowEvent) {
    let Some(desk) = window.try_state::<Arc<Desk>>() else { return };
    let desk = Arc::clone(&desk);
    match event {
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            tauri::async_runtime::spawn(async move { closing::close(&desk).await });
        }
        WindowEvent::Focused(focused) => {
            if let Some(desktop) = window.try_state::<Arc<Desktop<R>>>() {
                desktop.set_in_front(*focused);
            }
        }
        WindowEvent::DragDrop(event) => drag_drop(desk, event),
        WindowEvent::Resized(_)
        | WindowEvent::Moved(_)
        | WindowEvent::Destroyed
        | WindowEvent::ScaleFactorChanged { .. }
        | WindowEvent::ThemeChanged(_)
        | _ => {}
    }
}

fn drag_drop(desk: Arc<Desk>, event: &DragDropEvent) {
    match event {
        DragDropEvent::Enter { .. } => desk.tell(PageEvent::Drop(FolderDrop::Over)),
        DragDropEvent::Leave => desk.tell(PageEvent::Drop(FolderDrop::Left)),
        DragDropEvent::Drop { paths, .. } => {
            tracing::info!(things = paths.len(), "something was dropped on the window");
            let dropped = Dropped::new(paths);
            tauri::async_runtime::spawn(async move {
                match dropped {
                    Dropped::Nothing => desk.tell(PageEvent::Drop(FolderDrop::Left)),
                    Dropped::One(path) => offer(&desk, path).await,
                    Dropped::Several(count) => {
                        let count = u32::try_from(count).unwrap_or(u32::MAX);
                        refuse(&desk, DropProblem::Several { count });
                    }
                }
            });
        }
        // Comes with every move of the mouse.
        DragDropEvent::Over { .. } | _ => {}
    }
}

/// The person chose a notification: the window comes forward, with the transfer that it was about.
pub(crate) fn notification_chosen(desk: &Desk, about: Option<&str>) {
    tracing::info!(about, "a notification was chosen");
    desk.come_forward();
    // Only what is a transfer's id is passed on.
    if let Some(id) = about.and_then(|id| id.parse::<TransferId>().ok()) {
        desk.tell(PageEvent::Notice(Notice::Chosen { transfer: id.to_string() }));
    }
}

/// Looks at a folder that was dropped or named, and offers it to the page or says why not.
pub(crate) async fn offer(desk: &Arc<Desk>, path: PathBuf) {
    match desk.offer(path).await {
        Ok(offer) => desk.tell(PageEvent::Drop(FolderDrop::Offered { offer })),
        Err(failure) => unusable(desk, failure),
    }
}

fn unusable(desk: &Desk, failure: Failure) {
    refuse(desk, DropProblem::Unusable { problem: failure.into() });
}

fn refuse(desk: &Desk, problem: DropProblem) {
    desk.tell(PageEvent::Drop(FolderDrop::Refused { problem }));
}

#[cfg(test)]
mod tests {
    use tauri::test::{mock_builder, mock_context, noop_assets};
    use tauri::webview::WebviewWindowBuilder;

    use super::*;
    use crate::outside::Outside as _;
    use crate::place::NeverShown;
    use crate::testing::{Recorded, desk};

    #[test]
    fn only_a_window_that_got_the_attention_is_in_front() {
        let dir = tempfile::tempdir().unwrap();
        let app = mock_builder()
            .plugin(tauri_plugin_notification::init())
            .manage(desk(dir.path(), &Arc::new(Recorded::default())))
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
