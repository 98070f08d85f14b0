//! `waybill-bench`: measures the built programs in comparison with known ones, alternating between the two.
//!
//! `cargo xtask bench` builds everything and starts this. Owner of every process that it starts and every file that it
//! creates, which do not outlive it. Like the whole-system tests, it uses Waybill only from outside. A crash leaves
//! temporary folders but no results, because a table is written only when it is complete.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints to its terminal")]

mod driver;
mod machine;
mod opened;
mod processes;
mod report;
mod send;
mod series;
mod site;
mod window;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use waybill_system_tests::{Error, Result, use_program};

use crate::machine::Machine;
use crate::report::Report;

/// Measure Waybill in comparison with known programs
#[derive(Parser)]
#[command(name = "waybill-bench", version)]
pub(crate) struct Options {
    /// What to measure (default: everything)
    #[arg(value_enum)]
    names: Vec<Name>,
    /// The built `waybill`
    #[arg(long, value_name = "FILE")]
    waybill: PathBuf,
    /// The built window
    #[arg(long, value_name = "FILE")]
    desktop: PathBuf,
    /// The built bare window
    #[arg(long, value_name = "FILE")]
    bare: PathBuf,
    /// The folder of the page, with `dist` and `dist-gallery` built
    #[arg(long, value_name = "DIR")]
    page: PathBuf,
    /// The folder for the tables
    #[arg(long, value_name = "DIR")]
    results: PathBuf,
    /// How many times to measure each
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
}

/// A benchmark, named like its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Name {
    /// Start, memory, idle processor time and size of the window, compared with a minimal Tauri program
    Window,
    /// Frames while a million rows are scrolled, compared with a blank page
    Scrolling,
    /// Peak memory of `waybill send` for large and for many files, compared with one small file
    Memory,
    /// Requests for 600 small files
    Requests,
    /// Bytes per second of `waybill send`, compared with curl
    Throughput,
    /// A million files walked into the journal, compared with `find`
    Walk,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Err(Error::unexpected("memory and processor time can only be measured on Linux"));
    }
    use_program(options.waybill.clone());
    // For every client of this process. Nothing has installed a provider before.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let names = if options.names.is_empty() { Name::value_variants() } else { &options.names };
    for name in names {
        let started = Instant::now();
        let machine = Machine::describe()?;
        let report = measure(*name, options)?;
        let text = report.markdown(&machine, options.runs, started.elapsed())?;
        let file = options.results.join(format!("{}.md", report.name()));
        println!("\n{text}");
        std::fs::create_dir_all(&options.results).map_err(io(&options.results))?;
        std::fs::write(&file, text).map_err(io(&file))?;
    }
    Ok(())
}

fn measure(name: Name, options: &Options) -> Result<Report> {
    match name {
        Name::Window => window::measure(options),
        Name::Scrolling => window::scrolling::measure(options),
        Name::Memory => send::memory::measure(options),
        Name::Requests => send::requests::measure(options),
        Name::Throughput => send::throughput::measure(options),
        Name::Walk => send::walk::measure(options),
    }
}

/// Returns a function for `map_err` that adds the file, folder or program.
pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.into();
    move |source| Error::Io { path, source }
}
