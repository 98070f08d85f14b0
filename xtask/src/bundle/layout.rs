//! Which packages there are, which files each has, and where they are installed. Pure.
//!
//! The command line, the window and the sandbox are packages of their own. A server that sends records by script needs
//! no web view and gets none of its libraries, a records officer's computer needs no terminal program, and nobody who
//! sends records needs the sandbox. For each there is a deb and an rpm with the same files; only where a distribution
//! keeps documents and zsh's completions differs.

/// The reverse domain name of the program: its desktop entry, icon and metadata are called so.
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

/// The sides of the icon's pictures, in pixels: what desktops on Linux look for, beside the drawing itself.
pub(super) const ICON_SIZES: [u16; 10] = [16, 22, 24, 32, 48, 64, 96, 128, 256, 512];

/// The kinds of packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Deb,
    Rpm,
}

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// Its name in the folder of everything that was made, see [`stock`](super::stock).
    pub(super) from: String,
    /// Where it is installed, without the first `/`.
    pub(super) to: String,
    pub(super) is_program: bool,
}

impl Package {
    pub(super) const ALL: [Self; 3] = [Self::CommandLine, Self::Desktop, Self::Sandbox];

    /// Returns its name, which is also that of its one program.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CommandLine => "waybill",
            Self::Desktop => "waybill-desktop",
            Self::Sandbox => "waybill-sandbox",
        }
    }

    /// Returns the package of the workspace that its program is made from.
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

    /// Returns its files, with these manual pages.
    pub(super) fn files(self, format: Format, manual_pages: &[String]) -> Vec<File> {
        let name = self.name();
        let plain = |from: String, to: String| File { from, to, is_program: false };
        let program = File { from: name.to_owned(), to: format!("usr/bin/{name}"), is_program: true };
        let manual = manual_pages.iter().map(|page| plain(page.clone(), format!("usr/share/man/man1/{page}")));
        let completions = self.shells().iter().map(|shell| plain(self.completions(*shell), shell.place(format, name)));
        let documents = self.documents(format).into_iter().map(|(from, to)| plain(from, to));
        let mut files: Vec<File> = std::iter::once(program).chain(manual).chain(completions).chain(documents).collect();
        if self == Self::Desktop {
            files.extend(desktop().map(|(from, to)| plain(from, to)));
        }
        files.sort_by(|one, other| one.to.cmp(&other.to));
        files
    }

    /// Returns the folders that are its own, without the first `/`; every other one belongs to the system.
    pub(super) fn own_folders(self, format: Format) -> Vec<String> {
        let name = self.name();
        match format {
            Format::Deb => vec![format!("usr/share/doc/{name}")],
            Format::Rpm => vec![format!("usr/share/doc/{name}"), format!("usr/share/licenses/{name}")],
        }
    }

    /// Returns the name of its completion script as it is made.
    pub(super) fn completions(self, shell: Shell) -> String {
        format!("{}.{}", self.name(), shell.name())
    }

    /// Returns the name of one of its documents as it is made: each package has its own.
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
    /// Returns its name, as the programs know it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }

    /// Returns where it looks for the completions of a program.
    fn place(self, format: Format, program: &str) -> String {
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

/// Returns the name of a picture as it is made.
pub(super) fn icon(size: u16) -> String {
    format!("icon-{size}.png")
}

/// Returns what a desktop looks for: the entry in its menu, the metadata for shops of programs, and the icon.
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
    fn no_two_files_of_any_packages_have_one_place_and_all_are_below_usr() {
        for format in [Format::Deb, Format::Rpm] {
            let places: Vec<String> =
                Package::ALL.into_iter().flat_map(|package| files(package, format)).map(|file| file.to).collect();
            assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), places.len());
            assert!(places.iter().all(|place| place.starts_with("usr/")), "{places:?}");
        }
    }

    #[test]
    fn deb_and_rpm_have_the_same_files_except_for_what_only_debian_wants() {
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
    fn each_package_has_one_program_and_nothing_else_can_be_run() {
        for package in Package::ALL {
            let files = files(package, Format::Deb);
            let programs: Vec<&File> = files.iter().filter(|file| file.is_program).collect();
            assert_eq!(programs.len(), 1);
            assert_eq!(programs[0].to, format!("usr/bin/{}", package.name()));
        }
    }

    #[test]
    fn everything_that_a_desktop_or_a_shell_looks_for_is_where_it_looks() {
        let places = |package| -> Vec<String> { files(package, Format::Deb).into_iter().map(|file| file.to).collect() };
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
            assert!(places(package).iter().any(|place| place == wanted), "{wanted}");
        }
        assert!(!places(Package::CommandLine).iter().any(|place| place.contains("icons")));
    }
}
