//! The sandbox, the person at the browser, and the programs under test.

mod browser;
mod compare;
mod connect_proxy;
mod control;
mod desk;
mod events;
mod fault;
mod home;
mod keycloak;
mod port;
mod preloaded;
mod profile;
mod program;
mod random;
mod sample;
mod sandbox;
mod waybill;

pub use browser::Browser;
pub use compare::{Compared, compare};
pub use connect_proxy::{ConnectProxy, Direction, Tunnel};
pub use control::{Consignment, Control, IssuedSecret, Logged, Object, RegisteredFile};
pub use desk::Desk;
pub use events::Event;
pub use fault::{Effect, Fault, Role};
pub use home::Home;
pub use keycloak::Keycloak;
pub use port::{Start, start_at_ports};
pub use preloaded::preloaded;
pub use profile::quick_profile;
pub use program::{desktop_program, program, use_program};
pub use random::Random;
pub use sample::{Sample, Size, sample_folder};
pub use sandbox::{Account, Addresses, Listed, Sandbox};
pub use waybill::{Finished, Run, Waybill};
