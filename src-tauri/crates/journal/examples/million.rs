//! Walks, hashes and acknowledges a million made-up items, and prints how fast that was and how much memory it took.
//!
//! `cargo run --release -p waybill-journal --example million [-- FOLDER [ITEMS]]`; without a folder in a temporary one.

use std::error::Error;
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use uuid::Uuid;
use waybill_journal::{Change, HashedItem, ItemFilter, Journal, NewItem, NewTransfer, StateKind, Write};
use waybill_model::service::UploadWay;
use waybill_model::{
    Acknowledgement, Consignment, ConsignmentId, ConsignmentStatuses, Crc64Nvme, ETag, FileId, Identity, ItemId,
    ItemRecord, ItemState, PartPlan, PartRules, Person, Phase, Record, RelPath, Sha256Digest, Target, Timestamp,
    TransferId, TransferRecord, UserId,
};

const BATCH: u64 = 5_000;
/// How many acknowledgements wait for the disk together, as a sender with this many requests in flight would have it.
const IN_FLIGHT: u64 = 16;
const ACKNOWLEDGED: u64 = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let temporary = tempfile::tempdir()?;
    let dir = arguments.next().map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let items = match arguments.next() {
        Some(text) => text.to_string_lossy().parse()?,
        None => 1_000_000,
    };
    let id = TransferId(Uuid::from_u128(1));
    let journal = Journal::open(&dir, "million")?;
    journal.write_blocking(vec![Write::new(id, Change::New(Box::new(transfer(id))))])?;

    measured("walk", items, || {
        batches(&journal, id, items, |first, last| {
            Ok(Change::AddItems((first..last).map(found).collect::<Result<_, Box<dyn Error>>>()?))
        })
    })?;
    let reader = journal.reader()?;
    let mut pairs = 0_u64;
    measured("names that differ only in case", items, || Ok(reader.same_names(id, &mut |_, _| pairs += 1)?))?;
    measured("end of the walk (index of names)", items, || {
        Ok(journal.write_blocking(vec![Write::new(id, TransferRecord::Phase(Phase::Hashing))])?)
    })?;
    let path = RelPath::new(path_of(items / 2))?;
    measured("one item by its path", 1, || Ok(reader.item_by_path(id, &path)?))?;
    measured("hash", items, || {
        batches(&journal, id, items, |first, last| Ok(Change::Hashed((first..last).map(hashed).collect())))
    })?;
    measured("file ids", items, || {
        batches(&journal, id, items, |first, last| {
            Ok(Change::FileIds((first..last).map(|n| (ItemId(n), FileId(Uuid::from_u128(scatter(n))))).collect()))
        })
    })?;
    let sent = ACKNOWLEDGED.min(items);
    measured("acknowledgements, one write each", sent, || acknowledge(&journal, id, sent))?;
    measured("totals", 1, || Ok(reader.totals(id)?))?;
    measured("page of 100 that are sent, from the end", 100, || {
        let after = Some(ItemId(sent.saturating_sub(101)));
        Ok(reader.items(id, StateKind::Sent.into(), after, 100)?)
    })?;
    let mut seen = 0_u64;
    measured("every item as a stream", items, || {
        Ok(reader.each_item(id, ItemFilter::ALL, &mut |_| {
            seen += 1;
            ControlFlow::Continue(())
        })?)
    })?;
    let totals = reader.totals(id)?;
    drop(reader);
    drop(journal);
    let bytes = std::fs::metadata(dir.join("journal.sqlite"))?.len();
    measured("opening and closing again", items, || Ok(Journal::open(&dir, "million")?))?;
    let mut out = io::stdout().lock();
    writeln!(out, "{seen} items seen, {} sent, {pairs} pairs, file of {} MiB", totals.sent.items, bytes >> 20)?;
    writeln!(out, "peak memory {} KiB", peak_memory().unwrap_or_else(|| "unknown".to_owned()))?;
    Ok(())
}

