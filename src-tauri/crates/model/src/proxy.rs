//! Through which proxy a computer reaches the service, as its settings say.

use std::fmt;

use url::Url;

use crate::service::is_loopback;

/// Through which proxy the addresses of the service are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProxyChoice {
    /// As the environment or the system says.
    #[default]
    System,
    /// Through none, whatever the system says.
    Direct,
    /// Through this one.
    Through(Proxy),
}

/// A proxy that somebody has named. Prints without its user name and password.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    url: Url,
    exceptions: String,
}

impl ProxyChoice {
    /// What a settings file says: `proxy` is `none`, or an address (`http://proxy.example:3128`; the scheme may be left out, and
    /// a user name and a password may stand before an `@`); `exceptions` are hosts that are asked for directly, as in
    /// `NO_PROXY`: names (with all below them), addresses, networks, separated by commas.
    ///
    /// # Errors
    /// What is wrong with the address, in words that do not repeat it: it may hold a password.
    pub fn read(proxy: &str, exceptions: &str) -> Result<Self, &'static str> {
        let proxy = proxy.trim();
        if proxy.eq_ignore_ascii_case("none") {
            return Ok(Self::Direct);
        }
        let whole = if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") };
        let url = Url::parse(&whole).map_err(|_| "must be \"none\" or an address such as http://proxy.example:3128")?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("must begin with http:// or https://: no other kind of proxy is known");
        }
        if url.host().is_none() || url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err("must be a host and a port, with nothing after them");
        }
        Ok(Self::Through(Proxy { url, exceptions: exceptions.trim().to_owned() }))
    }
}

impl Proxy {
    /// The address, with user name and password where it has them: not for logs.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The hosts that are asked for directly, separated by commas. This computer itself is one of them, unless the proxy is on
    /// it: another computer's proxy does not reach it.
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
    fn an_address_may_leave_its_scheme_out_and_never_shows_its_password() {
        assert_eq!(through("proxy.example:3128", "").url().as_str(), "http://proxy.example:3128/");
        let proxy = through(" https://ada:se%40cret@proxy.example ", "");
        assert_eq!(proxy.url().username(), "ada");
        assert_eq!(format!("{:?}", ProxyChoice::Through(proxy)), "Through(https://proxy.example:443)");
        assert_eq!(ProxyChoice::read("None", "x"), Ok(ProxyChoice::Direct));
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_being_repeated() {
        for wrong in
            ["", "socks5://p:1", "http://ada:secret@", "http://p:99999", "http://p/path", "p:3128/?q", "ftp://p"]
        {
            let what = ProxyChoice::read(wrong, "").unwrap_err();
            assert!(!what.contains("secret"), "{wrong}: {what}");
        }
    }

    #[test]
    fn this_computer_is_asked_directly_unless_the_proxy_is_on_it() {
        assert_eq!(through("proxy.example:3128", ".gov.uk").exceptions(), ".gov.uk,localhost,127.0.0.0/8,::1");
        assert_eq!(through("127.0.0.1:3128", ".gov.uk").exceptions(), ".gov.uk");
        assert_eq!(through("localhost:3128", "").exceptions(), "");
    }
}
