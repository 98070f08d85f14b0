//! The packages, the files in each, and where they are installed. Pure.
//!
//! The command line, the window and the sandbox are separate packages. A server that sends records by script needs no
//! web view or its libraries, a records officer's computer needs no terminal program, and sending records does not need
//! the sandbox. Each has a deb and an rpm with the same files; only the locations of documents and zsh completions
//! differ.

/// The program's reverse domain name, used for its desktop entry, icon and metadata.
pub(super) const ID: &str = "org.example.waybill";

/// The packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Package {
    CommandLine,
    Desktop,
    Sandbox,
}

/// The shells that completion scripts are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// The sizes of the icon, in pixels, that Linux desktops look for, in addition to the SVG.
pub(super) const ICON_SIZES: [u16; 10] = [16, 22, 24, 32, 48, 64, 96, 128, 256, 512];

/// The package formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Deb,
    Rpm,
}

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// Its name in the staging folder; see [`staging`](super::staging).
    pub(super) from: String,
    /// The path where it is installed, without the leading `/`.
    pub(super) to: String,
    pub(super) is_program: bool,
}

impl Package {
    pub(super) const ALL: [Self; 3] = [Self::CommandLine, Self::Desktop, Self::Sandbox];

    /// Returns the package's name, which is also that of its one program.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CommandLine => "waybill",
            Self::Desktop => "waybill-desktop",
            Self::Sandbox => "waybill-sandbox",
        }
    }

    /// Returns the workspace package that contains its program.
    pub(super) fn crate_name(self) -> &'static str {
        match self {
            Self::CommandLine => "waybill-cli",
            Self::Desktop => "waybill-desktop",
            Self::Sandbox => "waybill-sandbox",
        }
    }

    /// Returns the shells that its program prints completions for.
    pub(super) fn shells(self) -> &'static [Shell] {
        match self {
            Self::CommandLine | Self::Sandbox => &[Shell::Bash, Shell::Zsh, Shell::Fish],
            Self::Desktop => &[],
        }
    }

    /// Returns the package's files, with these manual pages.
    pub(super) fn files(self, format: Format, manual_pages: &[String]) -> Vec<File> {
        let name = self.name();
        let plain = |from: String, to: String| File { from, to, is_program: false };
        let program = File { from: name.to_owned(), to: format!("usr/bin/{name}"), is_program: true };
        let manual = manual_pages.iter().map(|page| plain(page.clone(), format!("usr/share/man/man1/{page}")));
        let completions =
            self.shells().iter().map(|shell| plain(self.completions(*shell), shell.completion_path(format, name)));
        let documents = self.documents(format).into_iter().map(|(from, to)| plain(from, to));
        let mut files: Vec<File> = std::iter::once(program).chain(manual).chain(completions).chain(documents).collect();
        if self == Self::Desktop {
            files.extend(desktop().map(|(from, to)| plain(from, to)));
        }
        files.sort_by(|one, other| one.to.cmp(&other.to));
        files
    }

    /// Returns the folders that belong to the package, without the leading `/`. All others belong to the system.
    pub(super) fn own_folders(self, format: Format) -> Vec<String> {
        let name = self.name();
        match format {
            Format::Deb => vec![format!("usr/share/doc/{name}")],
            Format::Rpm => vec![format!("usr/share/doc/{name}"), format!("usr/share/licenses/{name}")],
        }
    }

    /// Returns the name of a completion script in the staging folder.
    pub(super) fn completions(self, shell: Shell) -> String {
        format!("{}.{}", self.name(), shell.name())
    }

    /// Returns the name of one of the package's documents in the staging folder.
    pub(super) fn document(self, name: &str) -> String {
        format!("{}-{name}", self.name())
    }

    fn documents(self, format: Format) -> Vec<(String, String)> {
        let name = self.name();
        let doc = |document: &str| (self.document(document), format!("usr/share/doc/{name}/{document}"));
        let licence = |document: &str| (self.document(document), format!("usr/share/licenses/{name}/{document}"));
        match format {
            Format::Deb => vec![doc(COPYRIGHT), doc(CHANGES), doc(DEBIAN_CHANGES), doc(OTHERS_LICENCES)],
            Format::Rpm => vec![licence(COPYRIGHT), doc(CHANGES), licence(OTHERS_LICENCES)],
        }
    }
}

impl Shell {
    /// Returns the name that the programs use for the shell.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }

    /// Returns the path at which the shell looks for a program's completions.
    fn completion_path(self, format: Format, program: &str) -> String {
        match (self, format) {
            (Self::Bash, Format::Deb | Format::Rpm) => format!("usr/share/bash-completion/completions/{program}"),
            (Self::Zsh, Format::Deb) => format!("usr/share/zsh/vendor-completions/_{program}"),
            (Self::Zsh, Format::Rpm) => format!("usr/share/zsh/site-functions/_{program}"),
            (Self::Fish, Format::Deb | Format::Rpm) => format!("usr/share/fish/vendor_completions.d/{program}.fish"),
        }
    }
}

