//! The person at the browser: opens an address, fills in the sign-in page, follows where it leads.
//!
//! Cookies are kept by host, as RFC 6265 has it (ports do not count), also those marked `Secure` over plain http on
//! loopback, as browsers do for addresses of the computer itself.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use url::Url;

use crate::harness::sandbox::Account;
use crate::{Error, Result};

/// One person's browser. Signs in where it is asked, and stays signed in.
pub struct Browser {
    client: Client,
    account: Account,
    /// By host and name.
    cookies: Mutex<BTreeMap<(String, String), String>>,
}

/// Where an opened address led.
#[derive(Debug)]
pub struct Page {
    /// The last address.
    pub url: Url,
    /// Its status.
    pub status: u16,
    /// Its text.
    pub body: String,
}

impl Browser {
    /// A fresh browser of this person.
    ///
    /// # Errors
    /// The client cannot be built.
    pub fn new(account: &Account) -> Result<Self> {
        Ok(Self { client: client()?, account: account.clone(), cookies: Mutex::default() })
    }

    /// Opens an address and follows it to its end, through the sign-in form if there is one.
    ///
    /// # Errors
    /// An address that does not answer, a sign-in form that cannot be read, an endless way.
    pub fn open(&self, address: &str) -> Result<Page> {
        let address = Url::parse(address).map_err(|error| Error::unexpected(format!("not an address: {error}")))?;
        let page = self.follow(self.client.get(address.clone()), address)?;
        match login_form(&page) {
            None => Ok(page),
            Some(action) => {
                let fields = [("username", &self.account.username), ("password", &self.account.password)];
                self.follow(self.client.post(action.clone()).form(&fields), action)
            }
        }
    }

    /// Forgets all cookies, as a browser does that is closed.
    pub fn forget(&self) {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn follow(&self, first: RequestBuilder, url: Url) -> Result<Page> {
        const MOST: usize = 20;
        let (mut request, mut url) = (first, url);
        for _ in 0..MOST {
            let place = format!("opening {}{}", url.origin().ascii_serialization(), url.path());
            let response = request.header(COOKIE, self.cookies_for(&url)).send().map_err(Error::http(place.clone()))?;
            self.keep_cookies(&url, &response);
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            match location.filter(|_| response.status().is_redirection()) {
                Some(location) => {
                    url = url.join(location).map_err(|error| Error::unexpected(format!("{place}: {error}")))?;
                    request = self.client.get(url.clone());
                }
                None => {
                    let status = response.status().as_u16();
                    return Ok(Page { url, status, body: response.text().map_err(Error::http(place))? });
                }
            }
        }
        Err(Error::unexpected(format!("more than {MOST} redirects, the last to {}", url.path())))
    }

    fn cookies_for(&self, url: &Url) -> String {
        let host = url.host_str().unwrap_or_default();
        let cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = cookies.iter().filter(|((of, _), _)| of == host);
        ours.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep_cookies(&self, url: &Url, response: &Response) {
        let host = url.host_str().unwrap_or_default();
        let mut cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        for header in response.headers().get_all(SET_COOKIE) {
            let Some((name, rest)) = header.to_str().ok().and_then(|text| text.split_once('=')) else { continue };
            let mut parts = rest.split(';').map(str::trim);
            let value = parts.next().unwrap_or_default();
            let key = (host.to_owned(), name.trim().to_owned());
            if parts.any(|attribute| attribute.eq_ignore_ascii_case("Max-Age=0")) {
                cookies.remove(&key);
            } else {
                cookies.insert(key, value.to_owned());
            }
        }
    }
}

/// Returns a client that follows nothing by itself and uses no proxy: everything it speaks to is on this computer.
pub(crate) fn client() -> Result<Client> {
    // Another thread may have chosen already, which is as good.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(Duration::from_secs(120))
        .build()
        .map_err(Error::http("building a client"))
}

/// Returns the address that the page's sign-in form is sent to.
fn login_form(page: &Page) -> Option<Url> {
    let form = &page.body[page.body.find("id=\"kc-form-login\"")?..];
    let action = form.split_once("action=\"")?.1.split_once('"')?.0;
    page.url.join(&action.replace("&amp;", "&")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_in_forms_address_is_read_from_the_page() {
        let page = |body: &str| Page {
            url: Url::parse("http://127.0.0.1:1/realms/tdr/auth?x=1").unwrap(),
            status: 200,
            body: body.to_owned(),
        };
        let form = "<p>Hello</p><form id=\"kc-form-login\" action=\"/go?a=1&amp;b=2\" method=\"post\">";
        assert_eq!(login_form(&page(form)).unwrap().as_str(), "http://127.0.0.1:1/go?a=1&b=2");
        assert!(login_form(&page("<form action=\"/other\">")).is_none());
    }
}
