//! Signing in and out.

use std::time::Duration;

use tokio::sync::watch;
use url::Url;
use waybill_app::{SessionState, Snapshot};
use waybill_model::{Code, Failure};

use super::{Answer, Here};
use crate::bridge::Person;
use crate::shell_state::ShellState;
use crate::system::blocking;

/// How long the browser may take to come back.
const TIME_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Signs in: the system's browser opens the sign-in page. Answers when the person is signed in and their session kept, or is not
/// signed in: refused, abandoned, cancelled. Meanwhile the snapshot says how far it is.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sign_in(shell: Here<'_>) -> Answer<Person> {
    let handle = shell.controller.handle().await?;
    let under_way = shell.sign_in.begin();
    let person = come_back(&shell, handle.snapshots(), handle.sign_in(TIME_LIMIT)).await;
    drop(under_way);
    Ok((&person?).into())
}

/// Brings the window forward as soon as a person is signed in: keeping the session may take long, where the keychain asks for its
/// password. Whoever was signed in before has to wait for the answer, since only that tells the two sessions apart.
async fn come_back<T>(
    shell: &ShellState,
    mut snapshots: watch::Receiver<Snapshot>,
    signed_in: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let was_out = matches!(snapshots.borrow().session, SessionState::SignedOut(_));
    let is_in = |now: &Snapshot| matches!(now.session, SessionState::SignedIn(_));
    let session = async {
        if !was_out || snapshots.wait_for(is_in).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let mut signed_in = std::pin::pin!(signed_in);
    tokio::select! {
        biased;
        answer = &mut signed_in => {
            if answer.is_ok() {
                shell.come_forward();
            }
            answer
        }
        () = session => {
            shell.come_forward();
            signed_in.await
        }
    }
}

/// Calls off a sign-in that is under way.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_sign_in(shell: Here<'_>) -> Answer<()> {
    shell.controller.handle().await?.cancel_sign_in().await;
    Ok(())
}

/// Asks the browser to open the sign-in page again. `false` where the browser cannot be asked.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_sign_in_again(shell: Here<'_>) -> Answer<bool> {
    let (number, address) = address(&shell)?;
    let opened = shell.open_web(address.clone()).await;
    shell.sign_in.show(number, address, opened);
    Ok(opened)
}

/// Puts the address of the sign-in page on the clipboard.
#[tauri::command]
#[specta::specta]
pub(crate) async fn copy_sign_in_address(shell: Here<'_>) -> Answer<()> {
    let (_, address) = address(&shell)?;
    let system = std::sync::Arc::clone(&shell.system);
    blocking(move || system.copy(address.as_str())).await
}

/// The number and the address of the sign-in under way.
fn address(shell: &ShellState) -> Result<(u64, Url), Failure> {
    let under_way = shell.sign_in.number().zip(shell.sign_in.page());
    under_way.map(|(number, (address, _))| (number, address)).ok_or_else(|| Code::NotPossibleNow.into())
}

/// Ends the session, here and at the service. Transfers wait until a person signs in.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sign_out(shell: Here<'_>) -> Answer<()> {
    shell.controller.handle().await?.sign_out().await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::oneshot;
    use waybill_model::UserId;

    use super::*;
    use crate::testing::{Done, FakeSystem, shell};

    fn snapshot(session: SessionState) -> Snapshot {
        Snapshot { session, ..Snapshot::default() }
    }

    fn signed_in() -> Snapshot {
        let person = waybill_model::Person {
            user_id: UserId(uuid::Uuid::nil()),
            name: "Ada Müller".to_owned(),
            email: None,
            body: None,
            standard_user: true,
            judgment_user: false,
        };
        snapshot(SessionState::SignedIn(person))
    }

    #[tokio::test]
    async fn the_window_comes_forward_once_before_the_keychain_has_saved_the_session() {
        let dir = tempfile::tempdir().unwrap();
        let system = Arc::new(FakeSystem::default());
        let shell = shell(dir.path(), &system);
        let out = || snapshot(SessionState::SignedOut(None));
        let (sender, snapshots) = watch::channel(out());
        let (keychain, kept) = oneshot::channel();
        let mut back = std::pin::pin!(come_back(&shell, snapshots, async { Ok(kept.await.unwrap()) }));
        let signing_in = snapshot(SessionState::SigningIn);
        for (now, expected) in [(out(), vec![]), (signing_in, vec![]), (signed_in(), vec![Done::Forward])] {
            sender.send_replace(now);
            tokio::select! { biased; _ = &mut back => panic!("nobody has answered"), () = tokio::task::yield_now() => {} }
            assert_eq!(system.done(), expected);
        }
        keychain.send(7).unwrap();
        assert_eq!(back.await, Ok(7));
        assert_eq!(system.done(), []);
    }

    #[tokio::test]
    async fn whoever_was_signed_in_and_calls_off_another_sign_in_is_left_where_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let system = Arc::new(FakeSystem::default());
        let shell = shell(dir.path(), &system);
        let (_sender, snapshots) = watch::channel(signed_in());
        let called_off = async {
            tokio::task::yield_now().await;
            Err::<(), _>(Code::SignInAbandoned.into())
        };
        assert_eq!(come_back(&shell, snapshots, called_off).await, Err(Code::SignInAbandoned.into()));
        assert_eq!(system.done(), []);
    }
}
