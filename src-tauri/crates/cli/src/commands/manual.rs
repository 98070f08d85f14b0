//! `manual DIR`: writes the manual pages, which are generated from the definition of the command line.

use std::fs;
use std::io;
use std::path::Path;

use clap::CommandFactory as _;
use waybill_model::{Code, Failure};

use super::done;
use crate::arguments::Cli;
use crate::events::Done;
use crate::failed::Failed;

/// Writes `waybill.1` and a page for each command, such as `waybill-send.1`, replacing older ones. The page
/// `waybill-sandbox.1` belongs to the program of that name.
///
/// # Errors
/// [`Code::OutputUnwritable`] or [`Code::DiskFull`], with the folder.
pub(super) fn write(dir: &Path) -> Result<Done, Failed> {
    let failed = |error: io::Error| {
        let code = if error.kind() == io::ErrorKind::StorageFull { Code::DiskFull } else { Code::OutputUnwritable };
        Failed::new(Failure::new(code, format!("{}: {error}", dir.display())))
    };
    fs::create_dir_all(dir).map_err(failed)?;
    // "help" has no page: it shows the others.
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let own = command.get_subcommands().filter(|subcommand| subcommand.get_name() != "sandbox");
    for page in std::iter::once(&command).chain(own) {
        clap_mangen::Man::new(page.clone()).generate_to(dir).map_err(failed)?;
    }
    Ok(done())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn every_command_has_a_page_and_a_name_on_it() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("man1")).unwrap();
        let page = |name: &str| fs::read_to_string(dir.path().join("man1").join(name)).unwrap();
        let command = Cli::command();
        for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "sandbox") {
            let page = page(&format!("waybill-{}.1", subcommand.get_name()));
            assert!(page.contains(".SH SYNOPSIS"), "{}", subcommand.get_name());
        }
        assert!(page("waybill.1").contains("Exit codes: 0 done"));
        assert!(page("waybill.1").contains("waybill\\-sandbox(1)"));
        assert!(!dir.path().join("man1/waybill-sandbox.1").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "x").unwrap();
        let failed = write(&file.join("man1")).unwrap_err();
        assert_eq!((failed.code(), failed.exit()), (Code::OutputUnwritable, Exit::of(Code::OutputUnwritable)));
    }
}
