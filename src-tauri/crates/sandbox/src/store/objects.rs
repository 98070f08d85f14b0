//! The store from inside the sandbox: what the control address shows and the checks compare.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};

use axum::body::Body;
use sha2::{Digest as _, Sha256};

use super::{backend, body, tables};
use crate::state::Shared;

/// One stored object.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct ObjectInfo {
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
    pub version: String,
}

/// Every object, by key. Multipart objects that nobody has hashed whole are read here: call it where blocking is allowed.
pub(crate) fn list(shared: &Shared) -> Vec<ObjectInfo> {
    let objects = shared.db.with(|db| tables::objects(db)).unwrap_or_else(|error| {
        tracing::error!(%error, "the objects could not be listed");
        Vec::new()
    });
    objects
        .into_iter()
        .filter_map(|object| {
            let sha256 = match object.sha256 {
                Some(sha256) => sha256,
                None => sha256_of(shared, &object.key)?,
            };
            Some(ObjectInfo { key: object.key, size: object.size, sha256, version: object.version })
        })
        .collect()
}

/// The bytes of one object.
pub(crate) fn open(shared: &Shared, key: &str) -> Option<Body> {
    let files = shared
        .db
        .with(|db| tables::object(db, key)?.map(|_| tables::files(db, key)).transpose())
        .unwrap_or_else(|error| {
            tracing::error!(%error, "an object could not be found");
            None
        })?;
    Some(body::read(&shared.dir, files))
}

/// The SHA-256 of every object whose key begins with `folder` and a slash, by key; `None` where it is not known yet.
pub(crate) fn known_sha256(shared: &Shared, folder: &str) -> rusqlite::Result<HashMap<String, Option<String>>> {
    shared.db.with(|db| tables::sha256_below(db, folder))
}

/// The SHA-256 of an object in lower-case hexadecimal, from the database or by reading it whole; `None` when there is no such
/// object or it cannot be read.
pub(crate) fn sha256_of(shared: &Shared, key: &str) -> Option<String> {
    let found = shared.db.with(|db| {
        let Some(object) = tables::object(db, key)? else { return Ok(None) };
        Ok(Some((object.sha256, tables::files(db, key)?)))
    });
    let (known, files) = found.unwrap_or_else(|error| {
        tracing::error!(%error, "an object could not be found");
        None
    })?;
    if known.is_some() {
        return known;
    }
    let computed = hash(shared, &files).and_then(|sha256| {
        shared.db.with(|db| tables::set_sha256(db, key, &sha256)).map_err(io::Error::other)?;
        Ok(sha256)
    });
    match computed {
        Ok(sha256) => Some(sha256),
        Err(error) => {
            tracing::error!(%error, "an object could not be read");
            None
        }
    }
}

fn hash(shared: &Shared, files: &[String]) -> io::Result<String> {
    let mut sha256 = Sha256::new();
    let mut buffer = vec![0_u8; 1024 * 1024];
    for file in files {
        let mut file = File::open(shared.dir.join(file))?;
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            sha256.update(&buffer[..read]);
        }
    }
    Ok(backend::hex(&sha256.finalize()))
}
