//! The consignments a new sandbox begins with: for the first person every state there is, for the others a few.

use chrono::{DateTime, Datelike as _, Utc};
use rusqlite::{Transaction, params};
use uuid::Uuid;

use super::files::{self, Declared};
use super::statuses::{self, StatusKind, StatusValue};
use super::tables::{self, Consignment, Kind};
use super::{State, reference};
use crate::people::Person;
use crate::state::Shared;

/// Namespace of seeded ids, so that one seed gives the same ids everywhere.
const NAMESPACE: Uuid = Uuid::from_u128(0x1b0e_9a64_2d5f_4f0e_9c3c_8a1d_77f2_0c41);

/// What the first person has, oldest first.
const FIRST: [State; 20] = [
    State::Done,
    State::Failed,
    State::Checking,
    State::Uploading,
    State::NeedsAgreement,
    State::NeedsAgreement,
    State::Judgment,
    State::Ready,
    State::Ready,
    State::Ready,
    State::Ready,
    State::Ready,
    State::Ready,
    State::Ready,
    State::Ready,
    State::Ready,
    State::Ready,
    State::Ready,
    State::Ready,
    State::Uploading,
];

/// What everybody else with a body has.
const OTHERS: [State; 4] = [State::Ready, State::Ready, State::NeedsAgreement, State::Ready];
/// What a clerk of a court has.
const CLERK: [State; 2] = [State::Judgment, State::Judgment];

/// Makes the seeded consignments when there are none at all.
pub(super) fn seed(shared: &Shared) -> rusqlite::Result<()> {
    let people = shared.people.all()?;
    let now = shared.clock.now();
    shared.db.with(|db| {
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
                make(&transaction, shared.options.seed, number, person, *state, now)?;
            }
        }
        transaction.commit()
    })
}

/// Makes consignments in every state for somebody who has just come to be known; none for who has no body.
pub(super) fn seed_for(shared: &Shared, person: &Person) -> rusqlite::Result<()> {
    let Some(body) = &person.body_code else { return Ok(()) };
    let states = if person.judgment_user { CLERK.as_slice() } else { FIRST.as_slice() };
    let now = shared.clock.now();
    shared.db.with(|db| {
        let transaction = db.transaction()?;
        series(&transaction, body)?;
        let last: i64 =
            transaction.query_row("select coalesce(max(position), 0) from consignments", [], |row| row.get(0))?;
        for (number, state) in (last + 1..).zip(states) {
            make(&transaction, shared.options.seed, number, person, *state, now)?;
        }
        transaction.commit()
    })
}

/// The series of a body, made on first sight.
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
    state: State,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let id = Uuid::new_v5(&NAMESPACE, format!("{seed}/{number}").as_bytes());
    let kind = if state == State::Judgment { Kind::Judgment } else { Kind::Standard };
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
    let uploaded = matches!(state, State::Uploading | State::Checking | State::Checked | State::Done | State::Failed);
    if uploaded {
        uploaded_files(transaction, id, state)?;
    }
    if state == State::Done {
        transaction.execute(
            "update consignments set exported = ?2, transfer_initiated = ?2, export_location = 's3://tdr-consignment-export' where id = ?1",
            params![id.to_string(), now.timestamp()],
        )?;
    }
    Ok(())
}

/// Three files that somebody sent from elsewhere.
fn uploaded_files(transaction: &Transaction<'_>, id: Uuid, state: State) -> rusqlite::Result<()> {
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
        State::Done | State::Checked => &["Antivirus", "ChecksumMatch", "FFID"],
        State::Checking => &["Antivirus"],
        State::Ready | State::NeedsAgreement | State::Uploading | State::Judgment | State::Failed => &[],
    };
    for (file, _) in matches {
        for kind in checked {
            files::put_status(transaction, file, kind, "Success")?;
        }
    }
    Ok(())
}

/// The statuses that make up a state. A seeded `Checking` stays as it is: no clock moves it.
const fn statuses_of(state: State) -> &'static [(StatusKind, StatusValue)] {
    use StatusKind::{
        ClientChecks, ConfirmTransfer, Export, Series, ServerAntivirus, ServerChecksum, ServerFfid, TransferAgreement,
        Upload,
    };
    use StatusValue::{Completed, Failed, InProgress};
    match state {
        State::NeedsAgreement => &[(Series, Completed), (TransferAgreement, InProgress)],
        State::Ready => &[(Series, Completed), (TransferAgreement, Completed)],
        State::Judgment => &[],
        State::Uploading => {
            &[(Series, Completed), (TransferAgreement, Completed), (Upload, InProgress), (ClientChecks, InProgress)]
        }
        State::Checking => &[
            (Series, Completed),
            (TransferAgreement, Completed),
            (Upload, Completed),
            (ClientChecks, InProgress),
            (ServerAntivirus, Completed),
            (ServerChecksum, InProgress),
            (ServerFfid, InProgress),
        ],
        State::Failed => &[
            (Series, Completed),
            (TransferAgreement, Completed),
            (Upload, Completed),
            (ClientChecks, Failed),
            (ServerAntivirus, Failed),
            (ServerChecksum, InProgress),
            (ServerFfid, InProgress),
        ],
        State::Checked => &[
            (Series, Completed),
            (TransferAgreement, Completed),
            (Upload, Completed),
            (ClientChecks, Completed),
            (ServerAntivirus, Completed),
            (ServerChecksum, Completed),
            (ServerFfid, Completed),
        ],
        State::Done => &[
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
