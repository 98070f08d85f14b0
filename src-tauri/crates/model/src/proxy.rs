//! The proxy through which a computer reaches the service, according to its settings.

use std::fmt;

use url::Url;

use crate::service::is_loopback;

/// The proxy through which the service's addresses are reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProxyChoice {
    /// The one that the environment or the system configures.
    #[default]
    System,
    /// None, even if the system configures one.
    Direct,
    /// This one.
    Through(Proxy),
}

/// A proxy that the settings name. Prints without its user name and password.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    url: Url,
    exceptions: String,
}

impl ProxyChoice {
    /// Parses the values of a settings file. `proxy` is `none` or an address (`http://proxy.example:3128`; the scheme
    /// is optional, and a user name and password may precede an `@`). `exceptions` are hosts that are reached directly,
    /// as in `NO_PROXY`: names (including everything below them), addresses and networks, separated by commas.
    ///
    /// # Errors
    /// Returns what is wrong with the address, without repeating it, because it may contain a password.
    pub fn read(proxy: &str, exceptions: &str) -> Result<Self, &'static str> {
        let proxy = proxy.trim();
        if proxy.eq_ignore_ascii_case("none") {
            return Ok(Self::Direct);
        }
        let whole = if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") };
        let url = Url::parse(&whole).map_err(|_| "must be \"none\" or an address such as http://proxy.example:3128")?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("must start with http:// or https://: other kinds of proxy are not supported");
        }
        if url.host().is_none() || url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err("must be a host and a port, with nothing after them");
        }
        Ok(Self::Through(Proxy { url, exceptions: exceptions.trim().to_owned() }))
    }
}

impl Proxy {
    /// Returns the address with any user name and password, so it must not be logged.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the hosts that are reached directly, separated by commas. They include this computer, unless the proxy
    /// runs on it, because another computer's proxy cannot reach it.
    #[must_use]
    pub fn exceptions(&self) -> String {
        let itself = if is_loopback(&self.url) { "" } else { "localhost,127.0.0.0/8,::1" };
        let lists = [self.exceptions.as_str(), itself];
        lists.into_iter().filter(|list| !list.is_empty()).collect::<Vec<_>>().join(",")
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(f, "{}://{host}:{}", self.url.scheme(), self.url.port_or_known_default().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(proxy: &str, exceptions: &str) -> Proxy {
        match ProxyChoice::read(proxy, exceptions).unwrap() {
            ProxyChoice::Through(proxy) => proxy,
            other @ (ProxyChoice::System | ProxyChoice::Direct) => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_address_may_omit_its_scheme_and_never_reveals_its_password() {
        assert_eq!(through("proxy.example:3128", "").url().as_str(), "http://proxy.example:3128/");
        let proxy = through(" https://ada:se%40cret@proxy.example ", "");
        assert_eq!(proxy.url().username(), "ada");
        assert_eq!(format!("{:?}", ProxyChoice::Through(proxy)), "Through(https://proxy.example:443)");
        assert_eq!(ProxyChoice::read("None", "x"), Ok(ProxyChoice::Direct));
    }

    #[test]
    fn an_invalid_proxy_is_rejected_without_being_repeated() {
        for wrong in
            ["", "socks5://p:1", "http://ada:secret@", "http://p:99999", "http://p/path", "p:3128/?q", "ftp://p"]
        {
            let what = ProxyChoice::read(wrong, "").unwrap_err();
            assert!(!what.contains("secret"), "{wrong}: {what}");
        }
    }

    #[test]
    fn this_computer_is_reached_directly_unless_the_proxy_runs_on_it() {
        assert_eq!(through("proxy.example:3128", ".gov.uk").exceptions(), ".gov.uk,localhost,127.0.0.0/8,::1");
        assert_eq!(through("127.0.0.1:3128", ".gov.uk").exceptions(), ".gov.uk");
        assert_eq!(through("localhost:3128", "").exceptions(), "");
    }
}
