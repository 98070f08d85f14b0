//! Connections that break or fall silent at any byte.

use waybill_system_tests::Direction::{Down, Up};
use waybill_system_tests::Tunnel::{Reset, Silent};
use waybill_system_tests::{ConnectProxy, PATIENCE, Result, Tunnel};

use crate::proxies::{authority, name_proxy};
use crate::scene::{NOT_REPEATABLE, Scene};

/// Sends through tunnels that are like this, to the upload address and to the API, and compares what arrived.
fn send_through(upload: &[Tunnel], api: &[Tunnel]) -> Result<()> {
    let scene = Scene::new()?;
    let mut proxy = ConnectProxy::start()?;
    name_proxy(scene.waybill.data_dir(), &proxy.address())?;
    let addresses = scene.sandbox.addresses();
    proxy.next_tunnels(&authority(&addresses.upload), upload.iter().copied());
    proxy.next_tunnels(&authority(&addresses.api), api.iter().copied());
    let finished = scene.send()?.finish(PATIENCE * 4)?.expect_code(0)?;
    assert_eq!(finished.named("item_problem").count(), 0, "no file fails of it");
    assert_eq!(proxy.tunnels_to_come(), 0, "all of them were used");
    // Ends what is silent, also for the sandbox.
    proxy.end()?;
    scene.everything_arrived()?;
    for operation in NOT_REPEATABLE {
        assert_eq!(scene.calls_of(operation)?, 1, "{operation}");
    }
    Ok(())
}

/// In the handshake, at its end, in a head, in a body, and just before the end of a part.
#[test]
fn a_connection_that_is_reset_at_any_byte_costs_no_file() -> Result<()> {
    let up = [0, 100, 600, 1_200, 2_500, 40_000, 1_000_000, 3_000_000].map(|bytes| Reset(Up, bytes));
    let down = [1, 900, 2_000, 2_600].map(|bytes| Reset(Down, bytes));
    let api =
        [Reset(Up, 0), Reset(Up, 700), Reset(Down, 1_000), Reset(Up, 3_000), Reset(Down, 3_000), Reset(Down, 5_000)];
    send_through(&[&up[..], &down[..]].concat(), &api)
}

/// Both ends believe in it for as long as they like.
#[test]
fn a_connection_that_falls_silent_is_given_up_and_costs_no_file() -> Result<()> {
    send_through(&[Silent(Up, 300), Silent(Up, 3_000_000)], &[Silent(Down, 1_500)])
}
