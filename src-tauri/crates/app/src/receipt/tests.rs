//! Where receipts go, and what they leave alone.

use std::fs;

use tempfile::TempDir;
use uuid::Uuid;
use waybill_journal::{Change, FailedCheck, Journal, NewTransfer, Write};
use waybill_model::{FileId, Phase, Timestamp};

use super::*;
use crate::samples::{Sample, write_journal};

fn sample(number: u8) -> Sample {
    Sample { number, phase: Phase::HandingOver, paused: false, items: 2, sent: 2, findings: 1 }
}

/// A journal with transfers 1 and 2, both handed over.
fn journal() -> (TempDir, Reader) {
    let dir = tempfile::tempdir().unwrap();
    write_journal(dir.path(), &[sample(1), sample(2)]).unwrap();
    let reader = Reader::open(dir.path()).unwrap().unwrap();
    (dir, reader)
}

pub(super) fn summary_of_one() -> Summary {
    let (_dir, reader) = journal();
    summary(&reader, sample(1).id()).unwrap()
}

/// Another transfer of the same reference, of this service.
fn namesake(dir: &Path, reader: &Reader, number: u128, service: &str) -> TransferId {
    let row = reader.transfer(sample(1).id()).unwrap().unwrap();
    let id = TransferId(Uuid::from_u128(number));
    let new = NewTransfer {
        id,
        created: Timestamp(1),
        service: service.to_owned(),
        website: None,
        person: row.person,
        way: row.way,
        target: row.target,
        folder: row.folder,
        folder_name: row.folder_name,
        parts: row.parts,
        program_version: row.program_version,
    };
    write_change(dir, id, Change::New(Box::new(new)));
    id
}

fn write_change(dir: &Path, transfer: TransferId, change: Change) {
    let journal = Journal::open(dir, "test").unwrap();
    journal.write_blocking(vec![Write { transfer, change }]).unwrap();
}

#[test]
fn each_transfer_of_a_reference_keeps_a_receipt_folder_of_its_own() {
    let (dir, reader) = journal();
    let receipts = dir.path().join("receipts");
    let mut taken = Vec::new();
    let ids = [
        sample(1).id(),
        namesake(dir.path(), &reader, 20, "tdr-staging"),
        namesake(dir.path(), &reader, 21, "tdr-staging"),
    ];
    for id in ids {
        let mine = folder(&reader, id, dir.path()).unwrap();
        assert!(!taken.contains(&mine), "{}", mine.display());
        write_change(dir.path(), id, Change::Finished { at: Timestamp(5), receipt_dir: Some(mine.clone()) });
        fs::create_dir_all(&mine).unwrap();
        assert_eq!(folder(&reader, id, dir.path()).unwrap(), mine);
        taken.push(mine);
    }
    let names = ["TDR-2026-1", "TDR-2026-1-tdr-staging", &format!("TDR-2026-1-{}", ids[2])];
    assert_eq!(taken, names.map(|name| receipts.join(name)));
}

#[test]
fn an_earlier_journals_folder_is_left_alone() {
    let (dir, reader) = journal();
    fs::create_dir_all(dir.path().join("receipts/TDR-2026-1")).unwrap();
    let mine = folder(&reader, sample(1).id(), dir.path()).unwrap();
    assert_eq!(mine, dir.path().join("receipts/TDR-2026-1-tdr"));
}

#[test]
fn an_export_never_replaces_a_file_of_other_content_and_then_writes_nothing() {
    let (dir, reader) = journal();
    let out = dir.path().join("bag");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("manifest-sha256.txt"), "somebody else's").unwrap();
    let failure = export(&reader, sample(1).id(), &Format::ALL, &out).unwrap_err();
    assert_eq!(failure.code, Code::OutputExists);
    assert!(failure.detail.unwrap().ends_with("manifest-sha256.txt"));
    assert_eq!(fs::read_to_string(out.join("manifest-sha256.txt")).unwrap(), "somebody else's");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1, "nothing else was written, and nothing is left behind");
}

