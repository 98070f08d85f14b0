//! The owner of the tokens, with a sign-in server that answers when the test says so.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use url::Url;
use waybill_cloud::{Memory, SessionLock, StoredSession, Tokens};
use waybill_model::{BodyKind, LocalFault, NotDone, Now, Refusal, Reply, Steady, Timestamp};

use super::refreshing::{Plan, Refreshed, refresh_once};
use super::server::SignInServer;
use super::*;

const NOW: Now = Now { server: Timestamp(1_700_000_000_000), steady: Steady::from_second(1_000) };

/// What the owner asks of the server, and where the answer goes.
enum Asked {
    Refresh(String, oneshot::Sender<Reply<Tokens>>),
    End(String, oneshot::Sender<Reply<()>>),
    SignIn(oneshot::Sender<Result<Tokens, Failure>>),
}

struct Server {
    asked: mpsc::UnboundedSender<Asked>,
    started: tokio::time::Instant,
}

impl Server {
    async fn ask<T>(&self, asked: impl FnOnce(oneshot::Sender<T>) -> Asked) -> Option<T> {
        let (answer, reply) = oneshot::channel();
        self.asked.send(asked(answer)).ok()?;
        reply.await.ok()
    }
}

impl SignInServer for Server {
    fn now(&self) -> Now {
        NOW + self.started.elapsed()
    }

    async fn ready(&self) -> Reply<()> {
        Ok(())
    }

    async fn refresh(&self, token: &Secret) -> Reply<Tokens> {
        let token = token.reveal().to_owned();
        self.ask(|answer| Asked::Refresh(token, answer)).await.unwrap_or(Err(NotDone::NotSent(LocalFault::CalledOff)))
    }

    async fn end_session(&self, tokens: &Tokens) -> Reply<()> {
        let token = tokens.refresh.as_ref().unwrap().reveal().to_owned();
        self.ask(|answer| Asked::End(token, answer)).await.unwrap_or(Err(NotDone::NotSent(LocalFault::CalledOff)))
    }

    async fn sign_in(
        &self,
        _show: impl FnOnce(&Url) + Send,
        _time_limit: Duration,
        _cancel: &CancellationToken,
    ) -> Result<Tokens, Failure> {
        self.ask(Asked::SignIn).await.unwrap_or_else(|| Err(Code::SignInAbandoned.into()))
    }
}

/// A store that checks that the lock is held when it is changed, and that fails or waits on request.
#[derive(Default)]
struct Spy {
    kept: Memory,
    saves: Mutex<Vec<String>>,
    lock_dir: PathBuf,
    lock_is_wanted: bool,
    full: AtomicBool,
    /// Loading waits for this.
    open: Mutex<Option<std::sync::mpsc::Receiver<()>>>,
}

impl Spy {
    fn token(&self) -> Option<String> {
        self.kept.load().unwrap().map(|session| session.refresh.reveal().to_owned())
    }

    /// Another process writes.
    fn put(&self, refresh: &str) {
        self.kept.save(&stored(refresh)).unwrap();
    }

    fn saves(&self) -> Vec<String> {
        self.saves.lock().unwrap().clone()
    }
}

struct Shared(Arc<Spy>);

impl TokenStore for Shared {
    fn load(&self) -> Result<Option<StoredSession>, Failure> {
        if let Some(open) = self.0.open.lock().unwrap().take() {
            open.recv().unwrap();
        }
        self.0.kept.load()
    }

    fn save(&self, session: &StoredSession) -> Result<(), Failure> {
        if self.0.lock_is_wanted {
            let lock = std::fs::File::options().write(true).open(self.0.lock_dir.join("session.lock")).unwrap();
            assert!(lock.try_lock().is_err(), "saved without the lock");
        }
        if self.0.full.load(Ordering::SeqCst) {
            return Err(Failure::new(Code::KeychainUnavailable, "locked"));
        }
        self.0.kept.save(session)?;
        self.0.saves.lock().unwrap().push(session.refresh.reveal().to_owned());
        Ok(())
    }

