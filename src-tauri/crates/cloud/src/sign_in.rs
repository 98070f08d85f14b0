//! Signing in with the system's browser: authorization code with PKCE over a loopback redirect (RFC 8252, RFC 7636,
//! OpenID Connect Core; Keycloak: facts D3 to D9).
//!
//! A sign-in belongs to one browser tab: only the response with its `state` counts, only the first, and only from the
//! issuer that was asked (RFC 9207). Nothing is stored here; after a crash during sign-in the person signs in again.

mod claims;
mod loopback;
mod page;
mod provider;
mod token;

use std::time::Duration;

use openidconnect::core::{CoreAuthenticationFlow, CoreClient};
use openidconnect::{
    AuthUrl, ClientId, CsrfToken, IssuerUrl, JsonWebKeySet, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
};
use tokio::time::Instant;
use url::Url;
use waybill_model::{Code, Failure, LocalFault, NotDone, Now, Person, Refusal, Role, Secret, Timestamp};

pub use self::provider::{Provider, discover};
pub(crate) use self::provider::{discovery_url, issuer_of, same_issuer};
pub use self::token::{end_session, refresh};

use self::loopback::{Callback, Loopback};
use self::page::Page;
use crate::net::Net;

/// How often an expired sign-in page is opened again (facts D3: `authentication_expired`).
const NEW_STARTS: u8 = 3;

/// The result of a sign-in or a refresh. Times are server time, as accurate as the given clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// The access token, sent with every request.
    pub access: Secret,
    /// The refresh token, which gets the next tokens. It may be valid only once, so only the newest is kept.
    pub refresh: Option<Secret>,
    /// The ID token, used to end the session.
    pub id: Option<Secret>,
    /// When the tokens were requested.
    pub obtained: Now,
    /// When the access token expires.
    pub access_expires: Timestamp,
    /// When the refresh token expires; `None` if it has no fixed expiry.
    pub refresh_expires: Option<Timestamp>,
    /// The person that the tokens belong to.
    pub person: Person,
}

/// Signs a person in.
///
/// `now` returns server time. `on_url` receives the address that the browser must open, once the response can be
/// received. Ends after `time_limit`, or when `cancel` completes.
///
/// # Errors
/// [`Code::SignInRefused`] if the page refused; [`Code::SignInAbandoned`] if time ran out or the sign-in was cancelled;
/// [`Code::SignInMismatch`] if the response is from another issuer, or its ID token is not for this sign-in;
/// [`Code::SignInNoPort`] if there is no port for the response; [`Code::AccountIncomplete`] if the token has no
/// `user_id`; and the codes of a token endpoint that does not answer or gives an unexpected response.
pub async fn sign_in(
    net: &Net,
    provider: &Provider,
    now: impl Fn() -> Now,
    on_url: impl FnOnce(&Url),
    time_limit: Duration,
    cancel: impl Future<Output = ()>,
) -> Result<Tokens, Failure> {
    let deadline = Instant::now() + time_limit;
    let work = Box::pin(converse(net, provider, &now, on_url));
    tokio::select! {
        biased;
        () = cancel => Err(Failure::new(Code::SignInAbandoned, "called off")),
        outcome = work => outcome,
        () = tokio::time::sleep_until(deadline) => {
            Err(Failure::new(Code::SignInAbandoned, format!("nobody came back within {} s", time_limit.as_secs())))
        }
    }
}

async fn converse(
    net: &Net,
    provider: &Provider,
    now: &impl Fn() -> Now,
    on_url: impl FnOnce(&Url),
) -> Result<Tokens, Failure> {
    let mut loopback = Loopback::open(&net.profile().redirect_uri).await?;
    let attempt = Attempt::begin(net, provider, loopback.redirect().clone());
    tracing::info!(redirect = %attempt.redirect, "waiting for the browser");
    on_url(&attempt.url);
    let mut new_starts = 0;
    loop {
        let callback = loopback.next().await?;
        match attempt.judge(&callback, provider) {
            Verdict::NotOurs => {
                tracing::warn!("an answer that belongs to no sign-in of ours was refused");
                callback.answer(Page::not_ours()).await;
            }
            Verdict::Expired if new_starts < NEW_STARTS => {
                new_starts += 1;
                callback.answer(Page::again(&attempt.url)).await;
            }
            Verdict::Expired => {
                let failure = Failure::new(Code::SignInRefused, "the sign-in page expired again and again");
                callback.answer(Page::failed(&failure)).await;
                return Err(failure);
            }
            Verdict::No(failure) => {
                callback.answer(Page::failed(&failure)).await;
                return Err(failure);
            }
            Verdict::Code(code) => {
                let outcome = {
                    let redeem = attempt.redeem(net, provider, &code, now);
                    while_turning_others_away(&mut loopback, redeem).await
                };
                let page = match &outcome {
                    Ok(_) => Page::signed_in(),
                    Err(failure) => Page::failed(failure),
                };
                callback.answer(page).await;
                return outcome;
            }
        }
    }
}

/// Runs `work`. Further visits meanwhile get a page that says the sign-in has been answered.
async fn while_turning_others_away<T>(loopback: &mut Loopback, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            output = &mut work => return output,
            callback = loopback.next() => match callback {
                Ok(callback) => callback.answer(Page::answered_already()).await,
                Err(_) => return work.await,
            },
        }
    }
}

