//! What this process was started with. It never changes.

use std::path::PathBuf;
use std::sync::Arc;

use url::Url;
use waybill_app::{Config, SessionKind, SystemClock};
use waybill_model::service::Opening;
use waybill_model::{Failure, ServiceProfile};

use crate::bridge::{About, Destination, Service};
use crate::settings::SettingsFile;

/// The folders on this computer that the program uses.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// Contains the journal, the receipts and the settings.
    pub(crate) data: PathBuf,
    pub(crate) logs: PathBuf,
}

/// The service's profile and the PEM of its own certificate authorities, or why they are not available.
pub(crate) type ServiceSetup = Result<(Arc<ServiceProfile>, Option<Vec<u8>>), Failure>;

/// See the module.
pub(crate) struct Setup {
    pub(crate) places: Places,
    pub(crate) service: ServiceSetup,
    pub(crate) session: SessionKind,
}

impl Setup {
    /// Returns what a controller is started with.
    ///
    /// # Errors
    /// The profile cannot be used, or the proxy setting cannot be read.
    pub(crate) fn config(&self, settings: &SettingsFile, owns_journal: bool) -> Result<Config, Failure> {
        let (profile, ca_pem) = self.service.clone()?;
        Ok(Config {
            data_dir: self.places.data.clone(),
            profile,
            ca_pem,
            proxy: settings.files().proxy()?,
            session: self.session,
            program: concat!("waybill-desktop ", env!("CARGO_PKG_VERSION")).to_owned(),
            owns_journal,
            clock: Arc::new(SystemClock::default()),
            seed: uuid::Uuid::new_v4().as_u64_pair().0,
        })
    }

    /// Returns the service's profile.
    ///
    /// # Errors
    /// The profile cannot be used.
    pub(crate) fn profile(&self) -> Result<&ServiceProfile, Failure> {
        self.service.as_ref().map(|(profile, _)| profile.as_ref()).map_err(Clone::clone)
    }

    /// Describes this program to the page and in the support bundle.
    pub(crate) fn about(&self) -> About {
        let service = self.profile().ok().map(|profile| Service {
            name: profile.name.clone(),
            title: profile.title.clone(),
            website: profile.website_url.as_ref().and_then(Url::host_str).map(str::to_owned),
            upload: profile.upload_url.host_str().unwrap_or_default().to_owned(),
            destination: match profile.way.opening {
                Opening::Registration => Destination::Consignment,
                Opening::None => Destination::Service,
            },
            max_files: profile.limits.files,
            max_file_bytes: profile.way.largest_file(profile.limits.file_bytes),
            max_transfer_bytes: profile.limits.transfer_bytes,
        });
        About {
            name: "Waybill".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            service,
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            data_folder: self.places.data.display().to_string(),
            log_folder: self.places.logs.display().to_string(),
        }
    }
}
