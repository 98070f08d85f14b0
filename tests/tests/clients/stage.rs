//! A sandbox, a signed-in person, and requests to its upload domain.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use url::Url;
use waybill_system_tests::{Error, Result, Sandbox};

/// Nobody goes there: the code is read from where the redirect leads.
const REDIRECT: &str = "http://127.0.0.1/callback";
const PKCE_VERIFIER: &str = "a-verifier-of-the-tests-of-other-clients-long-enough-for-rfc-7636";

/// A running sandbox and its first user.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
    /// The first user's id.
    pub(crate) user: String,
    /// A consignment of theirs.
    pub(crate) consignment: String,
    /// Last, so that it goes after the process that uses it.
    dir: TempDir,
}

impl Stage {
    /// Starts a sandbox with these options.
    pub(crate) fn start(options: &[String]) -> Result<Self> {
        Self::start_in(temporary()?, options)
    }

    /// The same with a folder that may hold something already, such as keys.
    pub(crate) fn start_in(dir: TempDir, options: &[String]) -> Result<Self> {
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let sandbox = Sandbox::start(dir.path().join("sandbox"), &options)?;
        let client = client(&sandbox, Ipv4Addr::LOCALHOST)?;
        let consignment = sandbox.consignment("ready", 0)?.id.clone();
        let user = sandbox.control().consignment(&consignment)?.user_id;
        Ok(Self { sandbox, client, user, consignment, dir })
    }

    /// Returns a folder that goes with the stage.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Returns the upload domain.
    pub(crate) fn upload(&self) -> &str {
        &self.sandbox.addresses().upload
    }

    /// Returns the prefix that the first user may write to.
    pub(crate) fn prefix(&self) -> String {
        format!("{}/{}", self.user, self.consignment)
    }

    /// Signs the first user in by hand and returns an access token.
    pub(crate) fn token(&self) -> Result<String> {
        let realm = format!("{}/realms/tdr/protocol/openid-connect", self.sandbox.addresses().sign_in);
        let account = self.sandbox.first_user()?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(PKCE_VERIFIER));
        let mut address = Url::parse(&format!("{realm}/auth")).map_err(|error| Error::unexpected(error.to_string()))?;
        address.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", "waybill"),
            ("redirect_uri", REDIRECT),
            ("scope", "openid"),
            ("state", "clients"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
        let page = sent(self.client.get(address))?;
        let session = set_cookies(&page).join("; ");
        let page = page.text().map_err(failed("the sign-in page"))?;
        let action = page.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        let form = [("username", account.username.as_str()), ("password", account.password.as_str())];
        let back = sent(self.client.post(action.replace("&amp;", "&")).header(COOKIE, session).form(&form))?;
        let back = back.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let back = Url::parse(back).map_err(|error| Error::unexpected(format!("signing in led nowhere: {error}")))?;
        let code = back.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "waybill"),
            ("code", code.as_deref().unwrap_or_default()),
            ("redirect_uri", REDIRECT),
            ("code_verifier", PKCE_VERIFIER),
        ];
        let tokens = sent(self.client.post(format!("{realm}/token")).form(&form))?;
        let tokens: serde_json::Value = tokens.json().map_err(failed("the tokens"))?;
        let token = tokens["access_token"].as_str().ok_or_else(|| Error::unexpected("no access token was given"))?;
        Ok(token.to_owned())
    }

    /// Returns the reply of the sandbox's own signer.
    pub(crate) fn ask_for_cookies(&self, token: &str) -> Result<Response> {
        let request = self.client.get(format!("{}/cookies", self.upload())).bearer_auth(token);
        sent(request.header(ORIGIN, &self.sandbox.addresses().website))
    }

    /// Returns the cookies that the sandbox's own signer gives to the first user, as one header.
    pub(crate) fn cookies(&self) -> Result<String> {
        let cookies = set_cookies(&self.ask_for_cookies(&self.token()?)?);
        if cookies.len() == 3 { Ok(cookies.join("; ")) } else { Err(Error::unexpected("not three cookies were given")) }
    }
}

/// Returns a new temporary folder.
pub(crate) fn temporary() -> Result<TempDir> {
    tempfile::tempdir().map_err(|source| Error::Io { path: std::env::temp_dir(), source })
}

/// Returns a client that trusts the sandbox, follows nothing, uses no proxy and sends from this address.
pub(crate) fn client(sandbox: &Sandbox, from: Ipv4Addr) -> Result<Client> {
    // Another thread may have chosen already, which is as good.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let pem = std::fs::read(sandbox.ca()).map_err(|source| Error::Io { path: sandbox.ca().to_owned(), source })?;
    let ca = reqwest::Certificate::from_pem(&pem).map_err(failed("the sandbox's authority"))?;
    let builder = Client::builder().tls_certs_only([ca]).redirect(Policy::none()).no_proxy();
    let builder = builder.local_address(IpAddr::from(from)).timeout(Duration::from_secs(120));
    builder.build().map_err(failed("building a client"))
}

/// Sends a request.
pub(crate) fn sent(request: RequestBuilder) -> Result<Response> {
    request.send().map_err(failed("a request to the sandbox"))
}

/// For `map_err` on a request.
pub(crate) fn failed(what: &'static str) -> impl FnOnce(reqwest::Error) -> Error {
    move |source| Error::Http { what: what.to_owned(), source: source.without_url() }
}

/// `NAME=VALUE` of each cookie that a reply sets.
pub(crate) fn set_cookies(response: &Response) -> Vec<String> {
    let values = response.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    values.filter_map(|value| value.split(';').next()).map(str::to_owned).collect()
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// An answer of the upload domain in so far as it tells who refused and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The code in an XML body.
    pub(crate) code: Option<String>,
    /// Whether the body has a request id: then it is the store's, else the edge's.
    pub(crate) is_of_store: bool,
}

impl Answer {
    /// Reads a reply to its end.
    pub(crate) fn read(response: Response) -> Result<Self> {
        let status = response.status().as_u16();
        let body = response.text().map_err(failed("a reply of the upload domain"))?;
        Ok(Self::of(status, &body))
    }

    /// The same of what another client received.
    pub(crate) fn of(status: u16, body: &str) -> Self {
        let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        let is_of_store = status < 400 || body.contains("<RequestId>");
        Self { status, code: code.map(|(code, _)| code.to_owned()), is_of_store }
    }

    /// A refusal of the edge.
    pub(crate) fn edge(code: &str) -> Self {
        Self { status: 403, code: Some(code.to_owned()), is_of_store: false }
    }

    /// A refusal of the store.
    pub(crate) fn store(status: u16, code: &str) -> Self {
        Self { status, code: Some(code.to_owned()), is_of_store: true }
    }
}
