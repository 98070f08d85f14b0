//! What may be sent: pure decisions about names, sizes and numbers.

use std::time::Duration;

use waybill_model::service::NamePattern;
use waybill_model::{Finding, FindingKind, Identity, Limits, RelPath, ServiceProfile, Timestamp};

/// How far ahead a date may be, since clocks and time zones differ.
const AHEAD: Duration = Duration::from_secs(24 * 3600);

/// What a service accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// File names that it excludes without asking the person.
    pub excluded: Vec<NamePattern>,
    /// Extensions, in lower case and without the dot, of formats that it rejects.
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
            limits: Limits { file_bytes: profile.way.largest_file(profile.limits.file_bytes), ..profile.limits },
        }
    }

    pub(crate) fn excludes(&self, name: &str) -> bool {
        self.excluded.iter().any(|pattern| pattern.matches(name))
    }

    /// Returns what is wrong with the length of a path, in words; `None` if the service accepts it.
    pub(crate) fn path_too_long(&self, path: &RelPath) -> Option<String> {
        let limit = self.limits.path_chars;
        let chars = u64::try_from(path.as_str().chars().count()).unwrap_or(u64::MAX);
        (chars > limit).then(|| format!("{chars} characters; the limit is {limit}"))
    }
}

/// Returns why a file is left out, if it is: the first of excluded name, too large, empty, rejected format,
/// path too long.
#[must_use]
pub fn judge(path: &RelPath, identity: &Identity, rules: &Rules) -> Option<Finding> {
    let (kind, detail) = verdict(path, identity.size, rules)?;
    Some(Finding { kind, path: path.to_string(), raw_name: None, is_folder: false, size: Some(identity.size), detail })
}

/// Returns whether a file's date is one that no record has: before 1970, when the oldest file systems that are still in
/// use start to count, or more than a day ahead. The file is sent with its date as it is; TDR's `lastModified` holds
/// milliseconds in 64 bits (facts E6).
#[must_use]
pub fn judge_date(path: &RelPath, identity: &Identity, now: Timestamp) -> Option<Finding> {
    let date = identity.modified();
    (date < Timestamp(0) || date > now + AHEAD).then(|| Finding {
        kind: FindingKind::UnlikelyDate,
        path: path.to_string(),
        raw_name: None,
        is_folder: false,
        size: Some(identity.size),
        detail: None,
    })
}

fn verdict(path: &RelPath, size: u64, rules: &Rules) -> Option<(FindingKind, Option<String>)> {
    if rules.excludes(path.name()) {
        return Some((FindingKind::ExcludedName, None));
    }
    let limit = rules.limits.file_bytes;
    if size > limit {
        return Some((FindingKind::FileTooLarge, Some(format!("{size} bytes; the limit is {limit}"))));
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
        detail: Some(format!("{amount} {unit}; the limit is {limit}")),
    })
    .collect()
}

#[cfg(test)]
mod tests;
