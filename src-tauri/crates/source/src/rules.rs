//! What may be sent: pure verdicts on names, sizes and numbers.

use waybill_model::service::NamePattern;
use waybill_model::{Finding, FindingKind, Identity, Limits, RelPath, ServiceProfile};

/// What a service accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// File names that it excludes without asking anyone.
    pub excluded: Vec<NamePattern>,
    /// Extensions, in lower case and without the dot, of formats that it refuses.
    pub refused_extensions: Vec<String>,
    /// Its limits.
    pub limits: Limits,
}

impl Rules {
    /// Returns the rules of a service.
    #[must_use]
    pub fn of(profile: &ServiceProfile) -> Self {
        Self {
            excluded: profile.excluded_names.clone(),
            refused_extensions: profile.refused_extensions.clone(),
            limits: profile.limits,
        }
    }

    pub(crate) fn excludes(&self, name: &str) -> bool {
        self.excluded.iter().any(|pattern| pattern.matches(name))
    }

    /// Returns what is wrong with the length of a path, in words; `None` if the service accepts it.
    pub(crate) fn path_too_long(&self, path: &RelPath) -> Option<String> {
        let limit = self.limits.path_chars;
        let chars = u64::try_from(path.as_str().chars().count()).unwrap_or(u64::MAX);
        (chars > limit).then(|| format!("{chars} characters; the most is {limit}"))
    }
}

/// Returns whether a file is to be left out, and why: the first of excluded name, too large, empty, refused format,
/// path too long.
#[must_use]
pub fn judge(path: &RelPath, identity: &Identity, rules: &Rules) -> Option<Finding> {
    let (kind, detail) = verdict(path, identity.size, rules)?;
    Some(Finding { kind, path: path.to_string(), raw_name: None, is_folder: false, size: Some(identity.size), detail })
}

fn verdict(path: &RelPath, size: u64, rules: &Rules) -> Option<(FindingKind, Option<String>)> {
    if rules.excludes(path.name()) {
        return Some((FindingKind::ExcludedName, None));
    }
    let limit = rules.limits.file_bytes;
    if size > limit {
        return Some((FindingKind::FileTooLarge, Some(format!("{size} bytes; the most is {limit}"))));
    }
    if size == 0 {
        return Some((FindingKind::EmptyFile, None));
    }
    if let Some(extension) = path.extension().filter(|extension| rules.refused_extensions.contains(extension)) {
        return Some((FindingKind::RefusedFormat, Some(format!(".{extension}"))));
    }
    rules.path_too_long(path).map(|detail| (FindingKind::PathTooLong, Some(detail)))
}

/// Returns what is wrong with a transfer as a whole: `files` and `bytes` to be sent, and the bytes of the API request
/// that registers them. The findings have no path: they are about the whole folder.
#[must_use]
pub fn judge_transfer(files: u64, bytes: u64, registration_bytes: u64, limits: &Limits) -> Vec<Finding> {
    let checks = [
        (FindingKind::TooManyFiles, files, limits.files, "files", None),
        (FindingKind::TransferTooLarge, bytes, limits.transfer_bytes, "bytes", Some(bytes)),
        (
            FindingKind::RegistrationTooLarge,
            registration_bytes,
            limits.api_body_bytes,
            "bytes",
            Some(registration_bytes),
        ),
    ];
    let over = checks.into_iter().filter(|(_, amount, limit, ..)| amount > limit);
    over.map(|(kind, amount, limit, unit, size)| Finding {
        kind,
        path: String::new(),
        raw_name: None,
        is_folder: true,
        size,
        detail: Some(format!("{amount} {unit}; the most is {limit}")),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let pattern = |name: &str, ignore_case| NamePattern { name: name.to_owned(), ignore_case };
        Rules {
            excluded: vec![pattern("thumbs.db", true), pattern("desktop.ini", false)],
            refused_extensions: vec!["zip".to_owned()],
            limits: Limits { files: 10, file_bytes: 100, transfer_bytes: 500, api_body_bytes: 50, path_chars: 20 },
        }
    }

    fn verdict_on(path: &str, size: u64) -> Option<FindingKind> {
        let identity = Identity { size, modified_ns: 0, file_key: None };
        let finding = judge(&RelPath::new(path).unwrap(), &identity, &rules())?;
        assert_eq!((finding.path.as_str(), finding.size, finding.is_folder), (path, Some(size), false));
        Some(finding.kind)
    }

    #[test]
    fn an_ordinary_file_within_the_limits_is_sent() {
        assert_eq!(verdict_on("F/a.txt", 1), None);
        assert_eq!(verdict_on("F/a.txt", 100), None);
        assert_eq!(verdict_on("F/345678901234567890", 1), None);
        assert_eq!(verdict_on("F/=1+1.csv", 1), None);
    }

    #[test]
    fn each_reason_is_found() {
        assert_eq!(verdict_on("F/a.txt", 101), Some(FindingKind::FileTooLarge));
        assert_eq!(verdict_on("F/a.txt", 0), Some(FindingKind::EmptyFile));
        assert_eq!(verdict_on("F/a.ZIP", 1), Some(FindingKind::RefusedFormat));
        assert_eq!(verdict_on("F/3456789012345678901", 1), Some(FindingKind::PathTooLong));
    }

    #[test]
    fn the_limit_of_a_path_counts_characters_and_not_bytes() {
        assert_eq!(verdict_on(&format!("F/{}", "ü".repeat(18)), 1), None);
        assert_eq!(verdict_on(&format!("F/{}", "ü".repeat(19)), 1), Some(FindingKind::PathTooLong));
    }

    #[test]
    fn an_excluded_name_gives_no_other_finding() {
        for (path, size) in [("F/Thumbs.DB", 0), ("F/THUMBS.db", 1_000), ("F/desktop.ini", 1)] {
            assert_eq!(verdict_on(path, size), Some(FindingKind::ExcludedName), "{path}");
        }
        // Exactly as the service compares them, and only the last segment.
        assert_eq!(verdict_on("F/Desktop.ini", 1), None);
        assert_eq!(verdict_on("F/thumbs.db/a", 1), None);
        assert_eq!(verdict_on("F/my thumbs.db", 1), None);
    }

    #[test]
    fn the_first_reason_in_order_is_given() {
        let long = format!("F/{}.zip", "x".repeat(30));
        assert_eq!(verdict_on(&long, 101), Some(FindingKind::FileTooLarge));
        assert_eq!(verdict_on(&long, 0), Some(FindingKind::EmptyFile));
        assert_eq!(verdict_on(&long, 1), Some(FindingKind::RefusedFormat));
    }

    #[test]
    fn a_transfer_at_its_limits_passes_and_one_over_any_does_not() {
        let limits = rules().limits;
        assert_eq!(judge_transfer(10, 500, 50, &limits), []);
        let findings = judge_transfer(11, 501, 51, &limits);
        let kinds: Vec<_> = findings.iter().map(|finding| finding.kind).collect();
        assert_eq!(
            kinds,
            [FindingKind::TooManyFiles, FindingKind::TransferTooLarge, FindingKind::RegistrationTooLarge]
        );
        assert_eq!(findings[0].detail.as_deref(), Some("11 files; the most is 10"));
    }

    #[test]
    fn the_rules_are_those_of_the_service() {
        let profile = waybill_model::service::builtin("tdr").unwrap();
        let rules = Rules::of(&profile);
        assert!(rules.excludes("Thumbs.db") && !rules.excludes("a.txt"));
        assert_eq!(rules.limits, profile.limits);
        assert_eq!(rules.refused_extensions, profile.refused_extensions);
    }
}