#[test]
fn an_export_keeps_other_files_and_can_be_repeated() {
    let (dir, reader) = journal();
    let out = dir.path().join("out");
    let csv = export(&reader, sample(1).id(), &[Format::Csv], &out).unwrap();
    assert_eq!(csv, [out.join("receipt.csv")]);
    let all = export(&reader, sample(1).id(), &Format::ALL, &out).unwrap();
    assert_eq!(export(&reader, sample(1).id(), &Format::ALL, &out).unwrap(), all);
    assert_eq!(fs::read_dir(&out).unwrap().count(), Format::ALL.len());
    // The second transfer into the same folder.
    let before = fs::read(out.join("receipt.json")).unwrap();
    let failure = export(&reader, sample(2).id(), &[Format::Json], &out).unwrap_err();
    assert_eq!(failure.code, Code::OutputExists);
    assert_eq!(fs::read(out.join("receipt.json")).unwrap(), before);
}

#[test]
fn a_file_that_the_person_chose_to_replace_is_replaced() {
    let (dir, reader) = journal();
    let path = dir.path().join("chosen.csv");
    fs::write(&path, "old").unwrap();
    write_to(&reader, sample(1).id(), Format::Csv, &path).unwrap();
    assert!(fs::read_to_string(&path).unwrap().starts_with("\u{feff}\"consignment\",\"path\","));
}

#[cfg(unix)]
#[test]
fn a_receipt_and_its_new_folder_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (dir, reader) = journal();
    let out = dir.path().join("receipts/out");
    let paths = write(&reader, sample(1).id(), &Format::ALL, &out).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert!(paths.iter().all(|path| mode(path) == 0o600), "{paths:?}");
    assert_eq!((mode(&out), mode(&dir.path().join("receipts"))), (0o700, 0o700));
}

/// A transfer whose checks have ended and found something, with what the journal has of it.
fn checked(changes: impl IntoIterator<Item = Change>) -> (TempDir, Reader, TransferId) {
    let dir = tempfile::tempdir().unwrap();
    let finished = Sample { phase: Phase::Finished, ..sample(1) };
    write_journal(dir.path(), &[finished]).unwrap();
    for change in changes {
        write_change(dir.path(), finished.id(), change);
    }
    let reader = Reader::open(dir.path()).unwrap().unwrap();
    (dir, reader, finished.id())
}

fn text(dir: &TempDir, reader: &Reader, id: TransferId, format: Format) -> String {
    let paths = write(reader, id, &[format], &dir.path().join("out")).unwrap();
    fs::read_to_string(&paths[0]).unwrap()
}

