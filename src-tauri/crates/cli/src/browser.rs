//! Opens addresses in the person's browser.

use url::Url;

/// Opens addresses, or leaves that to the person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Browser {
    allowed: bool,
}

impl Browser {
    /// With `no_browser`, addresses are only printed.
    pub(crate) fn new(no_browser: bool) -> Self {
        Self { allowed: !no_browser }
    }

    /// Asks the system's browser to open the address; returns whether it was asked.
    pub(crate) fn open(self, url: &Url) -> bool {
        self.allowed && waybill_app::open_in_browser(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_opened_when_the_person_does_not_want_it() {
        assert!(!Browser::new(true).open(&Url::parse("https://auth.example/").unwrap()));
    }
}
