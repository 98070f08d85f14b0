//! Names of files that a person is offered for saving.

/// A name that every file system takes: what separates folders or means something to one of them becomes `_`.
pub(crate) fn safe(wanted: &str) -> String {
    let plain = |c: char| {
        if c.is_control() || ['/', '\\', ':', '*', '?', '"', '<', '>', '|'].contains(&c) { '_' } else { c }
    };
    wanted.trim().trim_start_matches('.').chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_elsewhere_stays_a_name() {
        assert_eq!(safe("TDR-2026-ABC check.csv"), "TDR-2026-ABC check.csv");
        assert_eq!(safe("../../etc/passwd"), "_.._etc_passwd");
        assert_eq!(safe(" a:b\u{0}c "), "a_b_c");
    }
}