    fn clear(&self) -> Result<(), Failure> {
        self.0.kept.clear()
    }
}

fn person(refresh: &str) -> Person {
    // Sessions of the same letter are the same person's.
    let letter = refresh.as_bytes()[0];
    Person {
        user_id: format!("00000000-0000-4000-8000-0000000000{letter:02x}").parse().unwrap(),
        name: char::from(letter).to_string(),
        email: None,
        body: None,
        standard_user: true,
        judgment_user: false,
    }
}

fn tokens(refresh: &str) -> Tokens {
    Tokens {
        access: Secret::new(format!("access of {refresh}")),
        refresh: Some(Secret::new(refresh.to_owned())),
        id: None,
        obtained: NOW,
        access_expires: NOW.server + Duration::from_secs(300),
        refresh_expires: None,
        person: person(refresh),
    }
}

fn stored(refresh: &str) -> StoredSession {
    StoredSession {
        service: "tdr".to_owned(),
        addresses: String::new(),
        person: person(refresh),
        refresh: Secret::new(refresh.to_owned()),
        refresh_expires: None,
        id: None,
    }
}

fn ended<T>() -> Reply<T> {
    Err(NotDone::Refused(Refusal {
        status: 400,
        code: Some("invalid_grant".to_owned()),
        message: None,
        from_store: false,
        body: BodyKind::Json,
        retry_after: None,
        date: None,
    }))
}

const PATIENCE: Patience =
    Patience { lock: Duration::from_secs(60), ending: Duration::from_secs(3600), save_again: Duration::ZERO };
/// Another process holds the lock, and never releases it in time.
const HELD: Patience = Patience { lock: Duration::from_millis(100), ..PATIENCE };

struct Scene {
    session: SessionHandle,
    server: Arc<Server>,
    asked: mpsc::UnboundedReceiver<Asked>,
    notices: mpsc::UnboundedReceiver<Notice>,
    store: Arc<Spy>,
    dir: TempDir,
}

impl Scene {
    /// With this refresh token in the store.
    fn with(refresh: &str) -> Self {
        Self::prepared(refresh, PATIENCE, |_| {})
    }

    fn prepared(refresh: &str, patience: Patience, prepare: impl FnOnce(&mut Spy)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut spy = Spy { lock_dir: dir.path().to_owned(), lock_is_wanted: true, ..Spy::default() };
        spy.put(refresh);
        prepare(&mut spy);
        let store = Arc::new(spy);
        let (asking, asked) = mpsc::unbounded_channel();
        let (tell, notices) = mpsc::unbounded_channel();
        let server = Arc::new(Server { asked: asking, started: tokio::time::Instant::now() });
        let kept = kept(&store, patience.lock);
        let session = owner::start(Arc::clone(&server), kept, tell, 7, patience);
        Self { session, server, asked, notices, store, dir }
    }

    /// Somebody wants a token.
    fn want(&self) -> tokio::task::JoinHandle<Result<Access, NoAccess>> {
        let session = self.session.clone();
        tokio::spawn(async move { session.access().await })
    }

    async fn refresh_asked(&mut self) -> (String, oneshot::Sender<Reply<Tokens>>) {
        match self.asked.recv().await {
            Some(Asked::Refresh(token, answer)) => (token, answer),
            Some(Asked::End(..) | Asked::SignIn(_)) | None => panic!("no refresh"),
        }
    }

    /// Somebody signs in and the owner says that it is done.
    async fn sign_in(&mut self, refresh: &str) {
        let session = self.session.clone();
        let signed_in = tokio::spawn(async move { session.sign_in(Duration::from_secs(3600)).await });
        let Some(Asked::SignIn(answer)) = self.asked.recv().await else { panic!("no sign-in") };
        answer.send(Ok(tokens(refresh))).unwrap();
        assert_eq!(signed_in.await.unwrap(), Ok(person(refresh)));
    }

