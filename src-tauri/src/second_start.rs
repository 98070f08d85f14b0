//! What comes of a second start of the program: its process hands over its words and ends, and this one sees to them.
//!
//! Owner: this process. One that comes before there is a shell waits for it, and one that comes while this process ends is
//! started again when it has ended. A crash loses those that wait, and so do the last milliseconds, in which the name on the
//! bus is given back: whoever is started then may have to be started once more.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use crate::arguments::{DATA_DIR, Wanted, wanted};

/// What a second start was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SecondStart {
    /// With the program's own name.
    argv: Vec<String>,
    /// The folder that it was started in.
    cwd: PathBuf,
}

/// The second starts of this process.
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
    /// The end has begun.
    Ending,
}

impl SecondStarts {
    /// Takes what a second start was told, and gives it back where it can be seen to at once. Where it cannot, it waits.
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

    /// There is a shell now: those that waited for it.
    pub(crate) fn begin(&self) -> Vec<SecondStart> {
        let mut now = self.now();
        if now.stage == Stage::Starting {
            now.stage = Stage::Running;
        }
        std::mem::take(&mut now.waiting)
    }

    /// The end begins; `false` where it has begun before.
    pub(crate) fn end(&self) -> bool {
        std::mem::replace(&mut self.now().stage, Stage::Ending) != Stage::Ending
    }

    /// Those that came while this process was ending.
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

    /// Returns what the person wanted of it.
    pub(crate) fn wanted(&self) -> Wanted {
        wanted(self.argv.iter().cloned(), &self.cwd)
    }

    /// The same start once more, over the same data folder wherever its words do not name one.
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
    fn one_that_comes_before_there_is_a_desk_waits_for_it_and_is_seen_to_once() {
        let starts = SecondStarts::default();
        assert_eq!(told(&starts, "Records"), None);
        let waited = starts.begin();
        assert_eq!(waited.len(), 1);
        assert_eq!(starts.begin(), []);
        assert_eq!(told(&starts, "Records"), Some(waited[0].clone()), "from now on it is seen to at once");
    }

    #[test]
    fn one_that_comes_during_the_end_waits_for_it_and_the_end_begins_once() {
        let starts = SecondStarts::default();
        starts.begin();
        assert!(starts.end() && !starts.end());
        assert_eq!(told(&starts, "Records"), None);
        assert_eq!(starts.take_waiting().len(), 1);
        assert_eq!(starts.take_waiting(), []);
    }

    #[test]
    fn started_again_it_has_the_same_words_in_the_same_place_over_the_same_data_folder() {
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
