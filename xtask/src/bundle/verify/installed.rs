//! The packages in a bare Debian: installed, looked at, used, removed.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use waybill_system_tests::{PATIENCE, until};

use super::bare::Bare;
use super::leftovers::Difference;
use crate::bundle::layout::{Format, ID, Package};
use crate::bundle::{Bundle, Made};
use crate::error::{Error, Result};
use crate::step;
use crate::window::{Display, Owned, SHOWN, wait_for_line};

/// What reads the manual and completes commands: to see that they find what the packages bring.
const READERS: [&str; 4] = ["man-db", "bash-completion", "zsh", "fish"];

/// What only a window needs; no other program may bring it to a computer without a screen.
const FOR_A_WINDOW: [&str; 3] = ["libgtk", "libwebkit", "libx11"];

const INSTALL: [&str; 5] = ["apt-get", "--quiet", "--quiet", "--yes", "--no-install-recommends"];

/// What is there before the packages are.
pub(super) struct Before {
    files: BTreeSet<String>,
    packages: BTreeSet<String>,
}

/// Installs what the packages say that they need, and what reads what they bring; then notes what is there.
pub(super) fn prepare(bare: &Bare, made: &Made) -> Result<Before> {
    bare.run(&["apt-get", "--quiet", "--quiet", "update"])?;
    bare.run(&[&INSTALL[..], &["install"], &READERS].concat())?;
    for Bundle { package, deb, .. } in &made.packages {
        let needs = step::output(Command::new("dpkg-deb").arg("--field").arg(deb).arg("Depends"))?;
        println!("   {} needs {}", package.name(), needs.trim());
        let is_for_a_window = FOR_A_WINDOW.iter().any(|library| needs.contains(library));
        if is_for_a_window != (*package == Package::Desktop) {
            return Err(Error::Wrong(format!("{} needs the wrong libraries: {needs}", package.name())));
        }
        bare.run(&[&INSTALL[..], &["satisfy", needs.trim()]].concat())?;
        bare.put(deb, &path_of(*package))?;
    }
    Ok(Before { files: bare.files()?, packages: packages(bare)? })
}

/// Installs one after the other. Nothing may come with any of them: what they need is there.
pub(super) fn install(bare: &Bare, made: &Made) -> Result {
    for package in Package::ALL {
        let before = packages(bare)?;
        bare.run(&[&INSTALL[..], &["install", &path_of(package)]].concat())?;
        let now = packages(bare)?;
        let new: Vec<&String> = now.difference(&before).collect();
        if new != [package.name()] {
            return Err(Error::Wrong(format!("{new:?} were installed and not {} alone", package.name())));
        }
        let wanted = made.stock.files(package, Format::Deb);
        let missing: Vec<String> =
            wanted.iter().filter(|file| !bare.path(&file.to).is_file()).map(|file| file.to.clone()).collect();
        if !missing.is_empty() {
            return Err(Error::Wrong(format!("{missing:?} are not there")));
        }
        println!("   {}: {} files", package.name(), wanted.len());
    }
    Ok(())
}

/// Checks that everything is found where people and programs look for it.
pub(super) fn look(bare: &Bare, made: &Made) -> Result {
    for name in Package::ALL.map(Package::name) {
        expect("dpkg --verify", &bare.ask(&["dpkg", "--verify", name])?, str::is_empty)?;
        let says = as_ada(bare, &[name, "--version"])?;
        println!("   {}", says.trim());
        expect(name, &says, |text| text.trim() == format!("{name} {}", made.facts.version))?;
    }
    let says = as_ada(bare, &["waybill", "sandbox", "--version"])?;
    expect("waybill sandbox", &says, |text| text.trim() == format!("waybill-sandbox {}", made.facts.version))?;
    for page in ["waybill", "waybill-send", "waybill-desktop", "waybill-sandbox"] {
        let found = as_ada(bare, &["man", "--where", page])?;
        expect("man", &found, |text| text.trim() == format!("/usr/share/man/man1/{page}.1.gz"))?;
    }
    let bash = ". /usr/share/bash-completion/bash_completion; _completion_loader waybill; complete -p waybill";
    let zsh = "autoload -Uz compinit; compinit -D -u; print -r -- $_comps[waybill] $_comps[waybill-sandbox]";
    let fish = "complete --do-complete 'waybill consi'";
    let is_fish = |text: &str| text.starts_with("consignments");
    let is_zsh = |text: &str| text.trim() == "_waybill _waybill-sandbox";
    expect("bash", &as_ada(bare, &["bash", "--norc", "-c", bash])?, |text| text.contains("-F _waybill"))?;
    expect("zsh", &as_ada(bare, &["zsh", "-f", "-c", zsh])?, is_zsh)?;
    expect("fish", &as_ada(bare, &["fish", "-c", fish])?, is_fish)?;
    println!("   manual pages and completions (bash, zsh, fish) are found");
    let entry = bare.path(&format!("usr/share/applications/{ID}.desktop"));
    step::run(Command::new("desktop-file-validate").arg(entry))?;
    let metainfo = bare.path(&format!("usr/share/metainfo/{ID}.metainfo.xml"));
    step::run(Command::new("appstreamcli").args(["validate", "--no-net"]).arg(metainfo))
}

