//! Random names, tokens and passwords.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A token of `bytes` random bytes, in base64url without padding.
pub(crate) fn token(bytes: usize) -> String {
    let mut buffer = vec![0_u8; bytes];
    rand::fill(buffer.as_mut_slice());
    URL_SAFE_NO_PAD.encode(buffer)
}

/// A word of `length` characters that a person can read off a screen: no `0`, `O`, `1`, `l` or `I`.
pub(crate) fn readable(length: usize) -> String {
    pick(length, b"abcdefghijkmnpqrstuvwxyz23456789")
}

/// A word of `length` capital letters and digits, as CloudFront names its public keys.
pub(crate) fn capitals(length: usize) -> String {
    pick(length, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345")
}

/// `length` characters from `alphabet`, which has 32 of them so that each is as likely as the next.
fn pick(length: usize, alphabet: &[u8; 32]) -> String {
    let mut buffer = vec![0_u8; length];
    rand::fill(buffer.as_mut_slice());
    buffer.iter().map(|byte| char::from(alphabet[usize::from(byte % 32)])).collect()
}
