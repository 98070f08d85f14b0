//! The sign-in page in the browser: its address, for as long as a sign-in is under way.
//!
//! Owner: this process. An address outlives neither its sign-in nor the process; one that comes too late is dropped.

use tokio::sync::watch;
use url::Url;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct SignInPage(watch::Sender<Now>);

/// What is so now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Now {
    /// Counts the sign-ins.
    number: u64,
    /// Who waits for this one. A second click joins the first.
    waiting: usize,
    /// The address, and whether the browser was asked to open it.
    page: Option<(Url, bool)>,
}

/// Somebody waits for a sign-in, until this is dropped.
#[derive(Debug)]
pub(crate) struct UnderWay<'a>(&'a SignInPage);

impl SignInPage {
    /// A sign-in begins, or one more waits for that which is under way.
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

    /// The number of the sign-in under way.
    pub(crate) fn number(&self) -> Option<u64> {
        let now = self.0.borrow();
        (now.waiting > 0).then_some(now.number)
    }

    /// The page of this sign-in; dropped where that is not under way any more.
    pub(crate) fn show(&self, number: u64, address: Url, opened: bool) {
        self.0.send_if_modified(|now| {
            let is_of_now = now.waiting > 0 && now.number == number;
            if is_of_now {
                now.page = Some((address, opened));
            }
            is_of_now
        });
    }

    /// The address, and whether the browser was asked to open it.
    pub(crate) fn page(&self) -> Option<(Url, bool)> {
        self.0.borrow().page.clone()
    }

    /// Hears of every change.
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
    fn the_address_is_there_while_its_sign_in_is_under_way_and_not_longer() {
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
    fn an_address_that_comes_after_the_cancelling_is_never_shown() {
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
