//! A sandbox in its own folder, HTTP clients for it, and a browser's part in signing in.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Certificate, Client, Response, StatusCode, redirect};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use url::Url;
use waybill_sandbox::{Options, Ready, Sandbox};

pub(crate) const REDIRECT: &str = "http://127.0.0.1:45871/callback";
pub(crate) const VERIFIER: &str = "a-verifier-of-the-client-that-is-long-enough-for-rfc-7636";

/// A running sandbox and what is needed to talk to it.
pub(crate) struct Bench {
    pub dir: TempDir,
    pub sandbox: Sandbox,
    pub ready: Ready,
    /// Trusts the sandbox's authority, follows no redirect, keeps no cookies.
    pub client: Client,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut options = Options::new(dir.path().join("sandbox"));
        change(&mut options);
        let sandbox = Sandbox::start(options).await.unwrap();
        let ready = sandbox.ready().clone();
        let client = client(&ready);
        Self { dir, sandbox, ready, client }
    }

    pub(crate) fn issuer(&self) -> String {
        format!("{}/realms/tdr", self.ready.addresses.sign_in)
    }

    pub(crate) fn openid(&self, name: &str) -> String {
        format!("{}/protocol/openid-connect/{name}", self.issuer())
    }

    /// Returns the first user's name and password.
    pub(crate) fn first_user(&self) -> (&str, &str) {
        let user = &self.ready.users[0];
        (&user.username, user.password.as_deref().unwrap_or_default())
    }

    /// Returns a call of the control address that must succeed.
    pub(crate) async fn control(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Value {
        let response = self.try_control(method, path, body).await;
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
    }

    pub(crate) async fn try_control(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Response {
        let url = format!("{}{path}", self.ready.control.url);
        let mut request = self.client.request(method, url).bearer_auth(&self.ready.control.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.control(reqwest::Method::POST, path, Some(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.control(reqwest::Method::GET, path, None).await
    }

    pub(crate) async fn advance(&self, seconds: i64) {
        self.post("/clock", json!({"advance_seconds": seconds})).await;
    }

    /// Returns the query of an authorisation request of the client `waybill`.
    pub(crate) fn auth_request() -> Vec<(&'static str, String)> {
        vec![
            ("response_type", "code".to_owned()),
            ("client_id", "waybill".to_owned()),
            ("redirect_uri", REDIRECT.to_owned()),
            ("scope", "openid".to_owned()),
            ("state", "the state".to_owned()),
            ("nonce", "the-nonce".to_owned()),
            ("code_challenge", URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))),
            ("code_challenge_method", "S256".to_owned()),
        ]
    }

    pub(crate) async fn authorise(&self, request: &[(&'static str, String)], cookies: Option<&str>) -> Response {
        let mut call = self.client.get(self.openid("auth")).query(request);
        if let Some(cookies) = cookies {
            call = call.header(COOKIE, cookies);
        }
        call.send().await.unwrap()
    }

    /// Fills in the login form as the first user: where the browser is sent, and its single sign-on cookie.
    pub(crate) async fn log_in(&self, request: &[(&'static str, String)]) -> (Url, String) {
        let (username, password) = self.first_user();
        self.log_in_as(request, username, password).await
    }

    pub(crate) async fn log_in_as(
        &self,
        request: &[(&'static str, String)],
        username: &str,
        password: &str,
    ) -> (Url, String) {
        let form = LoginForm::read(self.authorise(request, None).await).await;
        let response = form.submit(self, username, password).await;
        assert_eq!(response.status(), StatusCode::FOUND);
        let cookies = cookies(response.headers());
        (location(&response), format!("KEYCLOAK_IDENTITY={}", cookies["KEYCLOAK_IDENTITY"]))
    }

    pub(crate) async fn token_call(&self, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let response = self.client.post(self.openid("token")).form(form).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    pub(crate) async fn redeem(&self, code: &str) -> (StatusCode, Value) {
        self.token_call(&[
            ("grant_type", "authorization_code"),
            ("client_id", "waybill"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    pub(crate) async fn refresh(&self, token: &str) -> (StatusCode, Value) {
        self.token_call(&[("grant_type", "refresh_token"), ("client_id", "waybill"), ("refresh_token", token)]).await
    }

    /// Signs the first user in: the token reply.
    pub(crate) async fn tokens(&self) -> Value {
        let (username, password) = self.first_user();
        self.tokens_of(username, password).await
    }

    pub(crate) async fn tokens_of(&self, username: &str, password: &str) -> Value {
        let (url, _) = self.log_in_as(&Self::auth_request(), username, password).await;
        let (status, reply) = self.redeem(&query(&url)["code"]).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
        reply
    }

    /// `GET /cookies` with a token and the website's address as origin.
    pub(crate) async fn cookie_call(&self, access_token: &str) -> Response {
        self.client
            .get(format!("{}/cookies", self.ready.addresses.upload))
            .bearer_auth(access_token)
            .header("origin", &self.ready.addresses.website)
            .send()
            .await
            .unwrap()
    }

    /// Returns the `Cookie` header for the upload domain, and the first user's id.
    pub(crate) async fn upload_cookies(&self) -> (String, String) {
        let tokens = self.tokens().await;
        let access = text(&tokens, "access_token");
        let response = self.cookie_call(access).await;
        assert_eq!(response.status(), StatusCode::OK);
        let pairs: Vec<String> =
            cookies(response.headers()).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        (pairs.join("; "), text(&claims(access), "user_id").to_owned())
    }

    /// `PUT` of an object as TDR's policy wants it.
    pub(crate) fn put(&self, path: &str, cookies: &str, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        self.client
            .put(format!("{}{path}", self.ready.addresses.upload))
            .header(COOKIE, cookies)
            .header("if-none-match", "*")
            .body(body)
    }
}

/// Returns a client that trusts the authority of `ready`.
pub(crate) fn client(ready: &Ready) -> Client {
    builder(ready).build().unwrap()
}

/// As [`client`], but speaking HTTP/1.1 where HTTP/2 is offered.
pub(crate) fn old_client(ready: &Ready) -> Client {
    builder(ready).http1_only().build().unwrap()
}

fn builder(ready: &Ready) -> reqwest::ClientBuilder {
    // Another test, or a sandbox that is a client itself, may have chosen already.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let ca = Certificate::from_pem(&std::fs::read(&ready.ca).unwrap()).unwrap();
    Client::builder().tls_certs_only([ca]).redirect(redirect::Policy::none()).no_proxy()
}

/// The login form, and the cookie that has to come back with it.
pub(crate) struct LoginForm {
    pub action: String,
    pub cookie: String,
}

impl LoginForm {
    pub(crate) async fn read(response: Response) -> Self {
        assert_eq!(response.status(), StatusCode::OK);
        let cookie = cookies(response.headers()).get("AUTH_SESSION_ID").cloned().unwrap_or_default();
        let page = response.text().await.unwrap();
        Self { action: action(&page), cookie: format!("AUTH_SESSION_ID={cookie}") }
    }

    pub(crate) async fn submit(&self, bench: &Bench, username: &str, password: &str) -> Response {
        bench
            .client
            .post(&self.action)
            .header(COOKIE, &self.cookie)
            .form(&[("username", username), ("password", password), ("credentialId", "")])
            .send()
            .await
            .unwrap()
    }
}

pub(crate) fn action(page: &str) -> String {
    let rest = page.split("action=\"").nth(1).unwrap();
    rest.split('"').next().unwrap().replace("&amp;", "&")
}

/// Returns the cookies that a reply sets.
pub(crate) fn cookies(headers: &HeaderMap) -> HashMap<String, String> {
    headers
        .get_all(SET_COOKIE)
        .iter()
        .map(|value| value.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

pub(crate) fn location(response: &Response) -> Url {
    Url::parse(response.headers()[LOCATION].to_str().unwrap()).unwrap()
}

pub(crate) fn query(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

/// Returns the claims of a JWT, unverified.
pub(crate) fn claims(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}
