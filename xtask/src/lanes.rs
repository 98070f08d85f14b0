//! Runs tasks in lanes: those of one lane run one after the other, those of different lanes in parallel.
//!
//! A task starts once its lane is free and the tasks that it depends on are done. The first failure ends the programs of
//! all other tasks, and nothing more is started.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use crate::error::{Error, Result};
use crate::step::Parallel;

/// A resource that only one task at a time uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// The compiler, and tests that keep every core busy
    Busy,
    /// The window's page, in Node.js
    Page,
    /// Downloads, and what is built from them; at a lower priority than everything else
    Fetching,
    /// Tests that mostly wait for other programs
    Waiting,
}

impl Lane {
    fn has_low_priority(self) -> bool {
        match self {
            Self::Fetching => true,
            Self::Busy | Self::Page | Self::Waiting => false,
        }
    }
}

/// Some steps that run one after the other.
pub(crate) struct Task<'a> {
    name: &'static str,
    lane: Lane,
    after: &'static [&'static str],
    work: Box<dyn FnOnce() -> Result + Send + 'a>,
}

impl<'a> Task<'a> {
    /// Creates a task in this lane that starts after the tasks with these names.
    pub(crate) fn new(
        name: &'static str,
        lane: Lane,
        after: &'static [&'static str],
        work: impl FnOnce() -> Result + Send + 'a,
    ) -> Self {
        Self { name, lane, after, work: Box::new(work) }
    }
}

/// Runs all tasks. Within a lane, the earlier ones in the list start first.
///
/// # Errors
/// The first failure of a task; or a task depends on one that does not exist, or on itself.
pub(crate) fn run(tasks: Vec<Task<'_>>) -> Result {
    let mut board = Board::new(&tasks)?;
    let mut works: Vec<_> = tasks.into_iter().map(|task| Some((task.lane, task.work))).collect();
    let stop = Arc::new(AtomicBool::new(false));
    let (ended, end) = mpsc::channel();
    let mut failure = None;
    std::thread::scope(|scope| {
        loop {
            let startable = if failure.is_none() { board.start() } else { Vec::new() };
            for index in startable {
                let Some((lane, work)) = works[index].take() else { continue };
                let (ended, stop) = (ended.clone(), Arc::clone(&stop));
                scope.spawn(move || {
                    // A task that panics has failed. The others must not wait for it.
                    let work = std::panic::AssertUnwindSafe(|| Parallel::run(lane.has_low_priority(), stop, work));
                    let done = std::panic::catch_unwind(work)
                        .unwrap_or_else(|_| Err(Error::Wrong("a step panicked; its message is above".to_owned())));
                    // The receiver exists until the last task has ended.
                    let _received = ended.send((index, done));
                });
            }
            if !board.is_anything_running() {
                break;
            }
            let Ok((index, done)) = end.recv() else { break };
            board.end(index);
            if let Err(error) = done {
                stop.store(true, Ordering::Relaxed);
                failure.get_or_insert(error);
            }
        }
    });
    match failure {
        Some(error) => Err(error),
        None if board.is_done() => Ok(()),
        None => Err(Error::Wrong(format!("these steps wait for each other: {}", board.waiting().join(", ")))),
    }
}

/// Which tasks are waiting, running or ended.
#[derive(Debug)]
struct Board(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    name: &'static str,
    lane: Lane,
    after: Vec<usize>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Ended,
}

impl Board {
    fn new(tasks: &[Task<'_>]) -> Result<Self> {
        let find = |name: &str| {
            let index = tasks.iter().position(|task| task.name == name);
            index.ok_or_else(|| Error::Wrong(format!("no step is called {name}")))
        };
        let entry = |task: &Task<'_>| {
            let after = task.after.iter().map(|name| find(name)).collect::<Result<_>>()?;
            Ok(Entry { name: task.name, lane: task.lane, after, state: State::Waiting })
        };
        tasks.iter().map(entry).collect::<Result<_>>().map(Self)
    }

