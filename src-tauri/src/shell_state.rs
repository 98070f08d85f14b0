//! The state that commands, the tray and the window's events share.
//!
//! Owners: the controller owns the truth and its tasks decide. The shell holds the handle on it, the settings, the
//! address of a sign-in in progress, what the page may refer to and what it has not been sent yet. Everything except
//! the settings is lost with the process, and none of it is needed afterwards.

mod controller;
mod journal;
mod offers;
mod page;
mod references;
mod setup;

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use url::Url;
use waybill_app::Config;
use waybill_model::Failure;

pub(crate) use controller::{ControllerSlot, ControllerState};
pub(crate) use journal::JournalReaders;
pub(crate) use page::Page;
pub(crate) use references::{Listed, References};
pub(crate) use setup::{Places, ServiceSetup, Setup};

use crate::bridge::Snapshot;
use crate::paused_from_tray::PausedFromTray;
use crate::second_start::SecondStarts;
use crate::settings::SettingsFile;
use crate::sign_in_page::SignInPage;
use crate::system::System;

/// See the module.
pub(crate) struct ShellState {
    pub(crate) setup: Setup,
    pub(crate) system: Arc<dyn System>,
    pub(crate) controller: ControllerSlot,
    pub(crate) journal: JournalReaders,
    pub(crate) page: Page,
    pub(crate) references: References,
    pub(crate) sign_in: SignInPage,
    pub(crate) second_starts: SecondStarts,
    pub(crate) paused_from_tray: Mutex<PausedFromTray>,
    /// Held while the system asks the person whether to quit.
    pub(crate) asking_to_quit: tokio::sync::Mutex<()>,
    settings: Mutex<SettingsFile>,
}

impl ShellState {
    pub(crate) fn new(
        setup: Setup,
        settings: SettingsFile,
        system: Arc<dyn System>,
        second_starts: SecondStarts,
    ) -> Self {
        Self {
            controller: ControllerSlot::default(),
            journal: JournalReaders::new(setup.places.data.clone()),
            page: Page::new(Arc::clone(&system)),
            references: References::default(),
            sign_in: SignInPage::default(),
            paused_from_tray: Mutex::default(),
            asking_to_quit: tokio::sync::Mutex::default(),
            settings: Mutex::new(settings),
            setup,
            system,
            second_starts,
        }
    }

    pub(crate) fn settings(&self) -> MutexGuard<'_, SettingsFile> {
        self.settings.lock()
    }

    /// Returns what a controller is started with.
    ///
    /// # Errors
    /// The profile cannot be used, or the proxy setting cannot be read.
    pub(crate) fn config(&self, owns_journal: bool) -> Result<Config, Failure> {
        self.setup.config(&self.settings(), owns_journal)
    }

    /// Returns everything that changes by itself, as the page sees it.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let address = self.sign_in.page().map(|(_, opened)| opened);
        match self.controller.now() {
            ControllerState::Starting => Snapshot::without_controller(None),
            ControllerState::Failed(failure) => Snapshot::without_controller(Some(failure)),
            ControllerState::Running { handle, reads_only } => {
                Snapshot::new(&handle.snapshots().borrow(), address, reads_only)
            }
        }
    }

    /// Records that the page listens from now on.
    pub(crate) fn page_listens(&self) {
        self.page.listens(self.snapshot());
    }

    /// Brings the window to the front, with its page, and returns whether it could be shown.
    pub(crate) fn come_forward(&self) -> bool {
        self.page.load_if_left_empty();
        self.system.come_forward()
    }

    /// Asks the browser to open a web address, and returns whether it was asked.
    pub(crate) async fn open_web(&self, url: Url) -> bool {
        let system = Arc::clone(&self.system);
        // Starting a program may take a moment.
        tokio::task::spawn_blocking(move || system.open_web(&url)).await.unwrap_or(false)
    }
}