/// The documents of a package, see [`Package::document`].
pub(super) const COPYRIGHT: &str = "copyright";
pub(super) const CHANGES: &str = "changelog.gz";
pub(super) const DEBIAN_CHANGES: &str = "changelog.Debian.gz";
pub(super) const OTHERS_LICENCES: &str = "third-party-licences.txt.gz";

/// Returns the name of an icon in the staging folder.
pub(super) fn icon(size: u16) -> String {
    format!("icon-{size}.png")
}

/// Returns the files that a desktop looks for: the menu entry, the metadata for software centres, and the icon.
fn desktop() -> impl Iterator<Item = (String, String)> {
    let described = [
        (format!("{ID}.desktop"), "usr/share/applications"),
        (format!("{ID}.metainfo.xml"), "usr/share/metainfo"),
        (format!("{ID}.svg"), "usr/share/icons/hicolor/scalable/apps"),
    ];
    let described = described.into_iter().map(|(name, dir)| (name.clone(), format!("{dir}/{name}")));
    let icons =
        ICON_SIZES.iter().map(|size| (icon(*size), format!("usr/share/icons/hicolor/{size}x{size}/apps/{ID}.png")));
    described.chain(icons)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn pages(package: Package) -> Vec<String> {
        vec![format!("{}.1.gz", package.name()), format!("{}-send.1.gz", package.name())]
    }

    fn files(package: Package, format: Format) -> Vec<File> {
        package.files(format, &pages(package))
    }

    #[test]
    fn all_files_have_different_paths_below_usr() {
        for format in [Format::Deb, Format::Rpm] {
            let paths: Vec<String> =
                Package::ALL.into_iter().flat_map(|package| files(package, format)).map(|file| file.to).collect();
            assert_eq!(paths.iter().collect::<BTreeSet<_>>().len(), paths.len());
            assert!(paths.iter().all(|path| path.starts_with("usr/")), "{paths:?}");
        }
    }

    #[test]
    fn deb_and_rpm_have_the_same_files_except_debians_changelog() {
        for package in Package::ALL {
            let from =
                |format| -> BTreeSet<String> { files(package, format).into_iter().map(|file| file.from).collect() };
            let (deb, rpm) = (from(Format::Deb), from(Format::Rpm));
            assert!(rpm.is_subset(&deb));
            let only_debian: Vec<&str> = deb.difference(&rpm).map(String::as_str).collect();
            assert_eq!(only_debian, [package.document(DEBIAN_CHANGES)]);
        }
    }

    #[test]
    fn each_package_has_one_program_and_no_other_executable_file() {
        for package in Package::ALL {
            let files = files(package, Format::Deb);
            let programs: Vec<&File> = files.iter().filter(|file| file.is_program).collect();
            assert_eq!(programs.len(), 1);
            assert_eq!(programs[0].to, format!("usr/bin/{}", package.name()));
        }
    }

    #[test]
    fn desktop_and_shell_files_are_where_they_are_looked_for() {
        let paths = |package| -> Vec<String> { files(package, Format::Deb).into_iter().map(|file| file.to).collect() };
        for (package, wanted) in [
            (Package::Desktop, "usr/share/applications/org.example.waybill.desktop"),
            (Package::Desktop, "usr/share/icons/hicolor/48x48/apps/org.example.waybill.png"),
            (Package::Desktop, "usr/share/icons/hicolor/scalable/apps/org.example.waybill.svg"),
            (Package::Desktop, "usr/share/metainfo/org.example.waybill.metainfo.xml"),
            (Package::CommandLine, "usr/share/man/man1/waybill-send.1.gz"),
            (Package::CommandLine, "usr/share/bash-completion/completions/waybill"),
            (Package::CommandLine, "usr/share/zsh/vendor-completions/_waybill"),
            (Package::CommandLine, "usr/share/fish/vendor_completions.d/waybill.fish"),
            (Package::CommandLine, "usr/share/doc/waybill/copyright"),
            (Package::Sandbox, "usr/share/man/man1/waybill-sandbox.1.gz"),
            (Package::Sandbox, "usr/share/bash-completion/completions/waybill-sandbox"),
            (Package::Sandbox, "usr/share/doc/waybill-sandbox/third-party-licences.txt.gz"),
        ] {
            assert!(paths(package).iter().any(|path| path == wanted), "{wanted}");
        }
        assert!(!paths(Package::CommandLine).iter().any(|path| path.contains("icons")));
    }
}