    /// Marks the tasks that can start now as running, and returns them.
    fn start(&mut self) -> Vec<usize> {
        let mut started = Vec::new();
        for index in 0..self.0.len() {
            let entry = &self.0[index];
            let is_ready = entry.state == State::Waiting
                && entry.after.iter().all(|before| self.0[*before].state == State::Ended)
                && self.0.iter().all(|other| other.lane != entry.lane || other.state != State::Running);
            if is_ready {
                self.0[index].state = State::Running;
                started.push(index);
            }
        }
        started
    }

    fn end(&mut self, index: usize) {
        self.0[index].state = State::Ended;
    }

    fn is_anything_running(&self) -> bool {
        self.0.iter().any(|entry| entry.state == State::Running)
    }

    fn is_done(&self) -> bool {
        self.0.iter().all(|entry| entry.state == State::Ended)
    }

    fn waiting(&self) -> Vec<&'static str> {
        self.0.iter().filter(|entry| entry.state == State::Waiting).map(|entry| entry.name).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn idle(name: &'static str, lane: Lane, after: &'static [&'static str]) -> Task<'static> {
        Task::new(name, lane, after, || Ok(()))
    }

    #[test]
    fn a_task_starts_once_its_lane_is_free_and_its_dependencies_are_done() {
        let mut board = Board::new(&[
            idle("page", Lane::Page, &[]),
            idle("compile", Lane::Busy, &["page"]),
            idle("format", Lane::Busy, &[]),
            idle("look", Lane::Page, &["compile"]),
        ])
        .unwrap();
        assert_eq!(board.start(), [0, 2]);
        assert_eq!(board.start(), [0; 0]);
        board.end(0);
        assert_eq!(board.start(), [0; 0], "the lane is not free");
        board.end(2);
        assert_eq!(board.start(), [1]);
        board.end(1);
        assert_eq!(board.start(), [3]);
        assert!(board.is_anything_running() && !board.is_done());
        board.end(3);
        assert!(!board.is_anything_running() && board.is_done());
    }

    #[test]
    fn every_task_runs_once_and_after_its_dependencies() {
        let order = Mutex::new(Vec::new());
        let noted = |name: &'static str, lane, after| {
            let order = &order;
            Task::new(name, lane, after, move || {
                order.lock().unwrap().push(name);
                Ok(())
            })
        };
        run(vec![
            noted("third", Lane::Page, &["second"]),
            noted("second", Lane::Busy, &["first"]),
            noted("first", Lane::Waiting, &[]),
        ])
        .unwrap();
        assert_eq!(*order.lock().unwrap(), ["first", "second", "third"]);
    }

    #[cfg(unix)]
    #[test]
    fn the_first_failure_ends_running_tasks_and_starts_no_more() {
        let fails = || Err(Error::Wrong("a test failed".to_owned()));
        let sleeps = || {
            let mut command = std::process::Command::new("sleep");
            crate::step::run(command.arg("600"))
        };
        let failed = run(vec![
            Task::new("sleeps", Lane::Waiting, &[], sleeps),
            Task::new("fails", Lane::Busy, &[], fails),
            Task::new("is not started", Lane::Page, &["fails"], || panic!("it was started")),
        ]);
        assert_eq!(failed.unwrap_err().to_string(), "a test failed");
    }

    #[test]
    fn a_task_that_panics_has_failed() {
        let failed = run(vec![Task::new("panics", Lane::Busy, &[], || panic!("on purpose, for this test"))]);
        assert!(matches!(failed, Err(Error::Wrong(_))));
    }

    #[test]
    fn an_impossible_order_is_rejected() {
        let unknown = run(vec![idle("a", Lane::Busy, &["b"])]);
        assert_eq!(unknown.unwrap_err().to_string(), "no step is called b");
        let circle = run(vec![idle("a", Lane::Busy, &["b"]), idle("b", Lane::Page, &["a"])]);
        assert_eq!(circle.unwrap_err().to_string(), "these steps wait for each other: a, b");
    }
}
