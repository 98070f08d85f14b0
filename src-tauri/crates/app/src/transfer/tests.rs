//! Several transfers in one controller, without a network. Nobody is signed in, and a transfer that wants to send waits
//! for that while it has its turn.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use waybill_engine::transfer::Hold;
use waybill_journal::Reader;
use waybill_model::{Code, Phase, SendGiven, ServiceProfile, TransferId, WaitReason};

use crate::clock::SystemClock;
use crate::controller::start;
use crate::handle::{Handle, Notices};
use crate::interface::{Command, Config, SessionKind, TransferSnapshot, TurnState};
use crate::samples::{Sample, write_journal};

/// Nobody listens at these addresses.
const PROFILE: &str = r#"name = "tdr"
[sign_in]
issuer = "http://127.0.0.1:9/realms/tdr"
client_id = "waybill"
[api]
url = "http://127.0.0.1:9/graphql"
[upload]
url = "http://127.0.0.1:9"
[website]
url = "http://127.0.0.1:9"
"#;

/// One run of the program.
struct Program {
    handle: Handle,
    /// Listened to as long as it runs.
    _notices: Notices,
}

impl Program {
    async fn begin(dir: &Path) -> Self {
        let config = Config {
            data_dir: dir.to_owned(),
            profile: Arc::new(ServiceProfile::from_toml(PROFILE).unwrap()),
            ca_pem: None,
            proxy: waybill_model::ProxyChoice::System,
            session: SessionKind::Memory,
            program: "test".to_owned(),
            owns_journal: true,
            clock: Arc::new(SystemClock::default()),
            seed: 1,
        };
        let (handle, notices) = start(config).await.unwrap();
        Self { handle, _notices: notices }
    }

    async fn tell(&self, id: TransferId, command: Command) {
        self.handle.tell(id, command).await.unwrap();
    }

    async fn end(self) {
        self.handle.shutdown().await.unwrap();
    }

    async fn run(&self, id: TransferId) {
        self.handle.run(id).await.unwrap();
    }

    /// Waits until the transfer is like this.
    async fn sees(&self, id: TransferId, what: &str, is_so: impl Fn(&TransferSnapshot) -> bool) {
        let mut snapshots = self.handle.snapshots();
        let seen = snapshots.wait_for(|all| all.transfers.get(&id).is_some_and(&is_so));
        let seen = tokio::time::timeout(Duration::from_secs(20), seen).await.map(drop);
        assert!(seen.is_ok(), "not {what}: {:?}", self.handle.snapshots().borrow().transfers.get(&id));
    }
}

/// It has the turn once it runs, and waits with it.
const AHEAD: Sample = Sample { number: 1, phase: Phase::Sending, paused: false, items: 2, sent: 0, findings: 0 };
/// A folder with two files, to be looked through.
const CHECKED: Sample = Sample { number: 2, phase: Phase::Walking, paused: false, items: 0, sent: 0, findings: 0 };

const SEND: Command = Command::Send { agreed: 0, given: SendGiven::AfterALook };

fn data(samples: &[Sample]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write_journal(dir.path(), samples).unwrap();
    dir
}

fn waits_for_sign_in(now: &TransferSnapshot) -> bool {
    matches!(now.hold, Hold::Waiting { reason: WaitReason::SignedOut, .. })
}

/// The program runs, and another transfer has the turn.
async fn behind_another(dir: &Path) -> Program {
    let program = Program::begin(dir).await;
    program.run(AHEAD.id()).await;
    program.sees(AHEAD.id(), "at its turn", |now| waits_for_sign_in(now) && now.turn == TurnState::Has).await;
    program
}

#[tokio::test]
async fn a_handed_over_transfer_is_followed_while_another_has_the_turn() {
    let handed_over = Sample { number: 2, phase: Phase::BeingChecked, sent: 2, ..AHEAD };
    let dir = data(&[AHEAD, handed_over]);
    let program = behind_another(dir.path()).await;
    program.run(handed_over.id()).await;
    let asks = |now: &TransferSnapshot| waits_for_sign_in(now) && now.turn == TurnState::None;
    program.sees(handed_over.id(), "asking for the checks", asks).await;
    program.end().await;
}

fn two() -> TempDir {
    let dir = data(&[AHEAD, CHECKED]);
    let folder = dir.path().join("folder 2");
    std::fs::create_dir(&folder).unwrap();
    for name in ["a.txt", "b.txt"] {
        std::fs::write(folder.join(name), "0123456789").unwrap();
    }
    dir
}

fn queued(phase: Phase) -> impl Fn(&TransferSnapshot) -> bool {
    move |now| now.phase == phase && now.turn == TurnState::Waits
}

/// The program runs, one transfer has the turn, the other has been ordered to send and waits for it.
async fn told_to_send(dir: &Path) -> Program {
    let program = Program::begin(dir).await;
    program.run(CHECKED.id()).await;
    program.sees(CHECKED.id(), "checked", |now| now.phase == Phase::Checked && now.turn == TurnState::None).await;
    program.run(AHEAD.id()).await;
    program.sees(AHEAD.id(), "at its turn", |now| waits_for_sign_in(now) && now.turn == TurnState::Has).await;
    program.tell(CHECKED.id(), SEND).await;
    program.sees(CHECKED.id(), "queued", queued(Phase::Hashing)).await;
    program
}