#[test]
fn a_receipt_names_the_files_with_check_findings() {
    let failed = |file: u128, check: &str, result: &str| FailedCheck {
        // As the samples number them.
        file: FileId(Uuid::from_u128(0xf11e_0000 + file)),
        check: check.to_owned(),
        result: result.to_owned(),
    };
    let found = vec![failed(1, "FFID", "Zip"), failed(1, "Antivirus", "VirusDetected"), failed(99, "<b>", "New")];
    let (dir, reader, id) = checked([Change::AddCheckFailures(found), Change::CheckFailuresRead(Timestamp(5))]);
    let json: serde_json::Value = serde_json::from_str(&text(&dir, &reader, id, Format::Json)).unwrap();
    assert_eq!(json["files_with_problems"], 2);
    let problems = json["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 3);
    assert_eq!(problems[0]["path"], "folder 1/file 1.txt");
    assert_eq!((&problems[0]["check"], &problems[0]["result"]), (&"Antivirus".into(), &"VirusDetected".into()));
    assert_eq!(problems[2]["path"], problems[2]["file_id"], "what is not one of our files is reported too");
    let html = text(&dir, &reader, id, Format::Html);
    assert!(html.contains("<td>folder 1/file 1.txt</td><td>Antivirus check</td><td>Virus found (VirusDetected)</td>"));
    assert!(html.contains("<td>&lt;b&gt;</td>") && html.contains("<dt>Files with problems</dt><dd>2</dd>"));
    let csv = text(&dir, &reader, id, Format::Csv);
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].ends_with(r#","why_not_sent","problems","service","website","finished_utc""#));
    assert!(lines[1].contains("file 0.txt") && lines[1].contains(r#","","","tdr","#), "{}", lines[1]);
    assert!(lines[2].contains(r#","","Antivirus: VirusDetected; FFID: Zip","tdr","#), "{}", lines[2]);
}

#[test]
fn the_page_of_a_receipt_shows_every_character_of_a_name_and_runs_none() {
    let failed = FailedCheck {
        file: FileId(Uuid::from_u128(0xbad)),
        check: "a\u{202e}b\tc  d\u{1b}".into(),
        result: "<script>".into(),
    };
    let (dir, reader, id) = checked([Change::AddCheckFailures(vec![failed]), Change::CheckFailuresRead(Timestamp(5))]);
    let html = text(&dir, &reader, id, Format::Html);
    assert!(html.contains("a\\u{202e}b\\tc  d\\u{1b}") && html.contains("&lt;script&gt;"), "{html}");
    assert!(!html.contains(['\u{202e}', '\u{1b}']));
    assert!(html.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'"));
    assert!(html.contains("dd,td{white-space:pre-wrap}"));
}

#[test]
fn a_receipt_omits_check_findings_that_were_not_read_to_the_end() {
    let half = FailedCheck { file: FileId(Uuid::from_u128(0xf11e_0001)), check: "FFID".into(), result: "Zip".into() };
    for changes in [Vec::new(), vec![Change::AddCheckFailures(vec![half])]] {
        let (dir, reader, id) = checked(changes);
        let json: serde_json::Value = serde_json::from_str(&text(&dir, &reader, id, Format::Json)).unwrap();
        assert_eq!((json.get("files_with_problems"), json.get("problems")), (None, None));
        assert_eq!(json["checks"], "problems");
        assert!(!text(&dir, &reader, id, Format::Html).contains("Files with problems"));
        assert!(!text(&dir, &reader, id, Format::Csv).contains("Zip"));
    }
    let (dir, reader) = journal();
    let before: serde_json::Value = serde_json::from_str(&text(&dir, &reader, sample(1).id(), Format::Json)).unwrap();
    assert_eq!(before.get("problems"), None, "the checks have not ended");
}

#[test]
fn a_receipt_names_the_service_its_website_and_the_end_time() {
    let (dir, reader, id) = checked([]);
    let finished = utc_of(reader.transfer(id).unwrap().unwrap().finished);
    let address = "https://tdr.nationalarchives.gov.uk/";
    let json: serde_json::Value = serde_json::from_str(&text(&dir, &reader, id, Format::Json)).unwrap();
    assert_eq!((json["service"].as_str(), json["website"].as_str()), (Some("tdr"), Some(address)));
    assert_eq!(json["finished"].as_str(), Some(finished.as_str()));
    let html = text(&dir, &reader, id, Format::Html);
    for row in [("Service", "tdr"), ("Website", address), ("Finished", &finished)] {
        assert!(html.contains(&format!("<dt>{}</dt><dd>{}</dd>", row.0, row.1)), "{row:?}");
    }
    let csv = text(&dir, &reader, id, Format::Csv);
    assert!(csv.lines().skip(1).all(|line| line.ends_with(&format!(r#","tdr","{address}","{finished}""#))), "{csv}");
}

#[test]
fn a_transfer_older_than_the_website_column_has_the_website_of_a_built_in_service() {
    let (dir, reader) = journal();
    for (number, service, website) in
        [(30, "tdr-staging", Some("https://tdr-staging.nationalarchives.gov.uk/")), (31, "ours", None)]
    {
        let id = namesake(dir.path(), &reader, number, service);
        write_change(dir.path(), id, Change::HandedOver(Timestamp(4)));
        let summary = summary(&reader, id).unwrap();
        assert_eq!((summary.website.as_deref(), summary.finished), (website, None));
    }
}

fn utc_of(at: Option<Timestamp>) -> String {
    utc(at.unwrap())
}
