//! A client of a realm that can do right and wrong: authorisation, the login form, the token endpoint and the rest.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::blocking::{Client, RequestBuilder};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use waybill_system_tests::{Account, Error, Result};

use crate::http::{self, Jar, Reply, failed};
use crate::provider::{Kind, Provider};

/// The client that the suite is.
pub(crate) const CLIENT: &str = "waybill";
/// The client that asks people for their consent.
pub(crate) const ASKING: &str = "waybill-consent";
/// Where the suite pretends to listen.
pub(crate) const REDIRECT: &str = "http://127.0.0.1:45871/callback";
/// A code verifier of RFC 7636.
pub(crate) const VERIFIER: &str = "a-verifier-of-sixty-four-characters-0123456789-abcdefghijklmnopq";
/// The first person.
pub(crate) const PERSON: &str = "amina.osei";

/// Parameters of a query or a form.
pub(crate) type Params<'a> = Vec<(&'a str, String)>;

/// A realm, seen from a client.
pub(crate) struct Realm<'a> {
    pub(crate) provider: &'a dyn Provider,
    pub(crate) kind: Kind,
    issuer: String,
    client: Client,
}

/// The tokens of one reply.
#[derive(Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) id: String,
}

impl<'a> Realm<'a> {
    pub(crate) fn new(provider: &'a dyn Provider, kind: Kind) -> Result<Self> {
        Ok(Self { provider, kind, issuer: provider.issuer(kind), client: http::client()? })
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns a document below the issuer's address.
    pub(crate) fn get(&self, path: &str) -> Result<Reply> {
        send(self.client.get(format!("{}{path}", self.issuer)))
    }

    /// Returns the parameters of a request that is in order.
    pub(crate) fn request(client: &str) -> Params<'static> {
        vec![
            ("response_type", "code".to_owned()),
            ("client_id", client.to_owned()),
            ("redirect_uri", REDIRECT.to_owned()),
            ("scope", "openid".to_owned()),
            ("state", "the state".to_owned()),
            ("nonce", "the-nonce".to_owned()),
            ("code_challenge", URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))),
            ("code_challenge_method", "S256".to_owned()),
        ]
    }

    /// Sends a browser to the authorisation endpoint.
    pub(crate) fn authorise(&self, jar: &mut Jar, request: &Params<'_>) -> Result<Reply> {
        jar.send(self.client.get(self.endpoint("auth")).query(request))
    }

    /// Fills in the login form that a reply shows.
    pub(crate) fn fill_in(&self, jar: &mut Jar, form: &Reply, account: &Account) -> Result<Reply> {
        let action = form.form_around("id=\"username\"")?;
        let fields =
            [("username", account.username.as_str()), ("password", account.password.as_str()), ("credentialId", "")];
        jar.send(self.client.post(action).form(&fields))
    }

    /// Signs a person in; gives the redirect back to the client.
    pub(crate) fn log_in_as(&self, jar: &mut Jar, client: &str, username: &str) -> Result<Reply> {
        let form = self.authorise(jar, &Self::request(client))?;
        self.fill_in(jar, &form, &self.provider.account(self.kind, username)?)
    }

    /// Returns a code for the first person, in a new browser.
    pub(crate) fn code(&self) -> Result<String> {
        self.log_in_as(&mut Jar::default(), CLIENT, PERSON)?.parameter("code")
    }

    /// Presses a button of the page that asks for consent.
    pub(crate) fn press(&self, jar: &mut Jar, page: &Reply, button: &'static str) -> Result<Reply> {
        let action = page.form_around(&format!("name=\"{button}\""))?;
        let code = page.hidden("code").unwrap_or_default();
        jar.send(self.client.post(action).form(&[("code", code.as_str()), (button, "")]))
    }

    /// Follows a redirect within the realm.
    pub(crate) fn follow(&self, jar: &mut Jar, reply: Reply) -> Result<Reply> {
        let mut reply = reply;
        for _ in 0..5 {
            let inside = reply.location.clone().filter(|location| location.as_str().starts_with(&self.issuer));
            match inside {
                Some(location) => reply = jar.send(self.client.get(location))?,
                None => return Ok(reply),
            }
        }
        Err(Error::unexpected("the realm redirects in a circle"))
    }

    /// Returns the form that exchanges a code in order.
    pub(crate) fn exchange(code: &str) -> Params<'static> {
        vec![
            ("grant_type", "authorization_code".to_owned()),
            ("client_id", CLIENT.to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", REDIRECT.to_owned()),
            ("code_verifier", VERIFIER.to_owned()),
        ]
    }

    /// Returns the form that refreshes.
    pub(crate) fn refreshing(token: &str) -> Params<'static> {
        vec![
            ("grant_type", "refresh_token".to_owned()),
            ("client_id", CLIENT.to_owned()),
            ("refresh_token", token.to_owned()),
        ]
    }

    /// Sends a form to an endpoint.
    pub(crate) fn post(&self, endpoint: &str, form: &Params<'_>) -> Result<Reply> {
        send(self.client.post(self.endpoint(endpoint)).form(form))
    }

    /// Sends something else than a form to an endpoint.
    pub(crate) fn post_text(&self, endpoint: &str, content_type: &str, body: &str) -> Result<Reply> {
        send(self.client.post(self.endpoint(endpoint)).header("content-type", content_type).body(body.to_owned()))
    }

    /// Exchanges a code.
    pub(crate) fn redeem(&self, code: &str) -> Result<Reply> {
        self.post("token", &Self::exchange(code))
    }

    /// Refreshes.
    pub(crate) fn refresh(&self, token: &str) -> Result<Reply> {
        self.post("token", &Self::refreshing(token))
    }

    /// Asks who a token belongs to.
    pub(crate) fn userinfo(&self, token: Option<&str>) -> Result<Reply> {
        let request = self.client.get(self.endpoint("userinfo"));
        send(token.into_iter().fold(request, RequestBuilder::bearer_auth))
    }

    /// Sends a browser to the logout endpoint.
    pub(crate) fn log_out(&self, jar: &mut Jar, query: &Params<'_>) -> Result<Reply> {
        jar.send(self.client.get(self.endpoint("logout")).query(query))
    }

    /// Signs a person in and exchanges the code.
    pub(crate) fn sign_in(&self, jar: &mut Jar, username: &str) -> Result<Tokens> {
        let code = self.log_in_as(jar, CLIENT, username)?.parameter("code")?;
        Tokens::read(&self.redeem(&code)?)
    }

    fn endpoint(&self, name: &str) -> String {
        format!("{}/protocol/openid-connect/{name}", self.issuer)
    }
}

impl Tokens {
    /// Reads a reply that went well.
    pub(crate) fn read(reply: &Reply) -> Result<Self> {
        Ok(Self {
            access: reply.text("access_token")?,
            refresh: reply.text("refresh_token")?,
            id: reply.text("id_token")?,
        })
    }
}

/// Parameters with one of them replaced, or left out where there is no value.
pub(crate) fn with<'a>(params: Params<'a>, name: &'a str, value: Option<&str>) -> Params<'a> {
    let mut changed: Params<'a> = params.into_iter().filter(|(found, _)| *found != name).collect();
    changed.extend(value.map(|value| (name, value.to_owned())));
    changed
}

/// Returns the header and the claims of a token in the compact form of RFC 7515; its signature is not looked at.
pub(crate) fn decode(token: &str) -> Option<[Value; 2]> {
    let mut parts = token.split('.');
    let mut next = || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok();
    Some([next()?, next()?])
}

fn send(request: RequestBuilder) -> Result<Reply> {
    Reply::read(request.send().map_err(failed("a request to sign-in"))?)
}
