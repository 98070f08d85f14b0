//! A bucket behind the sandbox's edge, as a signed-in person sees it.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::blocking::{Client, Response};
use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use url::Url;
use waybill_system_tests::{Error, Result, Sandbox};

use crate::store::{Proof, Store};

/// Any address on loopback will do: nothing connects to it.
const REDIRECT: &str = "http://127.0.0.1/callback";
const VERIFIER: &str = "a-verifier-of-the-conformance-suite-long-enough-for-rfc-7636";

/// A sandbox and the first user's cookies.
pub(crate) struct Edge {
    pub(crate) store: Store,
    pub(crate) sandbox: Sandbox,
    /// Last, so that it goes after the process that uses it.
    _dir: TempDir,
}

impl Edge {
    /// Starts a sandbox with these options and signs in.
    pub(crate) fn start(options: &[&str]) -> Result<Self> {
        let dir = tempfile::tempdir().map_err(|source| Error::Io { path: std::env::temp_dir(), source })?;
        let sandbox = Sandbox::start(dir.path().join("sandbox"), options)?;
        let client = client(&sandbox)?;
        let header = cookies(&client, &sandbox)?;
        let owner = sandbox.control().consignment(&sandbox.consignment("ready", 0)?.id)?.user_id;
        let proof = Proof::Cookies { header, control: sandbox.control().clone() };
        let base = sandbox.addresses().upload.clone();
        let ca = Some(sandbox.ca().to_owned());
        let store = Store::new(base, client, proof, format!("{owner}/conformance"), ca);
        Ok(Self { store, sandbox, _dir: dir })
    }

    /// Takes new cookies, as one has to when the clock was moved.
    pub(crate) fn renew_cookies(&mut self) -> Result<()> {
        let header = cookies(&self.store.client, &self.sandbox)?;
        self.store.proof = Proof::Cookies { header, control: self.sandbox.control().clone() };
        Ok(())
    }
}

fn client(sandbox: &Sandbox) -> Result<Client> {
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let pem = std::fs::read(sandbox.ca()).map_err(|source| Error::Io { path: sandbox.ca().to_owned(), source })?;
    let failed = |source| Error::Http { what: "building a client".to_owned(), source };
    let ca = reqwest::Certificate::from_pem(&pem).map_err(failed)?;
    Client::builder()
        .tls_certs_only([ca])
        .redirect(Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(120))
        .build()
        .map_err(failed)
}

/// Signs the first user in, by hand, and asks for the upload domain's cookies.
fn cookies(client: &Client, sandbox: &Sandbox) -> Result<String> {
    let issuer = format!("{}/realms/tdr/protocol/openid-connect", sandbox.addresses().sign_in);
    let account = sandbox.first_user()?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let mut address = Url::parse(&format!("{issuer}/auth")).map_err(|error| Error::unexpected(error.to_string()))?;
    address.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", "waybill"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid"),
        ("state", "conformance"),
        ("nonce", "conformance"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ]);
    let page = sent(client.get(address))?;
    let session = set_cookies(&page);
    let page = page.text().map_err(|source| Error::Http { what: "the sign-in page".to_owned(), source })?;
    let action = page.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let fields = [("username", account.username.as_str()), ("password", account.password.as_str())];
    let signed_in = sent(client.post(action.replace("&amp;", "&")).header(COOKIE, joined(&session)).form(&fields))?;
    let back = signed_in.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let back = Url::parse(back).map_err(|error| Error::unexpected(format!("signing in led nowhere: {error}")))?;
    let query: HashMap<String, String> = back.query_pairs().into_owned().collect();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "waybill"),
        ("code", query.get("code").map_or("", String::as_str)),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let tokens: serde_json::Value = sent(client.post(format!("{issuer}/token")).form(&form))?
        .json()
        .map_err(|source| Error::Http { what: "the token reply".to_owned(), source })?;
    let token = tokens["access_token"].as_str().ok_or_else(|| Error::unexpected("no access token was given"))?;
    let addresses = sandbox.addresses();
    let given = sent(
        client.get(format!("{}/cookies", addresses.upload)).bearer_auth(token).header(ORIGIN, &addresses.website),
    )?;
    let cookies = set_cookies(&given);
    if cookies.len() == 3 { Ok(joined(&cookies)) } else { Err(Error::unexpected("not three cookies were given")) }
}

fn sent(request: reqwest::blocking::RequestBuilder) -> Result<Response> {
    request.send().map_err(|source| Error::Http { what: "signing in".to_owned(), source: source.without_url() })
}

fn set_cookies(response: &Response) -> Vec<String> {
    let values = response.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    values.filter_map(|value| value.split(';').next()).map(str::to_owned).collect()
}

fn joined(cookies: &[String]) -> String {
    cookies.join("; ")
}
