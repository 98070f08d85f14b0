//! The sign-in server, as the owner of the tokens needs it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use url::Url;
use waybill_cloud::{Tokens, end_session, refresh, sign_in};
use waybill_model::{Code, Failure, LocalFault, NotDone, Now, Reply, Role, Secret};

use crate::connection::Connection;

/// The requests that can be made. Each call sends one.
pub(super) trait SignInServer: Send + Sync + 'static {
    /// Returns the time, by its clock and by the steady one.
    fn now(&self) -> Now;

    /// Makes sure that its addresses and keys are known.
    fn ready(&self) -> impl Future<Output = Reply<()>> + Send;

    /// Fetches new tokens for a refresh token, which is spent from then on where refresh tokens rotate.
    fn refresh(&self, token: &Secret) -> impl Future<Output = Reply<Tokens>> + Send;

    /// Ends the session at the server.
    fn end_session(&self, tokens: &Tokens) -> impl Future<Output = Reply<()>> + Send;

    /// Lets a person sign in at the address that is passed to `show`.
    fn sign_in(
        &self,
        show: impl FnOnce(&Url) + Send,
        time_limit: Duration,
        cancel: &CancellationToken,
    ) -> impl Future<Output = Result<Tokens, Failure>> + Send;
}

impl SignInServer for Connection {
    fn now(&self) -> Now {
        self.clock.now()
    }

    async fn ready(&self) -> Reply<()> {
        self.provider().await?;
        Ok(())
    }

    async fn refresh(&self, token: &Secret) -> Reply<Tokens> {
        refresh(&self.net, self.provider().await?, token, self.clock.now()).await
    }

    async fn end_session(&self, tokens: &Tokens) -> Reply<()> {
        let provider = self.provider().await?;
        self.patiently(|| end_session(&self.net, provider, tokens)).await
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
            Ok(provider) => {
                let now = || self.clock.now();
                sign_in(&self.net, provider, now, show, time_limit, cancel.cancelled()).await
            }
            Err(NotDone::Refused(refusal)) => {
                Err(Failure::new(Code::SignInUnreachable, format!("discovery answered {}", refusal.status)))
            }
            Err(NotDone::NoAnswer(silence)) => Err(Failure::new(silence.code(Role::SignIn), silence.detail)),
            Err(NotDone::NotSent(LocalFault::Impossible(code, detail))) => Err(Failure::new(code, detail)),
            Err(NotDone::NotSent(fault)) => Err(Failure::new(Code::Internal, format!("{fault:?}"))),
        }
    }
}
