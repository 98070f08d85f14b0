//! `manual DIR`: writes the manual page from the definition of the command line.

use std::fs;
use std::io;
use std::path::Path;

use clap::CommandFactory as _;

use crate::arguments::Cli;
use crate::failed::{Failed, Problem};

/// Writes `waybill-sandbox.1` and a page for each command into `dir`; earlier ones are replaced.
pub(crate) fn write(dir: &Path) -> Result<(), Failed> {
    let failed = |error: io::Error| {
        Failed::new(Problem::OutputUnwritable, format!("{}: {error}", dir.display()), "Choose another folder.")
    };
    fs::create_dir_all(dir).map_err(failed)?;
    // "help" has no page: it shows the others.
    clap_mangen::generate_to(Cli::command().disable_help_subcommand(true), dir).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_describes_every_option() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("man1")).unwrap();
        let page = fs::read_to_string(dir.path().join("man1/waybill-sandbox.1")).unwrap().replace("\\-", "-");
        for option in Cli::command().get_arguments().filter_map(clap::Arg::get_long) {
            assert!(page.contains(&format!("--{option}")), "{option}");
        }
        assert!(dir.path().join("man1/waybill-sandbox-completions.1").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_created_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "x").unwrap();
        let failed = write(&file.join("man1")).unwrap_err();
        assert_eq!(failed.problem(), Problem::OutputUnwritable);
        assert!(failed.to_string().contains("file"));
    }
}