#[tokio::test]
async fn a_transfer_told_to_send_while_it_waited_for_its_turn_sends_after_a_restart() {
    let dir = two();
    told_to_send(dir.path()).await.end().await;
    let program = behind_another(dir.path()).await;
    program.run(CHECKED.id()).await;
    program.sees(CHECKED.id(), "queued", queued(Phase::Hashing)).await;
    program.tell(AHEAD.id(), Command::Pause).await;
    let asks_service = |now: &TransferSnapshot| now.phase == Phase::Starting && waits_for_sign_in(now);
    program.sees(CHECKED.id(), "hashed, and about to be sent", asks_service).await;
    program.end().await;
}

#[tokio::test]
async fn a_pause_suspends_an_order_to_send() {
    let dir = two();
    let program = told_to_send(dir.path()).await;
    let rests = |now: &TransferSnapshot| now.hold == Hold::Paused && now.turn == TurnState::None;
    program.tell(CHECKED.id(), Command::Pause).await;
    program.sees(CHECKED.id(), "paused", rests).await;
    program.end().await;
    let program = Program::begin(dir.path()).await;
    program.run(CHECKED.id()).await;
    program.sees(CHECKED.id(), "paused", rests).await;
    program.tell(CHECKED.id(), Command::Resume).await;
    program.sees(CHECKED.id(), "about to be sent", |now| now.phase == Phase::Starting).await;
    program.end().await;
}

#[tokio::test]
async fn resume_and_try_again_are_journaled_before_the_turn_comes() {
    let resumed = Sample { number: 3, paused: true, ..AHEAD };
    let settling = Sample { number: 4, phase: Phase::Settling, items: 2, sent: 1, ..AHEAD };
    let dir = data(&[AHEAD, resumed, settling]);
    let program = behind_another(dir.path()).await;
    for (sample, command) in [(resumed, Command::Resume), (settling, Command::TryAgain)] {
        program.run(sample.id()).await;
        program.sees(sample.id(), "at rest", |now| now.turn == TurnState::None).await;
        program.tell(sample.id(), command).await;
        program.sees(sample.id(), "queued", queued(Phase::Sending)).await;
    }
    program.end().await;
    let reader = Reader::open(dir.path()).unwrap().unwrap();
    assert!(!reader.transfer(resumed.id()).unwrap().unwrap().paused);
    assert_eq!(reader.transfer(settling.id()).unwrap().unwrap().phase, Phase::Sending);
    assert_eq!(reader.totals(settling.id()).unwrap().set_aside.items, 0);
}

#[tokio::test]
async fn giving_up_needs_no_turn() {
    let given_up = Sample { number: 3, ..AHEAD };
    let dir = data(&[AHEAD, given_up]);
    let program = behind_another(dir.path()).await;
    program.run(given_up.id()).await;
    program.sees(given_up.id(), "queued", queued(Phase::Sending)).await;
    program.tell(given_up.id(), Command::GiveUp).await;
    program.sees(given_up.id(), "handed over", |now| now.given_up && now.phase == Phase::HandingOver).await;
    program.end().await;
}

/// Checked, changed, and told to send.
async fn sent_after(dir: &Path, change: impl FnOnce(&Path)) -> Program {
    let program = Program::begin(dir).await;
    program.run(CHECKED.id()).await;
    program.sees(CHECKED.id(), "checked", |now| now.phase == Phase::Checked && now.turn == TurnState::None).await;
    change(&dir.join("folder 2"));
    program.tell(CHECKED.id(), SEND).await;
    program
}

#[tokio::test]
async fn a_file_added_after_the_check_is_shown_first_and_then_sent_with_the_others() {
    let dir = two();
    let add = |folder: &Path| std::fs::write(folder.join("late.txt"), "0123456789").unwrap();
    let program = sent_after(dir.path(), add).await;
    let asks = |now: &TransferSnapshot| {
        now.phase == Phase::Checked && now.hold == Hold::Stopped(Code::FolderChanged) && now.turn == TurnState::None
    };
    program.sees(CHECKED.id(), "asking to look again", asks).await;
    program.sees(CHECKED.id(), "checked anew", |now| now.check_totals.is_some_and(|check| check.items == 3)).await;
    program.tell(CHECKED.id(), SEND).await;
    program.sees(CHECKED.id(), "about to be sent", |now| now.phase == Phase::Starting).await;
    program.end().await;
    let reader = Reader::open(dir.path()).unwrap().unwrap();
    assert_eq!(reader.totals(CHECKED.id()).unwrap().ready.items, 3);
}

#[tokio::test]
async fn a_file_removed_while_the_program_was_closed_is_missed_before_anything_is_sent() {
    let dir = two();
    told_to_send(dir.path()).await.end().await;
    std::fs::remove_file(dir.path().join("folder 2/b.txt")).unwrap();
    let program = Program::begin(dir.path()).await;
    program.run(CHECKED.id()).await;
    let asks = |now: &TransferSnapshot| now.hold == Hold::Stopped(Code::FolderChanged);
    program.sees(CHECKED.id(), "asking to look again", asks).await;
    program.end().await;
}

#[tokio::test]
async fn a_folder_whose_contents_were_edited_is_sent_as_it_is_now() {
    let dir = two();
    let change = |folder: &Path| std::fs::write(folder.join("a.txt"), "other words").unwrap();
    let program = sent_after(dir.path(), change).await;
    program.sees(CHECKED.id(), "about to be sent", |now| now.phase == Phase::Starting).await;
    program.end().await;
    let reader = Reader::open(dir.path()).unwrap().unwrap();
    assert_eq!(reader.totals(CHECKED.id()).unwrap().ready.bytes, 21);
}
