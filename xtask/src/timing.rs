//! How long the steps of a run took.

use std::time::{Duration, Instant};

/// The duration of one step.
#[derive(Clone, Debug)]
pub(crate) struct Timed {
    pub(crate) title: String,
    pub(crate) started: Instant,
    pub(crate) took: Duration,
}

/// Returns a table of steps in the order in which they started, ending with the total processor time.
pub(crate) fn table(run_started: Instant, mut times: Vec<Timed>) -> String {
    times.sort_by_key(|timed| timed.started);
    let row = |at: &str, took: &str, title: &str| format!("{at:>8} {took:>8}  {title}");
    let mut lines = vec![row("Started", "Took", "Step")];
    lines.extend(times.iter().map(|timed| {
        let at = timed.started.saturating_duration_since(run_started);
        row(&minutes(at), &minutes(timed.took), &timed.title)
    }));
    let mut total = format!("Everything took {}", minutes(run_started.elapsed()));
    if let Some(processor) = processor_time() {
        total.push_str(&format!(" ({} of processor time)", minutes(processor)));
    }
    lines.push(total);
    lines.join("\n")
}

/// Formats a duration as minutes and seconds.
fn minutes(time: Duration) -> String {
    // Half a second is rounded up.
    let seconds = (time + Duration::from_millis(500)).as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Returns the processor time of all child processes that have ended, if the system reports it.
fn processor_time() -> Option<Duration> {
    of_children(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// Returns the sum of `cutime` and `cstime` of `/proc/PID/stat` (proc(5)), in hundredths of a second on usual Linux
/// systems.
fn of_children(stat: &str) -> Option<Duration> {
    // The name, in brackets before these fields, may contain anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis(next()?.checked_add(next()?)?.checked_mul(10)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_listed_in_the_order_in_which_they_started() {
        let start = Instant::now();
        let timed = |title: &str, after: u64, took: u64| Timed {
            title: title.to_owned(),
            started: start + Duration::from_secs(after),
            took: Duration::from_millis(took),
        };
        let table = table(start, vec![timed("Second", 61, 125_600), timed("First", 0, 400)]);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines[..3],
            [" Started     Took  Step", "    0:00     0:00  First", "    1:01     2:06  Second"],
            "{table}"
        );
        assert!(lines[3].starts_with("Everything took 0:00"), "{table}");
    }

    #[test]
    fn the_processor_time_of_children_is_read_with_any_program_name() {
        let stat = "7 (a) name) S 1 7 7 0 -1 4194560 1 2 0 0 10 20 1234 66 20 0 1 0 100";
        assert_eq!(of_children(stat), Some(Duration::from_secs(13)));
        assert_eq!(of_children("7 (a) S 1"), None);
        assert_eq!(of_children(""), None);
    }
}
