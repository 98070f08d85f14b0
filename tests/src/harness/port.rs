//! Ports for programs that cannot choose their own. Another program may take a port before it is used.

use std::net::{Ipv4Addr, TcpListener};

use crate::{Error, Result};

/// How often a program is started at other ports.
const ATTEMPTS: usize = 3;

/// How a start went.
#[derive(Debug)]
pub enum Start<T> {
    /// It is ready.
    Ready(T),
    /// It ended before it was; what it said.
    Ended(Error),
}

/// Starts a program at two ports that are free now, and again at others if it ends before it is ready: another program
/// may have taken one of them in between.
///
/// # Errors
/// `start` fails, or the program has ended three times.
pub fn start_at_ports<T>(mut start: impl FnMut([u16; 2]) -> Result<Start<T>>) -> Result<T> {
    let mut said = None;
    for _ in 0..ATTEMPTS {
        match start(free_ports()?)? {
            Start::Ready(value) => return Ok(value),
            Start::Ended(error) => said = Some(error),
        }
    }
    Err(said.unwrap_or_else(|| Error::unexpected("nothing was started")))
}

fn free_ports() -> Result<[u16; 2]> {
    // Both at once, so that they are two.
    let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::io("127.0.0.1"));
    let listeners = [listen()?, listen()?];
    let port = |listener: &TcpListener| listener.local_addr().map(|at| at.port()).map_err(Error::io("127.0.0.1"));
    Ok([port(&listeners[0])?, port(&listeners[1])?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_ends_early_is_started_again_at_other_ports() {
        let mut starts = 0;
        let started = start_at_ports(|[one, other]| {
            assert_ne!(one, other);
            starts += 1;
            Ok(if starts < 3 { Start::Ended(Error::unexpected("taken")) } else { Start::Ready(one) })
        });
        assert!(started.is_ok_and(|port| port > 0));
        let mut starts = 0;
        let failed: Result<()> = start_at_ports(|_| {
            starts += 1;
            Ok(Start::Ended(Error::unexpected("it cannot start at all")))
        });
        assert_eq!((failed.unwrap_err().to_string().as_str(), starts), ("it cannot start at all", 3));
    }

    #[test]
    fn what_fails_otherwise_is_not_tried_again() {
        let mut starts = 0;
        let failed: Result<()> = start_at_ports(|_| {
            starts += 1;
            Err(Error::unexpected("it is not there"))
        });
        assert!(failed.is_err() && starts == 1);
    }
}
