//! Helpers that this crate's tests share.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use url::Url;
use uuid::Uuid;
use waybill_app::{FolderCount, Hold, SessionKind, Snapshot, TransferSnapshot, TurnState};
use waybill_model::{Failure, Phase, Progress, ServiceProfile, TransferId, service};

use crate::second_start::{SecondStart, SecondStarts};
use crate::settings::SettingsFile;
use crate::shell_state::{Places, Setup, ShellState};
use crate::system::{Later, PageEvent, System};
use crate::text::Question;
use crate::tray_view::{Taskbar, TrayView};

/// A transfer of the consignment `TDR-2026-{number}`.
pub(crate) fn transfer(number: u8, phase: Phase, hold: Hold) -> TransferSnapshot {
    TransferSnapshot {
        id: TransferId(Uuid::from_u128(number.into())),
        destination: format!("TDR-2026-{number}"),
        folder_name: "Records".to_owned(),
        phase,
        hold,
        given_up: false,
        turn: TurnState::None,
        walked: FolderCount::default(),
        hashed: Progress::default(),
        sent: Progress::default(),
        bytes_per_second: 0,
        current: None,
        check_totals: None,
        set_aside: 0,
        service_checks: None,
        receipt_dir: None,
    }
}

/// A snapshot of these transfers.
pub(crate) fn snapshot_of(transfers: impl IntoIterator<Item = TransferSnapshot>) -> Snapshot {
    let transfers = transfers.into_iter().map(|transfer| (transfer.id, transfer)).collect();
    Snapshot { transfers, ..Snapshot::default() }
}

/// A computer that records what is done to it and gives prepared answers.
pub(crate) struct FakeSystem {
    pub(crate) done: Mutex<Vec<Done>>,
    /// What dialogs return.
    pub(crate) chosen: Mutex<Option<PathBuf>>,
    pub(crate) has_tray: bool,
    pub(crate) has_window: bool,
    pub(crate) page_answers: PageAnswers,
    /// What a person answers the system's question.
    pub(crate) says_yes: bool,
    /// Whether the program starts with it, or why that is unknown.
    pub(crate) autostart: Mutex<Result<bool, Failure>>,
    /// Why it refuses to change that.
    pub(crate) autostart_refused: Option<Failure>,
    pub(crate) autostart_words: Vec<String>,
    /// What happens elsewhere at the moment when the window is hidden.
    pub(crate) when_hidden: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Default for FakeSystem {
    fn default() -> Self {
        Self {
            done: Mutex::default(),
            chosen: Mutex::default(),
            has_tray: false,
            has_window: true,
            page_answers: PageAnswers::Yes,
            says_yes: false,
            autostart: Mutex::new(Ok(false)),
            autostart_refused: None,
            autostart_words: Vec::new(),
            when_hidden: Mutex::default(),
        }
    }
}

/// How a page answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PageAnswers {
    Yes,
    No,
    /// Its process is stuck.
    Never,
}

/// What was done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Done {
    Sent(PageEvent),
    Web(Url),
    File(PathBuf),
    Shown(PathBuf),
    Copied(String),
    Suggested(String),
    PageLoaded,
    Forward,
    /// By its title.
    Asked(&'static str),
    Notified(String),
    Taskbar(Taskbar),
    Tray(TrayView),
    Hidden,
    Minimised,
    Autostart(bool),
    NameReleased,
    StartedAgain(SecondStart),
    Exit,
}

impl FakeSystem {
    /// Returns what was done since the last call.
    pub(crate) fn done(&self) -> Vec<Done> {
        std::mem::take(&mut self.done.lock().unwrap())
    }

    fn note(&self, done: Done) {
        self.done.lock().unwrap().push(done);
    }
}

