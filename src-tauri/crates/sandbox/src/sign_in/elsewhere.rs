//! A real realm in place of the sandbox's own: people sign in there, and the API, the cookie signer and the website
//! accept the tokens that it signs.
//!
//! Owner of the realm's public keys. They are fetched when the sandbox starts, and again when a token names a key that
//! is not among them, as happens after a rotation; nothing of it outlives the process.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use jsonwebtoken::{DecodingKey, decode_header};
use parking_lot::RwLock;
use reqwest::Client;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use crate::options;

/// Between two looks for a key that is not there: tokens with invented keys shall not become requests.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the realm may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// The realm.
pub(crate) struct Elsewhere {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    website_secret: String,
    client: Client,
    keys: RwLock<HashMap<String, DecodingKey>>,
    looked: Mutex<Instant>,
}

/// Why a realm cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// The address is invalid, or is plain http to another computer.
    #[error("it has to be https, or http on this computer")]
    Address,
    /// It did not answer as OpenID Connect Discovery 1.0 and RFC 7517 have it.
    #[error("{document} could not be read: {reason}")]
    Unreadable {
        /// Which document.
        document: &'static str,
        /// What was wrong.
        reason: String,
    },
    /// The realm calls itself otherwise, so that its tokens would not be believed.
    #[error("it calls itself {0}, which has to be given exactly")]
    OtherName(String),
    /// None of its keys can verify a token.
    #[error("it has no key that signs with RS256")]
    NoKeys,
}

#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Certs {
    keys: Vec<Jwk>,
}

/// A key of RFC 7517, as far as it is looked at.
#[derive(Deserialize)]
struct Jwk {
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl fmt::Debug for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Elsewhere").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Elsewhere {
    /// Reads a realm's description and its keys.
    ///
    /// # Errors
    /// It does not answer, or its tokens cannot be verified.
    pub(crate) async fn find(realm: &options::SignIn) -> Result<Self, Unusable> {
        let issuer = realm.issuer.trim_end_matches('/').to_owned();
        if !is_allowed(&issuer) {
            return Err(Unusable::Address);
        }
        // Whoever embeds the sandbox may have chosen already, which is fine.
        let _chosen = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).build();
        let client = client.map_err(|error| unreadable("nothing")(&error))?;
        let found: Configuration =
            fetch(&client, &format!("{issuer}/.well-known/openid-configuration"), "its description").await?;
        if found.issuer != issuer {
            return Err(Unusable::OtherName(found.issuer));
        }
        let keys = fetch_keys(&client, &found.jwks_uri).await?;
        if keys.is_empty() {
            return Err(Unusable::NoKeys);
        }
        Ok(Self {
            issuer,
            authorization_endpoint: found.authorization_endpoint,
            token_endpoint: found.token_endpoint,
            jwks_uri: found.jwks_uri,
            website_secret: realm.website_secret.clone(),
            client,
            keys: RwLock::new(keys),
            looked: Mutex::new(Instant::now()),
        })
    }

    /// Returns the issuer, without a slash at the end.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns where browsers are sent to sign in.
    pub(super) fn authorization_endpoint(&self) -> &str {
        &self.authorization_endpoint
    }

    /// Returns the address in front of the realm, as the sandbox's own sign-in address would be.
    pub(crate) fn address(&self) -> &str {
        self.issuer.split_once("/realms/").map_or(&self.issuer, |(address, _)| address)
    }

    /// Returns the public key of this id.
    pub(super) fn key(&self, id: &str) -> Option<DecodingKey> {
        self.keys.read().get(id).cloned()
    }

    /// Fetches the key that a token names, if it is unknown. If the realm does not answer, it stays unknown.
    pub(super) async fn look_for_key_of(&self, token: &str) {
        let Some(id) = decode_header(token).ok().and_then(|header| header.kid) else { return };
        if self.key(&id).is_some() {
            return;
        }
        let mut looked = self.looked.lock().await;
        if self.key(&id).is_some() || looked.elapsed() < PAUSE {
            return;
        }
        match fetch_keys(&self.client, &self.jwks_uri).await {
            Ok(keys) => *self.keys.write() = keys,
            Err(error) => tracing::warn!(%error, issuer = self.issuer, "the realm's keys could not be fetched again"),
        }
        *looked = Instant::now();
    }

    /// Exchanges a code that `client` was called back with at `callback` for an access token.
    pub(super) async fn exchange(&self, client: &str, callback: &str, code: &str) -> Option<String> {
        #[derive(Deserialize)]
        struct Reply {
            access_token: String,
        }
        let form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", callback)];
        let request = self.client.post(&self.token_endpoint).basic_auth(client, Some(&self.website_secret));
        let reply = match request.form(&form).send().await {
            Ok(reply) => reply,
            Err(error) => {
                tracing::warn!(error = %error.without_url(), "the realm did not answer the website");
                return None;
            }
        };
        let status = reply.status();
        let body = reply.bytes().await.ok()?;
        if !status.is_success() {
            tracing::warn!(%status, reason = %String::from_utf8_lossy(&body), "the realm refused the website's code");
            return None;
        }
        serde_json::from_slice::<Reply>(&body).ok().map(|reply| reply.access_token)
    }
}

fn is_allowed(issuer: &str) -> bool {
    let Ok(url) = Url::parse(issuer) else { return false };
    let is_here = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

async fn fetch_keys(client: &Client, address: &str) -> Result<HashMap<String, DecodingKey>, Unusable> {
    let certs: Certs = fetch(client, address, "its keys").await?;
    let signing = certs
        .keys
        .into_iter()
        .filter(|key| key.alg.as_deref() == Some("RS256") && key.usage.as_deref().is_none_or(|usage| usage == "sig"));
    let mut keys = HashMap::new();
    for key in signing {
        if let (Some(id), Some(n), Some(e)) = (key.kid, key.n, key.e) {
            let key = DecodingKey::from_rsa_components(&n, &e).map_err(|error| unreadable("its keys")(&error))?;
            keys.insert(id, key);
        }
    }
    Ok(keys)
}

async fn fetch<T: serde::de::DeserializeOwned>(
    client: &Client,
    address: &str,
    document: &'static str,
) -> Result<T, Unusable> {
    let reply = client.get(address).send().await.map_err(|error| unreadable(document)(&error.without_url()))?;
    let reply = reply.error_for_status().map_err(|error| unreadable(document)(&error.without_url()))?;
    reply.json().await.map_err(|error| unreadable(document)(&error.without_url()))
}

/// Returns an error with its causes, which give the reason.
fn unreadable(document: &'static str) -> impl Fn(&dyn std::error::Error) -> Unusable {
    move |error| {
        let causes = std::iter::successors(Some(error), |error| error.source());
        let reason = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
        Unusable::Unreadable { document, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_computer_only() {
        for good in
            ["http://127.0.0.1:8080/realms/tdr", "http://localhost/realms/tdr", "https://auth.example/realms/tdr"]
        {
            assert!(is_allowed(good), "{good}");
        }
        for bad in
            ["http://auth.example/realms/tdr", "http://127.0.0.1.example/realms/tdr", "ftp://127.0.0.1/", "tdr", ""]
        {
            assert!(!is_allowed(bad), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_realm_that_does_not_answer_is_named_with_the_reason() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}/realms/tdr", taken.local_addr().unwrap());
        drop(taken);
        let realm = options::SignIn { issuer, website_secret: String::new() };
        let error = Elsewhere::find(&realm).await.unwrap_err().to_string();
        assert!(error.starts_with("its description could not be read: "), "{error}");
        assert!(error.contains("refused"), "{error}");
    }
}
