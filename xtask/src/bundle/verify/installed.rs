//! The packages in a minimal Debian: installed, checked, used and removed.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use waybill_system_tests::{PATIENCE, until};

use super::leftovers::Difference;
use super::minimal::MinimalDebian;
use crate::bundle::layout::{Format, ID, Package};
use crate::bundle::{Built, Bundle};
use crate::error::{Error, Result};
use crate::step;
use crate::window::{Display, Owned, PAGE_READY, wait_for_line};

/// Packages that read manual pages and complete commands, to check that they find the files of ours.
const READERS: [&str; 4] = ["man-db", "bash-completion", "zsh", "fish"];

/// Libraries that only the window may need, so that the other programs do not install them on a server.
const WINDOW_LIBRARIES: [&str; 3] = ["libgtk", "libwebkit", "libx11"];

const INSTALL: [&str; 5] = ["apt-get", "--quiet", "--quiet", "--yes", "--no-install-recommends"];

/// The files and packages before ours are installed.
pub(super) struct Before {
    files: BTreeSet<String>,
    packages: BTreeSet<String>,
}

/// Installs the packages' dependencies and [`READERS`], and returns what is installed then.
pub(super) fn prepare(debian: &MinimalDebian, built: &Built) -> Result<Before> {
    debian.run(&["apt-get", "--quiet", "--quiet", "update"])?;
    debian.run(&[&INSTALL[..], &["install"], &READERS].concat())?;
    for Bundle { package, deb, .. } in &built.packages {
        let needs = step::output(Command::new("dpkg-deb").arg("--field").arg(deb).arg("Depends"))?;
        println!("   {} needs {}", package.name(), needs.trim());
        let is_for_a_window = WINDOW_LIBRARIES.iter().any(|library| needs.contains(library));
        if is_for_a_window != (*package == Package::Desktop) {
            return Err(Error::Wrong(format!("{} needs the wrong libraries: {needs}", package.name())));
        }
        debian.run(&[&INSTALL[..], &["satisfy", needs.trim()]].concat())?;
        debian.copy_in(deb, &path_of(*package))?;
    }
    Ok(Before { files: debian.files()?, packages: packages(debian)? })
}

/// Installs the packages one after the other. None may install anything else, because all dependencies are installed.
pub(super) fn install(debian: &MinimalDebian, built: &Built) -> Result {
    for package in Package::ALL {
        let before = packages(debian)?;
        debian.run(&[&INSTALL[..], &["install", &path_of(package)]].concat())?;
        let now = packages(debian)?;
        let new: Vec<&String> = now.difference(&before).collect();
        if new != [package.name()] {
            return Err(Error::Wrong(format!("{new:?} were installed, not only {}", package.name())));
        }
        let wanted = built.staging.files(package, Format::Deb);
        let missing: Vec<String> =
            wanted.iter().filter(|file| !debian.path(&file.to).is_file()).map(|file| file.to.clone()).collect();
        if !missing.is_empty() {
            return Err(Error::Wrong(format!("{missing:?} are missing")));
        }
        println!("   {}: {} files", package.name(), wanted.len());
    }
    Ok(())
}

/// Checks that manual pages, completions and desktop files are found.
pub(super) fn check(debian: &MinimalDebian, built: &Built) -> Result {
    for name in Package::ALL.map(Package::name) {
        expect("dpkg --verify", &debian.output(&["dpkg", "--verify", name])?, str::is_empty)?;
        let version = as_user(debian, &[name, "--version"])?;
        println!("   {}", version.trim());
        expect(name, &version, |text| text.trim() == format!("{name} {}", built.facts.version))?;
    }
    let version = as_user(debian, &["waybill", "sandbox", "--version"])?;
    expect("waybill sandbox", &version, |text| text.trim() == format!("waybill-sandbox {}", built.facts.version))?;
    for page in ["waybill", "waybill-send", "waybill-desktop", "waybill-sandbox"] {
        let found = as_user(debian, &["man", "--where", page])?;
        expect("man", &found, |text| text.trim() == format!("/usr/share/man/man1/{page}.1.gz"))?;
    }
    let bash = ". /usr/share/bash-completion/bash_completion; _completion_loader waybill; complete -p waybill";
    let zsh = "autoload -Uz compinit; compinit -D -u; print -r -- $_comps[waybill] $_comps[waybill-sandbox]";
    let fish = "complete --do-complete 'waybill consi'";
    let is_fish = |text: &str| text.starts_with("consignments");
    let is_zsh = |text: &str| text.trim() == "_waybill _waybill-sandbox";
    expect("bash", &as_user(debian, &["bash", "--norc", "-c", bash])?, |text| text.contains("-F _waybill"))?;
    expect("zsh", &as_user(debian, &["zsh", "-f", "-c", zsh])?, is_zsh)?;
    expect("fish", &as_user(debian, &["fish", "-c", fish])?, is_fish)?;
    println!("   manual pages and completions (bash, zsh, fish) are found");
    let entry = debian.path(&format!("usr/share/applications/{ID}.desktop"));
    step::run(Command::new("desktop-file-validate").arg(entry))?;
    let metainfo = debian.path(&format!("usr/share/metainfo/{ID}.metainfo.xml"));
    step::run(Command::new("appstreamcli").args(["validate", "--no-net"]).arg(metainfo))
}

