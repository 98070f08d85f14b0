//! Which files a package has, and where they are installed. Pure.
//!
//! Both packages have the same files; only where a distribution keeps documents and zsh's completions differs.

use super::facts::{ID, NAME};

/// The programs.
pub(super) const PROGRAMS: [&str; 2] = ["waybill", "waybill-desktop"];

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

/// Returns the files of a package with these manual pages.
pub(super) fn files(format: Format, manual_pages: &[String]) -> Vec<File> {
    let plain = |from: String, to: String| File { from, to, is_program: false };
    let programs =
        PROGRAMS.iter().map(|name| File { from: (*name).to_owned(), to: format!("usr/bin/{name}"), is_program: true });
    let desktop = [
        (format!("{ID}.desktop"), "usr/share/applications"),
        (format!("{ID}.metainfo.xml"), "usr/share/metainfo"),
        (format!("{ID}.svg"), "usr/share/icons/hicolor/scalable/apps"),
    ];
    let desktop = desktop.into_iter().map(|(name, dir)| plain(name.clone(), format!("{dir}/{name}")));
    let icons = ICON_SIZES
        .iter()
        .map(|size| plain(icon(*size), format!("usr/share/icons/hicolor/{size}x{size}/apps/{ID}.png")));
    let manual = manual_pages.iter().map(|page| plain(page.clone(), format!("usr/share/man/man1/{page}")));
    let completions = [
        (BASH, format!("usr/share/bash-completion/completions/{NAME}")),
        (ZSH, format!("usr/share/zsh/{}/_{NAME}", zsh_dir(format))),
        (FISH, format!("usr/share/fish/vendor_completions.d/{NAME}.fish")),
    ];
    let completions = completions.into_iter().map(|(from, to)| plain(from.to_owned(), to));
    let documents = documents(format).into_iter().map(|(from, to)| plain(from.to_owned(), to));
    let mut files: Vec<File> =
        programs.chain(desktop).chain(icons).chain(manual).chain(completions).chain(documents).collect();
    files.sort_by(|one, other| one.to.cmp(&other.to));
    files
}

/// Returns the folders that are the package's own, without the first `/`; every other one belongs to the system.
pub(super) fn own_folders(format: Format) -> Vec<String> {
    match format {
        Format::Deb => vec![format!("usr/share/doc/{NAME}")],
        Format::Rpm => vec![format!("usr/share/doc/{NAME}"), format!("usr/share/licenses/{NAME}")],
    }
}

/// The completion scripts as they are made.
pub(super) const BASH: &str = "completions.bash";
pub(super) const ZSH: &str = "completions.zsh";
pub(super) const FISH: &str = "completions.fish";

/// The documents as they are made.
pub(super) const COPYRIGHT: &str = "copyright";
pub(super) const CHANGES: &str = "changelog.gz";
pub(super) const DEBIAN_CHANGES: &str = "changelog.Debian.gz";
pub(super) const OTHERS_LICENCES: &str = "third-party-licences.txt.gz";

/// Returns the name of a picture as it is made.
pub(super) fn icon(size: u16) -> String {
    format!("icon-{size}.png")
}

fn zsh_dir(format: Format) -> &'static str {
    match format {
        Format::Deb => "vendor-completions",
        Format::Rpm => "site-functions",
    }
}

fn documents(format: Format) -> Vec<(&'static str, String)> {
    let doc = |name: &str| format!("usr/share/doc/{NAME}/{name}");
    let licences = |name: &str| format!("usr/share/licenses/{NAME}/{name}");
    match format {
        Format::Deb => vec![
            (COPYRIGHT, doc(COPYRIGHT)),
            (CHANGES, doc(CHANGES)),
            (DEBIAN_CHANGES, doc(DEBIAN_CHANGES)),
            (OTHERS_LICENCES, doc(OTHERS_LICENCES)),
        ],
        Format::Rpm => vec![
            (COPYRIGHT, licences(COPYRIGHT)),
            (CHANGES, doc(CHANGES)),
            (OTHERS_LICENCES, licences(OTHERS_LICENCES)),
        ],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn pages() -> Vec<String> {
        ["waybill.1.gz", "waybill-send.1.gz"].map(str::to_owned).to_vec()
    }

    fn places(format: Format) -> Vec<String> {
        files(format, &pages()).into_iter().map(|file| file.to).collect()
    }

    #[test]
    fn no_two_files_have_one_place_and_all_are_below_usr() {
        for format in [Format::Deb, Format::Rpm] {
            let places = places(format);
            assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), places.len());
            assert!(places.iter().all(|place| place.starts_with("usr/")), "{places:?}");
        }
    }

    #[test]
    fn both_packages_have_the_same_files_but_for_what_only_debian_wants() {
        let from = |format| -> BTreeSet<String> { files(format, &pages()).into_iter().map(|file| file.from).collect() };
        let (deb, rpm) = (from(Format::Deb), from(Format::Rpm));
        assert!(rpm.is_subset(&deb));
        let only_debian: Vec<&str> = deb.difference(&rpm).map(String::as_str).collect();
        assert_eq!(only_debian, [DEBIAN_CHANGES]);
    }

    #[test]
    fn programs_can_be_run_and_nothing_else_can() {
        for file in files(Format::Deb, &pages()) {
            assert_eq!(file.is_program, file.to.starts_with("usr/bin/"), "{}", file.to);
        }
    }

    #[test]
    fn everything_that_a_desktop_and_a_shell_look_for_is_where_they_look() {
        let places = places(Format::Deb);
        for wanted in [
            "usr/share/applications/org.example.waybill.desktop",
            "usr/share/icons/hicolor/48x48/apps/org.example.waybill.png",
            "usr/share/icons/hicolor/scalable/apps/org.example.waybill.svg",
            "usr/share/metainfo/org.example.waybill.metainfo.xml",
            "usr/share/man/man1/waybill-send.1.gz",
            "usr/share/bash-completion/completions/waybill",
            "usr/share/zsh/vendor-completions/_waybill",
            "usr/share/fish/vendor_completions.d/waybill.fish",
            "usr/share/doc/waybill/copyright",
        ] {
            assert!(places.iter().any(|place| place == wanted), "{wanted}");
        }
    }
}
