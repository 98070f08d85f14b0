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

    /// Asks the system's browser to open the address; returns whether it was asked. Accepts only web addresses, because
    /// other schemes start other programs.
    pub(crate) fn open(self, url: &Url) -> bool {
        self.allowed && is_web(url) && webbrowser::open(url.as_str()).is_ok()
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_may_reach_a_browser() {
        for (text, web) in [
            ("https://auth.example/x", true),
            ("http://127.0.0.1:8080/", true),
            ("file:///etc/passwd", false),
            ("javascript:alert(1)", false),
            ("ms-settings:x", false),
        ] {
            assert_eq!(is_web(&Url::parse(text).unwrap()), web, "{text}");
        }
    }

    #[test]
    fn nothing_is_opened_when_the_person_does_not_want_it() {
        assert!(!Browser::new(true).open(&Url::parse("https://auth.example/").unwrap()));
    }
}
