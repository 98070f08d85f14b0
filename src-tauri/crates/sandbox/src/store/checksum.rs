//! Additional checksums as S3 knows them: the value a request declares, and the running computation it is compared
//! with.
//!
//! Values travel as base64 of the raw digest, CRCs big-endian. The rules are those of `x-amz-checksum-*` in the
//! `PutObject`, `UploadPart` and `CompleteMultipartUpload` reference.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::{CrcAlgorithm, Digest as Crc};
use http::HeaderMap;
use md5::Md5;
use s3s::{S3Error, S3ErrorCode};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// The algorithms the store verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// Returns the value of `x-amz-checksum-algorithm`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// Returns the header that carries a value of this algorithm.
    pub(crate) const fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// Returns the algorithm of this name, in any case.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// Bytes of a raw value.
    pub(crate) const fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Returns the CRC variant, for the algorithms whose parts can be combined into the checksum of the whole.
    const fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Sha1 | Self::Sha256 => None,
        }
    }

    /// Returns whether a multipart upload can have a checksum of this type.
    pub(crate) const fn allows(self, kind: Kind) -> bool {
        match (self, kind) {
            (Self::Crc32 | Self::Crc32c, Kind::Composite | Kind::FullObject)
            | (Self::Crc64Nvme, Kind::FullObject)
            | (Self::Sha1 | Self::Sha256, Kind::Composite) => true,
            (Self::Crc64Nvme, Kind::Composite) | (Self::Sha1 | Self::Sha256, Kind::FullObject) => false,
        }
    }

    /// Returns the type used where `CreateMultipartUpload` names none.
    pub(crate) const fn default_kind(self) -> Kind {
        match self {
            Self::Crc64Nvme => Kind::FullObject,
            Self::Crc32 | Self::Crc32c | Self::Sha1 | Self::Sha256 => Kind::Composite,
        }
    }
}

/// How the checksum of a multipart object is made: from the checksums of the parts, or over all bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Composite,
    FullObject,
}

impl Kind {
    /// Returns the value of `x-amz-checksum-type`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Composite => "COMPOSITE",
            Self::FullObject => "FULL_OBJECT",
        }
    }

    /// Returns the type of this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Composite, Self::FullObject].into_iter().find(|kind| kind.name() == name)
    }
}

/// A checksum a request declares for its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declared {
    pub algorithm: Algorithm,
    pub value: Vec<u8>,
}

/// What a call makes of an `x-amz-sdk-checksum-algorithm` other than that of the value sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Announced {
    /// `BadDigest` (the `PutObject` reference).
    MustMatch,
    /// Nothing: the value counts (the `UploadPart` reference).
    MayDiffer,
}

/// Reads the one `x-amz-checksum-*` value of a request.
///
/// # Errors
/// `InvalidRequest` for two values or one that is not base64 of the right length, and for `x-amz-sdk-checksum-algorithm`
/// without a value; `BadDigest` for one with the value of another algorithm, where that matters; `NotImplemented` for an
/// algorithm the store does not verify.
pub(crate) fn declared(headers: &HeaderMap, announced: Announced) -> Result<Option<Declared>, S3Error> {
    let mut found = None;
    for name in headers.keys() {
        let Some(suffix) = name.as_str().strip_prefix("x-amz-checksum-") else { continue };
        if matches!(suffix, "algorithm" | "type" | "mode") {
            continue;
        }
        let Some(algorithm) = Algorithm::parse(suffix) else {
            return Err(S3Error::with_message(
                S3ErrorCode::NotImplemented,
                "A header you provided implies functionality that is not implemented",
            ));
        };
        if found.is_some() || headers.get_all(name).iter().count() > 1 {
            return Err(invalid("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."));
        }
        let value = headers.get(name).map(http::HeaderValue::as_bytes).unwrap_or_default();
        let Some(value) = decode(algorithm, value) else {
            return Err(invalid(format!("Value for {} header is invalid.", algorithm.header())));
        };
        found = Some(Declared { algorithm, value });
    }
    let Some(named) = headers.get("x-amz-sdk-checksum-algorithm") else { return Ok(found) };
    let (Some(found), Some(named)) = (found, named.to_str().ok().and_then(Algorithm::parse)) else {
        return Err(invalid(
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
        ));
    };
    match announced {
        Announced::MustMatch if found.algorithm != named => Err(bad_digest(named)),
        Announced::MustMatch | Announced::MayDiffer => Ok(Some(found)),
    }
}

