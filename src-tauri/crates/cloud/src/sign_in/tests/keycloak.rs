//! A small Keycloak that signs tokens without using the code under test, so that the two cannot share a mistake.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::sha2::{Digest as _, Sha256};
use rsa::traits::PublicKeyParts as _;
use rsa::{RsaPrivateKey, rand_core::OsRng};
use serde_json::{Value, json};
use tokio::sync::Notify;
use url::Url;
use waybill_model::{Now, Role, Steady, Timestamp};

use crate::Net;
use crate::testing::{Act, Recorded, Server, net, response};

pub(super) const USER: &str = "7f9fbd5a-0000-4000-8000-00000000000a";
/// The service's time in these tests.
pub(super) const NOW: Now = Now { server: Timestamp(1_700_000_000_000), steady: Steady::from_second(1_000) };

static KEYS: LazyLock<[RsaPrivateKey; 2]> =
    LazyLock::new(|| std::array::from_fn(|_| RsaPrivateKey::new(&mut OsRng, 2_048).unwrap()));

/// What this Keycloak does wrong.
#[derive(Clone, Default)]
pub(super) struct Faults {
    pub(super) nonce: Option<&'static str>,
    pub(super) audience: Option<&'static str>,
    pub(super) token_issuer: Option<&'static str>,
    pub(super) expired: bool,
    pub(super) forged: bool,
    pub(super) other_access_token: bool,
    pub(super) no_id_token: bool,
    pub(super) unknown_key: bool,
    pub(super) no_user_id: bool,
    pub(super) no_new_refresh_token: bool,
    pub(super) textual_flags: bool,
    pub(super) token_answer: Option<Act>,
    pub(super) token_waits: Option<Arc<Notify>>,
    pub(super) issuer: Option<&'static str>,
    pub(super) token_endpoint: Option<&'static str>,
    pub(super) plain_pkce_only: bool,
    pub(super) discovery_is_a_page: bool,
    pub(super) promises_no_issuer: bool,
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named = (self.nonce, self.audience, self.token_issuer, self.expired, self.forged);
        write!(f, "{named:?} {:?}", (self.other_access_token, self.no_id_token, self.unknown_key))
    }
}

pub(super) struct Keycloak {
    server: Server,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// Maps a code to its nonce, challenge and redirect address.
    codes: Mutex<HashMap<String, (String, String, String)>>,
    refreshes: Mutex<u32>,
    key: Mutex<usize>,
    token_asked: Notify,
    faults: Faults,
}

impl Keycloak {
    pub(super) async fn start(faults: Faults) -> Self {
        let state = Arc::new(State { faults, ..State::default() });
        let shared = Arc::clone(&state);
        let server = Server::start(move |request| shared.handle(request)).await;
        Self { server, state }
    }

    pub(super) fn net(&self) -> Net {
        net(&[(Role::SignIn, &self.server.url)])
    }

    pub(super) fn issuer(&self) -> String {
        issuer(&self.server.url)
    }

    pub(super) fn issue_code(&self, nonce: &str, challenge: &str, redirect: &str) -> String {
        let mut codes = self.state.codes.lock().unwrap();
        let code = format!("code-{}", codes.len());
        codes.insert(code.clone(), (nonce.to_owned(), challenge.to_owned(), redirect.to_owned()));
        code
    }

    pub(super) fn rotate_keys(&self) {
        *self.state.key.lock().unwrap() = 1;
    }

    /// Completes when the token endpoint is first asked.
    pub(super) async fn token_asked(&self) {
        self.state.token_asked.notified().await;
    }

    pub(super) fn token_requests(&self) -> Vec<Recorded> {
        self.requests("/token")
    }

    pub(super) fn logout_requests(&self) -> Vec<Recorded> {
        self.requests("/logout")
    }

    fn requests(&self, end: &str) -> Vec<Recorded> {
        self.server.requests().into_iter().filter(|request| request.target.ends_with(end)).collect()
    }
}

fn issuer(server: &Url) -> String {
    format!("{}realms/tdr", server.as_str())
}

impl State {
    fn handle(&self, request: &Recorded) -> Act {
        let server = Url::parse(&format!("http://{}", request.header("host").unwrap())).unwrap();
        let issuer = issuer(&server);
        let path = request.target.strip_prefix("/realms/tdr").unwrap();
        match path {
            "/.well-known/openid-configuration" if self.faults.discovery_is_a_page => Act::html("200 OK"),
            "/.well-known/openid-configuration" => Act::json(&self.discovery(&issuer)),
            "/protocol/openid-connect/certs" => Act::json(&self.keys()),
            "/protocol/openid-connect/token" => self.token(request, &issuer),
            "/protocol/openid-connect/logout" => Act::respond("204 No Content", &[], ""),
            other => panic!("{other}"),
        }
    }

    fn discovery(&self, issuer: &str) -> Value {
        let end = |name: &str| format!("{issuer}/protocol/openid-connect/{name}");
        let methods = if self.faults.plain_pkce_only { json!(["plain"]) } else { json!(["plain", "S256"]) };
        json!({
            "issuer": self.faults.issuer.unwrap_or(issuer),
            "authorization_endpoint": end("auth"),
            "token_endpoint": self.faults.token_endpoint.map_or_else(|| end("token"), str::to_owned),
            "jwks_uri": end("certs"),
            "end_session_endpoint": end("logout"),
            "id_token_signing_alg_values_supported": ["PS384", "RS256", "HS256", "none", "newer"],
            "code_challenge_methods_supported": methods,
            "authorization_response_iss_parameter_supported": !self.faults.promises_no_issuer,
        })
    }

