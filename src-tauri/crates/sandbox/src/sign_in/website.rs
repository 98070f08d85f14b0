//! What the website needs to sign somebody in: it is a client (`tdr`) of the realm like any other, with a session cookie of
//! its own. It sends the browser to [`website_login_url`], is called back at `/callback?code=..&state=..` on its own
//! address, and exchanges both there. Who already has a single sign-on session never sees a form.

use crate::people::Person;
use crate::state::Shared;

/// Where the website sends a browser that has no session with it; `return_to` is a path on the website.
pub(crate) fn website_login_url(_shared: &Shared, _return_to: &str) -> String {
    String::new()
}

/// Exchanges the `code` of the website's callback for the person who signed in. Works once.
pub(crate) fn website_redeem(_shared: &Shared, _code: &str) -> Option<Person> {
    None
}

/// The `return_to` that belongs to the `state` of the website's callback; `None` for a state the website never gave out,
/// which is to be refused. Works once.
pub(crate) fn website_return_to(_shared: &Shared, _state: &str) -> Option<String> {
    None
}
