//! Random names, tokens and passwords.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Returns a token of `bytes` random bytes, in base64url without padding.
pub(crate) fn token(bytes: usize) -> String {
    let mut buffer = vec![0_u8; bytes];
    rand::fill(buffer.as_mut_slice());
    URL_SAFE_NO_PAD.encode(buffer)
}

/// Returns a word of `length` characters that a person can read off a screen: no `0`, `O`, `1`, `l` or `I`.
pub(crate) fn readable(length: usize) -> String {
    pick(length, b"abcdefghijkmnpqrstuvwxyz23456789")
}

/// Returns a word of `length` capital letters and digits, as CloudFront names its public keys.
pub(crate) fn capitals(length: usize) -> String {
    pick(length, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345")
}

/// Returns `bytes` random bytes in lower-case hexadecimal.
pub(crate) fn hexadecimal(bytes: usize) -> String {
    let mut buffer = vec![0_u8; bytes];
    rand::fill(buffer.as_mut_slice());
    buffer.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Picks `length` characters from `alphabet`, which has 32 of them so that each is as likely as the next.
fn pick(length: usize, alphabet: &[u8; 32]) -> String {
    let mut buffer = vec![0_u8; length];
    rand::fill(buffer.as_mut_slice());
    buffer.iter().map(|byte| char::from(alphabet[usize::from(byte % 32)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_length_and_the_letters_that_were_asked_for() {
        assert_eq!(token(24).len(), 32);
        let readable = readable(20);
        assert!(readable.len() == 20 && !readable.contains(['0', 'O', '1', 'l', 'I']), "{readable}");
        assert!(capitals(13).bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
        let hexadecimal = hexadecimal(16);
        assert!(hexadecimal.len() == 32 && hexadecimal.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
