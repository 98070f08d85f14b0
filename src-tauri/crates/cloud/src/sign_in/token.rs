//! The token endpoint, and ending a session (RFC 6749; facts D4, D5, D7).

use std::time::Duration;

use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use serde::Deserialize;
use url::{Url, form_urlencoded};
use waybill_model::{BodyKind, Now, Person, Refusal, Reply, Role, Secret, Timestamp};

use super::{Provider, Tokens, claims};
use crate::net::{Answer, Miss, Net, Outbound, Outgoing, ReplyTime};

/// Exchanges a refresh token for new tokens. `now` is when they are requested.
///
/// Refused with the OAuth error as code and its description as message. With rotation switched on the old refresh token
/// is used up from here on, and after `NoAnswer` it may be (facts D5): store what comes back before using it. Tokens of
/// another issuer or client, or without a `user_id`, are not a valid response: `Garbled`.
pub async fn refresh(net: &Net, provider: &Provider, refresh: &Secret, now: Now) -> Reply<Tokens> {
    let form =
        [("grant_type", "refresh_token"), ("refresh_token", refresh.reveal()), ("client_id", &net.profile().client_id)];
    let mut granted = request(net, provider, &form).await?;
    // RFC 6749, 6: if no new refresh token is issued, the old one stays valid.
    granted.refresh_token.get_or_insert_with(|| refresh.clone());
    let (access, id) = (&granted.access_token, granted.id_token.as_ref());
    let checked = claims::check_refreshed(net, provider, access, id).and_then(|()| claims::person(access, id));
    let person = checked.map_err(|failure| Miss::garbled(format!("the new tokens cannot be used: {failure}")))?;
    Ok(granted.into_tokens(now, person))
}

/// Ends the session at the service, so that neither the refresh token nor the browser's single sign-on is valid any
/// more.
///
/// Uses Keycloak's own method (facts D7): `POST` with the refresh token, which needs no browser. If the service has no
/// such address, or the tokens include no refresh token, there is nothing to end: `Done`.
pub async fn end_session(net: &Net, provider: &Provider, tokens: &Tokens) -> Reply<()> {
    let (Some(url), Some(refresh)) = (&provider.end_session, &tokens.refresh) else { return Ok(()) };
    let form = [("client_id", net.profile().client_id.as_str()), ("refresh_token", refresh.reveal())];
    let answer = post(net, url.clone(), &form).await?;
    if answer.status.is_success() && answer.kind() != BodyKind::Html {
        Ok(())
    } else {
        Err(oauth_refusal(&answer).into())
    }
}

/// The response of the token endpoint.
#[derive(Deserialize)]
pub(super) struct Granted {
    #[serde(with = "crate::secret_text")]
    pub(super) access_token: Secret,
    token_type: String,
    expires_in: Option<u64>,
    #[serde(default, with = "crate::secret_text::option")]
    refresh_token: Option<Secret>,
    /// 0 for a token without a fixed expiry (facts D3).
    refresh_expires_in: Option<u64>,
    #[serde(default, with = "crate::secret_text::option")]
    pub(super) id_token: Option<Secret>,
    /// The service's time according to the response.
    #[serde(skip)]
    pub(super) at: Option<Timestamp>,
}

impl Granted {
    /// Counts times from when the tokens were requested, so they may seem to expire a little early but never late.
    pub(super) fn into_tokens(self, obtained: Now, person: Person) -> Tokens {
        let after = |seconds: u64| obtained.server + Duration::from_secs(seconds);
        let claimed = |token: &Secret| claims::expiry(token);
        let refresh_expires = match self.refresh_expires_in {
            Some(0) => None,
            Some(seconds) => Some(after(seconds)),
            None => self.refresh_token.as_ref().and_then(claimed),
        };
        // RFC 6749, 5.1 only recommends `expires_in`. Without it the token is used at once, and once only.
        let access_expires =
            self.expires_in.map(after).or_else(|| claimed(&self.access_token)).unwrap_or(obtained.server);
        Tokens {
            access: self.access_token,
            refresh: self.refresh_token,
            id: self.id_token,
            obtained,
            access_expires,
            refresh_expires,
            person,
        }
    }
}

/// Sends a request to the token endpoint.
pub(super) async fn request(net: &Net, provider: &Provider, form: &[(&str, &str)]) -> Reply<Granted> {
    let answer = post(net, provider.token.clone(), form).await?;
    if !answer.status.is_success() || answer.kind() == BodyKind::Html {
        return Err(oauth_refusal(&answer).into());
    }
    match answer.json::<Granted>() {
        Ok(granted) if granted.token_type.eq_ignore_ascii_case("bearer") => {
            answer.is_the_services();
            Ok(Granted { at: answer.server_time(), ..granted })
        }
        Ok(_) => Err(Miss::garbled("the tokens are not bearer tokens").into()),
        // The parser's message may quote the response, which contains tokens.
        Err(_) => Err(Miss::garbled("the answer holds no tokens").into()),
    }
}

/// Reads a reply as tokens, and as an error.
#[cfg(feature = "fuzzing")]
pub(super) fn read_all(answer: &Answer) {
    let _no = oauth_refusal(answer);
    let Ok(granted) = answer.json::<Granted>() else { return };
    let now = Now { server: Timestamp(1_700_000_000_000), steady: waybill_model::Steady::from_second(1) };
    if let Ok(person) = claims::person(&granted.access_token, granted.id_token.as_ref()) {
        let tokens = granted.into_tokens(now, person);
        let shown = format!("{tokens:?}");
        assert!(!shown.contains("eyJ"), "a token is printed");
    }
}

async fn post(net: &Net, url: Url, form: &[(&str, &str)]) -> Result<Answer, Miss> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let headers = HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static("application/json")),
        (CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
        (CONTENT_LENGTH, HeaderValue::from(body.len())),
    ]);
    net.execute(Outbound {
        role: Role::SignIn,
        method: Method::POST,
        url,
        headers,
        body: Outgoing::bytes(body),
        answer_within: net.limits().answer,
        reply: ReplyTime::Short,
        more_time: Duration::ZERO,
        longest_answer: 1 << 20,
    })
    .await
}

#[derive(Deserialize)]
struct OAuthError {
    error: String,
    error_description: Option<String>,
}

/// RFC 6749, 5.2.
fn oauth_refusal(answer: &Answer) -> Refusal {
    match serde_json::from_slice::<OAuthError>(&answer.body) {
        Ok(OAuthError { error, error_description }) => {
            answer.is_the_services();
            answer.refusal(Some(error), error_description)
        }
        Err(_) => answer.refusal(None, answer.text()),
    }
}
