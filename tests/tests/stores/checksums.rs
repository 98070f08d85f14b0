//! Checksums of S3 as a client computes them, in base64 of the raw digest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// An algorithm of `x-amz-checksum-*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// How the checksum of a multipart object is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Composite,
    FullObject,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Composite => "COMPOSITE",
            Self::FullObject => "FULL_OBJECT",
        }
    }
}

impl Algorithm {
    pub(crate) const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// As in `x-amz-checksum-algorithm`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// Returns the header that carries a value.
    pub(crate) fn header(self) -> String {
        format!("x-amz-checksum-{}", self.name().to_ascii_lowercase())
    }

    /// Returns the XML element that carries a value.
    pub(crate) fn element(self) -> String {
        format!("Checksum{}", self.name())
    }

    fn digest(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Crc32 => crc32(CrcAlgorithm::Crc32IsoHdlc, data),
            Self::Crc32c => crc32(CrcAlgorithm::Crc32Iscsi, data),
            Self::Crc64Nvme => crc_fast::checksum(CrcAlgorithm::Crc64Nvme, data).to_be_bytes().to_vec(),
            Self::Sha1 => Sha1::digest(data).to_vec(),
            Self::Sha256 => Sha256::digest(data).to_vec(),
        }
    }

    /// Of one body.
    pub(crate) fn of(self, data: &[u8]) -> String {
        STANDARD.encode(self.digest(data))
    }

    /// Of an object in parts: as `CompleteMultipartUpload` receives it, and as S3 returns it (with the number of parts
    /// where it is made from those of the parts).
    pub(crate) fn of_parts(self, kind: Kind, parts: &[&[u8]]) -> (String, String) {
        match kind {
            Kind::FullObject => {
                let whole = self.of(&parts.concat());
                (whole.clone(), whole)
            }
            Kind::Composite => {
                let digests: Vec<u8> = parts.iter().flat_map(|part| self.digest(part)).collect();
                let value = self.of(&digests);
                let answered = format!("{value}-{}", parts.len());
                (value, answered)
            }
        }
    }
}

/// For `Content-MD5`.
pub(crate) fn md5(data: &[u8]) -> String {
    STANDARD.encode(md5::Md5::digest(data))
}

/// For `x-amz-content-sha256`.
pub(crate) fn sha256_hex(data: &[u8]) -> String {
    Sha256::digest(data).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the low four bytes, big-endian.
fn crc32(algorithm: CrcAlgorithm, data: &[u8]) -> Vec<u8> {
    crc_fast::checksum(algorithm, data).to_be_bytes()[4..].to_vec()
}
