//! Signing in and out.

use std::time::Duration;

use url::Url;
use waybill_model::{Code, Failure};

use super::{Answer, Here};
use crate::bridge::Person;
use crate::desk::{Desk, blocking};

/// How long the browser may take to come back.
const TIME_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Signs in: the system's browser opens the sign-in page. Answers when the person is signed in, or is not: refused,
/// abandoned, cancelled. Meanwhile the snapshot says how far it is.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sign_in(desk: Here<'_>) -> Answer<Person> {
    let handle = desk.handle().await?;
    let under_way = desk.sign_in.begin();
    let signed_in = handle.sign_in(TIME_LIMIT).await;
    drop(under_way);
    let person = signed_in?;
    desk.come_forward();
    Ok((&person).into())
}

/// Calls off a sign-in that is under way.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_sign_in(desk: Here<'_>) -> Answer<()> {
    desk.handle().await?.cancel_sign_in().await;
    Ok(())
}

/// Asks the browser to open the sign-in page again. `false` where the browser cannot be asked.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_sign_in_again(desk: Here<'_>) -> Answer<bool> {
    let (number, address) = address(&desk)?;
    let opened = desk.open_web(address.clone()).await;
    desk.sign_in.show(number, address, opened);
    Ok(opened)
}

/// Puts the address of the sign-in page on the clipboard.
#[tauri::command]
#[specta::specta]
pub(crate) async fn copy_sign_in_address(desk: Here<'_>) -> Answer<()> {
    let (_, address) = address(&desk)?;
    let outside = std::sync::Arc::clone(&desk.outside);
    Ok(blocking(move || outside.copy(address.as_str())).await?)
}

/// The number and the address of the sign-in under way.
fn address(desk: &Desk) -> Result<(u64, Url), Failure> {
    let under_way = desk.sign_in.number().zip(desk.sign_in.page());
    under_way.map(|(number, (address, _))| (number, address)).ok_or_else(|| Code::NotPossibleNow.into())
}

/// Ends the session, here and at the service. Transfers wait until somebody signs in.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sign_out(desk: Here<'_>) -> Answer<()> {
    Ok(desk.handle().await?.sign_out().await?)
}
