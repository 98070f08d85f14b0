//! The texts that packages are described with: for Debian, for RPM, and for both. Pure.

use chrono::{DateTime, Utc};

use super::facts::{Facts, NAME, RELEASE};
use super::layout::File;
use crate::error::{Error, Result};

/// What the programs need beside the libraries that they are linked with.
const NEEDED: &str = "ca-certificates";

/// What is looked for at run time, in Debian's names: the tray's library, the keychain, what opens the browser, a session bus.
const BETTER_WITH: &str = "libayatana-appindicator3-1, gnome-keyring | kwalletmanager, xdg-utils, default-dbus-session-bus | dbus-session-bus";

/// The same for RPM. The tray's library is named by what is looked for, as distributions call its package differently.
const BETTER_WITH_RPM: [&str; 3] =
    ["libayatana-appindicator3.so.1()(64bit)", "(gnome-keyring or kwalletmanager)", "xdg-utils"];

const DESCRIPTION: [&str; 6] = [
    "Waybill sends a folder of digital records to The National Archives, through",
    "its Transfer Digital Records service (TDR). It checks the folder first, goes",
    "on after a crash, a lost network or a restart without sending anything twice",
    "that was acknowledged, and ends with a receipt that names every file with its",
    "SHA-256. It has a window, and a command line that does the same. It is neither",
    "made nor endorsed by The National Archives.",
];

/// Debian's `control`. `libraries` is what `dpkg-shlibdeps` has found, `kibibytes` the size once it is installed.
pub(super) fn control(facts: &Facts, libraries: &str, kibibytes: u64) -> String {
    let description = DESCRIPTION.join("\n ");
    format!(
        "Package: {NAME}\nVersion: {}-{RELEASE}\nArchitecture: {}\nMaintainer: {}\nInstalled-Size: {kibibytes}\n\
         Depends: {libraries}, {NEEDED}\nRecommends: {BETTER_WITH}\nSection: net\nPriority: optional\nHomepage: {}\n\
         Description: {}\n {description}\n",
        facts.package_version(),
        facts.processor.debian(),
        facts.maintainer,
        facts.homepage,
        lower_first(&facts.summary),
    )
}

/// Returns what `dpkg-shlibdeps` wants to find: a source package that builds this one.
pub(super) fn source_control(facts: &Facts) -> String {
    format!("Source: {NAME}\nMaintainer: {}\n\nPackage: {NAME}\nArchitecture: any\n", facts.maintainer)
}

/// Returns the libraries in what `dpkg-shlibdeps -O` prints.
///
/// # Errors
/// It has found none.
pub(super) fn libraries(printed: &str) -> Result<String> {
    let found = printed.lines().find_map(|line| line.strip_prefix("shlibs:Depends="));
    found
        .map(str::to_owned)
        .ok_or_else(|| Error::Wrong(format!("dpkg-shlibdeps says nothing of what is needed: {printed:?}")))
}

/// Debian's changelog of the packaging, which has one entry: the program's own changes are in the other one.
///
/// # Errors
/// The time is none.
pub(super) fn debian_changelog(facts: &Facts) -> Result<String> {
    Ok(format!(
        "{NAME} ({}-{RELEASE}) unstable; urgency=medium\n\n  * Package version {}. What is new in it stands in\n    \
         /usr/share/doc/{NAME}/changelog.gz.\n\n -- {}  {}\n",
        facts.package_version(),
        facts.version,
        facts.maintainer,
        made(facts)?.to_rfc2822(),
    ))
}

