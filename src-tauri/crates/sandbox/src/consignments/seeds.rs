//! The sample consignments of a new sandbox: in every state for the first person, a few for the others.

use std::sync::Arc;

use chrono::{DateTime, Datelike as _, Utc};
use rusqlite::{Transaction, params};
use uuid::Uuid;

use super::files::{self, Declared};
use super::reference;
use super::standing::Standing;
use super::statuses::{self, StatusKind, StatusValue};
use super::tables::{self, Consignment, Kind};
use crate::people::Person;
use crate::realm::Realm;

/// Namespace of seeded ids, so that one seed gives the same ids everywhere.
const NAMESPACE: Uuid = Uuid::from_u128(0x1b0e_9a64_2d5f_4f0e_9c3c_8a1d_77f2_0c41);

/// Those of the first person, oldest first.
const FIRST: [Standing; 20] = [
    Standing::Done,
    Standing::Failed,
    Standing::Checking,
    Standing::Uploading,
    Standing::NeedsAgreement,
    Standing::NeedsAgreement,
    Standing::Judgment,
    Standing::Ready,
    Standing::Ready,
    Standing::Ready,
    Standing::Ready,
    Standing::Ready,
    Standing::Ready,
    Standing::Ready,
    Standing::Ready,
    Standing::Ready,
    Standing::Ready,
    Standing::Ready,
    Standing::Ready,
    Standing::Uploading,
];

/// Those of everyone else with a body.
const OTHERS: [Standing; 4] = [Standing::Ready, Standing::Ready, Standing::NeedsAgreement, Standing::Ready];
/// Those of a court's clerk.
const CLERK: [Standing; 2] = [Standing::Judgment, Standing::Judgment];

/// Makes sample consignments.
pub(crate) struct Seeds {
    realm: Arc<Realm>,
    seed: u64,
}

impl Seeds {
    pub(crate) fn new(realm: Arc<Realm>, seed: u64) -> Self {
        Self { realm, seed }
    }

    /// Makes the tables, and the sample consignments if there are no consignments at all.
    pub(crate) fn seed(&self) -> rusqlite::Result<()> {
        let people = self.realm.people.all()?;
        let now = self.realm.clock.now();
        self.realm.db.with(|db| {
            tables::prepare(db)?;
            if tables::count(db)? > 0 {
                return Ok(());
            }
            let transaction = db.transaction()?;
            let mut number = 0;
            for (index, person) in people.iter().enumerate() {
                let Some(body) = &person.body_code else { continue };
                series(&transaction, body)?;
                let states = if index == 0 {
                    FIRST.as_slice()
                } else if person.judgment_user {
                    CLERK.as_slice()
                } else {
                    OTHERS.as_slice()
                };
                for state in states {
                    number += 1;
                    make(&transaction, self.seed, number, person, *state, now)?;
                }
            }
            transaction.commit()
        })
    }

    /// Makes consignments in every state for a new user; none for a person without a body.
    pub(crate) fn seed_for(&self, person: &Person) -> rusqlite::Result<()> {
        let Some(body) = &person.body_code else { return Ok(()) };
        let states = if person.judgment_user { CLERK.as_slice() } else { FIRST.as_slice() };
        let now = self.realm.clock.now();
        self.realm.db.with(|db| {
            let transaction = db.transaction()?;
            series(&transaction, body)?;
            let last: i64 =
                transaction.query_row("select coalesce(max(position), 0) from consignments", [], |row| row.get(0))?;
            for (number, state) in (last + 1..).zip(states) {
                make(&transaction, self.seed, number, person, *state, now)?;
            }
            transaction.commit()
        })
    }
}

/// Makes the series of a body, if they are missing.
fn series(transaction: &Transaction<'_>, body: &str) -> rusqlite::Result<()> {
    for name in ["1", "2", "3"] {
        let code = format!("{body} {name}");
        transaction.execute(
            "insert or ignore into series (id, body_code, body_id, body_name, code) values (?1, ?2, ?3, ?4, ?5)",
            params![
                Uuid::new_v5(&NAMESPACE, code.as_bytes()).to_string(),
                body,
                Uuid::new_v5(&NAMESPACE, body.as_bytes()).to_string(),
                format!("Mock body {body}"),
                code
            ],
        )?;
    }
    Ok(())
}

