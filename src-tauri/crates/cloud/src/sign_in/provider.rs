//! Keycloak's addresses and keys, from its own discovery document (OpenID Connect Discovery 1.0; facts D2).

use std::time::Duration;

use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue, Method};
use openidconnect::core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;
use waybill_model::{BodyKind, Code, LocalFault, Reply, Role, SafeUrl, ServiceProfile};

use crate::net::{Answer, Net, Outbound, Outgoing, ReplyTime, same_origin};

/// A service's sign-in provider, as it describes itself.
#[derive(Clone, Debug)]
pub struct Provider {
    pub(super) issuer: String,
    pub(super) authorization: Url,
    pub(super) token: Url,
    pub(super) end_session: Option<Url>,
    pub(super) keys_url: Url,
    pub(super) keys: CoreJsonWebKeySet,
    pub(super) algorithms: Vec<CoreJwsSigningAlgorithm>,
    pub(super) promises_issuer: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    end_session_endpoint: Option<Url>,
    #[serde(default)]
    id_token_signing_alg_values_supported: Vec<serde_json::Value>,
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Reads the discovery document, then the keys.
///
/// `NotSent` with [`Code::SignInUnusable`] if the document names an address outside the issuer's scheme, host and port
/// (nothing is sent there), belongs to another issuer, or does not offer S256.
pub async fn discover(net: &Net) -> Reply<Provider> {
    let document = get::<Document>(net, discovery_url(net.profile())).await?;
    check(&document, &net.profile().issuer)?;
    let keys = keys(net, document.jwks_uri.clone()).await?;
    Ok(Provider {
        issuer: document.issuer,
        authorization: document.authorization_endpoint,
        token: document.token_endpoint,
        end_session: document.end_session_endpoint,
        keys_url: document.jwks_uri,
        keys,
        algorithms: document
            .id_token_signing_alg_values_supported
            .into_iter()
            .filter_map(|name| serde_json::from_value(name).ok())
            .filter(is_asymmetric)
            .collect(),
        promises_issuer: document.authorization_response_iss_parameter_supported,
    })
}

/// Returns the address of the discovery document.
pub(crate) fn discovery_url(profile: &ServiceProfile) -> Url {
    let mut url = profile.issuer.clone();
    url.set_path(&format!("{}/.well-known/openid-configuration", url.path().trim_end_matches('/')));
    url
}

/// Returns the issuer that a response names, read as a discovery document.
pub(crate) fn issuer_of(answer: &Answer) -> Option<String> {
    #[derive(Deserialize)]
    struct Issuer {
        issuer: String,
    }
    Some(answer.json::<Issuer>().ok()?.issuer)
}

/// Returns whether a document of that issuer belongs to this address.
pub(crate) fn same_issuer(named: &str, issuer: &Url) -> bool {
    let bare = |text: &str| text.trim_end_matches('/').to_owned();
    bare(named) == bare(issuer.as_str())
}

/// Fetches the issuer's current signing keys.
pub(super) async fn keys(net: &Net, url: Url) -> Reply<CoreJsonWebKeySet> {
    get(net, url).await
}

/// A public client shares no secret, so a signature that needs one proves nothing.
fn is_asymmetric(algorithm: &CoreJwsSigningAlgorithm) -> bool {
    let symmetric = [
        CoreJwsSigningAlgorithm::HmacSha256,
        CoreJwsSigningAlgorithm::HmacSha384,
        CoreJwsSigningAlgorithm::HmacSha512,
        CoreJwsSigningAlgorithm::None,
    ];
    !symmetric.contains(algorithm)
}

fn check(document: &Document, issuer: &Url) -> Result<(), LocalFault> {
    if !same_issuer(&document.issuer, issuer) {
        let what = format!("the sign-in address calls itself {}", crate::net::shorten(&document.issuer));
        return Err(LocalFault::Impossible(Code::SignInUnusable, what));
    }
    let addresses = [&document.authorization_endpoint, &document.token_endpoint, &document.jwks_uri];
    for address in addresses.into_iter().chain(&document.end_session_endpoint) {
        if !same_origin(address, issuer) {
            let what = format!("the sign-in address names {}", SafeUrl(address.clone()));
            return Err(LocalFault::Impossible(Code::SignInUnusable, what));
        }
    }
    match &document.code_challenge_methods_supported {
        Some(methods) if !methods.iter().any(|method| method == "S256") => {
            Err(LocalFault::Impossible(Code::SignInUnusable, "the sign-in address knows no PKCE with S256".to_owned()))
        }
        Some(_) | None => Ok(()),
    }
}

/// Reads a reply as the description of a provider and as its keys.
#[cfg(feature = "fuzzing")]
pub(super) fn read_all(answer: &Answer) {
    if let (Ok(document), Ok(issuer)) = (answer.json::<Document>(), Url::parse("https://auth.example/realms/tdr"))
        && check(&document, &issuer).is_ok()
    {
        for address in [&document.authorization_endpoint, &document.token_endpoint, &document.jwks_uri] {
            assert!(same_origin(address, &issuer), "an address elsewhere was taken: {address}");
        }
    }
    let _keys = answer.json::<CoreJsonWebKeySet>();
    let _named = issuer_of(answer);
}

async fn get<T: DeserializeOwned>(net: &Net, url: Url) -> Reply<T> {
    let outbound = Outbound {
        role: Role::SignIn,
        method: Method::GET,
        url,
        headers: HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]),
        body: Outgoing::empty(),
        answer_within: net.limits().answer,
        reply: ReplyTime::Short,
        more_time: Duration::ZERO,
        longest_answer: 1 << 20,
    };
    let answer = net.execute(outbound).await?;
    if !answer.status.is_success() || answer.kind() == BodyKind::Html {
        return Err(answer.refusal(None, answer.text()).into());
    }
    let found = answer.json()?;
    answer.is_the_services();
    Ok(found)
}