    /// A session that has been refreshed once, from `spent` to `refresh`.
    async fn refreshed(spent: &str, refresh: &str) -> Self {
        let mut scene = Self::with(spent);
        let wanted = scene.want();
        let (token, answer) = scene.refresh_asked().await;
        assert_eq!(token, spent);
        answer.send(Ok(tokens(refresh))).unwrap();
        assert_eq!(wanted.await.unwrap().unwrap().token, tokens(refresh).access);
        scene
    }

    async fn until(&self, wanted: impl FnMut(&SessionState) -> bool) {
        self.session.state().wait_for(wanted).await.unwrap();
    }
}

fn kept(store: &Arc<Spy>, lock_patience: Duration) -> Kept {
    let profile = waybill_model::service::builtin("tdr").unwrap();
    Kept::new(&profile, Box::new(Shared(Arc::clone(store))), store.lock_dir.clone(), lock_patience)
}

#[tokio::test]
async fn a_refreshed_session_is_saved_once_and_under_the_lock() {
    let scene = Scene::refreshed("a1", "a2").await;
    assert_eq!((scene.store.token().as_deref(), scene.store.saves()), (Some("a2"), vec!["a2".to_owned()]));
    assert_eq!(scene.want().await.unwrap().unwrap().token, tokens("a2").access);
    assert_eq!(scene.store.saves().len(), 1);
}

#[tokio::test]
async fn ten_that_want_a_token_at_once_cost_one_request() {
    let mut scene = Scene::with("a1");
    let wanted: Vec<_> = (0..10).map(|_| scene.want()).collect();
    let (token, answer) = scene.refresh_asked().await;
    assert_eq!(token, "a1");
    answer.send(Ok(tokens("a2"))).unwrap();
    for one in wanted {
        assert_eq!(one.await.unwrap().unwrap().token, tokens("a2").access);
    }
    assert!(scene.asked.try_recv().is_err(), "nothing else was asked");
}

#[tokio::test]
async fn a_late_refresh_never_replaces_a_newer_sign_in() {
    let mut scene = Scene::with("a1");
    let wanted = scene.want();
    let (_, late) = scene.refresh_asked().await;
    scene.sign_in("b1").await;
    assert_eq!(wanted.await.unwrap().unwrap().person, person("b1"));
    // It has been cancelled already, or has no effect.
    let _called_off = late.send(Ok(tokens("a2")));
    let reply = Ok(tokens("a2"));
    let refreshed = Refreshed { generation: 1, reply, seen: None, unsaved: None };
    assert!(scene.session.messages.send(Message::Refreshed(Box::new(refreshed))).is_ok());
    assert_eq!(scene.want().await.unwrap().unwrap().token, tokens("b1").access);
    assert_eq!(*scene.session.state().borrow(), SessionState::SignedIn(person("b1")));
    assert_eq!((scene.store.token().as_deref(), scene.store.saves()), (Some("b1"), vec!["b1".to_owned()]));
}

#[tokio::test]
async fn a_refresh_overtaken_by_a_sign_in_is_not_saved() {
    let mut scene = Scene::with("a1");
    let kept = kept(&scene.store, PATIENCE.lock);
    let plan = Plan {
        generation: kept.next_generation(),
        person: Some(person("a1").user_id),
        held: Some(Secret::new("a1".to_owned())),
        seen: Some(Secret::new("a1".to_owned())),
        called_off: CancellationToken::new(),
    };
    let server = Arc::clone(&scene.server);
    let overtake = async {
        let (_, answer) = scene.refresh_asked().await;
        kept.next_generation();
        answer.send(Ok(tokens("a2"))).unwrap();
    };
    let (refreshed, ()) = tokio::join!(refresh_once(server.as_ref(), &kept, plan), overtake);
    assert!(refreshed.reply.is_ok());
    assert_eq!(scene.store.token().as_deref(), Some("a1"));
}

#[tokio::test]
async fn refreshed_tokens_about_another_person_are_neither_saved_nor_used() {
    let mut scene = Scene::with("a1");
    let wanted = scene.want();
    let (_, answer) = scene.refresh_asked().await;
    answer.send(Ok(tokens("b2"))).unwrap();
    let (token, answer) = scene.refresh_asked().await;
    assert_eq!((token.as_str(), scene.store.saves()), ("a1", Vec::new()), "it is asked again");
    answer.send(Ok(tokens("a2"))).unwrap();
    assert_eq!(wanted.await.unwrap().unwrap().person, person("a2"));
}

