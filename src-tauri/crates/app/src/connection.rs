//! The connection to the service: one network client, and what depends on it.

use std::sync::Arc;

use tokio::sync::OnceCell;
use waybill_cloud::{Api, Net, Objects, Provider, discover};
use waybill_engine::reading::Reading;
use waybill_model::{Failure, Now, ProxyChoice, Reply, ServiceProfile};

use crate::clock::{Clock, ServerClock};
use crate::throttle::Throttle;

/// One connection for the whole process.
pub(crate) struct Connection {
    pub(crate) net: Net,
    pub(crate) api: Api,
    pub(crate) objects: Objects,
    pub(crate) clock: ServerClock,
    provider: OnceCell<Provider>,
    seed: u64,
}

impl Connection {
    pub(crate) fn new(
        profile: Arc<ServiceProfile>,
        ca_pem: Option<&[u8]>,
        proxy: &ProxyChoice,
        clock: Arc<dyn Clock>,
        throttle: &Throttle,
        seed: u64,
    ) -> Result<Self, Failure> {
        let own = Arc::clone(&clock);
        let net = Net::new(profile, ca_pem, proxy)?;
        let net = net.with_clock(Arc::new(move || Now { server: own.wall(), steady: own.steady() }));
        Ok(Self {
            api: Api::new(&net),
            objects: Objects::new(&net).paced(throttle.pace()),
            clock: ServerClock::new(clock, net.clone()),
            provider: OnceCell::new(),
            seed,
            net,
        })
    }

    pub(crate) fn profile(&self) -> &ServiceProfile {
        self.net.profile()
    }

    /// Returns the sign-in provider's addresses, discovered once.
    pub(crate) async fn provider(&self) -> Reply<&Provider> {
        self.provider.get_or_try_init(|| self.patiently(|| discover(&self.net))).await
    }

    /// Reads what a person is waiting for, and tries again after failures that may pass.
    pub(crate) async fn patiently<T, F: Future<Output = Reply<T>> + Send>(
        &self,
        ask: impl Fn() -> F + Send,
    ) -> Reply<T> {
        let mut reading = self.reading();
        loop {
            match ask().await {
                Ok(answer) => return Ok(answer),
                Err(not_done) => match reading.again(&not_done) {
                    Some(wait) => {
                        tracing::info!(?not_done, "asking again");
                        tokio::time::sleep(wait).await;
                    }
                    None => return Err(not_done),
                },
            }
        }
    }

    /// Returns the repeats of a reading.
    pub(crate) fn reading(&self) -> Reading {
        Reading::new(self.seed.rotate_left(29))
    }
}
