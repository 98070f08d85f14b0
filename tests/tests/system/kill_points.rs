//! `waybill` is killed at every commit of its journal and at every boundary of every request, one instant after the
//! other, and resumed each time.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use waybill_system_tests::{Error, Finished, PATIENCE, Result, Size};

use crate::kills::AtDeath;
use crate::scene::Scene;

/// How many are tried at once. Each mostly waits: for the sandbox's checks and for what has to be waited out.
const AT_ONCE: usize = 4;

/// What must have been among the instants.
const KINDS: [&str; 8] = [
    "journal: before a commit",
    "journal: after a commit",
    "session: saved",
    "request Before Upload PUT",
    "request Answered Upload PUT",
    "request Read Upload PUT",
    "request Answered Upload POST",
    "request Answered Api POST",
];

#[test]
fn killed_at_every_commit_and_every_boundary_of_a_request() -> Result<()> {
    let scene = Scene::of(Size::Few, &[])?;
    let (finished, instants) = send(&scene, None)?;
    finished.expect_code(0)?;
    for kind in KINDS {
        assert!(instants.iter().any(|name| name == kind), "never reached: {kind}; only {instants:?}");
    }
    let unkilled = receipt_without_times(&scene);
    assert!(!unkilled.is_empty());

    let killed = AtomicUsize::new(0);
    each(instants.len(), |number| {
        if survives(number, &unkilled)? {
            killed.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    })?;
    let killed = killed.into_inner();
    println!("killed at {killed} of {} instants", instants.len());
    // The number of polls while the service checks differs from run to run, so the last instants may not come.
    assert!(killed * 10 >= instants.len() * 9, "only {killed} of {} were reached", instants.len());
    Ok(())
}

/// Does something with each number from 1, several at once.
pub(crate) fn each(numbers: usize, work: impl Fn(usize) -> Result<()> + Sync) -> Result<()> {
    let next = AtomicUsize::new(1);
    let worker = || -> Result<()> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number > numbers {
                return Ok(());
            }
            work(number)?;
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap())
    })
}

/// Returns whether the instant came before the end.
fn survives(number: usize, unkilled: &BTreeMap<String, String>) -> Result<bool> {
    let scene = Scene::of(Size::Few, &[])?;
    let (finished, reached) = send(&scene, Some(number))?;
    let name = format!("at instant {number} ({})", reached.last().map_or("never", String::as_str));
    if finished.code.is_some() {
        assert!(reached.len() < number, "{name}: it did not die");
        finished.expect_code(0)?;
        return Ok(false);
    }
    println!("killed {name}");
    let at_death = AtDeath::of(&scene)?;
    scene.send_to_the_end()?;
    at_death.nothing_was_lost_or_sent_twice(&scene, &name)?;
    let receipt = receipt_without_times(&scene);
    assert!(receipt.keys().eq(unkilled.keys()), "killed {name}: {:?}", receipt.keys());
    for (file, text) in &receipt {
        let differs = text.lines().zip(unkilled[file].lines()).find(|(line, expected)| line != expected);
        assert_eq!(differs, None, "killed {name}: another {file}");
        assert_eq!(text.lines().count(), unkilled[file].lines().count(), "killed {name}: another {file}");
    }
    Ok(true)
}

/// Sends until the end or the chosen instant, and returns the instants that were reached.
pub(crate) fn send(scene: &Scene, at: Option<usize>) -> Result<(Finished, Vec<String>)> {
    let list = scene.dir.path().join("instants");
    if list.exists() {
        fs::remove_file(&list).map_err(|source| Error::Io { path: list.clone(), source })?;
    }
    let mut waybill = scene.waybill.clone().variable("WAYBILL_KILL_POINTS", &list);
    if let Some(number) = at {
        waybill = waybill.variable("WAYBILL_KILL_AT", number.to_string());
    }
    let finished = waybill.run(scene.send_arguments(), PATIENCE)?;
    let text = match fs::read_to_string(&list) {
        // Where the transfer has finished already, there is nothing to do.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read.map_err(|source| Error::Io { path: list, source })?,
    };
    let names = text.lines().map(|line| line.split_once(' ').map_or(line, |(_, name)| name).to_owned());
    Ok((finished, names.collect()))
}

/// Returns the files of a receipt with a word in place of each time, id and address, and of how a file is known to have
/// arrived: a lost reply makes the next attempt say so.
pub(crate) fn receipt_without_times(scene: &Scene) -> BTreeMap<String, String> {
    let entries = fs::read_dir(scene.receipts()).unwrap().map(|entry| entry.unwrap());
    let files = entries.map(|entry| {
        let name = entry.file_name().into_string().unwrap();
        (name, without_times(&fs::read_to_string(entry.path()).unwrap(), &scene.consignment.reference))
    });
    files.collect()
}

fn without_times(text: &str, reference: &str) -> String {
    let is_of_a_word = |c: char| c.is_ascii_alphanumeric() || "-:.".contains(c);
    let mut plain = String::with_capacity(text.len());
    let mut known_by = text.split(r#""known_by":""#);
    let mut text = known_by.next().unwrap_or_default().to_owned();
    for after in known_by {
        text.push_str(&format!(r#""known_by":"HOW{}"#, after.trim_start_matches(|c| c != '"')));
    }
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.find(|c| !is_of_a_word(c)).unwrap_or(rest.len()));
        let (between, after) = after.split_at(after.find(is_of_a_word).unwrap_or(after.len()));
        let what = match word {
            _ if word == reference => "REFERENCE",
            _ if word.starts_with("sandbox-") || word.starts_with("127.0.0.") => "ADDRESS",
            _ if has_shape(word, &[4, 2, 2], 'T') && word.ends_with('Z') => "TIME",
            _ if has_shape(word, &[8, 4, 4, 4], '-') => "ID",
            _ => word,
        };
        plain.push_str(what);
        plain.push_str(between);
        rest = after;
    }
    plain
}

/// Returns whether a word begins with hexadecimal numbers of these lengths, with hyphens between them and `then` after.
fn has_shape(word: &str, lengths: &[usize], then: char) -> bool {
    let mut rest = word;
    for (number, &length) in lengths.iter().enumerate() {
        let separator = if number + 1 == lengths.len() { then } else { '-' };
        match rest.split_at_checked(length) {
            Some((digits, after)) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                let Some(after) = after.strip_prefix(separator) else { return false };
                rest = after;
            }
            Some(_) | None => return false,
        }
    }
    true
}

#[test]
fn only_times_ids_and_addresses_are_taken_out_of_a_receipt() {
    let text = r#""known_by":"reply",TDR-2026-A,a-b.txt,25669,2026-12-01T02:20:01.169Z,cb6c883d-569f-4a65-a713-de129e571ab3,http://127.0.0.4:1/"#;
    assert_eq!(
        without_times(text, "TDR-2026-A"),
        r#""known_by":"HOW",REFERENCE,a-b.txt,25669,TIME,ID,http://ADDRESS/"#
    );
}
