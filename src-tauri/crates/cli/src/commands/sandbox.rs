//! `sandbox`: starts the program `waybill-sandbox`, which is installed separately.
//!
//! On Unix that program replaces this one, so it receives the signals and sets the exit code. Elsewhere this program
//! waits for it, and Ctrl-C at the console reaches both.

use std::convert::Infallible;
use std::env::consts::EXE_SUFFIX;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use waybill_model::{Code, Failure};
use waybill_words::cli;

use crate::arguments::Global;
use crate::failed::Failed;

const PROGRAM: &str = "waybill-sandbox";

/// Starts the sandbox with these arguments and ends with its exit code.
///
/// # Errors
/// [`Code::Usage`] if the sandbox is not installed or cannot be started.
pub(super) async fn run(global: &Global, arguments: Vec<OsString>) -> Result<Infallible, Failed> {
    let own = std::env::current_exe().and_then(std::fs::canonicalize).unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let Some(program) = find(own.parent(), &path) else {
        return Err(Failed::usage(format!("{PROGRAM}{EXE_SUFFIX}"))
            .saying(cli::sandbox_missing())
            .next(cli::sandbox_missing_next()));
    };
    let mut command = Command::new(&program);
    command.args(passed_on(global)).args(arguments);
    let error = take_over(command).await;
    let failure = Failure::new(Code::Usage, format!("{}: {error}", program.display()));
    Err(Failed::new(failure).saying(cli::sandbox_not_started()).next(cli::sandbox_not_started_next()))
}

/// Returns the sandbox beside this program, or the first on the `PATH`.
fn find(beside: Option<&Path>, path: &OsStr) -> Option<PathBuf> {
    let on_path = std::env::split_paths(path).collect::<Vec<_>>();
    let folders = beside.into_iter().chain(on_path.iter().map(PathBuf::as_path));
    // A relative entry depends on the current folder.
    let folders = folders.filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(format!("{PROGRAM}{EXE_SUFFIX}"))).find(|program| is_program(program))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Returns the options given before the word `sandbox` that also apply to the sandbox.
fn passed_on(global: &Global) -> impl Iterator<Item = &'static str> {
    let verbose = std::iter::repeat_n("--verbose", global.verbose.into());
    global.json.then_some("--json").into_iter().chain(verbose)
}

/// Returns only if the program cannot be started.
#[cfg(unix)]
async fn take_over(mut command: Command) -> std::io::Error {
    use std::os::unix::process::CommandExt as _;
    command.exec()
}

/// Returns only if the program cannot be started.
#[cfg(not(unix))]
async fn take_over(mut command: Command) -> std::io::Error {
    // From now on Ctrl-C does not end this program: the sandbox receives it too, and stops.
    if let Err(error) = crate::interrupt::Interrupt::listen() {
        return error;
    }
    match tokio::task::spawn_blocking(move || command.status()).await {
        Ok(Ok(status)) => std::process::exit(status.code().unwrap_or(crate::exit::Exit::Internal.number().into())),
        Ok(Err(error)) => error,
        Err(error) => std::io::Error::other(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn make(folder: &Path) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        let program = folder.join(format!("{PROGRAM}{EXE_SUFFIX}"));
        fs::write(&program, "").unwrap();
        #[cfg(unix)]
        fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        program
    }

    #[test]
    fn the_sandbox_beside_this_program_goes_before_the_path() {
        let dir = tempfile::tempdir().unwrap();
        let [beside, first, second] = ["beside", "first", "second"].map(|name| dir.path().join(name));
        let path = std::env::join_paths([&first, &second]).unwrap();
        assert_eq!(find(Some(&beside), &path), None);
        let on_path = make(&second);
        assert_eq!(find(Some(&beside), &path), Some(on_path.clone()));
        assert_eq!(find(None, &path), Some(on_path));
        let own = make(&beside);
        assert_eq!(find(Some(&beside), &path), Some(own));
    }

    #[cfg(unix)]
    #[test]
    fn only_a_file_that_can_be_run_is_the_sandbox() {
        let dir = tempfile::tempdir().unwrap();
        let program = make(dir.path());
        fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        assert_eq!(find(Some(dir.path()), OsStr::new("")), None);
        fs::remove_file(&program).unwrap();
        fs::create_dir(&program).unwrap();
        assert_eq!(find(Some(dir.path()), OsStr::new("")), None);
    }
}
