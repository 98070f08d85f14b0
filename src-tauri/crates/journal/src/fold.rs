//! The key under which paths meet that differ only in case or Unicode form.

use waybill_model::RelPath;

/// FNV-1a (64 bits) of [`RelPath::fold_key`]. Written to the journal, so it must never change without a migration.
/// Different keys may share it: whoever groups by it compares the keys themselves.
pub(crate) fn fold_hash(path: &RelPath) -> i64 {
    let text = path.as_str();
    let hash = if text.is_ascii() {
        // The fold key of ASCII is its lower case: no need to build it.
        fnv1a(text.bytes().map(|byte| byte.to_ascii_lowercase()))
    } else {
        fnv1a(path.fold_key().bytes())
    };
    hash.cast_signed()
}

fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_that_is_published() {
        assert_eq!(fnv1a(b"".iter().copied()), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar".iter().copied()), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn the_short_way_for_ascii_gives_what_the_long_way_gives() {
        for text in ["F/Readme.TXT", "a/=b (1).csv", "F/\u{212a}elvin", "F/U\u{308}ber", "F/\u{dc}BER"] {
            let path = RelPath::new(text).unwrap();
            assert_eq!(fold_hash(&path), fnv1a(path.fold_key().bytes()).cast_signed(), "{text}");
        }
    }
}
