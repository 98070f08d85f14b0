//! A byte range of a file as the body of a request.
//!
//! Memory: one buffer of 128 KiB for each request, for a file of any size. `Content-Length` states the length of the
//! range, so if the file is shorter the request is cut off: half a part can never be mistaken for a whole one.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use tokio::fs::File;
use tokio::io::{AsyncRead as _, AsyncSeekExt as _, ReadBuf};
use waybill_model::{ByteRange, LocalFault};

use crate::net::{BoxError, FaultSlot, NextFrame};

const BUFFER: usize = 128 << 10;

/// A byte range of an open file on this computer. The opener has checked which file it is.
#[derive(Debug)]
pub struct FileRange {
    /// The open file, used only by the request that sends the range.
    pub file: std::fs::File,
    /// Its path, for messages only.
    pub path: PathBuf,
    /// The range, in bytes.
    pub range: ByteRange,
}

/// Seeks to the first byte of the range. Errors while reading are recorded in `faults`.
pub(super) async fn open(wanted: &FileRange, faults: FaultSlot) -> Result<FileBody, LocalFault> {
    let ByteRange { offset, len } = wanted.range;
    let path = wanted.path.as_path();
    let file = wanted.file.try_clone().map_err(|error| fault_of(&error, path))?;
    let mut file = File::from_std(file);
    let metadata = file.metadata().await.map_err(|error| fault_of(&error, path))?;
    if !metadata.is_file() || offset.checked_add(len).is_none_or(|end| end > metadata.len()) {
        return Err(LocalFault::FileChanged);
    }
    if len > 0 {
        file.seek(SeekFrom::Start(offset)).await.map_err(|error| fault_of(&error, path))?;
    }
    Ok(FileBody { file, left: len, buffer: BytesMut::new(), path: wanted.path.clone(), faults })
}

/// A body that reads the file as it is sent.
pub(super) struct FileBody {
    file: File,
    left: u64,
    buffer: BytesMut,
    path: PathBuf,
    faults: FaultSlot,
}

impl FileBody {
    fn fail(&mut self, fault: LocalFault, error: impl Into<BoxError>) -> NextFrame {
        self.left = 0;
        self.faults.put(fault);
        Poll::Ready(Some(Err(error.into())))
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> NextFrame {
        let this = &mut *self;
        if this.left == 0 {
            return Poll::Ready(None);
        }
        let wanted = usize::try_from(this.left).unwrap_or(BUFFER).min(BUFFER);
        this.buffer.resize(wanted, 0);
        let mut window = ReadBuf::new(&mut this.buffer);
        let outcome = ready!(Pin::new(&mut this.file).poll_read(cx, &mut window));
        let filled = window.filled().len();
        match outcome {
            Err(error) => {
                let fault = fault_of(&error, &this.path);
                this.fail(fault, error)
            }
            Ok(()) if filled == 0 => this.fail(LocalFault::FileChanged, "the file has become shorter"),
            Ok(()) => {
                this.left = this.left.saturating_sub(u64::try_from(filled).unwrap_or(u64::MAX));
                Poll::Ready(Some(Ok(Frame::data(this.buffer.split_to(filled).freeze()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Classifies an error of the file system for an open file.
fn fault_of(error: &io::Error, path: &Path) -> LocalFault {
    // ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION of Windows; std has no kind for them.
    if cfg!(windows) && matches!(error.raw_os_error(), Some(32 | 33)) {
        return LocalFault::Locked(path.display().to_string());
    }
    // The connection to a network drive, or the device, fails while the file is read. Whether its folder is still
    // available shows when the file is opened for the next attempt.
    LocalFault::Unreachable(format!("{}: {error}", path.display()))
}
