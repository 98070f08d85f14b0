//! The two digests that Waybill computes in a single read of each file.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The SHA-256 of a whole file, which is declared to TDR and printed in the receipt. Text form: 64 lower-case hex
/// digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256Digest(pub [u8; 32]);

/// The error for a string that is not 64 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("not a SHA-256 digest of 64 hex digits")]
pub struct ParseDigestError;

impl fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256Digest({self})")
    }
}

impl FromStr for Sha256Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let mut bytes = [0; 32];
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return Err(ParseDigestError);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = hex(*high)? << 4 | hex(*low)?;
        }
        Ok(Self(bytes))
    }
}

fn hex(digit: u8) -> Result<u8, ParseDigestError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(ParseDigestError),
    }
}

impl TryFrom<String> for Sha256Digest {
    type Error = ParseDigestError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Sha256Digest> for String {
    fn from(digest: Sha256Digest) -> Self {
        digest.to_string()
    }
}

/// The CRC-64/NVME of one part, or of an item sent whole, for S3's `x-amz-checksum-crc64nvme` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Crc64Nvme(pub u64);

impl Crc64Nvme {
    /// Returns the header value: base64 of the eight bytes, most significant first (AWS, "Checking object integrity").
    #[must_use]
    pub fn to_base64(self) -> String {
        STANDARD.encode(self.0.to_be_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_parses_what_it_prints() {
        let digest = Sha256Digest(std::array::from_fn(|i| u8::try_from(i * 7).unwrap()));
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(digest.to_string().to_uppercase().parse(), Ok(digest));
        assert_eq!("00".parse::<Sha256Digest>(), Err(ParseDigestError));
        assert_eq!("g".repeat(64).parse::<Sha256Digest>(), Err(ParseDigestError));
        assert_eq!("0".repeat(65).parse::<Sha256Digest>(), Err(ParseDigestError));
    }

    #[test]
    fn crc64nvme_is_sent_most_significant_byte_first() {
        assert_eq!(Crc64Nvme(0x0102_0304_0506_0708).to_base64(), "AQIDBAUGBwg=");
    }
}
