//! Values that must never be printed.

use std::fmt;

use url::Url;
use zeroize::Zeroize;

/// A secret string. Its `Debug` output reveals nothing, and its memory is wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a string.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns the secret itself, for the code that sends or stores it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// A URL that prints without its user name, password, query and fragment, because these can contain signatures and
/// codes.
#[derive(Clone, PartialEq, Eq)]
pub struct SafeUrl(pub Url);

impl fmt::Display for SafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or("?"))?;
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(self.0.path())
    }
}

impl fmt::Debug for SafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SafeUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_secrets_nor_signed_addresses_are_revealed_when_printed() {
        assert!(!format!("{:?}", Secret::new("hunter2".into())).contains("hunter2"));
        let url = Url::parse("https://me:pw@upload.example:8443/a/b?X-Amz-Signature=abc#frag").unwrap();
        assert_eq!(SafeUrl(url).to_string(), "https://upload.example:8443/a/b");
    }
}