/// Opens the window as a new user, checks that its page is drawn, and closes it.
pub(super) fn open_window(debian: &MinimalDebian) -> Result {
    let display = Display::start()?;
    let name = format!("DISPLAY={}", display.name());
    // The first line of input ends it, and so does the end of this process.
    let script = "\"$@\" & window=$!; read -r line; kill -TERM $window; wait $window";
    let words =
        [&["sh", "-c", script, "window"], &AS_USER[..], &[&name, "GDK_BACKEND=x11", "waybill-desktop"]].concat();
    let mut child = debian.command(&words);
    child.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = child.spawn().map_err(|source| Error::NotRun { program: "waybill-desktop".to_owned(), source })?;
    let mut window = Owned(child);
    let log = window.0.stderr.take().ok_or_else(|| Error::Wrong("the window has no log".to_owned()))?;
    wait_for_line(log, PAGE_READY)?;
    let seen = display.wait_for_window("Waybill")?;
    println!(
        "   the page runs; {} x {} points, {} colours, of class {}",
        seen.width, seen.height, seen.colours, seen.class
    );
    let entry = debian.path(&format!("usr/share/applications/{ID}.desktop"));
    let entry = std::fs::read_to_string(&entry).map_err(Error::io(&entry))?;
    let class = format!("StartupWMClass={}", seen.class);
    expect("the desktop entry", &entry, |text| text.lines().any(|line| line == class))?;
    let asked_to_end = window.0.stdin.take().map(|mut stdin| stdin.write_all(b"end\n"));
    if !matches!(asked_to_end, Some(Ok(()))) {
        return Err(Error::Wrong("the window cannot be closed".to_owned()));
    }
    let ended = until("the end of the window", PATIENCE, || {
        window.0.try_wait().map_err(|error| waybill_system_tests::Error::unexpected(error.to_string()))
    })?;
    if ended.success() { Ok(()) } else { Err(Error::Wrong(format!("the window ended with an error: {ended}"))) }
}

/// Purges the packages, and checks that nothing is left.
pub(super) fn remove(debian: &MinimalDebian, before: &Before) -> Result {
    let purge = ["apt-get", "--quiet", "--quiet", "--yes", "purge"];
    debian.run(&[&purge[..], &Package::ALL.map(Package::name)].concat())?;
    let difference = Difference::between(&before.files, &debian.files()?);
    if !difference.is_none() || packages(debian)? != before.packages {
        return Err(Error::Wrong(format!("the packages have left something: {difference:#?}")));
    }
    println!("   nothing is left; {} files and folders as before", before.files.len());
    Ok(())
}

/// Runs a command as an ordinary user in their home folder.
const AS_USER: [&str; 6] = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "env", "HOME=/home/ada"];

/// Returns the path of a package in the minimal Debian, in apt's cache.
fn path_of(package: Package) -> String {
    format!("/var/cache/apt/archives/{}.deb", package.name())
}

fn as_user(debian: &MinimalDebian, words: &[&str]) -> Result<String> {
    debian.output(&[&AS_USER, words].concat())
}

fn packages(debian: &MinimalDebian) -> Result<BTreeSet<String>> {
    let format = "${binary:Package}\n";
    Ok(debian.output(&["dpkg-query", "--show", "--showformat", format])?.lines().map(str::to_owned).collect())
}

fn expect(who: &str, output: &str, is_right: impl FnOnce(&str) -> bool) -> Result {
    if is_right(output) { Ok(()) } else { Err(Error::Wrong(format!("{who} printed: {output:?}"))) }
}
