//! A plain model of the journal beside the journal: the same changes, accepted and refused alike, and the same rows and
//! counts after each.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use waybill_journal::{Change, Count, ItemFilter, Journal, Reader, StateKind, Totals};
use waybill_model::{
    Acknowledgement, Code, ETag, FileId, ItemId, ItemRecord, ItemState, PartPlan, Phase, Record, Timestamp,
    TransferRecord,
};

use crate::samples::{MIB, etag, file_id, found, hashed, left_out, new_journal, part, transfer_id, write};

#[derive(Clone, Debug)]
struct Item {
    state: ItemState,
    size: u64,
    content: Option<u8>,
    plan: Option<PartPlan>,
    file_id: Option<FileId>,
    upload: Option<u8>,
    parts: BTreeMap<u16, ETag>,
    put_attempted: bool,
    completion_attempted: bool,
}

#[derive(Clone, Debug, Default)]
struct Reference {
    items: BTreeMap<u64, Item>,
    registered: bool,
}

/// A change, in numbers that are small enough to meet.
#[derive(Clone, Debug)]
enum Step {
    Add { item: u64, size: u64, left_out: bool },
    Hash { item: u64, size: u64, content: u8 },
    LeaveOut(u64),
    FileId(u64, u8),
    Put(u64),
    Begin(u64, u8),
    Part(u64, u16, u8),
    Complete(u64),
    Abandon(u64),
    Forget(u64),
    Acknowledge(u64),
    SetAside(u64),
    AllBack,
    EndWalk,
    ForgetWalk,
    Intend(bool),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let item = 0..4_u64;
    let size = prop_oneof![Just(0), Just(3), Just(MIB), Just(20 * MIB), Just(24 * MIB)];
    prop_oneof![
        4 => (item.clone(), size.clone(), any::<bool>()).prop_map(|(item, size, left_out)| Step::Add { item, size, left_out }),
        6 => (item.clone(), size, 0..2_u8).prop_map(|(item, size, content)| Step::Hash { item, size, content }),
        1 => item.clone().prop_map(Step::LeaveOut),
        3 => (item.clone(), 0..5_u8).prop_map(|(item, id)| Step::FileId(item, id)),
        2 => item.clone().prop_map(Step::Put),
        5 => (item.clone(), 0..3_u8).prop_map(|(item, id)| Step::Begin(item, id)),
        12 => (item.clone(), 1..5_u16, 0..3_u8).prop_map(|(item, part, tag)| Step::Part(item, part, tag)),
        3 => item.clone().prop_map(Step::Complete),
        2 => item.clone().prop_map(Step::Abandon),
        1 => item.clone().prop_map(Step::Forget),
        3 => item.clone().prop_map(Step::Acknowledge),
        3 => item.prop_map(Step::SetAside),
        2 => Just(Step::AllBack),
        1 => Just(Step::EndWalk),
        1 => Just(Step::ForgetWalk),
        1 => any::<bool>().prop_map(Step::Intend),
        1 => Just(Step::Reopen),
    ]
}

fn change(step: &Step) -> Option<Change> {
    Some(match *step {
        Step::Add { item, size, left_out: true } => {
            Change::AddItems(vec![left_out(item, &format!("Records/{item}"), size)])
        }
        Step::Add { item, size, left_out: false } => {
            Change::AddItems(vec![found(item, &format!("Records/{item}"), size)])
        }
        Step::Hash { item, size, content } => Change::Hashed(vec![hashed(item, size, content)]),
        Step::LeaveOut(item) => Change::LeaveOut { item: ItemId(item), code: Code::RefusedFormat },
        Step::FileId(item, id) => Change::FileIds(vec![(ItemId(item), file_id(u128::from(id)))]),
        Step::Put(item) => Record::Item(ItemId(item), ItemRecord::PutAttempted).into(),
        Step::Begin(item, id) => Record::Item(
            ItemId(item),
            ItemRecord::UploadStarted { upload_id: id.to_string().as_str().into(), abort_at: None },
        )
        .into(),
        Step::Part(item, number, tag) => Record::Item(
            ItemId(item),
            ItemRecord::PartAcknowledged { part: part(number), etag: etag(&tag.to_string()) },
        )
        .into(),
        Step::Complete(item) => Record::Item(ItemId(item), ItemRecord::CompletionAttempted).into(),
        Step::Abandon(item) => Record::Item(ItemId(item), ItemRecord::UploadAbandoned).into(),
        Step::Forget(item) => Record::Item(ItemId(item), ItemRecord::PartsForgotten).into(),
        Step::Acknowledge(item) => Record::Item(
            ItemId(item),
            ItemRecord::Acknowledged { how: Acknowledgement::Reply, etag: None, key: None, at: Timestamp(1) },
        )
        .into(),
        Step::SetAside(item) => Record::Item(ItemId(item), ItemRecord::SetAside(Code::Locked)).into(),
        Step::AllBack => TransferRecord::AllBackInQueue.into(),
        Step::EndWalk => TransferRecord::Phase(Phase::Checked).into(),
        Step::ForgetWalk => Change::ForgetWalk,
        Step::Intend(intended) => {
            if intended { TransferRecord::RegisterIntended(Timestamp(1)) } else { TransferRecord::RegisterNotDone }
                .into()
        }
        Step::Reopen => return None,
    })
}

