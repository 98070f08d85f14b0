//! `waybill-demo`: what `cargo xtask demo` shows once everything is built.
//!
//! Without a window, a whole transfer that is killed in the middle, resumed, and compared with its source. With one, a
//! sandbox and a folder, and the window open for the person. With `--sample`, a small transfer whose data folder stays,
//! for those who look at it. Owner of every process that it starts. The caller empties the folder that it works in.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints to its terminal")]

mod folder;
mod story;
mod watch;

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use clap::Parser;
use waybill_system_tests::{Error, Group, PATIENCE, Result, Sandbox, Size, Waybill, sample_folder};

use self::folder::Folder;
use self::story::Told;

/// Show what Waybill does
#[derive(Parser)]
struct Cli {
    /// The folder to work in
    #[arg(long, value_name = "PATH")]
    dir: PathBuf,
    /// Send this folder instead of the sample folder
    #[arg(long, value_name = "PATH")]
    folder: Option<PathBuf>,
    /// Open this program's window and leave the rest to the person
    #[arg(long, value_name = "PATH")]
    window: Option<PathBuf>,
    /// Keep the sample folder and what the sandbox has stored
    #[arg(long)]
    keep: bool,
    /// Only send a small folder, quietly; the data folder is `data`
    #[arg(long, conflicts_with_all = ["folder", "window", "keep"])]
    sample: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = if cli.sample { send_a_sample(&cli.dir) } else { show_and_clear(&cli) };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Does a step, and prints its title and how long it took.
fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n== {title}");
    let started = Instant::now();
    let done = work();
    let word = if done.is_ok() { "done" } else { "FAILED" };
    println!("   {word} in {:.1} s", started.elapsed().as_secs_f64());
    done
}

/// Removes what is large at the end, however it went. The receipt stays.
fn show_and_clear(cli: &Cli) -> Result<()> {
    let shown = show(cli);
    if cli.keep {
        println!("\nKept: {}", cli.dir.display());
        return shown;
    }
    for large in [folder::NAME, "sandbox"].map(|name| cli.dir.join(name)) {
        match std::fs::remove_dir_all(&large) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(at(large)(error)),
            Ok(()) | Err(_) => {}
        }
    }
    shown
}

fn show(cli: &Cli) -> Result<()> {
    let folder = step("1. A folder", || match &cli.folder {
        Some(path) => folder::own(path),
        None => folder::made(&cli.dir),
    })?;
    let sandbox = step("2. The sandbox: sign-in, API, upload and website on this computer", || {
        let sandbox = Sandbox::start(cli.dir.join("sandbox"), &["--check-seconds", "4"])?;
        let addresses = sandbox.addresses();
        for (what, address) in [
            ("sign-in", &addresses.sign_in),
            ("API", &addresses.api),
            ("upload", &addresses.upload),
            ("website", &addresses.website),
        ] {
            println!("   {what:8} {address}");
        }
        Ok(sandbox)
    })?;
    let waybill = Waybill::new(&sandbox, cli.dir.join("data"))?;
    if let Some(window) = &cli.window {
        return open(window, &sandbox, waybill.data_dir(), &folder);
    }
    let how = match story::tell(&sandbox, &waybill, &folder, &cli.dir.join("receipt"))? {
        Told::Interrupted => ", although it was killed in the middle",
        Told::Uninterrupted => "",
    };
    println!("\nEverything that was sent is stored byte for byte{how}.");
    Ok(())
}

/// Opens the window for the person, with the folder ready, and waits for its end.
fn open(window: &Path, sandbox: &Sandbox, data_dir: &Path, folder: &Folder) -> Result<()> {
    let person = sandbox.first_user()?;
    println!("\n== 3. The window");
    println!("   Sign in as {} with the password {}.", person.username, person.password);
    println!("   Choose a consignment that is ready, and drop this folder on the window:");
    println!("   {}", folder.path.display());
    println!("   Quit Waybill to end the demo.");
    let mut command = Command::new(window);
    command.env("WAYBILL_DATA_DIR", data_dir).env("WAYBILL_SERVICE", sandbox.profile()).env("WAYBILL_LOG", "warn");
    // The demo stores nothing in the person's keychain.
    Group::start(command.args(["--session", "memory"]).stdin(Stdio::null()))?.wait()?;
    let receipts = data_dir.join("receipts");
    let is_written = std::fs::read_dir(&receipts).is_ok_and(|mut entries| entries.next().is_some());
    if is_written {
        println!("\nThe receipt is in {}.", receipts.display());
    } else {
        println!("\nNo transfer was finished, so there is no receipt.");
    }
    Ok(())
}

fn send_a_sample(dir: &Path) -> Result<()> {
    let sandbox = Sandbox::start(dir.join("sandbox"), &["--check-seconds", "1"])?;
    let sample = sample_folder(dir, "Records", Size::Small, 1)?;
    let reference = &sandbox.consignment("ready", 0)?.reference;
    let arguments: [&OsStr; 5] =
        ["send".as_ref(), sample.root.as_os_str(), "--consignment".as_ref(), reference.as_ref(), "--yes".as_ref()];
    Waybill::new(&sandbox, dir.join("data"))?.run(arguments, PATIENCE)?.expect_code(0)?;
    Ok(())
}

/// Names the file or folder; for `map_err`.
fn at(path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.as_ref().to_owned();
    move |source| Error::Io { path, source }
}
