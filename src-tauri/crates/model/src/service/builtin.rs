//! The profiles of TDR's own deployments.
//!
//! Addresses: facts E1 and D1. They work once The National Archives has registered the client; see the README.

use url::Url;

use super::{NamePattern, RequestBudget, ServiceProfile, UploadWay};
use crate::{Limits, PartRules};

/// Names of the built-in profiles, with the default one first.
pub const BUILTIN_NAMES: [&str; 3] = ["tdr", "tdr-staging", "tdr-integration"];

/// Returns a built-in profile, or `None` if the name is not in [`BUILTIN_NAMES`].
#[must_use]
pub fn builtin(name: &str) -> Option<ServiceProfile> {
    let (suffix, title) = match name {
        "tdr" => ("", "Transfer Digital Records"),
        "tdr-staging" => ("-staging", "Transfer Digital Records (staging)"),
        "tdr-integration" => ("-integration", "Transfer Digital Records (integration)"),
        _ => return None,
    };
    let address = |text: String| Url::parse(&text).ok();
    let website = format!("https://tdr{suffix}.nationalarchives.gov.uk");
    Some(ServiceProfile {
        name: name.to_owned(),
        title: title.to_owned(),
        ca_file: None,
        issuer: address(format!("https://auth.tdr{suffix}.nationalarchives.gov.uk/realms/tdr"))?,
        client_id: "waybill".to_owned(),
        redirect_uri: address("http://127.0.0.1/callback".to_owned())?,
        api_url: Some(address(format!("https://api.tdr{suffix}.nationalarchives.gov.uk/graphql"))?),
        api_request_seconds: 180,
        upload_url: address(format!("https://upload.tdr{suffix}.nationalarchives.gov.uk"))?,
        upload_origin: Some(website.clone()),
        way: UploadWay::tdr(),
        website_url: Some(address(website)?),
        limits: tdr_limits(),
        requests: RequestBudget { limit: 10_000, window_seconds: 300, share_percent: 50 },
        parts: PartRules::default(),
        parallel: 8,
        excluded_names: tdr_excluded_names(),
        refused_extensions: tdr_refused_extensions(),
    })
}

/// Facts E12: 5,000 files, and 5,000 MB for a file and for a transfer, where 1 MB is 1,000,000 bytes. Facts E3: 8 MiB
/// per request.
pub(super) fn tdr_limits() -> Limits {
    Limits {
        files: 5_000,
        file_bytes: 5_000_000_000,
        transfer_bytes: 5_000_000_000,
        api_body_bytes: 8 << 20,
        path_chars: 1_024,
    }
}

/// Facts E12: The National Archives' list of excluded file names.
pub(super) fn tdr_excluded_names() -> Vec<NamePattern> {
    [("thumbs.db", true), ("desktop.ini", false), (".DS_Store", false)]
        .map(|(name, ignore_case)| NamePattern { name: name.to_owned(), ignore_case })
        .to_vec()
}

/// Extensions of the formats that The National Archives disallows: packages, disk images, programs and shortcuts. Its
/// list identifies PRONOM formats, for which an extension is only a good guess; extensions shared with allowed formats
/// are omitted. `tests/contracts.rs` compares the two lists.
pub(super) fn tdr_refused_extensions() -> Vec<String> {
    [
        "ad1",
        "ad2",
        "ad3",
        "ad4",
        "ad5",
        "aff",
        "arj",
        "asics",
        "bak",
        "bxy",
        "bz",
        "bz2",
        "dll",
        "dmg",
        "ear",
        "edoc",
        "exe",
        "gz",
        "hqx",
        "jar",
        "lha",
        "lic",
        "lnk",
        "lzh",
        "mht",
        "mhtml",
        "pea",
        "qic",
        "rar",
        "rfi",
        "sdk",
        "shar",
        "shk",
        "sit",
        "swc",
        "swm",
        "sys",
        "tar",
        "tbz2",
        "tgz",
        "txz",
        "url",
        "uue",
        "vdi",
        "war",
        "warc",
        "webarchive",
        "wim",
        "xar",
        "xz",
        "yenc",
        "zfo",
        "zip",
        "zipx",
        "zoo",
        "zpaq",
    ]
    .map(str::to_owned)
    .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_profile_exists_and_has_only_https_addresses_of_the_archive() {
        for name in BUILTIN_NAMES {
            let profile = builtin(name).unwrap();
            for url in profile.addresses() {
                assert_eq!(url.scheme(), "https");
                assert!(url.host_str().unwrap().ends_with(".nationalarchives.gov.uk"), "{url}");
            }
        }
        assert_eq!(builtin("nonsense"), None);
    }

    #[test]
    fn the_installation_guide_lists_every_address_and_how_other_services_differ() {
        let guide = include_str!("../../../../../docs/installing.md");
        let table = guide.split("### Allow these addresses").nth(1).unwrap().split("###").next().unwrap();
        let listed: Vec<&str> = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        let hosts = |name: &str| {
            let profile = builtin(name).unwrap();
            let host = |url: &Url| {
                assert_eq!(url.port_or_known_default(), Some(443));
                url.host_str().unwrap().to_owned()
            };
            profile.addresses().map(host).collect::<Vec<_>>()
        };
        assert_eq!(listed, hosts("tdr"));
        for name in BUILTIN_NAMES {
            assert!(guide.contains(&format!("`{name}`")), "{name}");
            let renamed = listed.iter().map(|host| {
                let (before, after) = host.split_once("tdr.").unwrap();
                format!("{before}{name}.{after}")
            });
            assert!(renamed.eq(hosts(name)), "{name}");
        }
    }
}
