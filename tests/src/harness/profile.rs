//! Service profiles made from the sandbox's own, for tests that need other choices.

use std::path::PathBuf;

use crate::{Error, Result, Sandbox};

/// What tests change: the smallest parts that S3 allows (5 MiB), also for every file of that size or more, so that a
/// small file already goes in several parts; and an API that is known to be done with any request after 5 s, so that
/// what has to be waited out after a lost request is soon over.
const CHANGES: [(&str, &str); 2] =
    [("[upload]\n", "part_bytes = 5242880\nsingle_put_below_bytes = 5242880\n"), ("[api]\n", "request_seconds = 5\n")];

/// Returns the profile of this sandbox with small parts and an API that never takes long. It is beside the sandbox's
/// own profile.
///
/// # Errors
/// The profile cannot be read or written.
pub fn quick_profile(sandbox: &Sandbox) -> Result<PathBuf> {
    let mut text = std::fs::read_to_string(sandbox.profile()).map_err(Error::io(sandbox.profile()))?;
    for (section, lines) in CHANGES {
        if !text.contains(section) {
            return Err(Error::unexpected(format!("the profile has no section {}", section.trim())));
        }
        text = text.replace(section, &format!("{section}{lines}"));
    }
    let copy = sandbox.profile().with_file_name("quick.toml");
    std::fs::write(&copy, text).map_err(Error::io(&copy))?;
    Ok(copy)
}
