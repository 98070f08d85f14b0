//! A proxy as organisations have them: it opens tunnels (`CONNECT`, RFC 9110, section 9.3.6) and can be ended and
//! started again. Its tunnels can break, fall silent and be slow.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::{Error, Result};

/// A proxy on this computer. It ends when this is dropped, and its tunnels with it.
pub struct ConnectProxy {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    ended: bool,
    /// It asks for a user name and a password, and has none that would do.
    asks_for_password: bool,
    /// Where tunnels led, in order.
    targets: Vec<String>,
    /// Both ends of every tunnel that was opened.
    streams: Vec<TcpStream>,
    /// What the next tunnels to a target are like. Later ones are good.
    next: BTreeMap<String, VecDeque<Tunnel>>,
}

/// A direction of a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client.
    Up,
    /// To the client.
    Down,
}

/// What a tunnel is like. The bytes are those of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tunnel {
    /// Nothing is wrong with it.
    Good,
    /// Both of its connections are reset once it has carried so many bytes in this direction.
    Reset(Direction, u64),
    /// It carries so many bytes in this direction, then no more, and stays open.
    Silent(Direction, u64),
    /// It carries this many bytes a second in each direction.
    Slow(u32),
}

impl ConnectProxy {
    /// Starts one at a free port.
    ///
    /// # Errors
    /// It cannot listen.
    pub fn start() -> Result<Self> {
        let shared = Arc::default();
        let (address, accepting) = listen((Ipv4Addr::LOCALHOST, 0).into(), &shared)?;
        Ok(Self { address, shared, accepting: Some(accepting) })
    }

    /// Ends it together with all its connections. Nothing listens at its address then.
    ///
    /// # Errors
    /// It cannot be ended.
    pub fn end(&mut self) -> Result<()> {
        let Some(accepting) = self.accepting.take() else { return Ok(()) };
        self.with(|shared| {
            shared.ended = true;
            for stream in shared.streams.drain(..) {
                // One that is closed already is as good.
                let _closed = stream.shutdown(Shutdown::Both);
            }
        });
        // Wakes it: it looks whether it is to end.
        drop(TcpStream::connect(self.address).map_err(Error::io("the proxy"))?);
        accepting.join().map_err(|_| Error::unexpected("the proxy panicked"))
    }

    /// Starts it again at the same address.
    ///
    /// # Errors
    /// It cannot listen there.
    pub fn start_again(&mut self) -> Result<()> {
        self.with(|shared| shared.ended = false);
        self.accepting = Some(listen(self.address, &self.shared)?.1);
        Ok(())
    }

    /// Asks for a user name and a password from now on, or does so no longer.
    pub fn ask_for_password(&self, asks: bool) {
        self.with(|shared| shared.asks_for_password = asks);
    }

    /// Says what the next tunnels to a target (`host:port`) are like, in the order in which they are opened.
    pub fn next_tunnels(&self, target: &str, tunnels: impl IntoIterator<Item = Tunnel>) {
        self.with(|shared| shared.next.entry(target.to_owned()).or_default().extend(tunnels));
    }

    /// Returns how many of [`Self::next_tunnels`] were not opened yet.
    #[must_use]
    pub fn tunnels_to_come(&self) -> usize {
        self.with(|shared| shared.next.values().map(VecDeque::len).sum())
    }

    /// Returns where it listens, as `host:port`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Returns where tunnels led, as `host:port`, in order.
    #[must_use]
    pub fn targets(&self) -> Vec<String> {
        self.with(|shared| shared.targets.clone())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Shared) -> T) -> T {
        work(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for ConnectProxy {
    fn drop(&mut self) {
        // A test that has failed already has nothing to add.
        let _ended = self.end();
    }
}

fn listen(address: SocketAddr, shared: &Arc<Mutex<Shared>>) -> Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind(address).map_err(Error::io("the proxy"))?;
    let address = listener.local_addr().map_err(Error::io("the proxy"))?;
    let shared = Arc::clone(shared);
    let accepting = thread::spawn(move || {
        for stream in listener.incoming().map_while(io::Result::ok) {
            if shared.lock().unwrap_or_else(PoisonError::into_inner).ended {
                return;
            }
            let shared = Arc::clone(&shared);
            // A tunnel that breaks is the test's business.
            thread::spawn(move || drop(tunnel(stream, &shared)));
        }
    });
    Ok((address, accepting))
}

/// Reads the request, opens the tunnel and carries both ways until one end closes.
fn tunnel(mut client: TcpStream, shared: &Mutex<Shared>) -> io::Result<()> {
    // Nothing may follow the head before it is answered, so that nothing is lost in the buffer.
    let mut lines = BufReader::new(client.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let Some(target) = first.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()) else {
        return client.write_all(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n");
    };
    if shared.lock().unwrap_or_else(PoisonError::into_inner).asks_for_password {
        let head = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\n";
        return client.write_all(format!("{head}Content-Length: 0\r\n\r\n").as_bytes());
    }
    let Ok(server) = TcpStream::connect(target) else {
        return client.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    };
    let like = {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.ended {
            return Ok(());
        }
        shared.targets.push(target.to_owned());
        shared.streams.extend([client.try_clone()?, server.try_clone()?]);
        shared.next.get_mut(target).and_then(VecDeque::pop_front).unwrap_or(Tunnel::Good)
    };
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    // Each way ends by itself.
    let back = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || carry(back.0, back.1, Direction::Down, like));
    carry(client, server, Direction::Up, like)
}

/// Bytes that are carried at once.
const PIECE: usize = 4096;

/// Carries one way of a tunnel until an end closes, or the tunnel has carried what it should.
fn carry(mut from: TcpStream, mut to: TcpStream, way: Direction, like: Tunnel) -> io::Result<()> {
    let started = Instant::now();
    let limit = match like {
        Tunnel::Reset(of, limit) | Tunnel::Silent(of, limit) if of == way => Some(limit),
        Tunnel::Good | Tunnel::Reset(..) | Tunnel::Silent(..) | Tunnel::Slow(_) => None,
    };
    let (mut carried, mut buffer) = (0, [0; PIECE]);
    while limit.is_none_or(|limit| carried < limit) {
        let most = limit.map_or(PIECE, |limit| usize::try_from(limit - carried).map_or(PIECE, |left| left.min(PIECE)));
        let count = from.read(&mut buffer[..most])?;
        if count == 0 {
            return to.shutdown(Shutdown::Write);
        }
        to.write_all(&buffer[..count])?;
        carried += u64::try_from(count).unwrap_or_default();
        if let Tunnel::Slow(rate) = like {
            // The bytes are due at their rate: what is late already does not wait.
            let due = Duration::from_millis(carried.saturating_mul(1_000) / u64::from(rate).max(1));
            thread::sleep(due.saturating_sub(started.elapsed()));
        }
    }
    match like {
        Tunnel::Reset(..) => {
            reset(&from)?;
            reset(&to)?;
        }
        // The proxy still has both ends, so neither is closed.
        Tunnel::Good | Tunnel::Silent(..) | Tunnel::Slow(_) => {}
    }
    Ok(())
}

/// Ends a connection with RST, also while others have it open. Elsewhere it ends as usual.
fn reset(stream: &TcpStream) -> io::Result<()> {
    #[cfg(unix)]
    rustix::net::connect_unspec(stream)?;
    #[cfg(not(unix))]
    stream.shutdown(Shutdown::Both)?;
    Ok(())
}
