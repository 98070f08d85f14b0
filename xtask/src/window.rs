//! Opens and tests the window. Linux only.

mod display;
mod trial;

use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::workspace::Metadata;

pub(crate) use display::Display;
pub(crate) use trial::{PAGE_READY, try_out, wait_for_line};

/// Returns a command that opens the built window with a data folder.
pub(crate) fn open(metadata: &Metadata, data_dir: &Path) -> Command {
    let mut command = Command::new(metadata.program("waybill-desktop"));
    command.env("WAYBILL_DATA_DIR", data_dir).stdin(Stdio::null());
    command
}

/// A process that is killed when this is dropped.
pub(crate) struct Owned(pub(crate) Child);

impl Drop for Owned {
    fn drop(&mut self) {
        // It may already have ended.
        let _killed = self.0.kill();
        let _ended = self.0.wait();
    }
}
