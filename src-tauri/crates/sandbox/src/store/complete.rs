//! What `CompleteMultipartUpload` demands of its list of parts, decided purely over what was sent before.
//!
//! Source: the `CompleteMultipartUpload` and `UploadPart` reference and "Checking object integrity" of the S3 user
//! guide.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use s3s::dto::{CompleteMultipartUploadInput, CompletedPart};
use s3s::{S3Error, S3ErrorCode};

use super::checksum::{self, Algorithm, Declared, Kind, bad_digest};
use super::tables::{Part, Upload};

/// The smallest part but for the last, in bytes (5 MiB).
const SMALLEST_PART: u64 = 5 * 1024 * 1024;
/// The highest part number.
pub(super) const HIGHEST_PART: i32 = 10_000;

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub number: i32,
    pub etag: String,
    /// The checksum elements it carries.
    pub checksums: Vec<(Algorithm, String)>,
}

/// What the headers say about the whole object.
#[derive(Debug, Clone, Default)]
pub(super) struct Expected {
    /// From `x-amz-mp-object-size`, bytes.
    pub size: Option<u64>,
    pub kind: Option<Kind>,
    pub declared: Option<Declared>,
}

/// An object put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assembled {
    /// Bytes.
    pub size: u64,
    pub checksum: (Algorithm, Kind, String),
    /// Numbers of the parts, in order.
    pub numbers: Vec<i32>,
}

/// Reads the list out of the request.
///
/// # Errors
/// `MalformedXML` for an empty list, an entry without number or `ETag`, or more than 10,000 entries.
pub(super) fn asked(input: &CompleteMultipartUploadInput) -> Result<Vec<Asked>, S3Error> {
    let parts = input.multipart_upload.as_ref().and_then(|list| list.parts.as_deref()).unwrap_or_default();
    if parts.is_empty() || parts.len() > 10_000 {
        return Err(malformed());
    }
    parts.iter().map(entry).collect()
}

/// Returns the list as it is kept to recognise a repeat.
pub(super) fn fingerprint(asked: &[Asked]) -> String {
    let entries: Vec<String> = asked.iter().map(|part| format!("{}:{}", part.number, part.etag)).collect();
    entries.join(",")
}

/// Compares the list with the parts that were sent.
///
/// # Errors
/// `InvalidPartOrder`, `InvalidPart`, `EntityTooSmall`, `InvalidRequest` or `BadDigest`, as S3 gives them.
pub(super) fn assemble(
    upload: &Upload,
    sent: &[Part],
    asked: &[Asked],
    expected: &Expected,
) -> Result<Assembled, S3Error> {
    if !asked.is_sorted_by(|left, right| left.number < right.number) {
        return Err(error(
            S3ErrorCode::InvalidPartOrder,
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
        ));
    }
    let sent: BTreeMap<i32, &Part> = sent.iter().map(|part| (part.number, part)).collect();
    let mut chosen = Vec::with_capacity(asked.len());
    for entry in asked {
        let part = sent.get(&entry.number).copied().filter(|part| part.etag == entry.etag).ok_or_else(invalid_part)?;
        chosen.push(part);
    }
    if let Some((algorithm, kind)) = upload.checksum {
        additional_checksums(algorithm, kind, asked, &chosen)?;
    } else if asked.iter().zip(&chosen).any(|(entry, part)| !unannounced_matches(entry, part)) {
        return Err(invalid_part());
    }
    if let Some((_, all_but_last)) = chosen.split_last()
        && let Some(small) = all_but_last.iter().find(|part| part.size < SMALLEST_PART)
    {
        return Err(error(
            S3ErrorCode::EntityTooSmall,
            format!(
                "Your proposed upload is smaller than the minimum allowed size (part {}, {} bytes)",
                small.number, small.size
            ),
        ));
    }
    let size = chosen.iter().map(|part| part.size).sum();
    whole_object(upload, &chosen, size, expected)
}

