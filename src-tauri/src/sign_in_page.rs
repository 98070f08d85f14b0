//! The sign-in page in the browser: its address, for as long as a sign-in is in progress.
//!
//! Owner: this process. An address outlives neither its sign-in nor the process; one that arrives too late is dropped.

use tokio::sync::watch;
use url::Url;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct SignInPage(watch::Sender<Now>);

/// The current state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Now {
    /// Counts the sign-ins.
    number: u64,
    /// How many callers wait for this sign-in. A second click joins the first.
    waiting: usize,
    /// The address, and whether the browser was asked to open it.
    page: Option<(Url, bool)>,
}

/// A caller that waits for a sign-in, until this is dropped.
#[derive(Debug)]
pub(crate) struct UnderWay<'a>(&'a SignInPage);

impl SignInPage {
    /// Starts a sign-in, or joins the one in progress.
    pub(crate) fn begin(&self) -> UnderWay<'_> {
        self.0.send_modify(|now| {
            if now.waiting == 0 {
                now.number += 1;
                now.page = None;
            }
            now.waiting += 1;
        });
        UnderWay(self)
    }

    /// Returns the number of the sign-in in progress.
    pub(crate) fn number(&self) -> Option<u64> {
        let now = self.0.borrow();
        (now.waiting > 0).then_some(now.number)
    }

    /// Records the page of a sign-in, unless that sign-in is no longer in progress.
    pub(crate) fn show(&self, number: u64, address: Url, opened: bool) {
        self.0.send_if_modified(|now| {
            let is_of_now = now.waiting > 0 && now.number == number;
            if is_of_now {
                now.page = Some((address, opened));
            }
            is_of_now
        });
    }

    /// Returns the address, and whether the browser was asked to open it.
    pub(crate) fn page(&self) -> Option<(Url, bool)> {
        self.0.borrow().page.clone()
    }

    /// Reports every change.
    pub(crate) fn changes(&self) -> watch::Receiver<Now> {
        self.0.subscribe()
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|now| {
            now.waiting = now.waiting.saturating_sub(1);
            if now.waiting == 0 {
                now.page = None;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u8) -> Url {
        format!("https://sign-in.example/{number}").parse().unwrap()
    }

    #[test]
    fn the_address_is_there_only_while_its_sign_in_is_in_progress() {
        let page = SignInPage::default();
        let first = page.begin();
        page.show(page.number().unwrap(), address(1), true);
        let joined = page.begin();
        assert_eq!(page.page(), Some((address(1), true)), "a second click joins the first");
        drop(first);
        assert_eq!(page.page(), Some((address(1), true)));
        drop(joined);
        assert_eq!((page.page(), page.number()), (None, None));
    }

    #[test]
    fn an_address_that_arrives_after_cancelling_is_never_shown() {
        let page = SignInPage::default();
        let cancelled = page.begin();
        let number = page.number().unwrap();
        drop(cancelled);
        page.show(number, address(1), true);
        assert_eq!(page.page(), None);
        let _next = page.begin();
        page.show(number, address(1), true);
        assert_eq!(page.page(), None, "nor during the next sign-in");
        page.show(page.number().unwrap(), address(2), false);
        assert_eq!(page.page(), Some((address(2), false)));
    }
}
