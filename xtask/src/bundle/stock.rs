//! Everything that goes into a package, made and laid side by side in one folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::facts::{Facts, ID};
use super::layout::{self, File, Format};
use super::{icons, notices, texts};
use crate::error::{Error, Result};
use crate::step;
use crate::workspace::{self, Network};

/// A folder with everything that was made; it goes with this value.
pub(super) struct Stock {
    dir: TempDir,
    manual_pages: Vec<String>,
}

impl Stock {
    /// Makes everything; the programs have been compiled.
    ///
    /// # Errors
    /// A program does not run, a source is missing, the disk says no.
    pub(super) fn make(facts: &Facts, programs: &Path, network: Network) -> Result<Self> {
        let dir = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
        let mut stock = Self { dir, manual_pages: Vec::new() };
        for name in layout::PROGRAMS {
            copy(&programs.join(name), &stock.path(name))?;
        }
        stock.describe(facts)?;
        stock.draw()?;
        stock.write_completions()?;
        stock.write_manual()?;
        stock.write_documents(facts, network)?;
        Ok(stock)
    }

    /// Returns the files of a package.
    pub(super) fn files(&self, format: Format) -> Vec<File> {
        layout::files(format, &self.manual_pages)
    }

    /// Lays a package's files out as they are to be installed, below this folder, which is made.
    ///
    /// # Errors
    /// The disk says no.
    pub(super) fn lay_out(&self, format: Format, root: &Path) -> Result {
        for file in self.files(format) {
            let to = root.join(&file.to);
            if let Some(dir) = to.parent() {
                fs::create_dir_all(dir).map_err(Error::io(dir))?;
            }
            copy(&self.path(&file.from), &to)?;
            set_mode(&to, if file.is_program { 0o755 } else { 0o644 })?;
        }
        Ok(())
    }

    /// Returns the size of each file of a package in bytes.
    ///
    /// # Errors
    /// The disk says no.
    pub(super) fn sizes(&self, format: Format) -> Result<Vec<u64>> {
        let size = |file: File| {
            let path = self.path(&file.from);
            fs::metadata(&path).map(|metadata| metadata.len()).map_err(Error::io(path))
        };
        self.files(format).into_iter().map(size).collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn describe(&self, facts: &Facts) -> Result {
        let packaging = workspace::root().join("packaging");
        let entry = format!("{ID}.desktop");
        copy(&packaging.join(&entry), &self.path(&entry))?;
        let metainfo = format!("{ID}.metainfo.xml");
        let template = read(&packaging.join(&metainfo))?;
        write(&self.path(&metainfo), texts::metainfo(facts, &template)?.as_bytes())
    }

    fn draw(&self) -> Result {
        let source = workspace::root().join("icons/waybill.svg");
        copy(&source, &self.path(&format!("{ID}.svg")))?;
        icons::draw_all(&source, self.dir.path())
    }

    fn write_completions(&self) -> Result {
        for (shell, name) in [("bash", layout::BASH), ("zsh", layout::ZSH), ("fish", layout::FISH)] {
            let script = step::output(self.run("waybill").args(["completions", shell]))?;
            write(&self.path(name), script.as_bytes())?;
        }
        Ok(())
    }

    /// The pages of the programs' own making.
    fn write_manual(&mut self) -> Result {
        let dir = self.path("manual");
        step::run(self.run("waybill").arg("manual").arg(&dir).arg("--quiet"))?;
        let page = step::output(self.run("waybill-desktop").arg("--manual"))?;
        write(&dir.join("waybill-desktop.1"), page.as_bytes())?;
        for entry in fs::read_dir(&dir).map_err(Error::io(&dir))? {
            let path = entry.map_err(Error::io(&dir))?.path();
            let name = format!("{}.gz", path.file_name().unwrap_or_default().to_string_lossy());
            let page = fs::read(&path).map_err(Error::io(&path))?;
            self.write_compressed(&name, &page)?;
            self.manual_pages.push(name);
        }
        self.manual_pages.sort();
        Ok(())
    }

    fn write_documents(&self, facts: &Facts, network: Network) -> Result {
        let root = workspace::root();
        let licence = read(&root.join("LICENSE"))?;
        write(&self.path(layout::COPYRIGHT), texts::copyright(facts, &licence)?.as_bytes())?;
        self.write_compressed(layout::CHANGES, read(&root.join("CHANGELOG.md"))?.as_bytes())?;
        self.write_compressed(layout::DEBIAN_CHANGES, texts::debian_changelog(facts)?.as_bytes())?;
        let others = notices::collect(&["waybill-desktop", "waybill-cli"], network)?;
        self.write_compressed(layout::OTHERS_LICENCES, others.as_bytes())
    }

    /// Without name and time, so that the same text gives the same file.
    fn write_compressed(&self, name: &str, text: &[u8]) -> Result {
        let plain = self.path(name.trim_end_matches(".gz"));
        write(&plain, text)?;
        step::run(Command::new("gzip").args(["--best", "--no-name", "--force"]).arg(&plain))
    }

    /// Returns a program of this package, with nothing of the person's own.
    fn run(&self, name: &str) -> Command {
        let mut command = Command::new(self.path(name));
        command.env("HOME", self.dir.path()).env_remove("WAYBILL_SERVICE").env_remove("WAYBILL_DATA_DIR");
        command
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(Error::io(path))
}

fn write(path: &Path, text: &[u8]) -> Result {
    fs::write(path, text).map_err(Error::io(path))
}

fn copy(from: &Path, to: &Path) -> Result {
    fs::copy(from, to).map(|_| ()).map_err(Error::io(from))
}

fn set_mode(path: &Path, mode: u32) -> Result {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(Error::io(path))
}
