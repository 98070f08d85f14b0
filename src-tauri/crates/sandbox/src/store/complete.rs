//! What `CompleteMultipartUpload` demands of its list of parts, decided purely over what was sent before.
//!
//! Source: the `CompleteMultipartUpload` and `UploadPart` reference and "Checking object integrity" of the S3 user
//! guide.

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

/// Holds the list against the parts that were sent.
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

/// Checks the consecutive numbering and the per-part values that an upload with an algorithm of its own demands.
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

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn upload(checksum: Option<(Algorithm, Kind)>) -> Upload {
        Upload { id: "u".into(), key: "k".into(), checksum, created: DateTime::default(), completed: None }
    }

    fn part(number: i32, size: u64, checksum: Option<Vec<u8>>) -> Part {
        let crc64 = number.to_be_bytes().repeat(2);
        Part { number, size, etag: format!("e{number}"), crc64, checksum, file: format!("f{number}") }
    }

    fn ask(numbers: &[i32]) -> Vec<Asked> {
        numbers
            .iter()
            .map(|number| Asked { number: *number, etag: format!("e{number}"), checksums: Vec::new() })
            .collect()
    }

    fn code(result: Result<Assembled, S3Error>) -> S3ErrorCode {
        result.unwrap_err().code().clone()
    }

    const FULL: u64 = SMALLEST_PART;

    #[test]
    fn parts_with_gaps_are_fine_without_additional_checksums_and_refused_with_them() {
        let sent = [part(2, FULL, Some(vec![1; 8])), part(9, 1, Some(vec![2; 8]))];
        let made = assemble(&upload(None), &sent, &ask(&[2, 9]), &Expected::default()).unwrap();
        assert_eq!((made.size, made.numbers), (FULL + 1, vec![2, 9]));
        let nvme = upload(Some((Algorithm::Crc64Nvme, Kind::FullObject)));
        assert_eq!(code(assemble(&nvme, &sent, &ask(&[2, 9]), &Expected::default())), S3ErrorCode::InvalidPartOrder);
    }

    #[test]
    fn a_list_out_of_order_a_missing_part_and_an_old_etag_are_refused() {
        let sent = [part(1, FULL, None), part(2, 1, None)];
        let plain = upload(None);
        assert_eq!(code(assemble(&plain, &sent, &ask(&[2, 1]), &Expected::default())), S3ErrorCode::InvalidPartOrder);
        assert_eq!(code(assemble(&plain, &sent, &ask(&[1, 1]), &Expected::default())), S3ErrorCode::InvalidPartOrder);
        assert_eq!(code(assemble(&plain, &sent, &ask(&[1, 3]), &Expected::default())), S3ErrorCode::InvalidPart);
        let mut old = ask(&[1, 2]);
        old[0].etag = "superseded".into();
        assert_eq!(code(assemble(&plain, &sent, &old, &Expected::default())), S3ErrorCode::InvalidPart);
    }

    #[test]
    fn only_the_last_part_may_be_small() {
        let sent = [part(1, FULL - 1, None), part(2, 1, None)];
        assert_eq!(
            code(assemble(&upload(None), &sent, &ask(&[1, 2]), &Expected::default())),
            S3ErrorCode::EntityTooSmall
        );
        assert!(assemble(&upload(None), &sent, &ask(&[1]), &Expected::default()).is_ok());
    }

    #[test]
    fn an_upload_that_announced_nothing_takes_the_checksum_that_came_with_a_part_and_no_other() {
        let sent = [part(1, 1, Some(vec![3; 4]))];
        let with = |algorithm, value: &[u8]| {
            let mut asked = ask(&[1]);
            asked[0].checksums = vec![(algorithm, checksum::encode(value))];
            assemble(&upload(None), &sent, &asked, &Expected::default())
        };
        let made = with(Algorithm::Crc32, &[3; 4]).unwrap();
        assert_eq!((made.checksum.0, made.checksum.1), (Algorithm::Crc64Nvme, Kind::FullObject));
        assert!(with(Algorithm::Crc64Nvme, &sent[0].crc64).is_ok());
        assert_eq!(code(with(Algorithm::Crc32, &[4; 4])), S3ErrorCode::InvalidPart);
        assert_eq!(code(with(Algorithm::Sha256, &[3; 4])), S3ErrorCode::InvalidPart);
    }

    #[test]
    fn composite_uploads_want_the_checksum_of_each_part_again() {
        let sha = upload(Some((Algorithm::Sha256, Kind::Composite)));
        let sent = [part(1, 1, Some(vec![3; 32]))];
        assert_eq!(code(assemble(&sha, &sent, &ask(&[1]), &Expected::default())), S3ErrorCode::InvalidRequest);
        let mut with = ask(&[1]);
        with[0].checksums = vec![(Algorithm::Sha256, checksum::encode(&[3; 32]))];
        assert!(assemble(&sha, &sent, &with, &Expected::default()).unwrap().checksum.2.ends_with("-1"));
        with[0].checksums = vec![(Algorithm::Sha256, checksum::encode(&[4; 32]))];
        assert_eq!(code(assemble(&sha, &sent, &with, &Expected::default())), S3ErrorCode::InvalidPart);
    }

    #[test]
    fn what_the_headers_say_about_the_whole_must_be_true() {
        let nvme = upload(Some((Algorithm::Crc64Nvme, Kind::FullObject)));
        let sent = [part(1, 5, Some(vec![9; 8]))];
        let with = |expected: Expected| assemble(&nvme, &sent, &ask(&[1]), &expected);
        assert!(with(Expected { size: Some(5), ..Expected::default() }).is_ok());
        assert_eq!(code(with(Expected { size: Some(6), ..Expected::default() })), S3ErrorCode::InvalidRequest);
        assert_eq!(code(with(Expected { kind: Some(Kind::Composite), ..Expected::default() })), S3ErrorCode::BadDigest);
        let declared = |value: u8| Some(Declared { algorithm: Algorithm::Crc64Nvme, value: vec![value; 8] });
        assert!(with(Expected { declared: declared(9), ..Expected::default() }).is_ok());
        assert_eq!(code(with(Expected { declared: declared(8), ..Expected::default() })), S3ErrorCode::BadDigest);
    }
}
