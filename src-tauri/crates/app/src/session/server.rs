//! The sign-in server, as the owner of the tokens needs it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use url::Url;
use waybill_cloud::{Tokens, end_session, refresh, sign_in};
use waybill_model::{Code, Failure, Reply, Secret, Timestamp};

use crate::connection::Connection;

/// What can be asked of it. Each call sends once.
pub(super) trait SignInServer: Send + Sync + 'static {
    /// Server time.
    fn now(&self) -> Timestamp;

    /// Its addresses and keys are known, from here on or already.
    fn ready(&self) -> impl Future<Output = Reply<()>> + Send;

    /// New tokens for a refresh token, which is spent from then on where refresh tokens rotate.
    fn refresh(&self, token: &Secret) -> impl Future<Output = Reply<Tokens>> + Send;

    /// Ends the session there.
    fn end_session(&self, tokens: &Tokens) -> impl Future<Output = Reply<()>> + Send;

    /// Has a person sign in, at the address that `show` hears.
    fn sign_in(
        &self,
        show: impl FnOnce(&Url) + Send,
        time_limit: Duration,
        cancel: &CancellationToken,
    ) -> impl Future<Output = Result<Tokens, Failure>> + Send;
}

impl SignInServer for Connection {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn ready(&self) -> Reply<()> {
        self.provider().await.map(|_provider| ())
    }

    async fn refresh(&self, token: &Secret) -> Reply<Tokens> {
        match self.provider().await {
            Reply::Done(provider) => refresh(&self.net, provider, token, self.clock.now()).await,
            Reply::Refused(refusal) => Reply::Refused(refusal),
            Reply::NoAnswer(silence) => Reply::NoAnswer(silence),
            Reply::NotSent(fault) => Reply::NotSent(fault),
        }
    }

    async fn end_session(&self, tokens: &Tokens) -> Reply<()> {
        match self.provider().await {
            Reply::Done(provider) => end_session(&self.net, provider, tokens).await,
            Reply::Refused(refusal) => Reply::Refused(refusal),
            Reply::NoAnswer(silence) => Reply::NoAnswer(silence),
            Reply::NotSent(fault) => Reply::NotSent(fault),
        }
    }

    async fn sign_in(
        &self,
        show: impl FnOnce(&Url) + Send,
        time_limit: Duration,
        cancel: &CancellationToken,
    ) -> Result<Tokens, Failure> {
        let provider = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Failure::new(Code::SignInAbandoned, "called off")),
            provider = self.provider() => provider,
        };
        match provider {
            Reply::Done(provider) => {
                let now = || self.clock.now();
                sign_in(&self.net, provider, now, show, time_limit, cancel.cancelled()).await
            }
            Reply::Refused(refusal) => {
                Err(Failure::new(Code::SignInUnreachable, format!("discovery answered {}", refusal.status)))
            }
            Reply::NoAnswer(silence) => {
                Err(Failure::new(crate::doctor::code_of_silence(&silence, Code::SignInUnreachable), silence.detail))
            }
            Reply::NotSent(fault) => Err(Failure::new(Code::HostNotAllowed, format!("{fault:?}"))),
        }
    }
}
