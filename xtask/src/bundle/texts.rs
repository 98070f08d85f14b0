//! The packages' descriptions and control files, for Debian, for RPM, and for both. Pure.

use chrono::{DateTime, Utc};

use super::facts::{Facts, RELEASE, SOURCE};
use super::layout::{File, Format, Package};
use crate::error::{Error, Result};

/// The description of a package: one line without a full stop, and lines of less than 80 characters.
struct Description {
    summary: &'static str,
    text: &'static [&'static str],
}

/// The dependencies of a package, except the libraries that its program is linked with, in Debian's names and in RPM's.
struct Needs {
    depends: &'static [&'static str],
    recommends: &'static [&'static str],
    /// RPM names the tray's library by its file, because the package's name differs between distributions.
    recommends_rpm: &'static [&'static str],
    suggests: &'static [&'static str],
}

impl Package {
    fn description(self) -> Description {
        match self {
            Self::CommandLine => Description {
                summary: "Send digital records to The National Archives (command line)",
                text: &[
                    "Waybill sends a folder of digital records to The National Archives, through",
                    "its Transfer Digital Records service (TDR). It checks the folder first. It",
                    "resumes after a crash, a lost network connection or a restart, and never sends",
                    "again what the service has acknowledged. At the end you get a receipt that",
                    "lists every file with its SHA-256. This package is for terminals and scripts.",
                    "The package waybill-desktop does the same in a window. Waybill is not made or",
                    "endorsed by The National Archives.",
                ],
            },
            Self::Desktop => Description {
                summary: "Send digital records to The National Archives",
                text: &[
                    "Waybill sends a folder of digital records to The National Archives, through",
                    "its Transfer Digital Records service (TDR). It checks the folder first. It",
                    "resumes after a crash, a lost network connection or a restart, and never sends",
                    "again what the service has acknowledged. At the end you get a receipt that",
                    "lists every file with its SHA-256. This package has the window. The package",
                    "waybill does the same on the command line. Waybill is not made or endorsed by",
                    "The National Archives.",
                ],
            },
            Self::Sandbox => Description {
                summary: "Try Waybill without an account at The National Archives",
                text: &[
                    "The sandbox provides the service's side of a transfer on one computer:",
                    "sign-in, consignments, upload address and website, with faults on demand. Use",
                    "it to try or test Waybill without an account for the Transfer Digital Records",
                    "service (TDR). You do not need it to send records. It is not made or endorsed",
                    "by The National Archives.",
                ],
            },
        }
    }

    fn needs(self) -> Needs {
        match self {
            Self::CommandLine => Needs {
                depends: &["ca-certificates"],
                recommends: &[
                    "gnome-keyring | kwalletmanager",
                    "xdg-utils",
                    "default-dbus-session-bus | dbus-session-bus",
                ],
                recommends_rpm: &["(gnome-keyring or kwalletmanager)", "xdg-utils"],
                suggests: &["waybill-desktop", "waybill-sandbox"],
            },
            Self::Desktop => Needs {
                depends: &["ca-certificates"],
                recommends: &[
                    "libayatana-appindicator3-1",
                    "gnome-keyring | kwalletmanager",
                    "xdg-utils",
                    "default-dbus-session-bus | dbus-session-bus",
                ],
                recommends_rpm: &[
                    "libayatana-appindicator3.so.1()(64bit)",
                    "(gnome-keyring or kwalletmanager)",
                    "xdg-utils",
                ],
                suggests: &["waybill"],
            },
            // It connects to other computers only to reach a realm on a real Keycloak server.
            Self::Sandbox => Needs {
                depends: &[],
                recommends: &["ca-certificates"],
                recommends_rpm: &["ca-certificates"],
                suggests: &["waybill"],
            },
        }
    }
}