impl System for FakeSystem {
    fn emit(&self, event: PageEvent) {
        self.note(Done::Sent(event));
    }
    fn open_web(&self, url: &Url) -> bool {
        self.note(Done::Web(url.clone()));
        true
    }
    fn open_file(&self, path: &Path) -> Result<(), Failure> {
        self.note(Done::File(path.to_owned()));
        Ok(())
    }
    fn show_in_folder(&self, path: &Path) -> Result<(), Failure> {
        self.note(Done::Shown(path.to_owned()));
        Ok(())
    }
    fn copy(&self, text: &str) -> Result<(), Failure> {
        self.note(Done::Copied(text.to_owned()));
        Ok(())
    }
    fn choose_folder(&self) -> Later<Option<PathBuf>> {
        let chosen = self.chosen.lock().unwrap().clone();
        Box::pin(async move { chosen })
    }
    fn choose_file(&self, suggestion: &str) -> Later<Option<PathBuf>> {
        self.note(Done::Suggested(suggestion.to_owned()));
        self.choose_folder()
    }
    fn load_page(&self) {
        self.note(Done::PageLoaded);
    }
    fn page_answers(&self) -> Later<bool> {
        match self.page_answers {
            PageAnswers::Yes => Box::pin(std::future::ready(true)),
            PageAnswers::No => Box::pin(std::future::ready(false)),
            PageAnswers::Never => Box::pin(std::future::pending()),
        }
    }
    fn come_forward(&self) -> bool {
        self.note(Done::Forward);
        self.has_window
    }
    fn ask(&self, question: Question) -> Later<bool> {
        self.note(Done::Asked(question.title));
        Box::pin(std::future::ready(self.says_yes))
    }
    fn is_in_front(&self) -> bool {
        false
    }
    fn notify(&self, _: Option<TransferId>, title: &str, _: &str) {
        self.note(Done::Notified(title.to_owned()));
    }
    fn show_on_taskbar(&self, icon: Taskbar) {
        self.note(Done::Taskbar(icon));
    }
    fn show_tray(&self, view: &TrayView) {
        self.note(Done::Tray(view.clone()));
    }
    fn has_tray(&self) -> bool {
        self.has_tray
    }
    fn hide(&self) {
        self.note(Done::Hidden);
        let meanwhile = self.when_hidden.lock().unwrap().take();
        if let Some(meanwhile) = meanwhile {
            meanwhile();
        }
    }
    fn minimise(&self) {
        self.note(Done::Minimised);
    }
    fn autostart_words(&self) -> Vec<String> {
        self.autostart_words.clone()
    }
    fn start_with_computer(&self, on: bool) -> Result<(), Failure> {
        if let Some(failure) = &self.autostart_refused {
            return Err(failure.clone());
        }
        self.note(Done::Autostart(on));
        *self.autostart.lock().unwrap() = Ok(on);
        Ok(())
    }
    fn starts_with_computer(&self) -> Result<bool, Failure> {
        self.autostart.lock().unwrap().clone()
    }
    fn release_name(&self) {
        self.note(Done::NameReleased);
    }
    fn start_again(&self, start: &SecondStart, _: &Path) {
        self.note(Done::StartedAgain(start.clone()));
    }
    fn exit(&self) {
        self.note(Done::Exit);
    }
}

/// A shell over a data folder, for a service that cannot be reached.
pub(crate) fn shell(data: &Path, system: &Arc<FakeSystem>) -> Arc<ShellState> {
    // A port on this computer that nothing listens on.
    shell_that_signs_in_at(data, system, &Url::parse("http://127.0.0.1:9/").unwrap())
}

/// A shell over a data folder, for a service of which at most the sign-in can be reached.
pub(crate) fn shell_that_signs_in_at(data: &Path, system: &Arc<FakeSystem>, issuer: &Url) -> Arc<ShellState> {
    let mut profile = service::builtin("tdr").unwrap();
    let nowhere = Url::parse("http://127.0.0.1:9/").unwrap();
    profile.api_url = Some(nowhere.clone());
    profile.website_url = Some(nowhere.clone());
    profile.upload_url = nowhere;
    profile.issuer = issuer.clone();
    shell_for(profile, data, system)
}

/// A shell over a data folder, for a service.
pub(crate) fn shell_for(profile: ServiceProfile, data: &Path, system: &Arc<FakeSystem>) -> Arc<ShellState> {
    let system = Arc::clone(system) as Arc<dyn System>;
    let places = Places { data: data.to_owned(), logs: data.join("logs") };
    let settings = SettingsFile::read(data);
    let starts = SecondStarts::default();
    let setup = Setup { places, service: Ok((Arc::new(profile), None)), session: SessionKind::Memory };
    Arc::new(ShellState::new(setup, settings, system, starts))
}
