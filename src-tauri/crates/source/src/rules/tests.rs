use super::*;

fn rules() -> Rules {
    let pattern = |name: &str, ignore_case| NamePattern { name: name.to_owned(), ignore_case };
    Rules {
        excluded: vec![pattern("thumbs.db", true), pattern("desktop.ini", false)],
        refused_extensions: vec!["zip".to_owned()],
        limits: Limits { files: 10, file_bytes: 100, transfer_bytes: 500, api_body_bytes: 50, path_chars: 20 },
    }
}

fn verdict_on(path: &str, size: u64) -> Option<FindingKind> {
    let identity = Identity { size, modified_ns: 0, file_key: None };
    let finding = judge(&RelPath::new(path).unwrap(), &identity, &rules())?;
    assert_eq!((finding.path.as_str(), finding.size, finding.is_folder), (path, Some(size), false));
    Some(finding.kind)
}

#[test]
fn an_ordinary_file_within_the_limits_is_sent() {
    assert_eq!(verdict_on("F/a.txt", 1), None);
    assert_eq!(verdict_on("F/a.txt", 100), None);
    assert_eq!(verdict_on("F/345678901234567890", 1), None);
    assert_eq!(verdict_on("F/=1+1.csv", 1), None);
}

#[test]
fn each_reason_is_found() {
    assert_eq!(verdict_on("F/a.txt", 101), Some(FindingKind::FileTooLarge));
    assert_eq!(verdict_on("F/a.txt", 0), Some(FindingKind::EmptyFile));
    assert_eq!(verdict_on("F/a.ZIP", 1), Some(FindingKind::RefusedFormat));
    assert_eq!(verdict_on("F/3456789012345678901", 1), Some(FindingKind::PathTooLong));
}

#[test]
fn the_limit_of_a_path_counts_characters_and_not_bytes() {
    assert_eq!(verdict_on(&format!("F/{}", "ü".repeat(18)), 1), None);
    assert_eq!(verdict_on(&format!("F/{}", "ü".repeat(19)), 1), Some(FindingKind::PathTooLong));
}

#[test]
fn an_excluded_name_gives_no_other_finding() {
    for (path, size) in [("F/Thumbs.DB", 0), ("F/THUMBS.db", 1_000), ("F/desktop.ini", 1)] {
        assert_eq!(verdict_on(path, size), Some(FindingKind::ExcludedName), "{path}");
    }
    // Compared exactly as the service does, and only the last segment.
    assert_eq!(verdict_on("F/Desktop.ini", 1), None);
    assert_eq!(verdict_on("F/thumbs.db/a", 1), None);
    assert_eq!(verdict_on("F/my thumbs.db", 1), None);
}

#[test]
fn the_first_reason_in_order_is_given() {
    let long = format!("F/{}.zip", "x".repeat(30));
    assert_eq!(verdict_on(&long, 101), Some(FindingKind::FileTooLarge));
    assert_eq!(verdict_on(&long, 0), Some(FindingKind::EmptyFile));
    assert_eq!(verdict_on(&long, 1), Some(FindingKind::RefusedFormat));
}

#[test]
fn a_transfer_at_its_limits_passes_and_one_over_any_does_not() {
    let limits = rules().limits;
    assert_eq!(judge_transfer(10, 500, 50, &limits), []);
    let findings = judge_transfer(11, 501, 51, &limits);
    let kinds: Vec<_> = findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::TooManyFiles, FindingKind::TransferTooLarge, FindingKind::RegistrationTooLarge]);
    assert_eq!(findings[0].detail.as_deref(), Some("11 files; the limit is 10"));
}

#[test]
fn the_rules_are_those_of_the_service() {
    let profile = waybill_model::service::builtin("tdr").unwrap();
    let rules = Rules::of(&profile);
    assert!(rules.excludes("Thumbs.db") && !rules.excludes("a.txt"));
    assert_eq!(rules.limits, profile.limits);
    assert_eq!(rules.refused_extensions, profile.refused_extensions);
}

#[test]
fn a_date_before_1970_or_in_the_future_is_found() {
    const DAY: i64 = 24 * 3600 * 1_000;
    let now = Timestamp(1_700_000_000_000);
    let path = RelPath::new("Records/a").unwrap();
    let found = |millis: i64| {
        let identity = Identity { size: 1, modified_ns: i128::from(millis) * 1_000_000, file_key: None };
        judge_date(&path, &identity, now).map(|finding| finding.kind)
    };
    let odd = Some(FindingKind::UnlikelyDate);
    assert_eq!((found(0), found(now.0), found(now.0 + DAY)), (None, None, None));
    assert_eq!((found(-1), found(-11_644_473_600_000), found(now.0 + DAY + 1)), (odd, odd, odd));
}
