//! The connection to the service: one network client, and what depends on it.

use std::sync::Arc;

use tokio::sync::OnceCell;
use waybill_cloud::{Api, Net, Objects, Provider, discover};
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
}

impl Connection {
    pub(crate) fn new(
        profile: Arc<ServiceProfile>,
        ca_pem: Option<&[u8]>,
        proxy: &ProxyChoice,
        clock: Arc<dyn Clock>,
        throttle: &Throttle,
    ) -> Result<Self, Failure> {
        let own = Arc::clone(&clock);
        let net = Net::new(profile, ca_pem, proxy)?;
        let net = net.with_clock(Arc::new(move || Now { server: own.wall(), steady: own.steady() }));
        Ok(Self {
            api: Api::new(&net),
            objects: Objects::new(&net).paced(throttle.pace()),
            clock: ServerClock::new(clock, net.clone()),
            provider: OnceCell::new(),
            net,
        })
    }

    pub(crate) fn profile(&self) -> &ServiceProfile {
        self.net.profile()
    }

    /// Returns the sign-in provider's addresses, discovered once.
    pub(crate) async fn provider(&self) -> Reply<&Provider> {
        self.provider.get_or_try_init(|| discover(&self.net)).await
    }
}