/// Returns the raw value behind base64 text, if it has the length of `algorithm`.
pub(crate) fn decode(algorithm: Algorithm, text: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok().filter(|value| value.len() == algorithm.length())
}

/// Returns a raw value in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the base64 text of a raw value.
pub(crate) fn encode(value: &[u8]) -> String {
    STANDARD.encode(value)
}

/// Returns the error for a body that does not match its checksum.
pub(super) fn bad_digest(algorithm: Algorithm) -> S3Error {
    S3Error::with_message(
        S3ErrorCode::BadDigest,
        format!("The {} you specified did not match the calculated checksum.", algorithm.name()),
    )
}

/// Returns the checksum of a whole object, from those of its parts and their sizes in bytes. Composite values end in
/// `-N`.
pub(crate) fn whole<'a>(algorithm: Algorithm, kind: Kind, parts: impl Iterator<Item = (&'a [u8], u64)>) -> String {
    match (kind, algorithm.crc()) {
        (Kind::FullObject, Some(crc)) => {
            let mut sum = None;
            for (value, size) in parts {
                let value = number(value);
                sum = Some(sum.map_or(value, |before| crc_fast::checksum_combine(crc, before, value, size)));
            }
            encode(&bytes(algorithm, sum.unwrap_or_else(|| Crc::new(crc).finalize())))
        }
        (Kind::Composite, _) | (Kind::FullObject, None) => {
            let mut running = Running::new(algorithm);
            let mut count = 0_usize;
            for (value, _) in parts {
                running.update(value);
                count += 1;
            }
            format!("{}-{count}", encode(&running.finish()))
        }
    }
}

/// What is computed over a body while it is written to disk.
pub(crate) struct Tally {
    size: u64,
    md5: Option<Md5>,
    crc64: Running,
    sha256: Option<Sha256>,
    declared: Option<Running>,
}

/// The outcome of a [`Tally`].
pub(crate) struct Tallied {
    /// Bytes.
    pub size: u64,
    pub md5: Option<Vec<u8>>,
    pub crc64: Vec<u8>,
    pub sha256: Option<Vec<u8>>,
    /// The value of the algorithm that was asked for.
    pub checksum: Option<Vec<u8>>,
}

impl Tally {
    /// Computes size and CRC64NVME always, the rest if asked.
    pub(crate) fn new(declared: Option<Algorithm>, md5: bool, sha256: bool) -> Self {
        Self {
            size: 0,
            md5: md5.then(Md5::new),
            crc64: Running::new(Algorithm::Crc64Nvme),
            sha256: (sha256 || declared == Some(Algorithm::Sha256)).then(Sha256::new),
            declared: declared
                .filter(|algorithm| !matches!(algorithm, Algorithm::Crc64Nvme | Algorithm::Sha256))
                .map(Running::new),
        }
    }

    /// Takes in the next bytes.
    pub(crate) fn update(&mut self, data: &[u8]) {
        self.size += u64::try_from(data.len()).unwrap_or(u64::MAX);
        self.crc64.update(data);
        if let Some(md5) = &mut self.md5 {
            md5.update(data);
        }
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(data);
        }
        if let Some(declared) = &mut self.declared {
            declared.update(data);
        }
    }

    /// Returns the results; `declared` is the algorithm given to [`Tally::new`].
    pub(crate) fn finish(self, declared: Option<Algorithm>) -> Tallied {
        let crc64 = self.crc64.finish();
        let sha256 = self.sha256.map(|sha256| sha256.finalize().to_vec());
        let checksum = match declared {
            Some(Algorithm::Crc64Nvme) => Some(crc64.clone()),
            Some(Algorithm::Sha256) => sha256.clone(),
            Some(Algorithm::Crc32 | Algorithm::Crc32c | Algorithm::Sha1) => self.declared.map(Running::finish),
            None => None,
        };
        Tallied { size: self.size, md5: self.md5.map(|md5| md5.finalize().to_vec()), crc64, sha256, checksum }
    }
}

enum Running {
    Crc(Algorithm, Box<Crc>),
    Sha1(Box<Sha1>),
    Sha256(Box<Sha256>),
}