/// Returns Debian's `control`. `libraries` comes from `dpkg-shlibdeps`; `kibibytes` is the installed size.
pub(super) fn control(package: Package, facts: &Facts, libraries: &str, kibibytes: u64) -> String {
    let (Description { summary, text }, needs) = (package.description(), package.needs());
    // Without this line, Debian uses the package's own name for the source.
    let source = if package.name() == SOURCE { String::new() } else { format!("Source: {SOURCE}\n") };
    let depends = std::iter::once(libraries).chain(needs.depends.iter().copied()).collect::<Vec<_>>().join(", ");
    format!(
        "Package: {}\n{source}Version: {}-{RELEASE}\nArchitecture: {}\nMaintainer: {}\n\
         Installed-Size: {kibibytes}\nDepends: {depends}\nRecommends: {}\nSuggests: {}\nSection: net\n\
         Priority: optional\nHomepage: {}\nDescription: {}\n {}\n",
        package.name(),
        facts.package_version(),
        facts.processor.debian(),
        facts.maintainer,
        needs.recommends.join(", "),
        needs.suggests.join(", "),
        facts.homepage,
        lower_first(summary),
        text.join("\n "),
    )
}

/// Returns the control file that `dpkg-shlibdeps` requires, of a source package that builds this one.
pub(super) fn source_control(package: Package, facts: &Facts) -> String {
    let name = package.name();
    format!("Source: {SOURCE}\nMaintainer: {}\n\nPackage: {name}\nArchitecture: any\n", facts.maintainer)
}

/// Returns the libraries in the output of `dpkg-shlibdeps -O`.
///
/// # Errors
/// There are none.
pub(super) fn libraries(printed: &str) -> Result<String> {
    let found = printed.lines().find_map(|line| line.strip_prefix("shlibs:Depends="));
    found
        .map(str::to_owned)
        .ok_or_else(|| Error::Wrong(format!("dpkg-shlibdeps did not list any libraries: {printed:?}")))
}

/// Returns Debian's changelog of the packaging, which has one entry. The program's own changes are in `changelog.gz`.
///
/// # Errors
/// The time of the commit is out of range.
pub(super) fn debian_changelog(package: Package, facts: &Facts) -> Result<String> {
    Ok(format!(
        "{SOURCE} ({}-{RELEASE}) unstable; urgency=medium\n\n  * Package version {}. For what is new, see\n    \
         /usr/share/doc/{}/changelog.gz.\n\n -- {}  {}\n",
        facts.package_version(),
        facts.version,
        package.name(),
        facts.maintainer,
        commit_date(facts)?.to_rfc2822(),
    ))
}

/// Returns the machine-readable copyright file (Debian, "Machine-readable debian/copyright file", version 1.0).
pub(super) fn copyright(facts: &Facts, licence: &str) -> Result<String> {
    let holder = licence.lines().find(|line| line.starts_with("Copyright"));
    let holder = holder.ok_or_else(|| Error::Wrong("LICENSE does not name a copyright holder".to_owned()))?;
    let terms = licence.split_once(holder).map_or("", |(_, terms)| terms).trim();
    let terms: Vec<&str> = terms.lines().map(|line| if line.trim().is_empty() { "." } else { line }).collect();
    Ok(format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: Waybill\n\
         Upstream-Contact: {}\nSource: {}\nComment:\n The programs contain third-party libraries. They are listed with their licences in\n \
         third-party-licences.txt.gz.\n\nFiles: *\nCopyright: {}\nLicense: {}\n\nLicense: {}\n {}\n",
        facts.maintainer,
        facts.homepage,
        holder.trim_start_matches("Copyright").trim_start_matches(" (c)").trim(),
        facts.licence,
        facts.licence,
        terms.join("\n "),
    ))
}