#[tokio::test]
async fn a_session_that_another_process_wrote_is_not_overwritten_and_is_used_next() {
    let mut scene = Scene::with("a1");
    let wanted = scene.want();
    let (_, answer) = scene.refresh_asked().await;
    scene.store.put("c1");
    answer.send(Ok(tokens("a2"))).unwrap();
    let access = wanted.await.unwrap().unwrap();
    assert_eq!((access.token.clone(), scene.store.token().as_deref()), (tokens("a2").access, Some("c1")));
    scene.session.distrust(access.token);
    assert_eq!(scene.refresh_asked().await.0, "c1");
}

#[tokio::test]
async fn a_session_signed_out_by_another_process_is_not_saved_again() {
    let mut scene = Scene::refreshed("a1", "a2").await;
    scene.store.kept.clear().unwrap();
    scene.session.distrust(tokens("a2").access);
    let (token, answer) = scene.refresh_asked().await;
    assert_eq!(token, "a2");
    answer.send(Ok(tokens("a3"))).unwrap();
    assert_eq!(scene.want().await.unwrap().unwrap().token, tokens("a3").access);
    assert_eq!(scene.store.token(), None);
}

#[tokio::test]
async fn while_another_process_refreshes_this_one_sends_nothing() {
    let mut scene = Scene::prepared("a1", HELD, |_| {});
    let lock = SessionLock::acquire(scene.dir.path()).await.unwrap();
    assert_eq!(scene.want().await.unwrap(), Err(NoAccess::Waiting(WaitReason::SignInUnreachable)));
    assert!(scene.asked.try_recv().is_err(), "nothing is sent");
    // The other process saves what it got and lets go.
    scene.store.put("a2");
    drop(lock);
    assert_eq!(scene.refresh_asked().await.0, "a2", "tried again by itself");
}

#[tokio::test]
async fn where_no_lock_is_possible_the_session_is_still_refreshed() {
    let gone = |spy: &mut Spy| {
        spy.lock_dir = spy.lock_dir.join("gone");
        spy.lock_is_wanted = false;
    };
    let mut scene = Scene::prepared("a1", PATIENCE, gone);
    let wanted = scene.want();
    scene.refresh_asked().await.1.send(Ok(tokens("a2"))).unwrap();
    assert!(wanted.await.unwrap().is_ok());
    assert_eq!(scene.store.token().as_deref(), Some("a2"));
}

#[tokio::test]
async fn signing_out_shows_at_once_while_the_service_is_told_in_the_background() {
    let mut scene = Scene::refreshed("a1", "a2").await;
    let session = scene.session.clone();
    let signed_out = tokio::spawn(async move { session.sign_out().await });
    scene.until(|state| *state == SessionState::SignedOut(None)).await;
    let Some(Asked::End(token, answer)) = scene.asked.recv().await else { panic!("the session is not ended") };
    assert_eq!((token.as_str(), scene.store.token()), ("a2", None));
    // The service has not answered yet.
    assert_eq!(scene.want().await.unwrap(), Err(NoAccess::SignedOut(Code::SignInNeeded)));
    scene.sign_in("b1").await;
    answer.send(Ok(())).unwrap();
    assert_eq!(signed_out.await.unwrap(), Ok(()));
    assert_eq!(scene.store.token().as_deref(), Some("b1"), "the next session is not the one that was signed out of");
}

#[tokio::test]
async fn a_silent_service_does_not_delay_signing_out() {
    let patience = Patience { ending: Duration::from_millis(50), ..PATIENCE };
    let mut scene = Scene::prepared("a1", patience, |_| {});
    scene.until(|state| *state != SessionState::Loading).await;
    assert_eq!(scene.session.sign_out().await, Ok(()));
    let Some(Asked::End(token, answer)) = scene.asked.recv().await else { panic!("the session is not ended") };
    assert_eq!(token, "a1");
    assert!(answer.send(Ok(())).is_ok(), "it is still being told");
}

