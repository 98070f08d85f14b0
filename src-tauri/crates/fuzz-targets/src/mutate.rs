//! Damages inputs: the same ones each time, so that what fails once fails again.

use std::path::Path;

use crate::Target;

/// The longest damaged input, in bytes.
const LONGEST: usize = 1 << 16;

/// What readers of many formats are known to stumble over.
const TOKENS: [&[u8]; 30] = [
    b"\0",
    b"\n\n",
    b"\r\n",
    b"{",
    b"[",
    b"]",
    b"}",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"null",
    b"-1",
    b"1e999",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"18446744073709551616",
    b"<",
    b"</",
    b"<!DOCTYPE a [",
    b"&#0;",
    b"&#x110000;",
    b"&lt;",
    b"<![CDATA[",
    b"=",
    b"%",
    b"..",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xc0\x80",
    b"\xe2\x80\xae",
];

/// Reads every file of a folder, in the order of their names.
///
/// # Errors
/// The folder or a file cannot be read.
pub fn seeds_in(folder: &Path) -> std::io::Result<Vec<Vec<u8>>> {
    let mut paths =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort_unstable();
    paths.into_iter().map(std::fs::read).collect()
}

/// Runs the target over every seed as it is, and over this many damaged ones. A target that panics is named with the
/// input.
pub fn run(name: &str, target: Target, seeds: &[Vec<u8>], rounds: u32) {
    run_with(name, target, seeds, rounds);
}

/// The same for a target that needs something beside its input.
pub fn run_with(name: &str, target: impl Fn(&[u8]), seeds: &[Vec<u8>], rounds: u32) {
    for seed in seeds {
        let _shown = Shown { name, input: seed };
        target(seed);
    }
    let mut random = Random::new(name);
    for _ in 0..rounds {
        let input = damaged(&mut random, seeds);
        let _shown = Shown { name, input: &input };
        target(&input);
    }
}

/// Prints the input if the target panics.
struct Shown<'a> {
    name: &'a str,
    input: &'a [u8],
}

impl Drop for Shown<'_> {
    #[expect(clippy::print_stderr, reason = "it is read when a test fails")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{} fails with these bytes:\n{}", self.name, self.input.escape_ascii());
        }
    }
}

/// Returns one of the seeds with one to eight changes.
fn damaged(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut input = random.one_of(seeds).cloned().unwrap_or_default();
    for _ in 0..=random.below(8) {
        change(random, &mut input, seeds);
        input.truncate(LONGEST);
    }
    input
}

fn change(random: &mut Random, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    let at = random.below(input.len() + 1);
    let until = (at + random.below(16)).min(input.len());
    match random.below(9) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = random.byte();
            }
        }
        2 => drop(input.drain(at..until)),
        3 => {
            let token = random.one_of(&TOKENS).copied().unwrap_or_default();
            input.splice(at..at, token.iter().copied());
        }
        4 => {
            let token = random.one_of(&TOKENS).copied().unwrap_or_default();
            input.splice(at..until, token.iter().copied());
        }
        5 => {
            let piece = input[at..until].repeat(1 + random.below(300));
            input.splice(at..at, piece);
        }
        6 => {
            let other = random.one_of(seeds).cloned().unwrap_or_default();
            let from = random.below(other.len() + 1);
            input.splice(at..until, other[from..].iter().copied());
        }
        7 => input.truncate(at),
        _ => {
            // A number becomes another one.
            let digits = |byte: &u8| byte.is_ascii_digit();
            if let Some(start) = input[at..].iter().position(digits) {
                let start = at + start;
                let end = input[start..].iter().position(|byte| !digits(byte)).map_or(input.len(), |end| start + end);
                let number = (random.next() >> random.below(64)).to_string();
                input.splice(start..end, number.into_bytes());
            }
        }
    }
}

/// splitmix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    /// The name decides the sequence.
    fn new(name: &str) -> Self {
        Self(
            name.bytes()
                .fold(0xcbf2_9ce4_8422_2325, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)),
        )
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    /// Returns a number from 0 up to and without `end`, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % end).unwrap_or_default()
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn the_same_damage_is_done_each_time_and_differs_by_name() {
        let tried = |name: &str| {
            let inputs = RefCell::new(Vec::new());
            run_with(name, |data| inputs.borrow_mut().push(data.to_vec()), &[b"{\"a\":17}".to_vec()], 200);
            inputs.into_inner()
        };
        assert_eq!(tried("one"), tried("one"));
        assert_ne!(tried("one"), tried("two"));
        let different: std::collections::BTreeSet<_> = tried("one").into_iter().collect();
        assert!(different.len() > 150, "{}", different.len());
    }
}
