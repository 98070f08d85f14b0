//! What Linux reports about a process and its descendants (proc(5)).

use std::fs;

use waybill_system_tests::{Error, Result};

use crate::io;

/// A process and its descendants at one moment.
pub(crate) struct Tree(Vec<Process>);

/// One process.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Process {
    id: u32,
    parent: u32,
    name: String,
    /// User and system processor time, in units of 10 ms.
    ticks: u64,
}

impl Tree {
    /// Reads the tree of a process.
    ///
    /// # Errors
    /// There is no such process.
    pub(crate) fn of(root: u32) -> Result<Self> {
        let all: Vec<Process> = fs::read_dir("/proc")
            .map_err(io("/proc"))?
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
            // A process may end at any time.
            .filter_map(|id| parse(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?))
            .collect();
        let below = descendants(&all, root);
        if below.is_empty() { Err(Error::unexpected("a program has ended unexpectedly")) } else { Ok(Self(below)) }
    }

    /// Returns the id of the first process whose name starts with this.
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        self.0.iter().find(|process| process.name.starts_with(name)).map(|process| process.id)
    }

    /// Returns the memory of all processes in MiB. Memory shared with other processes counts in proportion (`Pss`).
    ///
    /// # Errors
    /// The system does not report it.
    pub(crate) fn memory_mib(&self) -> Result<f64> {
        let mut kib = 0;
        for process in &self.0 {
            kib += pss_kib(process.id)?;
        }
        Ok(kib as f64 / 1024.0)
    }

    /// Returns the memory in MiB of the processes whose name starts with this.
    ///
    /// # Errors
    /// The system does not report it.
    pub(crate) fn memory_of(&self, name: &str) -> Result<f64> {
        Self(self.0.iter().filter(|process| process.name.starts_with(name)).cloned().collect()).memory_mib()
    }

    /// Returns whether all processes have ended. A zombie counts as ended.
    pub(crate) fn is_gone(&self) -> bool {
        let runs = |process: &Process| {
            let stat = fs::read_to_string(format!("/proc/{}/stat", process.id)).unwrap_or_default();
            // Its id may now belong to another process.
            parse(&stat).is_some_and(|now| now.name == process.name) && !stat.contains(") Z ")
        };
        !self.0.iter().any(runs)
    }

    /// Returns the processor time that all processes have used, in units of 10 ms.
    pub(crate) fn ticks(&self) -> u64 {
        self.0.iter().map(|process| process.ticks).sum()
    }
}

/// Returns a process's peak memory in MiB (`VmHWM`); `None` once it has ended.
pub(crate) fn peak_mib(id: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    kib_of(&status, "VmHWM:").map(|kib| kib as f64 / 1024.0)
}

fn pss_kib(id: u32) -> Result<u64> {
    let path = format!("/proc/{id}/smaps_rollup");
    let text = fs::read_to_string(&path).map_err(io(&path))?;
    kib_of(&text, "Pss:").ok_or_else(|| Error::unexpected("the system does not report how much memory a process has"))
}

fn kib_of(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Reads a line of `/proc/ID/stat`. The name is in brackets and may contain brackets.
fn parse(stat: &str) -> Option<Process> {
    let (id, rest) = stat.split_once(" (")?;
    let (name, rest) = rest.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Process {
        id: id.parse().ok()?,
        parent: fields.get(1)?.parse().ok()?,
        name: name.to_owned(),
        ticks: number(11)? + number(12)?,
    })
}

fn descendants(all: &[Process], root: u32) -> Vec<Process> {
    let mut found: Vec<Process> = all.iter().filter(|process| process.id == root).cloned().collect();
    let mut next = 0;
    while let Some(parent) = found.get(next).map(|process| process.id) {
        found.extend(all.iter().filter(|process| process.parent == parent).cloned());
        next += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(id: u32, parent: u32) -> Process {
        Process { id, parent, name: String::new(), ticks: 0 }
    }

    #[test]
    fn a_name_with_brackets_and_spaces_does_not_shift_the_fields() {
        let stat = "71 (a) b (c) S 7 71 71 0 -1 4194304 1 2 3 4 120 30 5 6 20 0 1 0 100 1000 20";
        let expected = Process { id: 71, parent: 7, name: "a) b (c".to_owned(), ticks: 150 };
        assert_eq!(parse(stat), Some(expected));
        assert_eq!(parse("71 (a"), None);
    }

    #[test]
    fn a_tree_is_a_process_and_all_its_descendants() {
        let all = [process(1, 0), process(5, 1), process(6, 5), process(9, 6), process(7, 1)];
        let ids: Vec<u32> = descendants(&all, 5).iter().map(|process| process.id).collect();
        assert_eq!(ids, [5, 6, 9]);
        assert!(descendants(&all, 4).is_empty());
    }

    #[test]
    fn a_size_is_read_only_from_its_own_line() {
        assert_eq!(kib_of("Rss: 9 kB\nPss:     1234 kB\nPss_Dirty: 5 kB\n", "Pss:"), Some(1234));
        assert_eq!(kib_of("Rss: 9 kB\n", "Pss:"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_tree_of_this_process_has_memory() {
        let me = std::process::id();
        assert!(Tree::of(me).unwrap().memory_mib().unwrap() > 0.1);
        assert!(peak_mib(me).unwrap() > 0.1);
    }
}