/// Checks the consecutive numbering and the per-part values that an upload with its own algorithm needs.
fn additional_checksums(algorithm: Algorithm, kind: Kind, asked: &[Asked], chosen: &[&Part]) -> Result<(), S3Error> {
    if asked.iter().zip(1..).any(|(entry, number)| entry.number != number) {
        return Err(error(
            S3ErrorCode::InvalidPartOrder,
            "The part numbers of an upload with additional checksums must start at 1 and be consecutive.",
        ));
    }
    for (entry, part) in asked.iter().zip(chosen) {
        if kind == Kind::Composite && !entry.checksums.iter().any(|(found, _)| *found == algorithm) {
            let name = algorithm.name().to_ascii_lowercase();
            return Err(error(
                S3ErrorCode::InvalidRequest,
                format!(
                    "The upload was created using a {name} checksum. The complete request must include the checksum for each part. \
                     It was missing for part {} in the request.",
                    entry.number
                ),
            ));
        }
        if !element_matches(entry, algorithm, part.checksum.as_deref().unwrap_or_default()) {
            return Err(invalid_part());
        }
    }
    Ok(())
}

/// Returns whether every checksum element is of `algorithm` and has the part's value.
fn element_matches(entry: &Asked, algorithm: Algorithm, value: &[u8]) -> bool {
    entry.checksums.iter().all(|(found, text)| *found == algorithm && *text == checksum::encode(value))
}

/// Returns whether every checksum element is the one that came with the part, or the CRC64NVME that the store computes
/// itself.
fn unannounced_matches(entry: &Asked, part: &Part) -> bool {
    let sent = part.checksum.as_deref();
    entry.checksums.iter().all(|(algorithm, text)| {
        let came = sent.is_some_and(|value| value.len() == algorithm.length() && *text == checksum::encode(value));
        came || (*algorithm == Algorithm::Crc64Nvme && *text == checksum::encode(&part.crc64))
    })
}

fn whole_object(upload: &Upload, chosen: &[&Part], size: u64, expected: &Expected) -> Result<Assembled, S3Error> {
    if let Some(claimed) = expected.size.filter(|claimed| *claimed != size) {
        return Err(error(
            S3ErrorCode::InvalidRequest,
            format!(
                "The provided 'x-amz-mp-object-size' header value {claimed} does not match what was computed: {size}"
            ),
        ));
    }
    let (algorithm, kind) = upload.checksum.unwrap_or((Algorithm::Crc64Nvme, Kind::FullObject));
    if expected.kind.is_some_and(|claimed| claimed != kind) {
        return Err(error(
            S3ErrorCode::BadDigest,
            format!(
                "The upload was created using the {} checksum mode. The complete request must use the same checksum mode.",
                kind.name()
            ),
        ));
    }
    let values = chosen.iter().map(|part| match upload.checksum {
        Some(_) => (part.checksum.as_deref().unwrap_or_default(), part.size),
        None => (part.crc64.as_slice(), part.size),
    });
    let value = checksum::whole(algorithm, kind, values);
    if let Some(declared) = &expected.declared {
        let computed = value.split('-').next().unwrap_or_default();
        if declared.algorithm != algorithm || checksum::encode(&declared.value) != computed {
            return Err(bad_digest(declared.algorithm));
        }
    }
    Ok(Assembled { size, checksum: (algorithm, kind, value), numbers: chosen.iter().map(|part| part.number).collect() })
}

fn entry(part: &CompletedPart) -> Result<Asked, S3Error> {
    let (Some(number), Some(etag)) = (part.part_number, part.e_tag.as_ref()) else { return Err(malformed()) };
    let elements = [
        (Algorithm::Crc32, &part.checksum_crc32),
        (Algorithm::Crc32c, &part.checksum_crc32c),
        (Algorithm::Crc64Nvme, &part.checksum_crc64nvme),
        (Algorithm::Sha1, &part.checksum_sha1),
        (Algorithm::Sha256, &part.checksum_sha256),
    ];
    let checksums = elements.into_iter().filter_map(|(algorithm, text)| Some((algorithm, text.clone()?))).collect();
    Ok(Asked { number, etag: etag.value().to_owned(), checksums })
}

fn malformed() -> S3Error {
    error(
        S3ErrorCode::MalformedXML,
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

fn invalid_part() -> S3Error {
    error(
        S3ErrorCode::InvalidPart,
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag \
         may not match the part's entity tag.",
    )
}

fn error(code: S3ErrorCode, message: impl Into<std::borrow::Cow<'static, str>>) -> S3Error {
    S3Error::with_message(code, message)
}
