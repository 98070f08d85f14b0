//! Where the journal is: the same place as the command line's.

use std::path::PathBuf;

use directories::ProjectDirs;

/// The data folder; `None` where the system names none.
#[derive(Clone, Debug)]
pub(crate) struct DataDir(pub(crate) Option<PathBuf>);

impl DataDir {
    /// `WAYBILL_DATA_DIR` where that is set, else the folder that the platform has for such data.
    pub(crate) fn find() -> Self {
        let named = std::env::var_os("WAYBILL_DATA_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let usual = || Some(ProjectDirs::from("", "", "Waybill")?.data_local_dir().to_owned());
        Self(named.or_else(usual))
    }
}
