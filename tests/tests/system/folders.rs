//! Folders that no person would make, but some program did.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use waybill_system_tests::{Error, Event, PATIENCE, Result, Sample, Size};

use crate::random_kills::chosen;
use crate::scene::Scene;

/// Files in one folder that are sent; `cargo xtask soak files --count 100000` takes more.
const FILES: u64 = 1_500;
/// Files in one folder that are checked: more than TDR takes.
const TOO_MANY: u64 = 100_000;
/// How long their check may take.
const CHECK_PATIENCE: Duration = Duration::from_secs(90);
/// MiB of a file that is all zeros but for its ends; `cargo xtask soak sparse --count 4100` takes more.
const SPARSE: u64 = 200;
/// The most memory that sending it, or checking many files, may take, in KiB: much less than the file.
#[cfg(target_os = "linux")]
const MEMORY: u64 = 128 << 10;
/// How long a large file, or many, may take.
const LONG_PATIENCE: Duration = Duration::from_secs(3_600);
/// Folders in one another.
const LEVELS: usize = 200;

/// A scene with this folder, which has no files yet.
fn scene_with(name: &str) -> Result<Scene> {
    scene_of(name, &[])
}

/// The same with further options for the sandbox.
fn scene_of(name: &str, options: &[&str]) -> Result<Scene> {
    let mut scene = Scene::of(Size::Few, options)?;
    let root = scene.dir.path().join(name);
    fs::create_dir(&root).map_err(|source| Error::Io { path: root.clone(), source })?;
    scene.sample = Sample {
        root,
        sent: BTreeMap::new(),
        left_out: BTreeMap::new(),
        empty_folders: Vec::new(),
        largest: String::new(),
    };
    Ok(scene)
}

/// Adds a file that is to be sent.
fn add(scene: &mut Scene, below: &str, bytes: &[u8]) -> Result<()> {
    let path = format!("{}/{below}", scene.sample.root.file_name().unwrap_or_default().to_string_lossy());
    write(&scene.sample.on_disk(&path), bytes)?;
    scene.sample.sent.insert(path, u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, bytes))
        .map_err(|source| Error::Io { path: path.to_owned(), source })
}

/// Returns what the check found of one kind.
#[cfg(unix)]
fn findings(scene: &Scene, kind: &str) -> Result<Vec<Event>> {
    let shown = scene.waybill.run(["show", &scene.consignment.reference, "--findings"], PATIENCE)?;
    Ok(shown.named("finding").filter(|event| event.text("kind") == kind).cloned().collect())
}

#[cfg(target_os = "linux")]
#[test]
fn names_of_every_kind_arrive_as_they_are_or_are_findings() -> Result<()> {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;
    let mut scene = scene_with("Names 'and' \"quotes\" & <more>")?;
    let long = "ü".repeat(127) + "x";
    let names = [
        "new\nline.txt",
        "return\r.txt",
        "tab\t.txt",
        "escape\u{1b}[31m.txt",
        "quote\"and'and`.txt",
        "right to left \u{202e}xt.cod",
        "zero\u{200b}width.txt",
        "dot.",
        "space ",
        " space",
        "...",
        "-rf",
        "--yes",
        "~",
        "$HOME",
        "*?[a]",
        "back\\slash",
        "C:",
        "CON.txt",
        "100%00%2F%2e%2e.txt",
        "a&b=c#d?e+f",
        "<b>bold<b>.html",
        "caf\u{e9}",
        "cafe\u{301}",
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "\u{feff}mark",
        "\u{7f}",
        &long,
    ];
    for (number, name) in names.iter().enumerate() {
        add(&mut scene, name, format!("file {number}").as_bytes())?;
        add(&mut scene, &format!("in folders/{name}/{name}"), format!("below {number}").as_bytes())?;
    }
    let bad = scene.sample.root.join(OsString::from_vec(b"not \xff unicode".to_vec()));
    write(&bad, b"lost in silence?")?;
    write(&bad.with_extension("folder").join("file"), b"and this?")?;

    scene.send_to_the_end()?;
    scene.everything_arrived()?;
    let raw_names: Vec<String> =
        findings(&scene, "name_not_unicode")?.iter().map(|found| found.text("raw_name").to_owned()).collect();
    let hex = |name: &[u8]| name.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(raw_names, [hex(b"not \xff unicode"), hex(b"not \xff unicode.folder")]);
    Ok(())
}

/// Larger than TDR, for more files than it takes.
const LARGER_SERVICE: [&str; 6] =
    ["--files", "1000000", "--api-body-bytes", "1000000000", "--request-limit", "10000000"];

#[test]
fn many_files_in_one_folder_are_all_sent() -> Result<()> {
    let files = chosen("WAYBILL_SOAK_COUNT", FILES)?;
    let mut scene = scene_of("Scans", &LARGER_SERVICE)?;
    for number in 0..files {
        add(&mut scene, &format!("scan {number:06}.tif"), format!("page {number}").as_bytes())?;
    }
    scene.send()?.finish(LONG_PATIENCE)?.expect_code(0)?;
    assert_eq!(scene.everything_arrived()?.files, files);
    Ok(())
}

