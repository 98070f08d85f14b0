//! The realm's clients and the rule that decides whether a redirect address is theirs.

use url::Url;

use super::state::SignIn;
use super::tables::{self, Session};

/// A registered client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Client {
    pub id: &'static str,
    /// The name that people are shown.
    pub name: &'static str,
    /// Confidential clients cannot use the token endpoint from outside: the sandbox does not give out their secret.
    pub is_public: bool,
    /// Whether a code challenge with S256 is demanded.
    pub is_pkce_required: bool,
    /// Whether people are asked for their consent first.
    pub asks_consent: bool,
    pub redirect_uris: Vec<String>,
}

/// The website's own client.
pub(super) const WEBSITE: &str = "tdr";

/// Returns the client of this id.
pub(super) fn find(sign_in: &SignIn, id: &str) -> Option<Client> {
    let website = sign_in.website();
    let client = match id {
        "waybill" => Client {
            id: "waybill",
            name: "Waybill",
            is_public: true,
            is_pkce_required: true,
            asks_consent: false,
            redirect_uris: vec!["http://127.0.0.1/callback".to_owned()],
        },
        "waybill-consent" => Client {
            id: "waybill-consent",
            name: "Waybill, asking",
            is_public: true,
            is_pkce_required: true,
            asks_consent: true,
            redirect_uris: vec!["http://127.0.0.1/callback".to_owned()],
        },
        "tdr-fe" => Client {
            id: "tdr-fe",
            name: "The website's pages",
            is_public: true,
            is_pkce_required: false,
            asks_consent: false,
            redirect_uris: vec![format!("{website}/*")],
        },
        WEBSITE => Client {
            id: WEBSITE,
            name: "The website",
            is_public: false,
            is_pkce_required: false,
            asks_consent: false,
            redirect_uris: vec![format!("{website}/callback")],
        },
        _ => return None,
    };
    Some(client)
}

/// Returns whether the person must be asked before this client gets a code.
pub(super) fn lacks_consent(sign_in: &SignIn, client: &Client, session: &Session) -> rusqlite::Result<bool> {
    if !client.asks_consent {
        return Ok(false);
    }
    sign_in.realm.db.with(|db| tables::has_consent(db, &session.username, client.id)).map(|has| !has)
}

impl Client {
    /// Keycloak's `RedirectUtils`: an entry matches exactly, or by prefix when it ends in `*`; when none does and the
    /// address is `http` on `localhost` or `127.0.0.1` with a port, it is compared once more without the port.
    pub(super) fn allows(&self, redirect_uri: &str) -> bool {
        let Ok(url) = Url::parse(redirect_uri) else {
            return false;
        };
        let is_dirty = url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some()
            || redirect_uri.contains(|c: char| c.is_control() || c.is_whitespace() || c == '*' || c == '\\')
            || redirect_uri.split(['/', '?']).any(|segment| segment == ".." || segment.eq_ignore_ascii_case("%2e%2e"));
        if is_dirty {
            return false;
        }
        self.is_registered(redirect_uri)
            || without_loopback_port(redirect_uri).is_some_and(|without_port| self.is_registered(&without_port))
    }

    fn is_registered(&self, uri: &str) -> bool {
        let without_query = uri.split('?').next().unwrap_or(uri);
        self.redirect_uris.iter().any(|entry| match entry.strip_suffix('*') {
            Some(prefix) => without_query.starts_with(prefix) || Some(without_query) == prefix.strip_suffix('/'),
            None => entry == uri,
        })
    }
}

/// `http://127.0.0.1:123/x` without the port; `None` when there is no port or the host is another.
fn without_loopback_port(uri: &str) -> Option<String> {
    for host in ["http://localhost", "http://127.0.0.1"] {
        if let Some(rest) = uri.strip_prefix(host).and_then(|rest| rest.strip_prefix(':')) {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (port, path) = rest.split_at(end);
            let is_port = port.parse::<u16>().is_ok() && (path.is_empty() || path.starts_with(['/', '?']));
            return is_port.then(|| format!("{host}{path}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(entries: &[&str]) -> Client {
        let redirect_uris = entries.iter().map(|entry| (*entry).to_owned()).collect();
        Client { id: "test", name: "Test", is_public: true, is_pkce_required: true, asks_consent: false, redirect_uris }
    }

    #[test]
    fn a_loopback_entry_without_a_port_takes_any_port() {
        let client = client(&["http://127.0.0.1/callback"]);
        for good in ["http://127.0.0.1/callback", "http://127.0.0.1:45871/callback"] {
            assert!(client.allows(good), "{good}");
        }
        for bad in [
            "http://localhost:45871/callback",
            "http://127.0.0.1:45871/callback/",
            "http://127.0.0.1:45871/callback?x=1",
            "http://127.0.0.1:45871/other",
            "https://127.0.0.1:45871/callback",
            "http://127.0.0.1:99999/callback",
            "http://127.0.0.1:80@evil.example/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://[::1]:45871/callback",
            "http://127.0.0.1:45871/callback#x",
            "nonsense",
            "",
        ] {
            assert!(!client.allows(bad), "{bad}");
        }
    }

    #[test]
    fn an_entry_with_a_star_matches_by_prefix_and_a_port_in_it_counts() {
        let client = client(&["http://localhost:9000/*"]);
        assert!(client.allows("http://localhost:9000/a/b?c=d"));
        assert!(!client.allows("http://localhost:9001/a"));
        assert!(!client.allows("http://localhost:9000/a/../b"));
    }
}
