//! Service profiles made from the sandbox's own, for tests that need other choices.

use std::path::{Path, PathBuf};

use crate::{Error, Result, Sandbox};

/// The profile of this sandbox with the smallest parts that S3 allows (5 MiB), also for every file of that size or more,
/// so that a small file already goes in several parts. It lies beside the sandbox's own profile.
///
/// # Errors
/// The profile cannot be read or written.
pub fn small_parts(sandbox: &Sandbox) -> Result<PathBuf> {
    with(
        sandbox.profile(),
        "small-parts.toml",
        "[upload]\n",
        "part_bytes = 5242880\nsingle_put_below_bytes = 5242880\n",
    )
}

/// A copy of a profile, in the same folder, with lines added after another.
fn with(profile: &Path, name: &str, after: &str, lines: &str) -> Result<PathBuf> {
    let text = std::fs::read_to_string(profile).map_err(Error::io(profile))?;
    let Some((head, rest)) = text.split_once(after) else {
        return Err(Error::unexpected(format!("the profile has no {after:?}")));
    };
    let copy = profile.with_file_name(name);
    std::fs::write(&copy, format!("{head}{after}{lines}{rest}")).map_err(Error::io(&copy))?;
    Ok(copy)
}