impl Running {
    fn new(algorithm: Algorithm) -> Self {
        match (algorithm, algorithm.crc()) {
            (_, Some(crc)) => Self::Crc(algorithm, Box::new(Crc::new(crc))),
            (Algorithm::Sha1, None) => Self::Sha1(Box::default()),
            (Algorithm::Sha256 | Algorithm::Crc32 | Algorithm::Crc32c | Algorithm::Crc64Nvme, None) => {
                Self::Sha256(Box::default())
            }
        }
    }

    fn update(&mut self, data: &[u8]) {
        match self {
            Self::Crc(_, crc) => crc.update(data),
            Self::Sha1(sha1) => sha1.update(data),
            Self::Sha256(sha256) => sha256.update(data),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Crc(algorithm, crc) => bytes(algorithm, crc.finalize()),
            Self::Sha1(sha1) => sha1.finalize().to_vec(),
            Self::Sha256(sha256) => sha256.finalize().to_vec(),
        }
    }
}

/// Returns the low bytes of `value`, big-endian, as many as `algorithm` has.
fn bytes(algorithm: Algorithm, value: u64) -> Vec<u8> {
    let all = value.to_be_bytes();
    all[all.len().saturating_sub(algorithm.length())..].to_vec()
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte))
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> S3Error {
    S3Error::with_message(S3ErrorCode::InvalidRequest, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(algorithm: Algorithm, data: &[u8]) -> Vec<u8> {
        let mut tally = Tally::new(Some(algorithm), false, false);
        tally.update(data);
        tally.finish(Some(algorithm)).checksum.unwrap()
    }

    #[test]
    fn the_published_check_values_come_out() {
        let data = b"123456789";
        assert_eq!(value(Algorithm::Crc32, data), [0xcb, 0xf4, 0x39, 0x26]);
        assert_eq!(value(Algorithm::Crc32c, data), [0xe3, 0x06, 0x92, 0x83]);
        assert_eq!(value(Algorithm::Crc64Nvme, data), 0xae8b_1486_0a79_9888_u64.to_be_bytes());
        assert_eq!(encode(&value(Algorithm::Sha1, data)), "98O8HYCOBHMq32eZZczDTKeuNEE=");
        assert_eq!(encode(&value(Algorithm::Sha256, data)), "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=");
    }

    #[test]
    fn crcs_of_parts_combine_into_the_crc_of_the_whole() {
        let (left, right) = (vec![7_u8; 5_000_001], b"the rest".to_vec());
        let whole_data = [left.as_slice(), right.as_slice()].concat();
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
            let parts = [(value(algorithm, &left), 5_000_001_u64), (value(algorithm, &right), 8)];
            let combined =
                whole(algorithm, Kind::FullObject, parts.iter().map(|(value, size)| (value.as_slice(), *size)));
            assert_eq!(combined, encode(&value(algorithm, &whole_data)), "{}", algorithm.name());
        }
    }

    #[test]
    fn a_composite_checksum_is_the_checksum_of_the_checksums_and_their_count() {
        let parts = [value(Algorithm::Sha256, b"a"), value(Algorithm::Sha256, b"b")];
        let expected = encode(&Sha256::digest(parts.concat()));
        let made = whole(Algorithm::Sha256, Kind::Composite, parts.iter().map(|value| (value.as_slice(), 1)));
        assert_eq!(made, format!("{expected}-2"));
    }

    #[test]
    fn an_announced_checksum_without_its_value_is_refused() {
        let read = |headers: &HeaderMap, announced| declared(headers, announced).map_err(|error| error.code().clone());
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-sdk-checksum-algorithm", "CRC32".parse().unwrap());
        assert_eq!(read(&headers, Announced::MayDiffer), Err(S3ErrorCode::InvalidRequest));
        headers.insert("x-amz-checksum-crc32", encode(&[1, 2, 3, 4]).parse().unwrap());
        assert_eq!(read(&headers, Announced::MustMatch).unwrap().unwrap().value, [1, 2, 3, 4]);
        headers.insert("x-amz-sdk-checksum-algorithm", "SHA1".parse().unwrap());
        assert_eq!(read(&headers, Announced::MustMatch), Err(S3ErrorCode::BadDigest));
        assert!(read(&headers, Announced::MayDiffer).is_ok());
        headers.insert("x-amz-checksum-sha1", encode(&[0; 20]).parse().unwrap());
        assert_eq!(read(&headers, Announced::MustMatch), Err(S3ErrorCode::InvalidRequest));
    }
}