fn measured<T>(what: &str, count: u64, work: impl FnOnce() -> Result<T, Box<dyn Error>>) -> Result<T, Box<dyn Error>> {
    let started = Instant::now();
    let made = work()?;
    let seconds = started.elapsed().as_secs_f64();
    let count = u32::try_from(count)?;
    writeln!(io::stdout().lock(), "{what}: {seconds:.3} s, {:.0} a second", f64::from(count) / seconds)?;
    Ok(made)
}

fn batches(
    journal: &Journal,
    id: TransferId,
    items: u64,
    change: impl Fn(u64, u64) -> Result<Change, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut first = 0;
    while first < items {
        let last = (first + BATCH).min(items);
        journal.write_blocking(vec![Write::new(id, change(first, last)?)])?;
        first = last;
    }
    Ok(())
}

fn acknowledge(journal: &Journal, id: TransferId, items: u64) -> Result<(), Box<dyn Error>> {
    std::thread::scope(|scope| {
        let senders = (0..IN_FLIGHT).map(|sender| {
            scope.spawn(move || {
                let mut own = (0..items).filter(|n| n % IN_FLIGHT == sender);
                own.try_for_each(|n| {
                    let (item, etag) = (ItemId(n), Some(ETag(format!("\"{n:032x}\""))));
                    let record = Record::Item(
                        item,
                        ItemRecord::Acknowledged { how: Acknowledgement::Reply, etag, key: None, at: Timestamp(0) },
                    );
                    journal.write_blocking(vec![Write::new(id, record)])
                })
            })
        });
        let senders: Vec<_> = senders.collect();
        for sender in senders {
            sender.join().map_err(|_| "a sender broke off")??;
        }
        Ok(())
    })
}

fn transfer(id: TransferId) -> NewTransfer {
    NewTransfer {
        id,
        created: Timestamp(0),
        service: "sandbox".to_owned(),
        website: None,
        person: Person {
            user_id: UserId(Uuid::from_u128(2)),
            name: "A Person".to_owned(),
            email: None,
            body: None,
            standard_user: true,
            judgment_user: false,
        },
        way: UploadWay::tdr(),
        target: Target::Consignment(Consignment {
            id: ConsignmentId(Uuid::from_u128(3)),
            reference: "TDR-2026-MIL".into(),
            series: None,
            created: None,
            judgment: false,
            exported: false,
            total_files: 0,
            statuses: ConsignmentStatuses::default(),
        }),
        folder: "Records".into(),
        folder_name: "Records".to_owned(),
        parts: PartRules::default(),
        program_version: "example".to_owned(),
    }
}

fn path_of(n: u64) -> String {
    let (year, month) = (1970 + n / 20_000, n / 1_500 % 12);
    format!("Records/{year}/Month {month:02}/Letter of the department {n:07}.docx")
}

fn found(n: u64) -> Result<NewItem, Box<dyn Error>> {
    Ok(NewItem { item: ItemId(n), path: RelPath::new(path_of(n))?, identity: identity(n), state: ItemState::Found })
}

fn identity(n: u64) -> Identity {
    let file_key = Some(waybill_model::FileKey { volume: 66_306, file: 12_000_000 + n });
    Identity { size: 1_000 + n % 60_000, modified_ns: 1_700_000_000_123_456_789, file_key }
}

fn hashed(n: u64) -> HashedItem {
    let identity = identity(n);
    let mut sha256 = [0; 32];
    sha256.iter_mut().zip(scatter(n).to_le_bytes()).for_each(|(to, from)| *to = from);
    HashedItem {
        item: ItemId(n),
        identity,
        sha256: Sha256Digest(sha256),
        plan: PartPlan::Single { size: identity.size },
        crcs: vec![Crc64Nvme(n)],
    }
}

/// Different for different numbers, and in no order.
fn scatter(n: u64) -> u128 {
    (u128::from(n) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
}

/// In KiB, where the system tells.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").to_owned())
}
