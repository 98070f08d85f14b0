//! Sample journals for the tests of other crates (feature `samples`). Not part of the programs.

use std::path::Path;

use uuid::Uuid;
use waybill_journal::{Change, HashedItem, Journal, JournalError, NewItem, NewTransfer, Write};
use waybill_model::service::UploadWay;
use waybill_model::{
    Acknowledgement, CheckProgress, Code, Consignment, ConsignmentId, ConsignmentStatuses, Crc64Nvme, ETag, FileId,
    Finding, FindingKind, Identity, ItemId, ItemRecord, ItemState, PartPlan, PartRules, Person, Phase, Record, RelPath,
    Sha256Digest, StatusValue, Target, Timestamp, TransferId, TransferRecord, UserId,
};

/// A sample transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Its id is this number as a UUID, its consignment `TDR-2026-{number}`.
    pub number: u8,
    /// Its phase. TDR's checks of a finished one have found something.
    pub phase: Phase,
    /// A person has paused it.
    pub paused: bool,
    /// Files of 10 bytes: `sent` are acknowledged, then one is set aside, the others wait.
    pub items: u64,
    /// How many of them are sent.
    pub sent: u64,
    /// Findings: links and empty files in turn.
    pub findings: u64,
}

impl Sample {
    /// Returns its id.
    #[must_use]
    pub fn id(&self) -> TransferId {
        TransferId(Uuid::from_u128(self.number.into()))
    }
}

/// Writes a journal with these transfers into a data folder. Each one's folder is `{dir}/folder {number}`, which need
/// not exist. All go to the service `tdr`, from Ada Müller.
///
/// # Errors
/// The journal's.
pub fn write_journal(dir: &Path, samples: &[Sample]) -> Result<(), JournalError> {
    let journal = Journal::open(dir, "samples")?;
    for sample in samples {
        let writes = changes(dir, *sample).into_iter().map(|change| Write { transfer: sample.id(), change });
        journal.write_blocking(writes.collect())?;
    }
    Ok(())
}

fn changes(dir: &Path, sample: Sample) -> Vec<Change> {
    let name = format!("folder {}", sample.number);
    let path = |item: u64| RelPath::new(format!("{name}/file {item}.txt")).ok();
    let identity = Identity { size: 10, modified_ns: 1_700_000_000_000_000_000, file_key: None };
    let new_item =
        |item: u64| Some(NewItem { item: ItemId(item), path: path(item)?, identity, state: ItemState::Found });
    let hashed = |item: u64| {
        let plan = PartPlan::new(identity.size, PartRules::default()).ok()?;
        let sha256 = Sha256Digest([u8::try_from(item % 256).unwrap_or(0); 32]);
        Some(HashedItem { item: ItemId(item), identity, sha256, plan, crcs: vec![Crc64Nvme(item)] })
    };
    let finding = |number: u64| Finding {
        kind: if number.is_multiple_of(2) { FindingKind::Link } else { FindingKind::EmptyFile },
        path: format!("{name}/left out {number}"),
        raw_name: None,
        is_folder: false,
        size: Some(0),
        detail: None,
    };
    let mut changes = vec![
        Change::New(Box::new(transfer(dir, &name, sample))),
        Change::AddItems((0..sample.items).filter_map(new_item).collect()),
        Change::AddFindings((0..sample.findings).map(finding).collect()),
        TransferRecord::Phase(sample.phase).into(),
        TransferRecord::Paused(sample.paused).into(),
    ];
    if sample.phase >= Phase::Sending {
        let file_id = |item: u64| (ItemId(item), FileId(Uuid::from_u128(0xf11e_0000 + u128::from(item))));
        changes.push(Change::Hashed((0..sample.items).filter_map(hashed).collect()));
        changes.push(Change::FileIds((0..sample.items).map(file_id).collect()));
        changes.extend((0..sample.sent).map(|item| {
            Record::Item(
                ItemId(item),
                ItemRecord::Acknowledged {
                    how: Acknowledgement::Reply,
                    etag: Some(ETag(format!("\"{item}\""))),
                    key: None,
                    at: Timestamp(1_700_000_100_000),
                },
            )
            .into()
        }));
        if sample.sent < sample.items {
            changes.push(Record::Item(ItemId(sample.sent), ItemRecord::SetAside(Code::Locked)).into());
        }
    }
    if sample.phase >= Phase::HandingOver {
        changes.push(Change::HandedOver(Timestamp(1_700_000_200_000)));
    }
    if sample.phase == Phase::Finished {
        let (all, status) = (sample.items, Some(StatusValue::Completed));
        changes.push(Change::Checks(CheckProgress {
            total_files: all,
            antivirus: all,
            checksum: all,
            format: all,
            statuses: ConsignmentStatuses { upload: status, server_ffid: status, ..ConsignmentStatuses::default() },
            all_succeeded: false,
        }));
        let receipt_dir = dir.join(format!("receipts/TDR-2026-{}", sample.number));
        changes.push(Change::Finished { at: Timestamp(1_700_000_300_000), receipt_dir: Some(receipt_dir) });
    }
    changes
}

fn transfer(dir: &Path, name: &str, sample: Sample) -> NewTransfer {
    NewTransfer {
        id: sample.id(),
        created: Timestamp(1_700_000_000_000 + i64::from(sample.number)),
        service: "tdr".to_owned(),
        website: Some("https://tdr.nationalarchives.gov.uk/".to_owned()),
        person: Person {
            user_id: UserId(Uuid::from_u128(7)),
            name: "Ada Müller".to_owned(),
            email: Some("ada@example.org".to_owned()),
            body: Some("MOCK".to_owned()),
            standard_user: true,
            judgment_user: false,
        },
        way: UploadWay::tdr(),
        target: Target::Consignment(Consignment {
            id: ConsignmentId(Uuid::from_u128(9)),
            reference: format!("TDR-2026-{}", sample.number).as_str().into(),
            series: Some("MOCK 1".to_owned()),
            created: None,
            judgment: false,
            exported: false,
            total_files: 0,
            statuses: ConsignmentStatuses::default(),
        }),
        folder: dir.join(name),
        folder_name: name.to_owned(),
        parts: PartRules::default(),
        program_version: "waybill 0.1.0".to_owned(),
    }
}
