//! Turns the command line into the controller's configuration: which service, which data folder, which session.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use waybill_app::library::{Reader, TransferRow};
use waybill_app::{Config, IgnoredSetting, SessionKind, SettingsFiles, SystemClock, load_profile, usual_data_dir};
use waybill_model::{Code, Failure, ServiceProfile, TransferId, service};
use waybill_words::detail;

use crate::arguments::{Global, SessionChoice};
use crate::failed::Failed;
use crate::pick::{self, Named};
use crate::typed;

/// The service to use if none is named.
const USUAL_SERVICE: &str = "tdr";

/// What a command works with.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    service: Option<String>,
    data_dir: PathBuf,
    session: SessionChoice,
    settings: SettingsFiles,
}

impl Setup {
    /// Finds the data folder and reads the settings, without changing anything.
    ///
    /// # Errors
    /// [`Code::DataFolderUnusable`] if neither the system nor the command line names a data folder.
    pub(crate) fn new(global: &Global) -> Result<Self, Failure> {
        let data_dir = match &global.data_dir {
            Some(dir) => std::path::absolute(dir)
                .map_err(|error| Failure::new(Code::DataFolderUnusable, format!("{}: {error}", dir.display())))?,
            None => usual_data_dir().ok_or_else(|| Failure::new(Code::DataFolderUnusable, detail::no_home_folder()))?,
        };
        let settings = SettingsFiles::read(&data_dir);
        Ok(Self { service: global.service.clone(), data_dir, session: global.session, settings })
    }

    /// Returns the folder for the journal, the receipts and the log.
    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Returns the settings that have no effect.
    pub(crate) fn ignored_settings(&self) -> impl Iterator<Item = IgnoredSetting> {
        self.settings.ignored()
    }

    /// Returns where the session is kept.
    pub(crate) fn session(&self) -> SessionChoice {
        self.session
    }

    /// Returns the service and the PEM of its own certificate authorities. The command line comes first, then the
    /// environment, then the settings, then the default service.
    ///
    /// # Errors
    /// A profile that is unknown, unreadable, malformed or insecure, or settings that may name a service but cannot be
    /// read.
    pub(crate) fn profile(&self) -> Result<(ServiceProfile, Option<Vec<u8>>), Failure> {
        match self.service.as_deref().and_then(typed::name) {
            Some(name) if service::builtin(name).is_some() => load_profile(name),
            // A file's name may be no text on this system, but what names a service always is.
            Some(name) => load_profile(typed::path(name.into()).to_str().unwrap_or(name)),
            None => load_profile(self.settings.service()?.as_deref().unwrap_or(USUAL_SERVICE)),
        }
    }

    /// Returns the service of a transfer: the named one if it matches, else the built-in one that the transfer names.
    ///
    /// # Errors
    /// [`Code::Usage`] with the name of the service if neither matches, or the failure of a profile that cannot be
    /// used.
    pub(crate) fn for_transfer(mut self, row: &TransferRow) -> Result<Self, Failed> {
        if self.service.is_none() && load_profile(&row.service).is_ok() {
            self.service = Some(row.service.clone());
        }
        let named = self.profile()?.0.name;
        if named == row.service {
            return Ok(self);
        }
        let detail = detail::wrong_service(detail::WrongService {
            destination: row.destination(),
            service: &row.service,
            named: &named,
        });
        Err(Failed::usage(detail).next(waybill_words::cli::name_service()))
    }

    /// Returns why a session could not be kept in the data folder, if it should be and cannot be: nobody is signed in then,
    /// and signing in again changes nothing.
    pub(crate) fn session_unusable(&self) -> Option<Failure> {
        match self.session {
            SessionChoice::File => waybill_app::writable(&self.data_dir).err(),
            SessionChoice::Keychain | SessionChoice::Memory => None,
        }
    }

    /// Returns the configuration to start the controller with.
    ///
    /// # Errors
    /// The failure of a profile that cannot be used.
    pub(crate) fn config(&self, owns_journal: bool) -> Result<Config, Failure> {
        let (profile, ca_pem) = self.profile()?;
        Ok(Config {
            data_dir: self.data_dir.clone(),
            profile: Arc::new(profile),
            ca_pem,
            proxy: self.settings.proxy()?,
            session: match self.session {
                SessionChoice::Keychain => SessionKind::Keychain,
                SessionChoice::Memory => SessionKind::Memory,
                SessionChoice::File => SessionKind::File,
            },
            program: program(),
            owns_journal,
            clock: Arc::new(SystemClock::default()),
            seed: random_seed(),
        })
    }

    /// Opens the journal for reading. Returns `None` if it does not exist yet. Creates nothing.
    ///
    /// # Errors
    /// The failure of a journal that cannot be read.
    pub(crate) fn reader(&self) -> Result<Option<Reader>, Failure> {
        Ok(Reader::open(&self.data_dir)?)
    }

    /// Returns every transfer in the journal, newest first.
    ///
    /// # Errors
    /// The failure of a journal that cannot be read.
    pub(crate) fn transfers(&self) -> Result<Vec<TransferRow>, Failure> {
        match self.reader()? {
            Some(reader) => Ok(reader.transfers()?),
            None => Ok(Vec::new()),
        }
    }

    /// Returns the transfer that a person means, with the journal that contains it.
    ///
    /// # Errors
    /// [`Code::TransferUnknown`], [`Code::TransferAmbiguous`], or the failure of a journal that cannot be read.
    pub(crate) fn find(&self, wanted: &str) -> Result<(Reader, TransferRow), Failure> {
        let unknown = || Failure::new(Code::TransferUnknown, wanted);
        let reader = self.reader()?.ok_or_else(unknown)?;
        let rows = reader.transfers()?;
        let id = pick::transfer(wanted, &names(&rows))?;
        let row = rows.into_iter().find(|row| row.id == id).ok_or_else(unknown)?;
        Ok((reader, row))
    }

    /// Returns one transfer as the journal now has it.
    ///
    /// # Errors
    /// [`Code::TransferUnknown`], or the failure of a journal that cannot be read.
    pub(crate) fn row(&self, id: TransferId) -> Result<(Reader, TransferRow), Failure> {
        let unknown = || Failure::new(Code::TransferUnknown, id.to_string());
        let reader = self.reader()?.ok_or_else(unknown)?;
        let row = reader.transfer(id)?.ok_or_else(unknown)?;
        Ok((reader, row))
    }
}

/// Returns what the rows can be identified by.
pub(crate) fn names(rows: &[TransferRow]) -> Vec<Named<'_>> {
    rows.iter().map(|row| Named { id: row.id, destination: row.destination(), phase: row.phase }).collect()
}

/// Returns the program's name and version, as receipts and the owner lock record them.
fn program() -> String {
    format!("waybill {}", env!("CARGO_PKG_VERSION"))
}

/// The standard library seeds its hash maps from the system's randomness: enough for jitter.
fn random_seed() -> u64 {
    RandomState::new().build_hasher().finish()
}