    fn keys(&self) -> Value {
        let current = *self.key.lock().unwrap();
        let key = &KEYS[current];
        let number = |value: &rsa::BigUint| URL_SAFE_NO_PAD.encode(value.to_bytes_be());
        let encryption = json!({ "kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": "e", "n": number(key.n()), "e": number(key.e()) });
        let signing = json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": format!("k{current}"), "n": number(key.n()), "e": number(key.e()) });
        json!({ "keys": [encryption, signing] })
    }

    fn token(&self, request: &Recorded, issuer: &str) -> Act {
        self.token_asked.notify_one();
        if let Some(act) = &self.faults.token_answer {
            return act.clone();
        }
        if let Some(gate) = &self.faults.token_waits {
            // The nonce of the only code: the body has not been read yet.
            let nonce = self.codes.lock().unwrap().values().next().unwrap().0.clone();
            let body = self.granted(issuer, Some(&nonce), 1).to_string();
            return Act::WaitFor(Arc::clone(gate), response("200 OK", &[], &body));
        }
        match request.form("grant_type").as_deref() {
            None => Act::ReadFirst,
            Some("authorization_code") => self.redeem(request, issuer),
            Some("refresh_token") => self.refreshed(request, issuer),
            Some(other) => panic!("{other}"),
        }
    }

    fn redeem(&self, request: &Recorded, issuer: &str) -> Act {
        let code = request.form("code").unwrap();
        let (nonce, challenge, redirect) = self.codes.lock().unwrap().remove(&code).unwrap();
        let verifier = request.form("code_verifier").unwrap();
        assert!((43..=128).contains(&verifier.len()));
        if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != challenge {
            let no = "{\"error\":\"invalid_grant\",\"error_description\":\"PKCE verification failed: Code mismatch\"}";
            return Act::respond("400 Bad Request", &[], no);
        }
        assert_eq!(request.form("redirect_uri"), Some(redirect));
        assert_eq!(request.form("client_id").as_deref(), Some("waybill"));
        Act::json(&self.granted(issuer, Some(&nonce), 1))
    }

    /// Rotation is on: each refresh token is valid once.
    fn refreshed(&self, request: &Recorded, issuer: &str) -> Act {
        let mut refreshes = self.refreshes.lock().unwrap();
        *refreshes += 1;
        if request.form("refresh_token") != Some(format!("refresh-{refreshes}")) {
            let no = "{\"error\":\"invalid_grant\",\"error_description\":\"Stale token\"}";
            return Act::respond("400 Bad Request", &[], no);
        }
        Act::json(&self.granted(issuer, None, *refreshes + 1))
    }

    fn granted(&self, issuer: &str, nonce: Option<&str>, number: u32) -> Value {
        let seconds = NOW.server.0 / 1_000;
        let flag = |value: bool| if self.faults.textual_flags { json!(value.to_string()) } else { json!(value) };
        let mut access = json!({
            "iss": issuer, "exp": seconds + 300, "iat": seconds, "aud": "tdr-fe", "azp": "waybill", "sub": USER,
            "user_id": USER, "name": "Olga Example", "email": "olga@example.org", "body": "MOCK1",
            "standard_user": flag(true), "judgment_user": flag(false),
        });
        if self.faults.no_user_id {
            access.as_object_mut().unwrap().remove("user_id");
        }
        let access = self.sign(&access);
        let hashed = if self.faults.other_access_token { "another".to_owned() } else { access.clone() };
        let hash = Sha256::digest(hashed);
        let mut id = json!({
            "iss": self.faults.token_issuer.unwrap_or(issuer),
            "aud": self.faults.audience.unwrap_or("waybill"),
            "exp": if self.faults.expired { seconds - 1 } else { seconds + 300 },
            "iat": seconds, "sub": USER, "at_hash": URL_SAFE_NO_PAD.encode(&hash[..16]),
        });
        if let Some(nonce) = nonce {
            id["nonce"] = json!(self.faults.nonce.unwrap_or(nonce));
        }
        let mut granted = json!({
            "access_token": access, "expires_in": 300, "refresh_expires_in": 3_600,
            "refresh_token": format!("refresh-{number}"), "token_type": "Bearer", "id_token": self.sign(&id),
            "not-before-policy": 0, "session_state": "s", "scope": "openid profile email",
        });
        if self.faults.no_new_refresh_token {
            granted.as_object_mut().unwrap().remove("refresh_token");
        }
        if self.faults.no_id_token {
            granted.as_object_mut().unwrap().remove("id_token");
        }
        granted
    }

    /// Returns a JWT (RFC 7519) signed with RS256 (RFC 7518, 3.3).
    fn sign(&self, claims: &Value) -> String {
        let current = *self.key.lock().unwrap();
        let kid = if self.faults.unknown_key { "k9".to_owned() } else { format!("k{current}") };
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": kid });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", encode(&header), encode(claims));
        let key = &KEYS[if self.faults.forged { 1 - current } else { current }];
        let signature = key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(&text)).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