/// Returns the machine-readable copyright file (Debian, "Machine-readable debian/copyright file", version 1.0).
pub(super) fn copyright(facts: &Facts, licence: &str) -> Result<String> {
    let holder = licence.lines().find(|line| line.starts_with("Copyright"));
    let holder = holder.ok_or_else(|| Error::Wrong("LICENSE names nobody who holds the copyright".to_owned()))?;
    let terms = licence.split_once(holder).map_or("", |(_, terms)| terms).trim();
    let terms: Vec<&str> = terms.lines().map(|line| if line.trim().is_empty() { "." } else { line }).collect();
    Ok(format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: Waybill\n\
         Upstream-Contact: {}\nSource: {}\nComment:\n The programs contain libraries of others. They are listed with their licences in\n \
         third-party-licences.txt.gz.\n\nFiles: *\nCopyright: {}\nLicense: {}\n\nLicense: {}\n {}\n",
        facts.maintainer,
        facts.homepage,
        holder.trim_start_matches("Copyright").trim_start_matches(" (c)").trim(),
        facts.licence,
        facts.licence,
        terms.join("\n "),
    ))
}

/// RPM's description of the package. The files lie in a tree that is copied as it is; which libraries they need is found by RPM.
pub(super) fn spec(facts: &Facts, files: &[File], own_folders: &[String]) -> String {
    let recommends: String = BETTER_WITH_RPM.iter().map(|name| format!("Recommends: {name}\n")).collect();
    let folders = own_folders.iter().map(|dir| format!("%dir %attr(0755,root,root) /{dir}\n"));
    let files = files.iter().map(|file| {
        let mode = if file.is_program { "0755" } else { "0644" };
        let kind = if file.to.starts_with("usr/share/doc/") {
            "%doc "
        } else if file.to.starts_with("usr/share/licenses/") {
            "%license "
        } else {
            ""
        };
        format!("%attr({mode},root,root) {kind}/{}\n", file.to)
    });
    let listed: String = folders.chain(files).collect();
    // The programs are stripped and the pages compressed already; nothing of the machine that makes it is written down.
    format!(
        "%global debug_package %{{nil}}\n%global __os_install_post %{{nil}}\n%global _build_id_links none\n\
         %global _buildhost localhost\n%global use_source_date_epoch_as_buildtime 1\n\
         %global clamp_mtime_to_source_date_epoch 1\n%global _binary_payload w19.zstdio\n\n\
         Name: {NAME}\nVersion: {}\nRelease: {RELEASE}\nSummary: {}\nLicense: {}\nURL: {}\nPackager: {}\n\
         Requires: {NEEDED}\n{recommends}\n%description\n{}\n\n%install\ncp -a %{{tree}}/. %{{buildroot}}/\n\n%files\n{listed}",
        facts.package_version(),
        facts.summary,
        facts.licence,
        facts.homepage,
        facts.maintainer,
        DESCRIPTION.join("\n"),
    )
}

/// Fills in what stands between two `@` in the metadata for shops of programs.
///
/// # Errors
/// Something is left that nobody fills in.
pub(super) fn metainfo(facts: &Facts, template: &str) -> Result<String> {
    let day = made(facts)?.format("%Y-%m-%d").to_string();
    let filled = [
        ("@VERSION@", facts.version.as_str()),
        ("@DATE@", &day),
        ("@LICENCE@", &facts.licence),
        ("@HOMEPAGE@", &facts.homepage),
        ("@AUTHORS@", facts.authors()),
    ]
    .into_iter()
    .fold(template.to_owned(), |text, (mark, value)| text.replace(mark, &xml(value)));
    // The comment at the top speaks of the mark itself.
    let left = filled.split('@').skip(1).find(|word| word.starts_with(|c: char| c.is_ascii_uppercase()));
    match left {
        None => Ok(filled),
        Some(word) => Err(Error::Wrong(format!("the metadata has a place that nobody fills in: @{word}"))),
    }
}

/// Returns what a file takes on a disk, in KiB, as `dpkg-gencontrol` counts it: each one rounded up, and one for each folder.
pub(super) fn installed_size(sizes: &[u64], folders: u64) -> u64 {
    sizes.iter().map(|bytes| bytes.div_ceil(1024)).sum::<u64>() + folders
}