fn make(
    transaction: &Transaction<'_>,
    seed: u64,
    number: i64,
    person: &Person,
    state: Standing,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let id = Uuid::new_v5(&NAMESPACE, format!("{seed}/{number}").as_bytes());
    let kind = if state == Standing::Judgment { Kind::Judgment } else { Kind::Standard };
    let series = person.body_code.as_ref().map(|body| Uuid::new_v5(&NAMESPACE, format!("{body} 1").as_bytes()));
    tables::insert(
        transaction,
        &Consignment {
            position: number,
            id,
            user_id: person.user_id,
            reference: reference::consignment(now.year(), seed, number),
            kind,
            series_id: series.filter(|_| kind == Kind::Standard),
            body_code: person.body_code.clone(),
            created: now,
            transfer_initiated: None,
            exported: None,
            export_location: None,
            include_top_level_folder: None,
            parent_folder: None,
            parent_folder_id: None,
            draft_metadata_file: None,
            schema_library_version: None,
        },
    )?;
    for (kind, value) in statuses_of(state) {
        statuses::add(transaction, id, *kind, *value, now)?;
    }
    let uploaded = matches!(
        state,
        Standing::Uploading | Standing::Checking | Standing::Checked | Standing::Done | Standing::Failed
    );
    if uploaded {
        uploaded_files(transaction, id, state)?;
    }
    if state == Standing::Done {
        transaction.execute(
            "update consignments set exported = ?2, transfer_initiated = ?2, export_location = 's3://tdr-consignment-export' where id = ?1",
            params![id.to_string(), now.timestamp()],
        )?;
    }
    Ok(())
}

/// Registers three files that were sent from elsewhere.
fn uploaded_files(transaction: &Transaction<'_>, id: Uuid, state: Standing) -> rusqlite::Result<()> {
    let declared: Vec<Declared> = ["minutes/2024-01.txt", "minutes/2024-02.txt", "readme.txt"]
        .into_iter()
        .enumerate()
        .map(|(index, path)| Declared {
            original_path: format!("earlier transfer/{path}"),
            checksum: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned(),
            last_modified: 1_704_067_200_000,
            size: 0,
            match_id: index.to_string(),
        })
        .collect();
    let matches = files::register(transaction, id, &declared, &[], false)?;
    transaction
        .execute("update consignments set parent_folder = 'earlier transfer' where id = ?1", [id.to_string()])?;
    let checked: &[&str] = match state {
        Standing::Done | Standing::Checked => &["Antivirus", "ChecksumMatch", "FFID"],
        Standing::Checking => &["Antivirus"],
        Standing::Ready | Standing::NeedsAgreement | Standing::Uploading | Standing::Judgment | Standing::Failed => &[],
    };
    for (file, _) in matches {
        for kind in checked {
            files::put_status(transaction, file, kind, "Success")?;
        }
    }
    Ok(())
}

/// Returns the statuses that make up a state. A sample in state `Checking` never moves on.
const fn statuses_of(state: Standing) -> &'static [(StatusKind, StatusValue)] {
    use StatusKind::{
        ClientChecks, ConfirmTransfer, Export, Series, ServerAntivirus, ServerChecksum, ServerFfid, TransferAgreement,
        Upload,
    };
    use StatusValue::{Completed, Failed, InProgress};
    match state {
        Standing::NeedsAgreement => &[(Series, Completed), (TransferAgreement, InProgress)],
        Standing::Ready => &[(Series, Completed), (TransferAgreement, Completed)],
        Standing::Judgment => &[],
        Standing::Uploading => {
            &[(Series, Completed), (TransferAgreement, Completed), (Upload, InProgress), (ClientChecks, InProgress)]
        }
        Standing::Checking => &[
            (Series, Completed),
            (TransferAgreement, Completed),
            (Upload, Completed),
            (ClientChecks, InProgress),
            (ServerAntivirus, Completed),
            (ServerChecksum, InProgress),
            (ServerFfid, InProgress),
        ],
        Standing::Failed => &[
            (Series, Completed),
            (TransferAgreement, Completed),
            (Upload, Completed),
            (ClientChecks, Failed),
            (ServerAntivirus, Failed),
            (ServerChecksum, InProgress),
            (ServerFfid, InProgress),
        ],
        Standing::Checked => &[
            (Series, Completed),
            (TransferAgreement, Completed),
            (Upload, Completed),
            (ClientChecks, Completed),
            (ServerAntivirus, Completed),
            (ServerChecksum, Completed),
            (ServerFfid, Completed),
        ],
        Standing::Done => &[
            (Series, Completed),
            (TransferAgreement, Completed),
            (Upload, Completed),
            (ClientChecks, Completed),
            (ServerAntivirus, Completed),
            (ServerChecksum, Completed),
            (ServerFfid, Completed),
            (ConfirmTransfer, Completed),
            (Export, Completed),
        ],
    }
}
