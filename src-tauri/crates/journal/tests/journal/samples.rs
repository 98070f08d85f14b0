//! Made-up transfers and items.

use uuid::Uuid;
use waybill_journal::{Change, HashedItem, Journal, JournalError, NewItem, NewTransfer, Write};
use waybill_model::service::UploadWay;
use waybill_model::{
    Code, Consignment, ConsignmentId, ConsignmentStatuses, Crc64Nvme, ETag, FileId, FileKey, Identity, ItemId,
    ItemState, PartNumber, PartPlan, PartRules, Person, RelPath, Sha256Digest, StatusValue, Target, Timestamp,
    TransferId, UserId,
};

pub(crate) const MIB: u64 = 1 << 20;

pub(crate) fn transfer_id(n: u128) -> TransferId {
    TransferId(Uuid::from_u128(n))
}

pub(crate) fn file_id(n: u128) -> FileId {
    FileId(Uuid::from_u128(0xf11e_0000 + n))
}

pub(crate) fn new_transfer(n: u128) -> NewTransfer {
    NewTransfer {
        id: transfer_id(n),
        created: Timestamp(1_700_000_000_000 + i64::try_from(n).unwrap()),
        service: "tdr".to_owned(),
        website: Some("https://tdr.nationalarchives.gov.uk/".to_owned()),
        person: Person {
            user_id: UserId(Uuid::from_u128(7)),
            name: "Ada Müller".to_owned(),
            email: Some("ada@example.org".to_owned()),
            body: Some("TDR-MOCK".to_owned()),
            standard_user: true,
            judgment_user: false,
        },
        way: UploadWay::tdr(),
        target: Target::Consignment(Consignment {
            id: ConsignmentId(Uuid::from_u128(9)),
            reference: "TDR-2026-ABC".into(),
            series: Some("MOCK 123".to_owned()),
            created: Some("2026-01-02T03:04:05Z".to_owned()),
            judgment: false,
            exported: false,
            total_files: 0,
            statuses: ConsignmentStatuses {
                series: Some(StatusValue::Completed),
                transfer_agreement: Some(StatusValue::Completed),
                ..Default::default()
            },
        }),
        folder: "/srv/Records".into(),
        folder_name: "Records".to_owned(),
        parts: PartRules::default(),
        program_version: "0.1.0".to_owned(),
    }
}

pub(crate) fn path(text: &str) -> RelPath {
    RelPath::new(text).unwrap()
}

pub(crate) fn identity(size: u64) -> Identity {
    Identity { size, modified_ns: -1, file_key: Some(FileKey { volume: u64::MAX, file: 1 << 63 }) }
}

pub(crate) fn found(item: u64, at: &str, size: u64) -> NewItem {
    NewItem { item: ItemId(item), path: path(at), identity: identity(size), state: ItemState::Found }
}

pub(crate) fn left_out(item: u64, at: &str, size: u64) -> NewItem {
    NewItem { state: ItemState::LeftOut(Code::EmptyFile), ..found(item, at, size) }
}

/// Hashed: `content` stands for the bytes, so that equal ones have equal checksums.
pub(crate) fn hashed(item: u64, size: u64, content: u8) -> HashedItem {
    let plan = PartPlan::new(size, PartRules::default()).unwrap();
    HashedItem {
        item: ItemId(item),
        identity: identity(size),
        sha256: Sha256Digest([content; 32]),
        plan,
        crcs: (0..u64::from(plan.count())).map(|part| Crc64Nvme(part << 8 | u64::from(content))).collect(),
    }
}

pub(crate) fn part(number: u16) -> PartNumber {
    PartNumber::new(number).unwrap()
}

pub(crate) fn etag(text: &str) -> ETag {
    ETag(format!("\"{text}\""))
}

/// Writes changes of the transfer 1.
pub(crate) fn write(journal: &Journal, changes: impl IntoIterator<Item = Change>) -> Result<(), JournalError> {
    write_to(journal, 1, changes)
}

pub(crate) fn write_to(
    journal: &Journal,
    transfer: u128,
    changes: impl IntoIterator<Item = Change>,
) -> Result<(), JournalError> {
    let writes = changes.into_iter().map(|change| Write::new(transfer_id(transfer), change));
    journal.write_blocking(writes.collect())
}

/// A journal with the transfer 1 in it, walking.
pub(crate) fn new_journal(dir: &std::path::Path) -> Journal {
    let journal = Journal::open(dir, "test").unwrap();
    write(&journal, [Change::New(Box::new(new_transfer(1)))]).unwrap();
    journal
}

/// A journal with the transfer 1 and these items, hashed.
pub(crate) fn ready(dir: &std::path::Path, sizes: &[u64]) -> Journal {
    let journal = new_journal(dir);
    let items = sizes.iter().zip(0..).map(|(size, item)| found(item, &format!("Records/{item}"), *size));
    let hashes = sizes.iter().zip(0..).map(|(size, item)| hashed(item, *size, 1));
    write(&journal, [Change::AddItems(items.collect()), Change::Hashed(hashes.collect())]).unwrap();
    journal
}
