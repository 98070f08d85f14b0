//! References as TDR writes them: short, without vowels, so that none spells a word.

/// The letters and digits references are made of.
const ALPHABET: &[u8; 29] = b"BCDFGHJKLMNPQRSTVWXYZ23456789";

/// Returns the reference of the `number`th consignment made in `year`, such as `TDR-2026-XQ7F`. `seed` moves the codes
/// about; within one seed no two numbers share one.
pub(super) fn consignment(year: i32, seed: u64, number: i64) -> String {
    // 29^4 codes of four characters; a multiplier prime to that number visits each once.
    let codes = 29_u64.pow(4);
    let number = u64::try_from(number).unwrap_or_default();
    let scattered = (number % codes * 104_729 + seed % codes * 7_919) % codes;
    let lap = number / codes;
    let mut code = spelled(scattered, 4);
    if lap > 0 {
        code.push_str(&spelled(lap, 1));
    }
    format!("TDR-{year}-{code}")
}

/// Returns the reference of the file at `position`.
pub(super) fn file(position: i64) -> String {
    spelled(u64::try_from(position).unwrap_or_default(), 4)
}

/// `number` in base 29, at least `width` characters.
fn spelled(mut number: u64, width: usize) -> String {
    let mut characters = Vec::with_capacity(width);
    while number > 0 || characters.len() < width {
        let digit = usize::try_from(number % 29).unwrap_or_default();
        characters.push(char::from(ALPHABET[digit]));
        number /= 29;
    }
    characters.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_consignments_share_a_reference() {
        let made: HashSet<String> = (0..20_000).map(|number| consignment(2026, 7, number)).collect();
        assert_eq!(made.len(), 20_000);
        assert!(made.iter().all(|reference| reference.starts_with("TDR-2026-") && reference.len() == 13));
    }

    #[test]
    fn a_reference_has_no_vowels() {
        assert!((0..5_000).all(|position| !file(position).contains(['A', 'E', 'I', 'O', 'U', '0', '1'])));
    }
}