#[test]
fn a_folder_of_far_too_many_files_is_refused_within_seconds_in_little_memory() -> Result<()> {
    let scene = scene_with("Scans")?;
    for number in 0..TOO_MANY {
        let path = scene.sample.root.join(format!("scan {number:06}.tif"));
        fs::write(&path, "page").map_err(|source| Error::Io { path, source })?;
    }
    let run = scene.send()?;
    run.wait_for("the check", CHECK_PATIENCE, |event| event.name() == "checked")?;
    #[cfg(target_os = "linux")]
    needs_little_memory(&run)?;
    let finished = run.finish(PATIENCE)?.expect_code(4)?;
    let checked = finished.event("checked")?;
    assert_eq!((checked.number("files"), checked.text("blocked")), (TOO_MANY, "too_many_files"));
    assert_eq!(scene.calls_of("startUpload")?, 0);
    Ok(())
}

#[test]
fn a_sparse_file_is_sent_whole_in_little_memory() -> Result<()> {
    use std::io::{Seek as _, SeekFrom, Write as _};
    let size = chosen("WAYBILL_SOAK_COUNT", SPARSE)? << 20;
    let mut scene = scene_with("Disk images")?;
    add(&mut scene, "disk.img", b"the beginning")?;
    let path = scene.sample.root.join("disk.img");
    let extend = || -> std::io::Result<()> {
        let mut file = fs::File::options().write(true).open(&path)?;
        file.seek(SeekFrom::Start(size - 7))?;
        file.write_all(b"the end")
    };
    extend().map_err(|source| Error::Io { path: path.clone(), source })?;
    scene.sample.sent.insert("Disk images/disk.img".to_owned(), size);
    let run = scene.send()?;
    run.wait_for("all sent", LONG_PATIENCE, |event| event.name() == "hand_over")?;
    #[cfg(target_os = "linux")]
    needs_little_memory(&run)?;
    run.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    Ok(())
}

/// Reads the most memory that a process has had.
#[cfg(target_os = "linux")]
fn needs_little_memory(run: &waybill_system_tests::Run) -> Result<()> {
    let path = Path::new("/proc").join(run.id().to_string()).join("status");
    let status = fs::read_to_string(&path).map_err(|source| Error::Io { path, source })?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    let peak = peak.ok_or_else(|| Error::unexpected("the system does not say how much memory a process has had"))?;
    println!("{peak} KiB of memory");
    assert!(peak < MEMORY, "{peak} KiB of memory");
    Ok(())
}

#[test]
fn files_two_hundred_levels_deep_are_sent() -> Result<()> {
    let mut scene = scene_with("Deep")?;
    let mut below = String::new();
    for level in 0..LEVELS {
        below.push_str(&format!("{}/", level % 10));
        if level % 20 == 19 {
            add(&mut scene, &format!("{below}file"), format!("level {level}").as_bytes())?;
        }
    }
    scene.send_to_the_end()?;
    assert_eq!(scene.everything_arrived()?.files, 10);
    Ok(())
}

#[test]
fn a_folder_that_changes_while_it_is_walked_is_sent_as_it_is_in_the_end() -> Result<()> {
    let mut scene = scene_with("Restless")?;
    for folder in 0..40 {
        for file in 0..20 {
            add(&mut scene, &format!("{folder}/{file}"), format!("{folder} {file}").as_bytes())?;
        }
    }
    let root = scene.sample.root.clone();
    let stop = AtomicBool::new(false);
    let ended = thread::scope(|scope| {
        let restless = scope.spawn(|| -> Result<()> {
            // Every change is taken back.
            while !stop.load(Ordering::Relaxed) {
                for folder in 0..40 {
                    let (there, away) = (root.join(folder.to_string()), root.join(format!("away {folder}")));
                    let file = there.join("passing");
                    let done = || -> std::io::Result<()> {
                        fs::rename(&there, &away)?;
                        fs::rename(&away, &there)?;
                        fs::write(&file, "here and gone")?;
                        fs::remove_file(&file)
                    };
                    done().map_err(|source| Error::Io { path: there.clone(), source })?;
                }
            }
            Ok(())
        });
        let run = scene.send()?;
        let walked = run.wait_for("the end of the walk", PATIENCE, |event| {
            event.name() == "checked" || event.is("state", &[("phase", "hashing")])
        });
        stop.store(true, Ordering::Relaxed);
        restless.join().unwrap()?;
        walked?;
        run.finish(PATIENCE)
    })?;
    println!("ended with {:?}", ended.code);
    if ended.code != Some(0) {
        assert_eq!(scene.calls_of("startUpload")?, 0, "the consignment can still be used");
        let code = ended.event("error")?.text("code");
        assert!(["leaves_out", "folder_changed"].contains(&code), "{code}");
        scene.send_to_the_end()?;
    }
    scene.everything_arrived()?;
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_loop_of_links_is_named_and_not_followed() -> Result<()> {
    let mut scene = scene_with("Loop")?;
    add(&mut scene, "a/file", b"once")?;
    let link = |target: &str, name: &str| {
        let path = scene.sample.root.join(name);
        std::os::unix::fs::symlink(target, &path).map_err(|source| Error::Io { path, source })
    };
    link("..", "a/up")?;
    link("a", "b")?;
    link("itself", "itself")?;
    scene.send_to_the_end()?;
    assert_eq!(scene.everything_arrived()?.files, 1);
    let mut links: Vec<String> = findings(&scene, "link")?.iter().map(|found| found.text("path").to_owned()).collect();
    links.sort();
    assert_eq!(links, ["Loop/a/up", "Loop/b", "Loop/itself"]);
    Ok(())
}
