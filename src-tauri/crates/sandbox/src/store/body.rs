//! Receives a request's body into its own file, and returns an object's bytes.
//!
//! A body is never in memory whole. The file is removed unless it was [kept](Received::keep), so a connection
//! that breaks, a checksum that is wrong and a lost race leave nothing behind.

use std::io;
use std::path::{Path, PathBuf};

use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3ErrorCode};
use tokio::io::{AsyncWriteExt as _, BufWriter};

use super::checksum::{Algorithm, Tallied, Tally, bad_digest};
use super::policy::Wishes;

const BUFFER: usize = 512 * 1024;

/// A body on disk that no row names yet.
pub(super) struct Received {
    pub tallied: Tallied,
    file: Unclaimed,
}

impl Received {
    /// Leaves the file where it is.
    pub(super) fn keep(mut self) {
        self.file.0 = None;
    }
}

/// Writes `body` to a new file at `path`, computing what `wishes` and `algorithm` need, and checks it against `wishes`.
///
/// # Errors
/// `IncompleteBody`, `BadDigest`, `XAmzContentSHA256Mismatch`, or `InternalError` when the disk refuses.
pub(super) async fn receive(
    body: Option<StreamingBlob>,
    path: PathBuf,
    wishes: &Wishes,
    whole_sha256: bool,
) -> Result<Received, S3Error> {
    let algorithm = wishes.declared.as_ref().map(|declared| declared.algorithm);
    let mut tally =
        Tally::new(algorithm, wishes.content_md5.is_some(), whole_sha256 || wishes.payload_sha256.is_some());
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await.map_err(S3Error::internal_error)?;
    }
    let created = tokio::fs::File::create_new(&path).await.map_err(S3Error::internal_error)?;
    let file = Unclaimed(Some(path));
    let mut writer = BufWriter::with_capacity(BUFFER, created);
    if let Some(mut body) = body {
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|source| S3Error::with_source(S3ErrorCode::IncompleteBody, source))?;
            tally.update(&chunk);
            writer.write_all(&chunk).await.map_err(S3Error::internal_error)?;
        }
    }
    writer.flush().await.map_err(S3Error::internal_error)?;
    let tallied = tally.finish(algorithm);
    verify(&tallied, wishes)?;
    Ok(Received { tallied, file })
}

/// Reads the rest of a body that will not be used, so that the client is ready to read the answer.
pub(super) async fn discard<T, E>(mut body: impl Stream<Item = Result<T, E>> + Unpin) {
    while let Some(Ok(_)) = body.next().await {}
}

/// Returns the bytes of `files` one after the other.
pub(super) fn read(dir: &Path, files: Vec<String>) -> axum::body::Body {
    let paths: Vec<PathBuf> = files.into_iter().map(|file| dir.join(file)).collect();
    let bytes = futures_util::stream::iter(paths)
        .then(|path| async move {
            let file = tokio::fs::File::open(path).await?;
            Ok::<_, io::Error>(tokio_util::io::ReaderStream::with_capacity(file, BUFFER))
        })
        .try_flatten();
    axum::body::Body::from_stream(bytes)
}

fn verify(tallied: &Tallied, wishes: &Wishes) -> Result<(), S3Error> {
    if wishes.content_length.is_some_and(|length| length != tallied.size) {
        return Err(S3Error::with_message(
            S3ErrorCode::IncompleteBody,
            "You did not provide the number of bytes specified by the Content-Length HTTP header",
        ));
    }
    if wishes.content_md5.is_some() && wishes.content_md5 != tallied.md5 {
        return Err(S3Error::with_message(
            S3ErrorCode::BadDigest,
            "The Content-MD5 you specified did not match what we received.",
        ));
    }
    if wishes.payload_sha256.is_some() && wishes.payload_sha256 != tallied.sha256 {
        let mut error = S3Error::with_message(
            S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()),
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        );
        error.set_status_code(http::StatusCode::BAD_REQUEST);
        return Err(error);
    }
    match &wishes.declared {
        Some(declared) if tallied.checksum.as_ref() != Some(&declared.value) => Err(bad_digest(declared.algorithm)),
        Some(_) | None => Ok(()),
    }
}

/// A file that is removed when dropped.
struct Unclaimed(Option<PathBuf>);

impl Drop for Unclaimed {
    fn drop(&mut self) {
        if let Some(path) = self.0.take()
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::warn!(%error, "a body that was refused could not be removed");
        }
    }
}

/// Returns the checksum to answer with: the one declared, else the CRC64NVME that S3 computes itself.
pub(super) fn stored_checksum(tallied: &Tallied, declared: Option<Algorithm>) -> (Algorithm, Vec<u8>) {
    match (declared, &tallied.checksum) {
        (Some(algorithm), Some(value)) => (algorithm, value.clone()),
        (Some(_) | None, None) | (None, Some(_)) => (Algorithm::Crc64Nvme, tallied.crc64.clone()),
    }
}
