//! Everything that commands, the tray and the window's events need, in one place.
//!
//! Owners: the controller owns the truth and its tasks decide; the desk holds the handle on it, the folders that were
//! offered, the settings, the address of a sign-in under way, and what the page has not heard yet. All of that but the
//! settings is gone with the process, and none of it is missed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use url::Url;
use waybill_app::library::Reader;
use waybill_app::{CheckFailures, Config, Handle, SessionKind, SystemClock};
use waybill_model::{Code, Failure, ServiceProfile, TransferId};

use crate::bridge::{Problem, Snapshot};
use crate::offers::Offers;
use crate::outside::{Outside, PageEvent};
use crate::page_process::Ends;
use crate::paused_from_tray::PausedFromTray;
use crate::second_start::SecondStarts;
use crate::settings::SettingsFile;
use crate::sign_in_page::SignInPage;

/// Where things are on this computer.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// Journal, receipts, settings.
    pub(crate) data: PathBuf,
    pub(crate) logs: PathBuf,
}

/// The service: its profile, and the PEM of its own certificate authorities.
pub(crate) type Service = Result<(Arc<ServiceProfile>, Option<Vec<u8>>), Failure>;

/// The controller of this process.
#[derive(Clone)]
pub(crate) enum Controller {
    /// It is being started.
    Starting,
    /// It runs.
    Running {
        handle: Handle,
        /// Why it may only read; `None` where it owns the journal.
        reads_only: Option<Failure>,
    },
    /// It cannot be started.
    Failed(Failure),
}

/// See the module.
pub(crate) struct Desk {
    pub(crate) places: Places,
    pub(crate) service: Service,
    pub(crate) session: SessionKind,
    pub(crate) outside: Arc<dyn Outside>,
    pub(crate) second_starts: SecondStarts,
    controller: watch::Sender<Controller>,
    pub(crate) sign_in: SignInPage,
    offers: Mutex<Offers>,
    /// The website's page of each consignment of the list that was read last, by reference.
    pages: Mutex<BTreeMap<String, Url>>,
    /// What the service's checks found in the transfer that was asked about last.
    check_failures: Mutex<Option<(TransferId, Arc<CheckFailures>)>>,
    settings: Mutex<SettingsFile>,
    pub(crate) paused_from_tray: Mutex<PausedFromTray>,
    /// Held while the system asks the person something.
    pub(crate) asking: tokio::sync::Mutex<()>,
    /// Readers of the journal that nobody uses now.
    readers: Mutex<Vec<Reader>>,
    page: Mutex<Page>,
    /// Of the process that draws the page.
    page_ends: Mutex<Ends>,
}

/// What the page has heard.
#[derive(Default)]
struct Page {
    listens: bool,
    /// What it must still hear.
    unheard: Vec<PageEvent>,
}

impl Desk {
    pub(crate) fn new(
        places: Places,
        service: Service,
        session: SessionKind,
        settings: SettingsFile,
        outside: Arc<dyn Outside>,
        second_starts: SecondStarts,
    ) -> Self {
        Self {
            places,
            service,
            session,
            outside,
            second_starts,
            controller: watch::Sender::new(Controller::Starting),
            sign_in: SignInPage::default(),
            offers: Mutex::default(),
            pages: Mutex::default(),
            check_failures: Mutex::default(),
            settings: Mutex::new(settings),
            paused_from_tray: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
            readers: Mutex::default(),
            page: Mutex::default(),
            page_ends: Mutex::default(),
        }
    }

    /// What the controller is started with.
    ///
    /// # Errors
    /// The profile's own.
    pub(crate) fn config(&self, owns_journal: bool) -> Result<Config, Failure> {
        let (profile, ca_pem) = self.service.clone()?;
        Ok(Config {
            data_dir: self.places.data.clone(),
            profile,
            ca_pem,
            proxy: self.settings().files().proxy()?,
            session: self.session,
            program: concat!("waybill-desktop ", env!("CARGO_PKG_VERSION")).to_owned(),
            owns_journal,
            clock: Arc::new(SystemClock),
            seed: uuid::Uuid::new_v4().as_u64_pair().0,
        })
    }