/// Returns RPM's spec file for a package with these files, which are copied from a tree. RPM detects the libraries
/// that the program needs.
pub(super) fn spec(package: Package, facts: &Facts, files: &[File]) -> String {
    let (Description { summary, text }, needs) = (package.description(), package.needs());
    let lines = |field: &str, names: &[&str]| names.iter().map(|name| format!("{field}: {name}\n")).collect::<String>();
    let needed = [
        lines("Requires", needs.depends),
        lines("Recommends", needs.recommends_rpm),
        lines("Suggests", needs.suggests),
    ];
    let own = package.own_folders(Format::Rpm);
    let folders = own.iter().map(|dir| format!("%dir %attr(0755,root,root) /{dir}\n"));
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
    // The program is already stripped, and the pages are already compressed. Nothing about the build machine is
    // recorded.
    format!(
        "%global debug_package %{{nil}}\n%global __os_install_post %{{nil}}\n%global _build_id_links none\n\
         %global _buildhost localhost\n%global use_source_date_epoch_as_buildtime 1\n\
         %global clamp_mtime_to_source_date_epoch 1\n%global _binary_payload w19.zstdio\n\n\
         Name: {}\nVersion: {}\nRelease: {RELEASE}\nSummary: {summary}\nLicense: {}\nURL: {}\nPackager: {}\n\
         {}\n%description\n{}\n\n%install\ncp -a %{{tree}}/. %{{buildroot}}/\n\n%files\n{listed}",
        package.name(),
        facts.package_version(),
        facts.licence,
        facts.homepage,
        facts.maintainer,
        needed.concat(),
        text.join("\n"),
    )
}

/// Fills in the placeholders, such as `@VERSION@`, in the metadata for software centres.
///
/// # Errors
/// A placeholder is unknown.
pub(super) fn metainfo(facts: &Facts, template: &str) -> Result<String> {
    let day = commit_date(facts)?.format("%Y-%m-%d").to_string();
    let filled = [
        ("@VERSION@", facts.version.as_str()),
        ("@DATE@", &day),
        ("@LICENCE@", &facts.licence),
        ("@HOMEPAGE@", &facts.homepage),
        ("@AUTHORS@", facts.authors()),
    ]
    .into_iter()
    .fold(template.to_owned(), |text, (placeholder, value)| text.replace(placeholder, &xml(value)));
    // The comment at the top mentions the placeholders' `@` itself.
    let left = filled.split('@').skip(1).find(|word| word.starts_with(|c: char| c.is_ascii_uppercase()));
    match left {
        None => Ok(filled),
        Some(word) => Err(Error::Wrong(format!("the metadata has an unknown placeholder: @{word}"))),
    }
}

/// Returns the disk space for files, in KiB, as `dpkg-gencontrol` counts it: each file rounded up, and one for each
/// folder.
pub(super) fn installed_size(sizes: &[u64], folders: u64) -> u64 {
    sizes.iter().map(|bytes| bytes.div_ceil(1024)).sum::<u64>() + folders
}

fn commit_date(facts: &Facts) -> Result<DateTime<Utc>> {
    let seconds = i64::try_from(facts.commit_time).ok();
    let made = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    made.ok_or_else(|| Error::Wrong(format!("the time of the commit is out of range: {}", facts.commit_time)))
}

