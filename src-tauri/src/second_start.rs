//! Handles a second start of the program: its process passes on its arguments and ends, and this one acts on them.
//!
//! Owner: this process. A second start that arrives before there is a shell waits for it; one that arrives while this
//! process ends is started again afterwards. A crash loses those that wait, as do the last milliseconds, while the name
//! on the bus is being released: that start may have to be repeated.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use crate::arguments::{DATA_DIR, Wanted, wanted};

/// The arguments and the folder of a second start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SecondStart {
    /// Includes the program's own name.
    argv: Vec<String>,
    /// The folder that it was started in.
    cwd: PathBuf,
}

/// The second starts that this process has received.
#[derive(Clone, Default)]
pub(crate) struct SecondStarts(Arc<Mutex<Now>>);

#[derive(Default)]
struct Now {
    stage: Stage,
    waiting: Vec<SecondStart>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// There is no shell yet.
    #[default]
    Starting,
    Running,
    /// The program has started to end.
    Ending,
}

impl SecondStarts {
    /// Receives a second start and returns it if it can be handled at once. Otherwise it waits.
    pub(crate) fn hear(&self, argv: Vec<String>, cwd: PathBuf) -> Option<SecondStart> {
        let start = SecondStart::new(argv, cwd);
        let mut now = self.now();
        match now.stage {
            Stage::Running => Some(start),
            Stage::Starting | Stage::Ending => {
                tracing::info!(stage = ?now.stage, "the program was started a second time; that waits");
                now.waiting.push(start);
                None
            }
        }
    }

    /// Records that there is a shell now, and returns the starts that waited for it.
    pub(crate) fn begin(&self) -> Vec<SecondStart> {
        let mut now = self.now();
        if now.stage == Stage::Starting {
            now.stage = Stage::Running;
        }
        std::mem::take(&mut now.waiting)
    }

    /// Records that the end has started; returns `false` if it had already.
    pub(crate) fn end(&self) -> bool {
        std::mem::replace(&mut self.now().stage, Stage::Ending) != Stage::Ending
    }

    /// Returns the starts that arrived while this process was ending.
    pub(crate) fn take_waiting(&self) -> Vec<SecondStart> {
        std::mem::take(&mut self.now().waiting)
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.0.lock()
    }
}

impl SecondStart {
    pub(crate) fn new(argv: Vec<String>, cwd: PathBuf) -> Self {
        Self { argv, cwd }
    }

    /// Returns what the person wanted.
    pub(crate) fn wanted(&self) -> Wanted {
        wanted(self.argv.iter().cloned(), &self.cwd)
    }

    /// Returns the command for the same start, over the same data folder unless its arguments name another.
    pub(crate) fn again(&self, program: &Path, data: &Path) -> Command {
        let mut command = Command::new(program);
        command.args(self.argv.iter().skip(1)).current_dir(&self.cwd).env(DATA_DIR, data);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(starts: &SecondStarts, folder: &str) -> Option<SecondStart> {
        starts.hear(vec!["waybill-desktop".to_owned(), folder.to_owned()], "/home/ada".into())
    }

    #[test]
    fn a_start_before_there_is_a_shell_waits_for_it_and_is_handled_once() {
        let starts = SecondStarts::default();
        assert_eq!(told(&starts, "Records"), None);
        let waited = starts.begin();
        assert_eq!(waited.len(), 1);
        assert_eq!(starts.begin(), []);
        assert_eq!(told(&starts, "Records"), Some(waited[0].clone()), "from now on it is seen to at once");
    }

    #[test]
    fn a_start_during_the_end_waits_for_it_and_the_end_starts_once() {
        let starts = SecondStarts::default();
        starts.begin();
        assert!(starts.end() && !starts.end());
        assert_eq!(told(&starts, "Records"), None);
        assert_eq!(starts.take_waiting().len(), 1);
        assert_eq!(starts.take_waiting(), []);
    }

    #[test]
    fn starting_again_keeps_the_arguments_the_folder_and_the_data_folder() {
        let start = SecondStarts::default();
        start.begin();
        let command = told(&start, "Records").unwrap().again(Path::new("/opt/waybill"), Path::new("/srv/data"));
        assert_eq!(command.get_program(), "/opt/waybill");
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["Records"]);
        assert_eq!(command.get_current_dir(), Some(Path::new("/home/ada")));
        let set: Vec<_> = command.get_envs().collect();
        assert_eq!(set, [("WAYBILL_DATA_DIR".as_ref(), Some("/srv/data".as_ref()))]);
    }
}