/// Opens the window as a person without settings does, looks at it, and closes it.
pub(super) fn open_window(bare: &Bare) -> Result {
    let display = Display::start()?;
    let name = format!("DISPLAY={}", display.name());
    // The first line that comes ends it, and so does the end of this process.
    let script = "\"$@\" & window=$!; read -r line; kill -TERM $window; wait $window";
    let words = [&["sh", "-c", script, "window"], &AS_ADA[..], &[&name, "GDK_BACKEND=x11", "waybill-desktop"]].concat();
    let mut child = bare.command(&words);
    child.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = child.spawn().map_err(|source| Error::NotRun { program: "waybill-desktop".to_owned(), source })?;
    let mut window = Owned(child);
    let log = window.0.stderr.take().ok_or_else(|| Error::Wrong("the window has no log".to_owned()))?;
    wait_for_line(log, SHOWN)?;
    let seen = display.look("Waybill")?;
    println!(
        "   the page runs; {} x {} points, {} colours, of class {}",
        seen.width, seen.height, seen.colours, seen.class
    );
    let entry = bare.path(&format!("usr/share/applications/{ID}.desktop"));
    let entry = std::fs::read_to_string(&entry).map_err(Error::io(&entry))?;
    let class = format!("StartupWMClass={}", seen.class);
    expect("the desktop entry", &entry, |text| text.lines().any(|line| line == class))?;
    let told = window.0.stdin.take().map(|mut stdin| stdin.write_all(b"end\n"));
    if !matches!(told, Some(Ok(()))) {
        return Err(Error::Wrong("the window cannot be closed".to_owned()));
    }
    let ended = until("the end of the window", PATIENCE, || {
        window.0.try_wait().map_err(|error| waybill_system_tests::Error::unexpected(error.to_string()))
    })?;
    if ended.success() { Ok(()) } else { Err(Error::Wrong(format!("the window did not end well: {ended}"))) }
}

/// Removes the packages with everything that belongs to them, and checks that nothing is left.
pub(super) fn remove(bare: &Bare, before: &Before) -> Result {
    let purge = ["apt-get", "--quiet", "--quiet", "--yes", "purge"];
    bare.run(&[&purge[..], &Package::ALL.map(Package::name)].concat())?;
    let difference = Difference::between(&before.files, &bare.files()?);
    if !difference.is_none() || packages(bare)? != before.packages {
        return Err(Error::Wrong(format!("the packages have left something: {difference:#?}")));
    }
    println!("   nothing is left; {} files and folders as before", before.files.len());
    Ok(())
}

/// A person without rights, at home.
const AS_ADA: [&str; 6] = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "env", "HOME=/home/ada"];

/// Returns the path of a package in the minimal Debian: among apt's own.
fn path_of(package: Package) -> String {
    format!("/var/cache/apt/archives/{}.deb", package.name())
}

fn as_ada(bare: &Bare, words: &[&str]) -> Result<String> {
    bare.ask(&[&AS_ADA, words].concat())
}

fn packages(bare: &Bare) -> Result<BTreeSet<String>> {
    let format = "${binary:Package}\n";
    Ok(bare.ask(&["dpkg-query", "--show", "--showformat", format])?.lines().map(str::to_owned).collect())
}

fn expect(who: &str, said: &str, is_right: impl FnOnce(&str) -> bool) -> Result {
    if is_right(said) { Ok(()) } else { Err(Error::Wrong(format!("{who} says: {said:?}"))) }
}
