//! The store from inside the sandbox: what the control address shows and the checks compare.
//!
//! All but [`open`] read or wait: call them where blocking is allowed.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};

use axum::body::Body;
use sha2::{Digest as _, Sha256};

use super::remote::{Listed, Remote};
use super::state::Store;
use super::{body, checksum, tables};

/// One stored object.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct ObjectInfo {
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// Of an S3 server's object, the `ETag`.
    pub version: String,
}

/// Returns every object, by key. Objects that have not been hashed whole are read here.
///
/// # Errors
/// The database, the disk or the S3 server refuses.
pub(crate) fn list(store: &Store) -> io::Result<Vec<ObjectInfo>> {
    let mut all = Vec::new();
    if let Some(remote) = &store.remote {
        for Listed { key, etag, size } in wait(remote.list(""))? {
            // An object may be removed meanwhile.
            if let Some(sha256) = remote_sha256(store, remote, &key, &etag)? {
                all.push(ObjectInfo { key, size, sha256, version: etag });
            }
        }
        return Ok(all);
    }
    for object in store.db.with(|db| tables::objects(db)).map_err(io::Error::other)? {
        let sha256 = match object.sha256 {
            Some(sha256) => Some(sha256),
            None => sha256_of(store, &object.key)?,
        };
        if let Some(sha256) = sha256 {
            all.push(ObjectInfo { key: object.key, size: object.size, sha256, version: object.version });
        }
    }
    Ok(all)
}

/// Returns the bytes of one object; `None` if it does not exist.
///
/// # Errors
/// The database or the S3 server refuses.
pub(crate) async fn open(store: &Store, key: &str) -> io::Result<Option<Body>> {
    if let Some(remote) = &store.remote {
        return remote.open_object(key).await;
    }
    let files = store
        .db
        .with(|db| tables::object(db, key)?.map(|_| tables::files(db, key)).transpose())
        .map_err(io::Error::other)?;
    Ok(files.map(|files| body::read(&store.dir, files)))
}

/// Returns the SHA-256 of every object whose key begins with `folder` and a slash, by key; `None` where it is not known
/// yet.
///
/// # Errors
/// The database or the S3 server refuses.
pub(crate) fn known_sha256(store: &Store, folder: &str) -> io::Result<HashMap<String, Option<String>>> {
    let Some(remote) = &store.remote else {
        return store.db.with(|db| tables::sha256_below(db, folder)).map_err(io::Error::other);
    };
    let listed = wait(remote.list(&format!("{folder}/")))?;
    let mut known = store.db.with(|db| tables::remote_sums(db)).map_err(io::Error::other)?;
    let with_sum = |Listed { key, etag, .. }: Listed| {
        let sha256 = known.remove(&(key.clone(), etag));
        (key, sha256)
    };
    Ok(listed.into_iter().map(with_sum).collect())
}

/// Returns the SHA-256 of an object in lower-case hexadecimal, as it is known or by reading it whole; `None` when there
/// is no such object.
///
/// # Errors
/// The database, the disk or the S3 server refuses.
pub(crate) fn sha256_of(store: &Store, key: &str) -> io::Result<Option<String>> {
    if let Some(remote) = &store.remote {
        let listed = wait(remote.list(key))?.into_iter().find(|listed| listed.key == key);
        return match listed {
            Some(listed) => remote_sha256(store, remote, key, &listed.etag),
            None => Ok(None),
        };
    }
    let found = store.db.with(|db| {
        let Some(object) = tables::object(db, key)? else { return Ok(None) };
        Ok(Some((object.sha256, tables::files(db, key)?)))
    });
    match found.map_err(io::Error::other)? {
        None => Ok(None),
        Some((Some(known), _)) => Ok(Some(known)),
        Some((None, files)) => {
            let sha256 = hash(store, &files)?;
            store.db.with(|db| tables::set_sha256(db, key, &sha256)).map_err(io::Error::other)?;
            Ok(Some(sha256))
        }
    }
}

fn remote_sha256(store: &Store, remote: &Remote, key: &str, etag: &str) -> io::Result<Option<String>> {
    if let Some(known) = store.db.with(|db| tables::remote_sum(db, key, etag)).map_err(io::Error::other)? {
        return Ok(Some(known));
    }
    let computed = wait(remote.sha256(key))?;
    if let Some(sha256) = &computed {
        store.db.with(|db| tables::set_remote_sum(db, key, etag, sha256)).map_err(io::Error::other)?;
    }
    Ok(computed)
}

/// Waits for an S3 server on a thread that may block.
fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Handle::current().block_on(work)
}

fn hash(store: &Store, files: &[String]) -> io::Result<String> {
    let mut sha256 = Sha256::new();
    let mut buffer = vec![0_u8; 1024 * 1024];
    for file in files {
        let mut file = File::open(store.dir.join(file))?;
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            sha256.update(&buffer[..read]);
        }
    }
    Ok(checksum::hex(&sha256.finalize()))
}
