//! Files that change while a transfer sends them, each in another way: every byte arrives as it was when it was checked,
//! or the file is named with the reason, and everything else arrives.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use waybill_system_tests::{Error, Fault, Finished, PATIENCE, Result, Role, Run, Waybill, compare};

use crate::changes::{send_held_back, slow_down};
use crate::scene::{PART, Scene};

/// What happens to a file.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Grows,
    Shrinks,
    Vanishes,
    IsRenamed,
    /// By another file with the same size and time.
    IsReplaced,
    /// By a copy of it: nothing is lost, and it is sent.
    IsReplacedByACopy,
    /// The same size, and the time is set back: only the service can see it, by the checksum.
    IsEditedInSecret,
    BecomesAFolder,
    #[cfg(unix)]
    BecomesALink,
    #[cfg(unix)]
    BecomesAPipe,
}

/// The files of the sample, what happens to each, and the code that names it.
const SMALL: &[(&str, Trouble, Option<&str>)] = &[
    ("Read me first.txt", Trouble::Grows, Some("changed_after_checking")),
    ("Minutes/Report.pdf", Trouble::Shrinks, Some("changed_after_checking")),
    ("Minutes/no-extension", Trouble::Vanishes, Some("file_gone")),
    ("Correspondence/=SUM(A1,A9).csv", Trouble::IsRenamed, Some("file_gone")),
    ("Budget 2019/Überblick über Ausgaben.ods", Trouble::IsReplaced, Some("changed_after_checking")),
    ("Correspondence/party 🎉 invitation.docx", Trouble::IsEditedInSecret, Some("content_differs")),
    ("Correspondence/Ελληνικά κείμενα.txt", Trouble::IsReplacedByACopy, None),
    ("Minutes/.hidden notes", Trouble::BecomesAFolder, Some("changed_after_checking")),
    #[cfg(unix)]
    ("Correspondence/  two spaces  and a dot..txt", Trouble::BecomesALink, Some("changed_after_checking")),
    #[cfg(unix)]
    ("Budget 2019/Caf\u{e9} receipts.csv", Trouble::BecomesAPipe, Some("changed_after_checking")),
];

/// The same for a file of which a part has been acknowledged already.
const LARGE: [(Trouble, Option<&str>); 5] = [
    (Trouble::Grows, Some("changed_after_checking")),
    (Trouble::Shrinks, Some("changed_after_checking")),
    (Trouble::IsReplaced, Some("changed_after_checking")),
    (Trouble::IsEditedInSecret, Some("content_differs")),
    (Trouble::IsReplacedByACopy, None),
];

