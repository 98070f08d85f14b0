//! The command line of the window. Reads the environment and looks for files, and changes nothing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{CommandFactory as _, Parser, ValueEnum};
use waybill_app::SessionKind;
use waybill_model::service;

/// Send digital records to The National Archives: drop a folder, close the lid, come back to a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(name = "waybill-desktop", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    /// A folder to offer for sending; if the window is already open, it offers the folder there
    pub(crate) folder: Option<PathBuf>,

    /// The service to use: tdr, tdr-staging, tdr-integration, or the path of a service profile
    #[arg(long, env = "WAYBILL_SERVICE", value_name = "NAME|FILE")]
    pub(crate) service: Option<String>,

    /// Where to keep the journal, receipts and settings
    #[arg(long, env = DATA_DIR, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Where to keep the session between starts
    #[arg(long, value_enum, default_value = "keychain")]
    pub(crate) session: SessionChoice,

    /// Start without showing the window, if the desktop has a tray
    #[arg(long)]
    pub(crate) background: bool,

    /// Print the manual page for `man` and do not open the window; for making packages
    #[arg(long, hide = true, exclusive = true)]
    pub(crate) manual: bool,
}

/// The environment variable that names the data folder.
pub(crate) const DATA_DIR: &str = "WAYBILL_DATA_DIR";

/// Where the session is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SessionChoice {
    /// In the system's keychain
    Keychain,
    /// Nowhere: the session ends with the program
    Memory,
    /// In a file that only your account can read; anyone who obtains it can act as you
    File,
}

/// Written as the field of that name.
const BACKGROUND: &str = "--background";

impl Arguments {
    /// Returns the arguments with which the computer starts the program: in the background, with the current service,
    /// data folder and session storage. The computer starts it from another folder, so every path is absolute.
    pub(crate) fn for_autostart(&self) -> Vec<String> {
        let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
        let not_empty = |value: &&str| !value.is_empty();
        let service = self.service.as_deref().filter(not_empty).map(|service| match is_file_of_service(service) {
            true => whole(Path::new(service)),
            false => service.to_owned(),
        });
        let data_dir = self.data_dir.as_deref().filter(|dir| !dir.as_os_str().is_empty()).map(whole);
        let session = match self.session {
            SessionChoice::Keychain => None,
            SessionChoice::Memory | SessionChoice::File => self.session.to_possible_value(),
        };
        let session = session.map(|choice| choice.get_name().to_owned());
        let named = [("--service", service), ("--data-dir", data_dir), ("--session", session)];
        let named = named.into_iter().filter_map(|(flag, value)| Some((flag, value?)));
        let named = named.flat_map(|(flag, value)| [flag.to_owned(), as_one_word(&value)]);
        std::iter::once(BACKGROUND.to_owned()).chain(named).collect()
    }
}

/// A built-in name takes precedence over a file of that name.
fn is_file_of_service(named: &str) -> bool {
    service::builtin(named).is_none() && Path::new(named).exists()
}

/// The arguments are joined with spaces into one line. On Linux this becomes part of a desktop entry, where `%` and
/// quotes have special meanings (Desktop Entry Specification, "The Exec key"). macOS keeps them apart.
fn as_one_word(value: &str) -> String {
    if cfg!(target_os = "macos") {
        return value.to_owned();
    }
    let value = if cfg!(windows) { value.to_owned() } else { value.replace('%', "%%") };
    if value.contains(char::is_whitespace) { format!("\"{value}\"") } else { value }
}

/// Writes the program's manual page.
///
/// # Errors
/// Errors of the writer.
pub(crate) fn manual(to: &mut impl std::io::Write) -> std::io::Result<()> {
    clap_mangen::Man::new(Arguments::command()).render(to)
}

impl From<SessionChoice> for SessionKind {
    fn from(choice: SessionChoice) -> Self {
        match choice {
            SessionChoice::Keychain => Self::Keychain,
            SessionChoice::Memory => Self::Memory,
            SessionChoice::File => Self::File,
        }
    }
}

/// What a second start asks of the running program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Only that it runs.
    Nothing,
    /// Its window.
    Window,
    /// Its window, with this folder.
    Folder(PathBuf),
}

/// Reads the arguments of a second start, relative to the folder where it was started. Its own process has already
/// reported arguments that it does not understand; the window is shown all the same.
pub(crate) fn wanted(argv: impl IntoIterator<Item = impl Into<OsString>>, cwd: &Path) -> Wanted {
    let Ok(arguments) = Arguments::try_parse_from(argv.into_iter().map(Into::into)) else { return Wanted::Window };
    match arguments.folder {
        Some(folder) => Wanted::Folder(cwd.join(folder)),
        None if arguments.background => Wanted::Nothing,
        None => Wanted::Window,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_folder_is_resolved_from_where_the_second_start_was_made() {
        let of = |argv: &[&str]| wanted(["waybill-desktop"].iter().chain(argv), Path::new("/home/ada"));
        assert_eq!(of(&["Records"]), Wanted::Folder("/home/ada/Records".into()));
        assert_eq!(of(&["/srv/Records", "--background"]), Wanted::Folder("/srv/Records".into()));
        assert_eq!(of(&[]), Wanted::Window);
        assert_eq!(of(&["--nonsense"]), Wanted::Window);
    }

    #[test]
    fn a_second_start_in_the_background_does_not_ask_for_the_window() {
        let argv = ["waybill-desktop", "--background", "--service", "tdr"];
        assert_eq!(wanted(argv, Path::new("/")), Wanted::Nothing);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_with_a_space_in_its_name_stays_one_argument() {
        assert_eq!(as_one_word("/srv/my data"), "\"/srv/my data\"");
        assert_eq!(as_one_word("/srv/100%"), "/srv/100%%");
        assert_eq!(as_one_word("/srv/data"), "/srv/data");
    }

    #[test]
    fn the_manual_page_lists_every_option_except_the_one_that_prints_it() {
        let mut page = Vec::new();
        manual(&mut page).unwrap();
        let page = String::from_utf8(page).unwrap().replace('\\', "");
        for option in Arguments::command().get_arguments().filter_map(clap::Arg::get_long) {
            assert_eq!(page.contains(&format!("--{option}")), option != "manual", "{option}");
        }
    }

    #[test]
    fn the_arguments_used_to_start_with_the_computer_are_understood() {
        let now = Arguments::try_parse_from(["waybill-desktop", "--service", "tdr-staging", "--data-dir", "/srv/data"]);
        let then = now.unwrap().for_autostart();
        assert_eq!(then, [BACKGROUND, "--service", "tdr-staging", "--data-dir", "/srv/data"]);
        let then = Arguments::try_parse_from(["waybill-desktop".to_owned()].into_iter().chain(then)).unwrap();
        assert!(then.background && then.service.as_deref() == Some("tdr-staging"));
    }

    #[test]
    fn starting_with_the_computer_keeps_absolute_paths_and_the_session_storage() {
        // Tests run in this package's folder.
        let now =
            Arguments::try_parse_from(["waybill-desktop", "--service=Cargo.toml", "--data-dir=data", "--session=file"]);
        let here = std::env::current_dir().unwrap();
        let whole = |name: &str| as_one_word(&here.join(name).display().to_string());
        let expected = ["--service".to_owned(), whole("Cargo.toml"), "--data-dir".to_owned(), whole("data")];
        let then = now.unwrap().for_autostart();
        assert_eq!(then[0], BACKGROUND);
        assert_eq!(then[1..5], expected);
        assert_eq!(then[5..], ["--session", "file"]);
    }
}