impl Reference {
    /// Takes the step, or says that it is to be refused.
    fn take(&mut self, step: &Step) -> bool {
        self.try_take(step).is_some()
    }

    fn try_take(&mut self, step: &Step) -> Option<()> {
        match *step {
            Step::Add { item, size, left_out } => {
                let state = if left_out { ItemState::LeftOut(Code::EmptyFile) } else { ItemState::Found };
                let new = Item {
                    state,
                    size,
                    content: None,
                    plan: None,
                    file_id: None,
                    upload: None,
                    parts: BTreeMap::new(),
                    put_attempted: false,
                    completion_attempted: false,
                };
                if self.items.contains_key(&item) {
                    return None;
                }
                self.items.insert(item, new);
            }
            Step::Hash { item, size, content } => {
                let item = self.in_state(item, &[StateKind::Found, StateKind::Ready, StateKind::SetAside])?;
                let plan = hashed(0, size, content).plan;
                if item.file_id.is_some() && item.content != Some(content) {
                    return None;
                }
                if (item.content, item.plan) != (Some(content), Some(plan)) {
                    item.upload = None;
                    item.parts.clear();
                }
                (item.content, item.plan, item.size, item.state) = (Some(content), Some(plan), size, ItemState::Ready);
            }
            Step::LeaveOut(item) => {
                let kinds = [StateKind::Found, StateKind::Ready, StateKind::SetAside, StateKind::LeftOut];
                let item = self.in_state(item, &kinds).filter(|item| item.file_id.is_none())?;
                item.state = ItemState::LeftOut(Code::RefusedFormat);
            }
            Step::FileId(number, id) => {
                let id = file_id(u128::from(id));
                let taken = self.items.iter().any(|(other, item)| *other != number && item.file_id == Some(id));
                let item = self.items.get_mut(&number)?;
                if item.file_id != Some(id) {
                    if taken || item.file_id.is_some() || item.content.is_none() {
                        return None;
                    }
                    item.file_id = Some(id);
                }
            }
            Step::Put(item) => self.in_state(item, &[StateKind::Ready])?.put_attempted = true,
            Step::Begin(item, id) => {
                let item = self.underway(item).filter(|item| matches!(item.plan, Some(PartPlan::Multipart { .. })))?;
                item.upload = Some(id);
                item.parts.clear();
            }
            Step::Part(item, number, tag) => {
                let item = self.underway(item).filter(|item| item.upload.is_some())?;
                item.plan?.range(part(number))?;
                item.parts.insert(number, etag(&tag.to_string()));
            }
            Step::Complete(item) => {
                let item = self.underway(item).filter(|item| item.upload.is_some())?;
                if item.parts.len() != usize::from(item.plan?.count()) {
                    return None;
                }
                item.completion_attempted = true;
            }
            Step::Abandon(item) => {
                let item = self.underway(item)?;
                item.upload = None;
                item.parts.clear();
            }
            Step::Forget(item) => self.underway(item)?.parts.clear(),
            Step::Acknowledge(item) => {
                let item = self.in_state(item, &[StateKind::Ready, StateKind::SetAside, StateKind::Sent])?;
                item.content?;
                item.state = ItemState::Sent(Acknowledgement::Reply);
                item.parts.clear();
            }
            Step::SetAside(item) => {
                let item = self.in_state(item, &[StateKind::Found, StateKind::Ready, StateKind::SetAside])?;
                item.state = ItemState::SetAside(Code::Locked);
            }
            Step::AllBack => {
                for item in self.items.values_mut().filter(|item| StateKind::from(item.state) == StateKind::SetAside) {
                    item.state = if item.content.is_some() { ItemState::Ready } else { ItemState::Found };
                }
            }
            Step::ForgetWalk => {
                if self.registered || self.items.values().any(|item| item.file_id.is_some()) {
                    return None;
                }
                self.items.clear();
            }
            Step::Intend(intended) => self.registered = intended,
            Step::EndWalk | Step::Reopen => {}
        }
        Some(())
    }