/// Returns the text with a small first letter, because Debian's one-line descriptions are not sentences.
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
    use super::*;

    #[test]
    fn debians_control_file_has_the_metadata_and_the_libraries() {
        let control = control(Package::Desktop, &sample(), "libc6 (>= 2.34), libgtk-3-0", 4711);
        for line in [
            "Package: waybill-desktop",
            "Source: waybill",
            "Version: 0.2.0~beta.1-1",
            "Architecture: amd64",
            "Maintainer: The Authors <authors@example.org>",
            "Installed-Size: 4711",
            "Depends: libc6 (>= 2.34), libgtk-3-0, ca-certificates",
            "Suggests: waybill",
            "Description: send digital records to The National Archives",
        ] {
            assert!(control.lines().any(|own| own == line), "{line} is not in\n{control}");
        }
        assert!(
            control.lines().skip_while(|line| !line.starts_with("Description")).skip(1).all(|l| l.starts_with(' '))
        );
    }

    #[test]
    fn a_package_named_like_its_source_does_not_name_the_source() {
        assert!(!control(Package::CommandLine, &sample(), "libc6", 1).contains("Source:"));
    }

    #[test]
    fn only_the_window_recommends_a_tray_and_the_sandbox_no_keychain() {
        let text = |package| format!("{}{}", control(package, &sample(), "libc6", 1), spec(package, &sample(), &[]));
        assert!(text(Package::Desktop).contains("libayatana-appindicator3-1"));
        assert!(!text(Package::CommandLine).contains("appindicator"));
        assert!(!text(Package::Sandbox).contains("keyring"));
        assert!(text(Package::Sandbox).contains("Depends: libc6\n"));
    }

    #[test]
    fn every_description_fits_the_width_that_debian_and_rpm_show() {
        for package in Package::ALL {
            let Description { summary, text } = package.description();
            assert!(summary.len() <= 70 && !summary.ends_with('.'), "{summary}");
            assert!(text.iter().all(|line| line.len() < 80), "{text:?}");
        }
    }

    #[test]
    fn the_libraries_are_read_from_the_output_of_dpkg() {
        assert_eq!(libraries("shlibs:Depends=libc6 (>= 2.34)\n").unwrap(), "libc6 (>= 2.34)");
        assert!(libraries("").is_err());
    }

    #[test]
    fn the_changelog_is_dated_by_the_commit() {
        let changelog = debian_changelog(Package::Sandbox, &sample()).unwrap();
        assert!(changelog.starts_with("waybill (0.2.0~beta.1-1) unstable;"));
        assert!(changelog.contains("/usr/share/doc/waybill-sandbox/changelog.gz"));
        assert!(
            changelog.ends_with(" -- The Authors <authors@example.org>  Sat, 21 Nov 2026 14:54:33 +0000\n"),
            "{changelog}"
        );
    }

    #[test]
    fn the_copyright_file_has_the_terms_and_the_holder() {
        let copyright =
            copyright(&sample(), "MIT License\n\nCopyright (c) 2026 The Authors\n\nDo it.\n\nNo warranty.\n").unwrap();
        assert!(copyright.contains("Copyright: 2026 The Authors\nLicense: MIT\n"));
        assert!(copyright.ends_with("License: MIT\n Do it.\n .\n No warranty.\n"), "{copyright}");
        assert!(super::copyright(&sample(), "Do it.").is_err());
    }

    #[test]
    fn rpms_spec_file_lists_every_file_once() {
        let files = Package::CommandLine.files(Format::Rpm, &["waybill.1.gz".to_owned()]);
        let spec = spec(Package::CommandLine, &sample(), &files);
        for file in &files {
            let listed = spec.lines().filter(|line| line.ends_with(&format!("/{}", file.to)));
            assert_eq!(listed.count(), 1, "{}", file.to);
        }
        assert!(spec.contains("%attr(0755,root,root) /usr/bin/waybill\n"));
        assert!(spec.contains("%attr(0644,root,root) %license /usr/share/licenses/waybill/copyright\n"));
    }

    #[test]
    fn the_metadata_is_filled_in_completely() {
        let template = "<release version=\"@VERSION@\" date=\"@DATE@\"/> <l>@LICENCE@</l> a@b.c";
        let filled = metainfo(&sample(), template).unwrap();
        assert_eq!(filled, "<release version=\"0.2.0-beta.1\" date=\"2026-11-21\"/> <l>MIT</l> a@b.c");
        assert!(metainfo(&sample(), "@AUTHOR@").is_err());
    }

    #[test]
    fn the_projects_metadata_has_no_unknown_placeholder() {
        assert!(metainfo(&sample(), include_str!("../../../packaging/org.example.waybill.metainfo.xml")).is_ok());
    }

    #[test]
    fn the_installed_size_is_in_whole_blocks() {
        assert_eq!(installed_size(&[1, 1024, 1025], 2), 6);
    }
}