/// What this sign-in asked for, to check the response against.
struct Attempt {
    url: Url,
    redirect: Url,
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

enum Verdict {
    /// The `state` differs or is missing.
    NotOurs,
    /// The page had expired: start again at once.
    Expired,
    /// The sign-in has failed.
    No(Failure),
    /// The code to exchange for tokens.
    Code(Secret),
}

impl Attempt {
    fn begin(net: &Net, provider: &Provider, redirect: Url) -> Self {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = CoreClient::new(
            ClientId::new(net.profile().client_id.clone()),
            IssuerUrl::from_url(net.profile().issuer.clone()),
            JsonWebKeySet::default(),
        )
        .set_auth_uri(AuthUrl::from_url(provider.authorization.clone()))
        .set_redirect_uri(RedirectUrl::from_url(redirect.clone()));
        let (url, state, nonce) = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .set_pkce_challenge(challenge)
            .url();
        Self { url, redirect, state, nonce, verifier }
    }

    fn judge(&self, callback: &Callback, provider: &Provider) -> Verdict {
        if callback.value("state") != Some(self.state.secret()) {
            return Verdict::NotOurs;
        }
        if ["iss", "code", "error"].iter().any(|name| callback.is_repeated(name)) {
            return Verdict::No(Failure::new(Code::SignInMismatch, "the answer repeats what may come once only"));
        }
        let issuer = callback.value("iss");
        if issuer.is_some_and(|issuer| issuer != provider.issuer) {
            return Verdict::No(Failure::new(Code::SignInMismatch, "the answer is from another issuer"));
        }
        match (callback.value("error"), callback.value("code")) {
            (Some(error), _) => refused(error, callback.value("error_description").unwrap_or_default()),
            // RFC 9207, 2.4: a server that promises to name the issuer with each code must do so.
            (None, Some(_)) if issuer.is_none() && provider.promises_issuer => {
                Verdict::No(Failure::new(Code::SignInMismatch, "the answer does not name its issuer"))
            }
            (None, Some(code)) if !code.is_empty() => Verdict::Code(Secret::new(code.to_owned())),
            (None, _) => Verdict::No(Failure::new(Code::SignInMismatch, "the answer has neither a code nor an error")),
        }
    }

    async fn redeem(
        &self,
        net: &Net,
        provider: &Provider,
        code: &Secret,
        now: &impl Fn() -> Now,
    ) -> Result<Tokens, Failure> {
        let obtained = now();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.reveal()),
            ("redirect_uri", self.redirect.as_str()),
            ("client_id", &net.profile().client_id),
            ("code_verifier", self.verifier.secret()),
        ];
        let granted = token::request(net, provider, &form).await.map_err(failure_of)?;
        let (access, id) = (&granted.access_token, granted.id_token.as_ref());
        // The server that signed the token knows its validity; this computer's clock may be wrong.
        let own = now().server;
        let verified = claims::verify_id_token(net, provider, access, id, &self.nonce, granted.at.unwrap_or(own)).await;
        if let Err(failure) = verified {
            let verified = claims::verify_id_token(net, provider, access, id, &self.nonce, own).await;
            verified.map_err(|_| failure)?;
        }
        let person = claims::person(access, id)?;
        Ok(granted.into_tokens(obtained, person))
    }
}

/// RFC 6749, 4.1.2.1 and OpenID Connect Core, 3.1.2.6.
fn refused(error: &str, description: &str) -> Verdict {
    if error == "temporarily_unavailable" && description == "authentication_expired" {
        return Verdict::Expired;
    }
    let code = match error {
        "server_error" | "temporarily_unavailable" => Code::ServiceFailed,
        _ => Code::SignInRefused,
    };
    let words = crate::net::shorten(format!("{error} {description}").trim());
    Verdict::No(Failure::new(code, words))
}

fn failure_of(not_done: NotDone) -> Failure {
    match not_done {
        NotDone::Refused(refusal) => failure_of_refusal(&refusal),
        NotDone::NoAnswer(silence) => Failure::new(silence.code(Role::SignIn), silence.detail),
        NotDone::NotSent(fault) => not_sent(&fault),
    }
}

fn failure_of_refusal(refusal: &Refusal) -> Failure {
    let code = match (refusal.body, refusal.status) {
        (waybill_model::BodyKind::Html, 200..=299) => Code::UnexpectedPage,
        (_, 500..) => Code::ServiceFailed,
        (_, _) => Code::SignInRefused,
    };
    let words = [refusal.code.as_deref(), refusal.message.as_deref()];
    let words = words.into_iter().flatten().collect::<Vec<_>>().join(": ");
    Failure::new(code, format!("HTTP {} {words}", refusal.status).trim_end())
}

fn not_sent(fault: &LocalFault) -> Failure {
    match fault {
        LocalFault::Impossible(code, detail) => Failure::new(*code, detail.clone()),
        LocalFault::FileGone
        | LocalFault::FileChanged
        | LocalFault::Unreadable(_)
        | LocalFault::Locked(_)
        | LocalFault::Unreachable(_)
        | LocalFault::TooManyOpen(_)
        | LocalFault::FolderGone
        | LocalFault::Blocked(_)
        | LocalFault::CalledOff => Failure::new(Code::Internal, format!("{fault:?}")),
    }
}

/// Reads a reply of the provider as its description, as its keys, as tokens and as an error.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_all(answer: &crate::net::Answer) {
    provider::read_all(answer);
    token::read_all(answer);
    claims::read_all(&Secret::new(String::from_utf8_lossy(&answer.body).into_owned()));
}

/// Reads what a browser, or anything else, sends to the listener.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_request(head: &[u8]) {
    loopback::read_request(head);
}

#[cfg(test)]
mod tests;