    fn in_state(&mut self, item: u64, kinds: &[StateKind]) -> Option<&mut Item> {
        self.items.get_mut(&item).filter(|item| kinds.contains(&item.state.into()))
    }

    fn underway(&mut self, item: u64) -> Option<&mut Item> {
        self.in_state(item, &[StateKind::Ready, StateKind::SetAside])
    }

    fn totals(&self) -> Totals {
        let of = |kind: StateKind| {
            let items = self.items.values().filter(|item| StateKind::from(item.state) == kind);
            items.fold(Count::default(), |count, item| Count { items: count.items + 1, bytes: count.bytes + item.size })
        };
        let ready = || self.items.values().filter(|item| item.state == ItemState::Ready);
        let bytes = |item: &Item| -> u64 {
            item.parts.keys().map(|number| item.plan.unwrap().range(part(*number)).unwrap().len).sum()
        };
        Totals {
            found: of(StateKind::Found),
            left_out: of(StateKind::LeftOut),
            ready: of(StateKind::Ready),
            sent: of(StateKind::Sent),
            set_aside: of(StateKind::SetAside),
            part_bytes: ready().map(bytes).sum(),
            unmatched: u64::try_from(ready().filter(|item| item.file_id.is_none()).count()).unwrap(),
        }
    }

    fn assert_same(&self, reader: &Reader) {
        let id = transfer_id(1);
        assert_eq!(reader.totals(id).unwrap(), self.totals());
        let rows = reader.items(id, ItemFilter::ALL, None, 100).unwrap();
        let numbers: BTreeSet<u64> = rows.iter().map(|row| row.item.0).collect();
        assert_eq!(numbers, self.items.keys().copied().collect());
        for row in rows {
            let item = &self.items[&row.item.0];
            assert_eq!((row.state, row.identity.size, row.plan), (item.state, item.size, item.plan));
            assert_eq!(row.sha256.map(|digest| digest.0[0]), item.content);
            assert_eq!((row.file_id, row.put_attempted), (item.file_id, item.put_attempted));
            assert_eq!(row.completion_attempted, item.completion_attempted);
            assert_eq!(row.upload_id.map(|id| id.0), item.upload.map(|id| id.to_string()));
            let tags = reader.parts(id, row.item).unwrap().into_iter();
            let tags = tags.filter_map(|row| Some((row.part.get(), row.etag?)));
            assert_eq!(tags.collect::<BTreeMap<_, _>>(), item.parts);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_journal_does_what_its_plain_model_does(steps in proptest::collection::vec(step(), 1..80)) {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = new_journal(dir.path());
        let mut reader = journal.reader().unwrap();
        let mut reference = Reference::default();
        for step in &steps {
            match change(step) {
                Some(change) => {
                    let mut after = reference.clone();
                    let accepted = after.take(step);
                    let result = write(&journal, [change]);
                    prop_assert_eq!(result.is_ok(), accepted, "{:?}: {:?}", step, result);
                    if accepted {
                        reference = after;
                    }
                }
                None => {
                    drop(reader);
                    drop(journal);
                    journal = Journal::open(dir.path(), "again").unwrap();
                    reader = journal.reader().unwrap();
                }
            }
            reference.assert_same(&reader);
        }
    }
}
