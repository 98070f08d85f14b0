//! Paths inside the folder, as recorded and sent.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;

/// The path of an item inside the chosen folder: Unicode, segments joined by `/`, spelt exactly as on disk.
///
/// Never normalised, because TDR must record what the department had. Starts with the folder's own name, as on the
/// website (`Folder/sub/file.txt`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelPath(String);

/// The error for a string that is not a valid item path.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("'{0}' is not a relative path of plain segments")]
pub struct RelPathError(pub String);

impl RelPath {
    /// Parses a relative path. Empty, `.` and `..` segments and NUL are rejected.
    ///
    /// # Errors
    /// Returns [`RelPathError`] with the rejected string.
    pub fn new(text: impl Into<String>) -> Result<Self, RelPathError> {
        let text = text.into();
        let plain = |segment: &str| !matches!(segment, "" | "." | "..") && !segment.contains('\0');
        if text.split('/').all(plain) { Ok(Self(text)) } else { Err(RelPathError(text)) }
    }

    /// Returns the path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the last segment.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// Returns the lower-case extension, or `None` if the name has no dot or only a leading one.
    #[must_use]
    pub fn extension(&self) -> Option<String> {
        let (stem, extension) = self.name().rsplit_once('.')?;
        (!stem.is_empty() && !extension.is_empty()).then(|| extension.to_lowercase())
    }

    /// Returns the segments in order.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// Returns a key that is equal for paths that differ only in case or in Unicode form (NFC of the lower-cased NFD
    /// form). Used only to find such pairs; never sent.
    #[must_use]
    pub fn fold_key(&self) -> String {
        self.0.nfd().flat_map(char::to_lowercase).nfc().collect()
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RelPath {
    type Error = RelPathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl From<RelPath> for String {
    fn from(path: RelPath) -> Self {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_must_stay_inside_the_folder() {
        for wrong in ["", "/a", "a/", "a//b", "../a", "a/../b", "./a", "a\0b"] {
            assert!(RelPath::new(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(RelPath::new("Folder/=SUM(A1).csv").unwrap().name(), "=SUM(A1).csv");
    }

    #[test]
    fn spelling_is_preserved_and_only_the_fold_key_is_normalised() {
        let composed = RelPath::new("F/\u{dc}bersicht.TXT").unwrap();
        let decomposed = RelPath::new("F/U\u{308}bersicht.txt").unwrap();
        assert_ne!(composed, decomposed);
        assert_eq!(composed.fold_key(), decomposed.fold_key());
        assert_eq!(composed.extension().as_deref(), Some("txt"));
    }

    #[test]
    fn a_leading_dot_does_not_start_an_extension() {
        assert_eq!(RelPath::new("F/.gitignore").unwrap().extension(), None);
        assert_eq!(RelPath::new("F/a.tar.GZ").unwrap().extension().as_deref(), Some("gz"));
        assert_eq!(RelPath::new("F.d/plain").unwrap().extension(), None);
        assert_eq!(RelPath::new("F/ends.").unwrap().extension(), None);
    }
}
