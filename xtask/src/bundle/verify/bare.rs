//! A bare Debian in a temporary folder: nothing but what every Debian has.
//!
//! Owner of the folder and of everything that runs in it. Every command gets its own mounts and process ids, which end with
//! it: a crash leaves nothing mounted and nothing running, at worst the folder.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::apt::{self, Origin};
use crate::error::{Error, Result};
use crate::{setup, step};

/// Mounts what a running system has, and goes in. What is temporary, and people's homes, are in memory and end with the
/// command.
const ENTER: &str = r#"
set -eu
root=$1
shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
for dir in tmp run home; do mount -t tmpfs -o mode=1777 none "$root/$dir"; done
if [ -d /tmp/.X11-unix ]; then
  mkdir "$root/tmp/.X11-unix"
  mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
fi
mkdir -m 700 "$root/home/ada"
chown 1000:1000 "$root/home/ada"
exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root DEBIAN_FRONTEND=noninteractive "$@"
"#;

/// Its own mounts and process ids; all of it ends with the first process.
const APART: [&str; 6] = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation=private"];

/// A bare Debian. Its folder goes with this value.
pub(super) struct Bare {
    dir: TempDir,
    /// The words that make a command run as root.
    as_root: Vec<&'static str>,
}

impl Bare {
    /// Makes one of the release that this machine runs, for which the programs were compiled, from where its own
    /// packages come.
    ///
    /// # Errors
    /// The archive cannot be reached, or there is no way to be root.
    pub(super) fn make() -> Result<Self> {
        let as_root = setup::words_for_root()?;
        let dir = tempfile::Builder::new().prefix("bare-debian").tempdir().map_err(Error::io(std::env::temp_dir()))?;
        let bare = Self { dir, as_root };
        let origin = Origin::of_this_machine()?;
        println!("   {} from {}", origin.codename, origin.archive);
        let proxies = apt::proxies()?;
        let mut bootstrap = bare.root_command(&APART);
        if let Some(proxy) = apt::plain_proxy(&proxies) {
            bootstrap.args(["env", &format!("http_proxy={proxy}")]);
        }
        bootstrap.args(["debootstrap", "--variant=minbase", &origin.codename]).arg(bare.root()).arg(&origin.archive);
        let _many_lines = step::output(&mut bootstrap)?;
        bare.configure_apt(&proxies)?;
        bare.run(&["useradd", "--uid", "1000", "--no-create-home", "ada"])?;
        Ok(bare)
    }

    /// Runs a command in it, as root. What it prints goes to the terminal only when it fails.
    ///
    /// # Errors
    /// It fails.
    pub(super) fn run(&self, words: &[&str]) -> Result {
        self.ask(words).map(drop)
    }

    /// Runs a command in it, as root, and returns what it prints.
    ///
    /// # Errors
    /// It fails.
    pub(super) fn ask(&self, words: &[&str]) -> Result<String> {
        let mut command = self.command(words);
        let output =
            step::ask(&mut command).ok_or_else(|| Error::Wrong(format!("{} cannot be run", words.join(" "))))?;
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() {
            return Ok(said(&output.stdout));
        }
        eprintln!("{}{}", said(&output.stdout), said(&output.stderr));
        Err(Error::Failed { command: words.join(" "), status: output.status })
    }

    /// Returns a command in it, as root.
    pub(super) fn command(&self, words: &[&str]) -> Command {
        let mut command = self.root_command(&APART);
        command.args(["sh", "-c", ENTER, "enter"]).arg(self.root()).args(words);
        command
    }

    /// Puts a file there, as root.
    ///
    /// # Errors
    /// It cannot.
    pub(super) fn put(&self, file: &Path, place: &str) -> Result {
        step::run(self.root_command(&["cp", "--no-preserve=all"]).arg(file).arg(self.path(place)))
    }

    /// Returns a path in it, as seen from outside.
    pub(super) fn path(&self, inside: &str) -> PathBuf {
        self.root().join(inside.trim_start_matches('/'))
    }

    /// Returns every file and folder of it, without the first `/`. What is mounted while something runs there is not
    /// among them.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn files(&self) -> Result<BTreeSet<String>> {
        let mut find = self.root_command(&["find"]);
        find.arg(self.root()).args(["-xdev", "-mindepth", "1", "-printf", "%P\\n"]);
        Ok(step::output(&mut find)?.lines().map(str::to_owned).collect())
    }

    fn configure_apt(&self, proxies: &str) -> Result {
        let mut copy = self.root_command(&["cp", "--recursive", "--dereference", "--parents"]);
        step::run(copy.args(apt::configuration()).arg(self.root()))?;
        let mut settings = proxies.to_owned();
        if Path::new(apt::AUTHORITIES).exists() {
            self.put(Path::new(apt::AUTHORITIES), "/etc/apt/authorities.crt")?;
            settings.push_str("Acquire::https::CAInfo \"/etc/apt/authorities.crt\";\n");
        }
        let file = tempfile::NamedTempFile::new().map_err(Error::io(std::env::temp_dir()))?;
        fs::write(file.path(), settings).map_err(Error::io(file.path()))?;
        self.put(file.path(), "/etc/apt/apt.conf.d/90as-outside")
    }

    fn root(&self) -> &Path {
        self.dir.path()
    }

    fn root_command<W: AsRef<OsStr>>(&self, words: &[W]) -> Command {
        let mut all = self.as_root.iter().map(OsStr::new).chain(words.iter().map(AsRef::as_ref));
        let mut command = Command::new(all.next().unwrap_or_default());
        command.args(all);
        command
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // Its files belong to root. What cannot be removed is left in the folder for temporary things.
        let _removed = step::run(self.root_command(&["rm", "-rf", "--one-file-system"]).arg(self.root()));
    }
}
