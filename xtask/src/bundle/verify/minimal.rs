//! A minimal Debian in a temporary folder, with only the essential packages.
//!
//! Owner of the folder and of everything that runs in it. Every command gets its own mount and process namespaces, which
//! end with it, so a crash leaves nothing mounted or running, and at worst the folder.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::apt::{self, Origin};
use crate::error::{Error, Result};
use crate::{setup, step};

/// Mounts the usual file systems and changes root. Temporary folders and homes are in memory and end with the command.
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

/// Runs a command in its own mount and process namespaces, which end with its first process.
const ISOLATED: [&str; 6] = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation=private"];

/// A minimal Debian. Its folder is removed when this is dropped.
pub(super) struct MinimalDebian {
    dir: TempDir,
    /// The prefix that runs a command as root.
    as_root: Vec<&'static str>,
}

impl MinimalDebian {
    /// Creates one with this machine's release, for which the programs were compiled, from the same archive.
    ///
    /// # Errors
    /// The archive cannot be reached, or commands cannot be run as root.
    pub(super) fn make() -> Result<Self> {
        let as_root = setup::root_prefix()?;
        let dir =
            tempfile::Builder::new().prefix("minimal-debian").tempdir().map_err(Error::io(std::env::temp_dir()))?;
        let debian = Self { dir, as_root };
        let origin = Origin::of_this_machine()?;
        println!("   {} from {}", origin.codename, origin.archive);
        let proxies = apt::proxies()?;
        let mut bootstrap = debian.root_command(&ISOLATED);
        if let Some(proxy) = apt::plain_proxy(&proxies) {
            bootstrap.args(["env", &format!("http_proxy={proxy}")]);
        }
        bootstrap.args(["debootstrap", "--variant=minbase", &origin.codename]).arg(debian.root()).arg(&origin.archive);
        let _progress = step::output(&mut bootstrap)?;
        debian.configure_apt(&proxies)?;
        debian.run(&["useradd", "--uid", "1000", "--no-create-home", "ada"])?;
        Ok(debian)
    }

    /// Runs a command in it, as root. Its output is printed only if it fails.
    ///
    /// # Errors
    /// The command fails.
    pub(super) fn run(&self, words: &[&str]) -> Result {
        self.output(words).map(drop)
    }

    /// Runs a command in it, as root, and returns its output.
    ///
    /// # Errors
    /// The command fails.
    pub(super) fn output(&self, words: &[&str]) -> Result<String> {
        let mut command = self.command(words);
        let output =
            step::ask(&mut command).ok_or_else(|| Error::Wrong(format!("{} cannot be run", words.join(" "))))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() {
            return Ok(text(&output.stdout));
        }
        eprintln!("{}{}", text(&output.stdout), text(&output.stderr));
        Err(Error::Failed { command: words.join(" "), status: output.status })
    }

    /// Returns a command in it, as root.
    pub(super) fn command(&self, words: &[&str]) -> Command {
        let mut command = self.root_command(&ISOLATED);
        command.args(["sh", "-c", ENTER, "enter"]).arg(self.root()).args(words);
        command
    }

    /// Copies a file into it, as root.
    ///
    /// # Errors
    /// The file cannot be copied.
    pub(super) fn copy_in(&self, file: &Path, to: &str) -> Result {
        step::run(self.root_command(&["cp", "--no-preserve=all"]).arg(file).arg(self.path(to)))
    }

    /// Returns the path on this machine of a path in it.
    pub(super) fn path(&self, inside: &str) -> PathBuf {
        self.root().join(inside.trim_start_matches('/'))
    }

    /// Returns the path of every file and folder in it, without the leading `/`, except what is mounted while a command
    /// runs.
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
            self.copy_in(Path::new(apt::AUTHORITIES), "/etc/apt/authorities.crt")?;
            settings.push_str("Acquire::https::CAInfo \"/etc/apt/authorities.crt\";\n");
        }
        let file = tempfile::NamedTempFile::new().map_err(Error::io(std::env::temp_dir()))?;
        fs::write(file.path(), settings).map_err(Error::io(file.path()))?;
        self.copy_in(file.path(), "/etc/apt/apt.conf.d/90as-outside")
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

impl Drop for MinimalDebian {
    fn drop(&mut self) {
        // Its files belong to root. Any that cannot be removed stay in the temporary folder.
        let _removed = step::run(self.root_command(&["rm", "-rf", "--one-file-system"]).arg(self.root()));
    }
}