    /// The service's profile.
    ///
    /// # Errors
    /// The profile's own.
    pub(crate) fn profile(&self) -> Result<&ServiceProfile, Failure> {
        self.service.as_ref().map(|(profile, _)| profile.as_ref()).map_err(Clone::clone)
    }

    pub(crate) fn set_controller(&self, controller: Controller) {
        self.controller.send_replace(controller);
    }

    pub(crate) fn controller(&self) -> watch::Receiver<Controller> {
        self.controller.subscribe()
    }

    /// A handle on the controller, once it is started.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn handle(&self) -> Result<Handle, Failure> {
        match self.started().await? {
            Controller::Running { handle, .. } => Ok(handle),
            Controller::Failed(failure) => Err(failure),
            Controller::Starting => Err(Code::Internal.into()),
        }
    }

    /// A handle on a controller that may run transfers.
    ///
    /// # Errors
    /// Why there is none, such as `journal_in_use`.
    pub(crate) async fn owner(&self) -> Result<Handle, Failure> {
        match self.started().await? {
            Controller::Running { handle, reads_only: None } => Ok(handle),
            Controller::Running { reads_only: Some(failure), .. } | Controller::Failed(failure) => Err(failure),
            Controller::Starting => Err(Code::Internal.into()),
        }
    }

    async fn started(&self) -> Result<Controller, Failure> {
        let mut controller = self.controller.subscribe();
        let started = controller.wait_for(|now| !matches!(now, Controller::Starting)).await;
        // The sender lives as long as the desk.
        started.map(|now| now.clone()).map_err(|_| Code::Internal.into())
    }

    /// Everything that changes by itself, as the page sees it.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let controller = self.controller.borrow().clone();
        let address = self.sign_in.page().map(|(_, opened)| opened);
        match controller {
            Controller::Starting => Snapshot::without_controller(None),
            Controller::Failed(failure) => Snapshot::without_controller(Some(Problem::from(failure))),
            Controller::Running { handle, reads_only } => {
                Snapshot::new(&handle.snapshots().borrow(), address, reads_only.map(Problem::from))
            }
        }
    }

    /// The controller's own snapshot; empty while there is no controller.
    pub(crate) fn inner_snapshot(&self) -> waybill_app::Snapshot {
        match &*self.controller.borrow() {
            Controller::Running { handle, .. } => handle.snapshots().borrow().clone(),
            Controller::Starting | Controller::Failed(_) => waybill_app::Snapshot::default(),
        }
    }

    pub(crate) fn offers(&self) -> MutexGuard<'_, Offers> {
        self.offers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers which page of the website goes on with which consignment.
    pub(crate) fn set_pages(&self, pages: BTreeMap<String, Url>) {
        *self.pages.lock().unwrap_or_else(PoisonError::into_inner) = pages;
    }

    /// The page of the website that goes on with a consignment of the list that was read last.
    pub(crate) fn page_of(&self, reference: &str) -> Option<Url> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).get(reference).cloned()
    }

    /// Remembers what the service's checks found, until another transfer is asked about.
    pub(crate) fn set_check_failures(&self, transfer: TransferId, failures: Arc<CheckFailures>) {
        *self.check_failures.lock().unwrap_or_else(PoisonError::into_inner) = Some((transfer, failures));
    }

    /// What the service's checks found in a transfer, where it was the last that was asked about.
    pub(crate) fn check_failures_of(&self, transfer: TransferId) -> Option<Arc<CheckFailures>> {
        let failures = self.check_failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.as_ref().filter(|(id, _)| *id == transfer).map(|(_, failures)| Arc::clone(failures))
    }

    pub(crate) fn settings(&self) -> MutexGuard<'_, SettingsFile> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the journal on a thread that may block; `None` where there is no journal yet.
    ///
    /// # Errors
    /// The journal's, and those of `read`.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Reader) -> Result<T, Failure> + Send + 'static,
    ) -> Result<Option<T>, Failure> {
        let desk = Arc::clone(self);
        blocking(move || {
            let idle = desk.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let reader = match idle {
                Some(reader) => Some(reader),
                None => Reader::open(&desk.places.data)?,
            };
            let Some(reader) = reader else { return Ok(None) };
            let result = read(&reader)?;
            desk.readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
            Ok(Some(result))
        })
        .await
    }

    /// Reads of one transfer.
    ///
    /// # Errors
    /// `transfer_unknown`, the journal's, and those of `read`.
    pub(crate) async fn read_of<T: Send + 'static>(
        self: &Arc<Self>,
        transfer: &str,
        read: impl FnOnce(&Reader, TransferId) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let unknown = Failure::new(Code::TransferUnknown, transfer);
        let id: TransferId = transfer.parse().map_err(|_| unknown.clone())?;
        let missing = unknown.clone();
        let result = self.read(move |reader| match reader.transfer(id)? {
            Some(_) => read(reader, id),
            None => Err(missing),
        });
        result.await?.ok_or(unknown)
    }

    /// Tells the page; what must not be missed is kept until it listens.
    pub(crate) fn tell(&self, event: PageEvent) {
        let mut page = self.page.lock().unwrap_or_else(PoisonError::into_inner);
        if page.listens {
            drop(page);
            self.outside.tell(event);
        } else if must_be_heard(&event) {
            page.unheard.push(event);
        }
    }

    /// The page listens now: it hears what it has missed.
    pub(crate) fn page_listens(&self) {
        let unheard = {
            let mut page = self.page.lock().unwrap_or_else(PoisonError::into_inner);
            page.listens = true;
            std::mem::take(&mut page.unheard)
        };
        self.outside.tell(PageEvent::Snapshot(Box::new(self.snapshot())));
        unheard.into_iter().for_each(|event| self.outside.tell(event));
    }

    /// The page has gone: what must not be missed is kept until it listens again.
    pub(crate) fn page_is_gone(&self) {
        self.page.lock().unwrap_or_else(PoisonError::into_inner).listens = false;
    }

    /// The page listens; whether it is stuck is not known here.
    pub(crate) fn page_is_there(&self) -> bool {
        self.page.lock().unwrap_or_else(PoisonError::into_inner).listens
    }

    /// How the process that draws the page has ended.
    pub(crate) fn page_ends(&self) -> MutexGuard<'_, Ends> {
        self.page_ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings the window to the front, with its page. Whether it could be shown.
    pub(crate) fn come_forward(&self) -> bool {
        let load = self.page_ends().is_wanted_again();
        if load {
            self.outside.load_page();
        }
        self.outside.come_forward()
    }

    /// Looks at a path that was dropped or named, and offers it to the page.
    pub(crate) async fn offer(self: &Arc<Self>, path: PathBuf) -> Result<crate::bridge::Offer, Failure> {
        let (name, path) = blocking(move || crate::offers::look_at(&path)).await?;
        Ok(self.offers().keep(name, path))
    }

    /// Asks the browser to open a web address; whether it was asked.
    pub(crate) async fn open_web(&self, url: Url) -> bool {
        let outside = Arc::clone(&self.outside);
        // Starting a program may take a moment.
        tokio::task::spawn_blocking(move || outside.open_web(&url)).await.unwrap_or(false)
    }

    /// The folder that things are saved under when nothing else is said.
    pub(crate) fn data(&self) -> &Path {
        &self.places.data
    }
}

/// Runs what blocks where that is allowed.
///
/// # Errors
/// Those of `work`; `internal` when it panicked.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Failure::new(Code::Internal, error.to_string())))
}

fn must_be_heard(event: &PageEvent) -> bool {
    use crate::bridge::FolderDrop;
    match event {
        // It gets the newest when it listens.
        PageEvent::Snapshot(_) => false,
        PageEvent::Drop(FolderDrop::Over | FolderDrop::Left) => false,
        PageEvent::Drop(FolderDrop::Offered { .. } | FolderDrop::Refused { .. })
        | PageEvent::Notice(_)
        | PageEvent::QuitAsked(_)
        | PageEvent::ClosedToTray(_) => true,
    }
}
