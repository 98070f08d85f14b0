//! Which lists of parts complete an upload.

use chrono::DateTime;

use super::*;

fn upload(checksum: Option<(Algorithm, Kind)>) -> Upload {
    Upload { id: "u".into(), key: "k".into(), checksum, created: DateTime::default(), completed: None }
}

fn part(number: i32, size: u64, checksum: Option<Vec<u8>>) -> Part {
    let crc64 = number.to_be_bytes().repeat(2);
    Part { number, size, etag: format!("e{number}"), crc64, checksum, file: format!("f{number}") }
}

fn ask(numbers: &[i32]) -> Vec<Asked> {
    numbers.iter().map(|number| Asked { number: *number, etag: format!("e{number}"), checksums: Vec::new() }).collect()
}

fn code(result: Result<Assembled, S3Error>) -> S3ErrorCode {
    result.unwrap_err().code().clone()
}

const FULL: u64 = SMALLEST_PART;

#[test]
fn gaps_between_parts_are_refused_only_with_additional_checksums() {
    let sent = [part(2, FULL, Some(vec![1; 8])), part(9, 1, Some(vec![2; 8]))];
    let made = assemble(&upload(None), &sent, &ask(&[2, 9]), &Expected::default()).unwrap();
    assert_eq!((made.size, made.numbers), (FULL + 1, vec![2, 9]));
    let nvme = upload(Some((Algorithm::Crc64Nvme, Kind::FullObject)));
    assert_eq!(code(assemble(&nvme, &sent, &ask(&[2, 9]), &Expected::default())), S3ErrorCode::InvalidPartOrder);
}

#[test]
fn a_list_out_of_order_a_missing_part_and_an_old_etag_are_refused() {
    let sent = [part(1, FULL, None), part(2, 1, None)];
    let plain = upload(None);
    assert_eq!(code(assemble(&plain, &sent, &ask(&[2, 1]), &Expected::default())), S3ErrorCode::InvalidPartOrder);
    assert_eq!(code(assemble(&plain, &sent, &ask(&[1, 1]), &Expected::default())), S3ErrorCode::InvalidPartOrder);
    assert_eq!(code(assemble(&plain, &sent, &ask(&[1, 3]), &Expected::default())), S3ErrorCode::InvalidPart);
    let mut old = ask(&[1, 2]);
    old[0].etag = "superseded".into();
    assert_eq!(code(assemble(&plain, &sent, &old, &Expected::default())), S3ErrorCode::InvalidPart);
}

#[test]
fn only_the_last_part_may_be_small() {
    let sent = [part(1, FULL - 1, None), part(2, 1, None)];
    assert_eq!(code(assemble(&upload(None), &sent, &ask(&[1, 2]), &Expected::default())), S3ErrorCode::EntityTooSmall);
    assert!(assemble(&upload(None), &sent, &ask(&[1]), &Expected::default()).is_ok());
}

#[test]
fn without_an_announced_algorithm_only_the_checksum_sent_with_a_part_counts() {
    let sent = [part(1, 1, Some(vec![3; 4]))];
    let with = |algorithm, value: &[u8]| {
        let mut asked = ask(&[1]);
        asked[0].checksums = vec![(algorithm, checksum::encode(value))];
        assemble(&upload(None), &sent, &asked, &Expected::default())
    };
    let made = with(Algorithm::Crc32, &[3; 4]).unwrap();
    assert_eq!((made.checksum.0, made.checksum.1), (Algorithm::Crc64Nvme, Kind::FullObject));
    assert!(with(Algorithm::Crc64Nvme, &sent[0].crc64).is_ok());
    assert_eq!(code(with(Algorithm::Crc32, &[4; 4])), S3ErrorCode::InvalidPart);
    assert_eq!(code(with(Algorithm::Sha256, &[3; 4])), S3ErrorCode::InvalidPart);
}

#[test]
fn composite_uploads_want_the_checksum_of_each_part_again() {
    let sha = upload(Some((Algorithm::Sha256, Kind::Composite)));
    let sent = [part(1, 1, Some(vec![3; 32]))];
    assert_eq!(code(assemble(&sha, &sent, &ask(&[1]), &Expected::default())), S3ErrorCode::InvalidRequest);
    let mut with = ask(&[1]);
    with[0].checksums = vec![(Algorithm::Sha256, checksum::encode(&[3; 32]))];
    assert!(assemble(&sha, &sent, &with, &Expected::default()).unwrap().checksum.2.ends_with("-1"));
    with[0].checksums = vec![(Algorithm::Sha256, checksum::encode(&[4; 32]))];
    assert_eq!(code(assemble(&sha, &sent, &with, &Expected::default())), S3ErrorCode::InvalidPart);
}

#[test]
fn what_the_headers_say_about_the_whole_must_be_true() {
    let nvme = upload(Some((Algorithm::Crc64Nvme, Kind::FullObject)));
    let sent = [part(1, 5, Some(vec![9; 8]))];
    let with = |expected: Expected| assemble(&nvme, &sent, &ask(&[1]), &expected);
    assert!(with(Expected { size: Some(5), ..Expected::default() }).is_ok());
    assert_eq!(code(with(Expected { size: Some(6), ..Expected::default() })), S3ErrorCode::InvalidRequest);
    assert_eq!(code(with(Expected { kind: Some(Kind::Composite), ..Expected::default() })), S3ErrorCode::BadDigest);
    let declared = |value: u8| Some(Declared { algorithm: Algorithm::Crc64Nvme, value: vec![value; 8] });
    assert!(with(Expected { declared: declared(9), ..Expected::default() }).is_ok());
    assert_eq!(code(with(Expected { declared: declared(8), ..Expected::default() })), S3ErrorCode::BadDigest);
}