fn made(facts: &Facts) -> Result<DateTime<Utc>> {
    let seconds = i64::try_from(facts.made).ok();
    let made = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    made.ok_or_else(|| Error::Wrong(format!("{} is no time of a commit", facts.made)))
}

/// Debian's one-line descriptions are no sentences.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::facts::sample;
    use super::super::layout::{self, Format};
    use super::*;

    #[test]
    fn debians_description_of_the_package_has_what_was_found() {
        let control = control(&sample(), "libc6 (>= 2.34), libgtk-3-0", 4711);
        for line in [
            "Package: waybill",
            "Version: 0.2.0~beta.1-1",
            "Architecture: amd64",
            "Maintainer: The Authors <authors@example.org>",
            "Installed-Size: 4711",
            "Depends: libc6 (>= 2.34), libgtk-3-0, ca-certificates",
            "Description: send digital records",
        ] {
            assert!(control.lines().any(|own| own == line), "{line} is not in\n{control}");
        }
        assert!(
            control.lines().skip_while(|line| !line.starts_with("Description")).skip(1).all(|l| l.starts_with(' '))
        );
        assert!(DESCRIPTION.iter().all(|line| line.len() < 80));
    }

    #[test]
    fn the_libraries_are_read_from_what_dpkg_prints() {
        assert_eq!(libraries("shlibs:Depends=libc6 (>= 2.34)\n").unwrap(), "libc6 (>= 2.34)");
        assert!(libraries("").is_err());
    }

    #[test]
    fn the_changelog_is_dated_by_the_commit() {
        let changelog = debian_changelog(&sample()).unwrap();
        assert!(changelog.starts_with("waybill (0.2.0~beta.1-1) unstable;"));
        assert!(
            changelog.ends_with(" -- The Authors <authors@example.org>  Sat, 21 Nov 2026 14:54:33 +0000\n"),
            "{changelog}"
        );
    }

    #[test]
    fn the_copyright_file_has_the_terms_and_who_holds_it() {
        let copyright =
            copyright(&sample(), "MIT License\n\nCopyright (c) 2026 The Authors\n\nDo it.\n\nNo warranty.\n").unwrap();
        assert!(copyright.contains("Copyright: 2026 The Authors\nLicense: MIT\n"));
        assert!(copyright.ends_with("License: MIT\n Do it.\n .\n No warranty.\n"), "{copyright}");
        assert!(super::copyright(&sample(), "Do it.").is_err());
    }

    #[test]
    fn rpms_description_lists_every_file_once() {
        let files = layout::files(Format::Rpm, &["waybill.1.gz".to_owned()]);
        let spec = spec(&sample(), &files, &layout::own_folders(Format::Rpm));
        for file in &files {
            let listed = spec.lines().filter(|line| line.ends_with(&format!("/{}", file.to)));
            assert_eq!(listed.count(), 1, "{}", file.to);
        }
        assert!(spec.contains("%attr(0755,root,root) /usr/bin/waybill\n"));
        assert!(spec.contains("%attr(0644,root,root) %license /usr/share/licenses/waybill/copyright\n"));
    }

    #[test]
    fn the_metadata_are_filled_in_and_nothing_is_forgotten() {
        let template = "<release version=\"@VERSION@\" date=\"@DATE@\"/> <l>@LICENCE@</l> a@b.c";
        let filled = metainfo(&sample(), template).unwrap();
        assert_eq!(filled, "<release version=\"0.2.0-beta.1\" date=\"2026-11-21\"/> <l>MIT</l> a@b.c");
        assert!(metainfo(&sample(), "@AUTHOR@").is_err());
    }

    #[test]
    fn the_metadata_of_the_project_have_no_unknown_place() {
        assert!(metainfo(&sample(), include_str!("../../../packaging/org.example.waybill.metainfo.xml")).is_ok());
    }

    #[test]
    fn a_file_takes_whole_blocks() {
        assert_eq!(installed_size(&[1, 1024, 1025], 2), 6);
    }
}
