use std::cell::Cell;
use std::io;

use proptest::prelude::*;

use super::*;

/// Yields its bytes in pieces of the given sizes, with an interruption before each, then the rest.
struct Pieces<'a> {
    bytes: &'a [u8],
    sizes: Vec<usize>,
    interrupt: bool,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupt = !self.interrupt;
        if self.interrupt {
            return Err(ErrorKind::Interrupted.into());
        }
        let wanted = self.sizes.pop().unwrap_or(usize::MAX).max(1);
        let read = wanted.min(buffer.len()).min(self.bytes.len());
        buffer[..read].copy_from_slice(&self.bytes[..read]);
        self.bytes = &self.bytes[read..];
        Ok(read)
    }
}

fn run(bytes: &[u8], sizes: Vec<usize>, size: u64, part_size: u64) -> Result<Digests, DigestFault> {
    let mut stream = Pieces { bytes, sizes, interrupt: false };
    digest(&mut stream, Layout { size, part_size }, &Stop::default(), &|_| {})
}

/// Computes Computes CRC-64/NVME bit by bit: reflected polynomial 0x9A6C9329AC4BC9B5, all ones at both ends (NVM
/// Express, "64b CRC").
fn naive_crc(bytes: &[u8]) -> Crc64Nvme {
    let mut crc = u64::MAX;
    for &byte in bytes {
        crc ^= u64::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0x9A6C_9329_AC4B_C9B5 } else { crc >> 1 };
        }
    }
    Crc64Nvme(!crc)
}

#[test]
fn checksums_match_the_published_values() {
    let digests = run(b"123456789", vec![], 9, 9).unwrap();
    assert_eq!(digests.crcs, [Crc64Nvme(0xAE8B_1486_0A79_9888)]);
    assert_eq!(naive_crc(b"123456789"), Crc64Nvme(0xAE8B_1486_0A79_9888));
    // FIPS 180-4, the example of one block.
    let abc = run(b"abc", vec![1, 1, 1], 3, 1).unwrap();
    assert_eq!(abc.sha256.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(abc.crcs, [naive_crc(b"a"), naive_crc(b"b"), naive_crc(b"c")]);
}

#[test]
fn an_empty_stream_has_the_checksums_of_nothing() {
    let digests = run(b"", vec![], 0, 0).unwrap();
    assert_eq!(digests.crcs, [Crc64Nvme(0)]);
    assert_eq!(digests.sha256.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

#[test]
fn a_stream_of_the_wrong_size_has_no_checksums() {
    for (bytes, size) in [(&b"abc"[..], 2), (b"abc", 4), (b"a", 0), (b"", 1)] {
        assert!(matches!(run(bytes, vec![], size, 2), Err(DigestFault::WrongSize)), "{bytes:?} {size}");
    }
}

#[test]
fn an_endless_stream_is_abandoned_once_it_is_too_long() {
    let read = Cell::new(0);
    let fault =
        digest(&mut io::repeat(7), Layout { size: 1_000_000, part_size: 1_000_000 }, &Stop::default(), &|bytes| {
            read.set(read.get() + bytes);
        });
    assert!(matches!(fault, Err(DigestFault::WrongSize)));
    assert!(read.get() <= 1_000_000);
}

#[test]
fn a_stop_is_noticed_within_one_buffer() {
    let stop = Stop::default();
    let read = Cell::new(0);
    let size = 100 * len(BUFFER);
    let fault = digest(&mut io::repeat(7).take(size), Layout { size, part_size: size }, &stop, &|bytes| {
        read.set(read.get() + bytes);
        stop.set();
    });
    assert!(matches!(fault, Err(DigestFault::Stopped)));
    assert_eq!(read.get(), len(BUFFER));
}

#[test]
fn progress_adds_up_to_the_size() {
    let read = Cell::new(0);
    let size = 3 * len(BUFFER) + 17;
    digest(&mut io::repeat(7).take(size), Layout { size, part_size: 1000 }, &Stop::default(), &|bytes| {
        read.set(read.get() + bytes);
    })
    .unwrap();
    assert_eq!(read.get(), size);
}

proptest! {
    #[test]
    fn checksums_match_a_naive_implementation_however_the_stream_is_split(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        part_size in 1_u64..130,
        sizes in proptest::collection::vec(1_usize..150, 0..8),
    ) {
        let digests = run(&bytes, sizes, len(bytes.len()), part_size).unwrap();
        let naive: Vec<_> = if bytes.is_empty() {
            vec![naive_crc(b"")]
        } else {
            bytes.chunks(usize::try_from(part_size).unwrap()).map(naive_crc).collect()
        };
        prop_assert_eq!(digests.crcs, naive);
        prop_assert_eq!(digests.sha256, Sha256Digest(Sha256::digest(&bytes).into()));
    }
}
