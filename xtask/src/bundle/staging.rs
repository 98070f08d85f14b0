//! Everything that goes into the packages, generated in one staging folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::facts::Facts;
use super::layout::{self, File, Format, ID, Package};
use super::{icons, notices, texts};
use crate::error::{Error, Result};
use crate::step;
use crate::workspace::{self, Network};

/// The staging folder, removed when this is dropped.
pub(super) struct Staging {
    dir: TempDir,
    /// The manual pages of each package, in the order of [`Package::ALL`].
    manual_pages: [Vec<String>; 3],
}

impl Staging {
    /// Generates everything. The programs must already be compiled.
    ///
    /// # Errors
    /// A program does not run, a source is missing, or a file cannot be written.
    pub(super) fn make(facts: &Facts, programs: &Path, network: Network) -> Result<Self> {
        let dir = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
        let mut staging = Self { dir, manual_pages: Default::default() };
        staging.describe(facts)?;
        staging.draw()?;
        for (index, package) in Package::ALL.into_iter().enumerate() {
            copy(&programs.join(package.name()), &staging.path(package.name()))?;
            staging.write_completions(package)?;
            staging.manual_pages[index] = staging.write_manual(package)?;
            staging.write_documents(package, facts, network)?;
        }
        Ok(staging)
    }

    /// Returns the files of a package.
    pub(super) fn files(&self, package: Package, format: Format) -> Vec<File> {
        let [command_line, desktop, sandbox] = &self.manual_pages;
        let pages = match package {
            Package::CommandLine => command_line,
            Package::Desktop => desktop,
            Package::Sandbox => sandbox,
        };
        package.files(format, pages)
    }

    /// Copies a package's files to their installed paths below this folder, which is created.
    ///
    /// # Errors
    /// A file cannot be written.
    pub(super) fn lay_out(&self, package: Package, format: Format, root: &Path) -> Result {
        for file in self.files(package, format) {
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
    /// A file cannot be read.
    pub(super) fn sizes(&self, package: Package, format: Format) -> Result<Vec<u64>> {
        let size = |file: File| {
            let path = self.path(&file.from);
            fs::metadata(&path).map(|metadata| metadata.len()).map_err(Error::io(path))
        };
        self.files(package, format).into_iter().map(size).collect()
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

    fn write_completions(&self, package: Package) -> Result {
        for shell in package.shells() {
            let script = step::output(self.run(package).args(["completions", shell.name()]))?;
            write(&self.path(&package.completions(*shell)), script.as_bytes())?;
        }
        Ok(())
    }

    /// Writes the manual pages that the program generates, and returns their names.
    fn write_manual(&self, package: Package) -> Result<Vec<String>> {
        let dir = self.path(&package.document("manual"));
        match package {
            Package::CommandLine | Package::Sandbox => step::run(self.run(package).arg("manual").arg(&dir))?,
            Package::Desktop => {
                fs::create_dir(&dir).map_err(Error::io(&dir))?;
                let page = step::output(self.run(package).arg("--manual"))?;
                write(&dir.join(format!("{}.1", package.name())), page.as_bytes())?;
            }
        }
        let mut pages = Vec::new();
        for entry in fs::read_dir(&dir).map_err(Error::io(&dir))? {
            let path = entry.map_err(Error::io(&dir))?.path();
            let name = format!("{}.gz", path.file_name().unwrap_or_default().to_string_lossy());
            let page = fs::read(&path).map_err(Error::io(&path))?;
            self.write_compressed(&name, &page)?;
            pages.push(name);
        }
        pages.sort();
        Ok(pages)
    }

    fn write_documents(&self, package: Package, facts: &Facts, network: Network) -> Result {
        let root = workspace::root();
        let licence = read(&root.join("LICENSE"))?;
        write(&self.path(&package.document(layout::COPYRIGHT)), texts::copyright(facts, &licence)?.as_bytes())?;
        let changes = read(&root.join("CHANGELOG.md"))?;
        self.write_compressed(&package.document(layout::CHANGES), changes.as_bytes())?;
        let debian = texts::debian_changelog(package, facts)?;
        self.write_compressed(&package.document(layout::DEBIAN_CHANGES), debian.as_bytes())?;
        let others = notices::collect(package, network)?;
        self.write_compressed(&package.document(layout::OTHERS_LICENCES), others.as_bytes())
    }

    /// Compresses a text without its name and time, so that the same text gives the same file.
    fn write_compressed(&self, name: &str, text: &[u8]) -> Result {
        let plain = self.path(name.trim_end_matches(".gz"));
        write(&plain, text)?;
        step::run(Command::new("gzip").args(["--best", "--no-name", "--force"]).arg(&plain))
    }

    /// Returns a command that runs a package's program without the person's own files and settings.
    fn run(&self, package: Package) -> Command {
        let mut command = Command::new(self.path(package.name()));
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