#[test]
fn each_file_that_changes_before_it_is_sent_is_named_and_the_others_arrive() -> Result<()> {
    let scene = Scene::new()?;
    let (run, hold) = send_held_back(&scene)?;
    let mut troubled = BTreeMap::new();
    let mut undone = Vec::new();
    for (below, trouble, code) in SMALL {
        let path = format!("Parish records/{below}");
        undone.push(Before::of(scene.sample.on_disk(&path))?);
        run.while_it_stands_still(|| trouble.befalls(&scene.sample.on_disk(&path)))?;
        troubled.extend(code.map(|code| (path, code)));
    }
    // What was opened before its trouble may still be on its way, and would be stored as it was when it was checked.
    let control = scene.sandbox.control();
    control.wait_fired(hold, control.fired(hold)? + 5, PATIENCE)?;
    control.remove(hold)?;
    only_these_are_missing(&scene, &run.finish(PATIENCE)?.expect_code(5)?, &troubled)?;
    undone.iter().try_for_each(Before::again)?;
    scene.resume(&["--retry"])?.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn a_large_file_that_changes_between_its_parts_is_never_a_mixture() -> Result<()> {
    for (trouble, code) in LARGE {
        let scene = Scene::new()?;
        let (run, held) = after_first_part(&scene, &scene.waybill)?;
        let largest = scene.sample.on_disk(&scene.sample.largest);
        let before = Before::of(largest.clone())?;
        run.while_it_stands_still(|| trouble.befalls(&largest))?;
        held.into_iter().try_for_each(|fault| scene.sandbox.control().remove(fault))?;
        let finished = run.finish(PATIENCE)?;
        if let Some(code) = code {
            let troubled = BTreeMap::from([(scene.sample.largest.clone(), code)]);
            only_these_are_missing(&scene, &finished.expect_code(5)?, &troubled)
                .map_err(|error| Error::unexpected(format!("{trouble:?}: {error}")))?;
            before.again()?;
            scene.resume(&["--retry"])?.finish(PATIENCE)?.expect_code(0)?;
        } else {
            finished.expect_code(0)?;
        }
        scene.everything_arrived()?;
    }
    Ok(())
}

/// Sends until the first part of the largest file is acknowledged. The others are refused until the faults are removed.
pub(crate) fn after_first_part(scene: &Scene, waybill: &Waybill) -> Result<(Run, Vec<u64>)> {
    let control = scene.sandbox.control();
    let part = |path: &str| Fault::new(Role::Upload, slow_down()).path(path).always();
    let held = vec![control.set(&part("*partNumber=2&*"))?, control.set(&part("*partNumber=3&*"))?];
    let run = waybill.start(scene.send_arguments())?;
    run.wait_for("the first part", PATIENCE, |event| {
        event.is("progress", &[("phase", "sending")]) && event.number("bytes_done") >= PART
    })?;
    Ok((run, held))
}

/// Everything but these files arrived, and each of these is named with its code.
pub(crate) fn only_these_are_missing(
    scene: &Scene,
    finished: &Finished,
    missing: &BTreeMap<String, &str>,
) -> Result<()> {
    let named: BTreeMap<String, &str> =
        finished.named("item_problem").map(|event| (event.text("path").to_owned(), event.text("code"))).collect();
    let others = scene.sample.sent.keys().filter(|path| !missing.contains_key(*path));
    match compare(scene.sandbox.control(), &scene.consignment.id, scene.dir.path(), others) {
        Err(Error::Different(mut differences)) => {
            let mut expected: Vec<String> = missing
                .keys()
                .flat_map(|path| {
                    [
                        format!("{path} is registered, and should not be, or twice"),
                        format!("{path} is registered and not stored"),
                    ]
                })
                .collect();
            expected.sort();
            differences.sort();
            assert_eq!(differences, expected);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(named, *missing);
    Ok(())
}

impl Trouble {
    fn befalls(self, path: &Path) -> Result<()> {
        let done = || -> std::io::Result<()> {
            let bytes = fs::read(path)?;
            let other: Vec<u8> = bytes.iter().map(|byte| byte ^ 1).collect();
            let time = fs::metadata(path)?.modified()?;
            match self {
                Self::Grows => fs::File::options().append(true).open(path)?.write_all(b"more"),
                Self::Shrinks => fs::File::options().write(true).open(path)?.set_len(bytes.len() as u64 / 2),
                Self::Vanishes => fs::remove_file(path),
                Self::IsRenamed => fs::rename(path, path.with_extension("renamed")),
                Self::IsReplaced => replace(path, &other, time),
                Self::IsReplacedByACopy => replace(path, &bytes, time),
                Self::IsEditedInSecret => {
                    let mut file = fs::File::options().write(true).open(path)?;
                    file.write_all(&other)?;
                    file.set_modified(time)
                }
                Self::BecomesAFolder => fs::remove_file(path).and_then(|()| fs::create_dir(path)),
                #[cfg(unix)]
                Self::BecomesALink => {
                    let beside = path.with_extension("renamed");
                    fs::rename(path, &beside)?;
                    std::os::unix::fs::symlink(&beside, path)
                }
                #[cfg(unix)]
                Self::BecomesAPipe => {
                    fs::remove_file(path)?;
                    std::process::Command::new("mkfifo").arg(path).status().map(drop)
                }
            }
        };
        done().map_err(|source| Error::Io { path: path.to_owned(), source })
    }
}

/// A file as it was.
struct Before {
    path: PathBuf,
    bytes: Vec<u8>,
    time: SystemTime,
}

impl Before {
    fn of(path: PathBuf) -> Result<Self> {
        let read = || Ok((fs::read(&path)?, fs::metadata(&path)?.modified()?));
        let (bytes, time) = read().map_err(|source| Error::Io { path: path.clone(), source })?;
        Ok(Self { path, bytes, time })
    }

    /// Puts it back.
    fn again(&self) -> Result<()> {
        let done = || {
            if self.path.is_dir() {
                fs::remove_dir(&self.path)?;
            }
            replace(&self.path, &self.bytes, self.time)
        };
        done().map_err(|source| Error::Io { path: self.path.clone(), source })
    }
}

/// Puts another file in its place, with these contents and this time.
fn replace(path: &Path, bytes: &[u8], time: SystemTime) -> std::io::Result<()> {
    let beside = path.with_extension("new one");
    let mut file = fs::File::create(&beside)?;
    file.write_all(bytes)?;
    file.set_modified(time)?;
    fs::rename(beside, path)
}