#[tokio::test]
async fn signing_out_ends_a_session_that_another_process_has_refreshed() {
    let mut scene = Scene::refreshed("a1", "a2").await;
    scene.store.put("a3");
    let session = scene.session.clone();
    tokio::spawn(async move { session.sign_out().await });
    let Some(Asked::End(token, _)) = scene.asked.recv().await else { panic!("the session is not ended") };
    assert_eq!((token.as_str(), scene.store.token()), ("a3", None));
}

#[tokio::test]
async fn an_ended_session_is_removed_but_not_a_newer_one_of_another_process() {
    let scene = Scene::with("a1");
    let kept = kept(&scene.store, PATIENCE.lock);
    let ended = [Secret::new("a1".to_owned())];
    scene.store.put("b1");
    assert_eq!((kept.remove_ended(&ended).await, scene.store.token().as_deref()), (Ok(()), Some("b1")));
    scene.store.put("a1");
    assert_eq!((kept.remove_ended(&ended).await, scene.store.token()), (Ok(()), None));
}

#[tokio::test]
async fn a_session_ended_by_the_service_is_removed_here() {
    let mut scene = Scene::with("a1");
    let wanted = scene.want();
    scene.refresh_asked().await.1.send(ended()).unwrap();
    assert_eq!(wanted.await.unwrap(), Err(NoAccess::SignedOut(Code::SignInNeeded)));
    while scene.store.token().is_some() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_unsaved_session_is_saved_later_and_the_spent_one_is_not_used_again() {
    let mut scene = Scene::with("a1");
    scene.store.full.store(true, Ordering::SeqCst);
    let wanted = scene.want();
    scene.refresh_asked().await.1.send(Ok(tokens("a2"))).unwrap();
    let access = wanted.await.unwrap().unwrap();
    let Some(Notice::SessionNotKept(failure)) = scene.notices.recv().await else { panic!("no notice came") };
    assert_eq!((failure.code, scene.store.token().as_deref()), (Code::KeychainUnavailable, Some("a1")));

    scene.session.distrust(access.token);
    let (token, answer) = scene.refresh_asked().await;
    assert_eq!(token, "a2", "the store holds the one that is spent");
    answer.send(Ok(tokens("a3"))).unwrap();
    assert_eq!(scene.want().await.unwrap().unwrap().token, tokens("a3").access);

    scene.store.full.store(false, Ordering::SeqCst);
    while scene.store.token().as_deref() != Some("a3") {
        scene.session.touch();
        tokio::task::yield_now().await;
    }
    assert!(scene.notices.try_recv().is_err(), "told once");
}

#[tokio::test]
async fn a_keychain_that_prompts_delays_neither_a_sign_in_nor_the_owner() {
    let (release, open) = std::sync::mpsc::channel();
    let mut scene = Scene::prepared("a1", PATIENCE, |spy| *spy.open.lock().unwrap() = Some(open));
    let waiting = scene.want();
    assert_eq!(*scene.session.state().borrow(), SessionState::Loading);
    scene.sign_in("b1").await;
    release.send(()).unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().person, person("b1"));
    assert_eq!(scene.want().await.unwrap().unwrap().token, tokens("b1").access);
    assert_eq!(scene.store.token().as_deref(), Some("b1"));
}

#[tokio::test]
async fn signing_out_does_not_wait_long_for_a_refreshing_process() {
    let mut scene = Scene::prepared("a1", HELD, |_| {});
    scene.until(|state| *state != SessionState::Loading).await;
    let _lock = SessionLock::acquire(scene.dir.path()).await.unwrap();
    let session = scene.session.clone();
    let signed_out = tokio::spawn(async move { session.sign_out().await });
    let Some(Asked::End(token, answer)) = scene.asked.recv().await else { panic!("the session is not ended") };
    assert_eq!((token.as_str(), scene.store.token()), ("a1", None));
    answer.send(Ok(())).unwrap();
    assert_eq!(signed_out.await.unwrap(), Ok(()));
}
