//! Reads a stream once, for the SHA-256 of the whole and the CRC-64/NVME of every part.

use std::io::{ErrorKind, Read};

use crc_fast::CrcAlgorithm;
use sha2::{Digest as _, Sha256};
use waybill_model::{Crc64Nvme, Sha256Digest};

use crate::Stop;

/// The maximum number of bytes of a stream held in memory.
pub(crate) const BUFFER: usize = 512 << 10;

/// How a stream is divided into parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// Bytes that the stream should have.
    pub(crate) size: u64,
    /// Bytes of every part except the last.
    pub(crate) part_size: u64,
}

/// The result of one read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Digests {
    pub(crate) sha256: Sha256Digest,
    /// One for each part in order; one for an empty stream.
    pub(crate) crcs: Vec<Crc64Nvme>,
}

/// Why there are no digests.
#[derive(Debug)]
pub(crate) enum DigestFault {
    /// The stream ended early or continued beyond its size.
    WrongSize,
    /// A stop was requested.
    Stopped,
    /// The stream failed.
    Io(std::io::Error),
}

/// Reads the stream once, to its end. `progress` is called with the number of bytes of every read.
pub(crate) fn digest(
    stream: &mut dyn Read,
    layout: Layout,
    stop: &Stop,
    progress: &dyn Fn(u64),
) -> Result<Digests, DigestFault> {
    // One byte more than the size, so that a small file takes one read, and finding its end one more.
    let room = usize::try_from(layout.size.saturating_add(1)).unwrap_or(BUFFER).min(BUFFER);
    let mut buffer = vec![0; room];
    let mut checksums = Checksums::new(layout.part_size);
    loop {
        if stop.is_set() {
            return Err(DigestFault::Stopped);
        }
        let read = match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(DigestFault::Io(error)),
        };
        checksums.add(&buffer[..read]);
        if checksums.total > layout.size {
            return Err(DigestFault::WrongSize);
        }
        progress(len(read));
    }
    if checksums.total == layout.size { Ok(checksums.finish()) } else { Err(DigestFault::WrongSize) }
}

/// Converts a length to `u64`.
fn len(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

struct Checksums {
    sha256: Sha256,
    crc: crc_fast::Digest,
    crcs: Vec<Crc64Nvme>,
    part_size: u64,
    in_part: u64,
    total: u64,
}

impl Checksums {
    fn new(part_size: u64) -> Self {
        Self {
            sha256: Sha256::new(),
            crc: crc_fast::Digest::new(CrcAlgorithm::Crc64Nvme),
            crcs: Vec::new(),
            part_size: part_size.max(1),
            in_part: 0,
            total: 0,
        }
    }

    fn add(&mut self, mut bytes: &[u8]) {
        self.sha256.update(bytes);
        self.total += len(bytes.len());
        while !bytes.is_empty() {
            // A full part ends only when more bytes follow; `finish` ends the last one.
            if self.in_part == self.part_size {
                self.end_part();
            }
            let room = usize::try_from(self.part_size - self.in_part).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.crc.update(now);
            self.in_part += len(now.len());
            bytes = later;
        }
    }

    fn end_part(&mut self) {
        self.crcs.push(Crc64Nvme(self.crc.finalize_reset()));
        self.in_part = 0;
    }

    fn finish(mut self) -> Digests {
        self.end_part();
        Digests { sha256: Sha256Digest(self.sha256.finalize().into()), crcs: self.crcs }
    }
}

#[cfg(test)]
mod tests;
