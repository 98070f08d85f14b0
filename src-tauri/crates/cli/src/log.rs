//! The log: to standard error with `-v`, and to `waybill.log` in the data folder while transfers run.
//!
//! The log contains paths, and addresses without their query, but no secrets. See [`LogFile`] for who owns the file.

use std::io;
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use waybill_app::{LogFile, LogLimits, OneLine};

/// The journal creates the data folder, with its permissions.
const LIMITS: LogLimits = LogLimits { bytes: 10_000_000, older: 1, makes_folder: false };

/// Starts logging. `data_dir` is given when transfers will run.
pub(crate) fn begin(verbose: u8, data_dir: Option<&Path>) {
    let to_terminal = (verbose > 0).then(|| {
        tracing_subscriber::fmt::layer()
            .with_writer(|| OneLine(io::stderr()))
            .with_ansi(false)
            .with_target(verbose > 1)
            .with_filter(filter(verbose))
    });
    let to_file = data_dir.map(|dir| {
        let file = Mutex::new(LogFile::new(dir, "waybill.log", LIMITS));
        tracing_subscriber::fmt::layer().with_writer(file).with_ansi(false).with_filter(filter(1))
    });
    // Only tests start it twice in one process; the first one stays.
    let _already = tracing_subscriber::registry().with(to_terminal).with(to_file).try_init();
}

/// Our own crates in full; the others only when something is wrong.
fn filter(verbose: u8) -> EnvFilter {
    let own = if verbose > 1 { "debug" } else { "info" };
    let crates = ["waybill", "waybill_app", "waybill_cloud", "waybill_engine", "waybill_journal", "waybill_source"];
    let rules: Vec<String> =
        std::iter::once("warn".to_owned()).chain(crates.map(|name| format!("{name}={own}"))).collect();
    EnvFilter::new(rules.join(","))
}
