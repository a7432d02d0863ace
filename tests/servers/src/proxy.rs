//! A proxy before a server: connections go through it until it delays, loses, stalls or cuts.
//!
//! In: a port behind. Out: a port before it, and what is done to what flows. Never here: a look
//! at what flows.

mod loss;

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};

use loss::Loss;

/// What is read at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// How long a connection to the server behind may take.
const CONNECT_WAIT: Duration = Duration::from_secs(10);

/// A proxy; dropped, it cuts all.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    weather: Weather,
    loss: Loss,
    ended: bool,
    open: Vec<TcpStream>,
}

/// What happens to what flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weather {
    /// It goes through.
    #[default]
    Fair,
    /// Every piece is held for so long, each way.
    Slow(Duration),
    /// So many pieces of a hundred are lost, as this seed draws them. TCP sends what is lost again,
    /// so that its connection stands still for a while, and longer if that is lost too.
    Lossy(u64, u64),
    /// Nothing gets through and nobody is told, as when a network drops packets.
    Silent,
    /// Connections are closed and none is taken.
    Cut,
}

impl Proxy {
    /// Listens at a free port for a server at another.
    pub fn before(port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (own, shared) = (listener.local_addr()?.port(), Arc::new(Shared::default()));
        let behind = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let accepting = shared.clone();
        thread::Builder::new().name("proxy".to_owned()).spawn(move || accept(&listener, behind, &accepting))?;
        Ok(Self { port: own, shared })
    }

    /// Listens before the server of an address; gives the address that leads through here.
    pub fn before_url(url: &str) -> Result<(Self, String)> {
        let (server, place) = url.rsplit_once('/').context("an address has a path")?;
        let (host, port) = server.rsplit_once(':').context("an address has a port")?;
        let proxy = Self::before(port.parse()?)?;
        let through = format!("{host}:{}/{place}", proxy.port);
        Ok((proxy, through))
    }

    /// Gives the port to connect to.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Changes what happens, to open connections too.
    pub fn set(&self, weather: Weather) {
        let mut state = self.shared.state();
        state.weather = weather;
        if let Weather::Lossy(of_hundred, seed) = weather {
            state.loss = Loss::seeded(of_hundred, seed);
        }
        if weather == Weather::Cut {
            state.cut();
        }
        self.shared.changed.notify_all();
    }

    /// Closes every connection; new ones are taken.
    pub fn cut_once(&self) {
        self.shared.state().cut();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.ended = true;
        state.cut();
        self.shared.changed.notify_all();
        drop(state);
        // Wakes the thread that accepts.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a piece may go on; false when its connection was cut meanwhile.
    fn passes(&self) -> bool {
        let mut state = self.state();
        loop {
            match state.weather {
                _ if state.ended => return false,
                Weather::Fair => return true,
                Weather::Cut => return false,
                Weather::Slow(hold) => {
                    drop(state);
                    thread::sleep(hold);
                    return true;
                }
                Weather::Lossy(..) => {
                    let hold = state.loss.next();
                    drop(state);
                    thread::sleep(hold);
                    return true;
                }
                Weather::Silent => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

impl State {
    fn cut(&mut self) {
        for stream in self.open.drain(..) {
            // One that is closed already needs no closing.
            drop(stream.shutdown(Shutdown::Both));
        }
    }
}

fn accept(listener: &TcpListener, behind: SocketAddr, shared: &Arc<Shared>) {
    for stream in listener.incoming().filter_map(Result::ok) {
        let state = shared.state();
        if state.ended {
            return;
        }
        let refuses = state.weather == Weather::Cut;
        drop(state);
        if !refuses {
            // Who is not connected sees his connection closed.
            drop(join(&stream, behind, shared));
        }
    }
}

/// Connects both sides and moves bytes both ways until one side ends.
fn join(before: &TcpStream, behind: SocketAddr, shared: &Arc<Shared>) -> Result<()> {
    let behind = TcpStream::connect_timeout(&behind, CONNECT_WAIT)?;
    before.set_nodelay(true)?;
    behind.set_nodelay(true)?;
    let ways = [(before.try_clone()?, behind.try_clone()?), (behind.try_clone()?, before.try_clone()?)];
    shared.state().open.extend([before.try_clone()?, behind]);
    for (from, to) in ways {
        let shared = shared.clone();
        thread::Builder::new().name("proxy.way".to_owned()).spawn(move || flow(from, to, &shared))?;
    }
    Ok(())
}

fn flow(mut from: TcpStream, mut to: TcpStream, shared: &Shared) {
    let mut chunk = vec![0; CHUNK_BYTES];
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        let piece = chunk.get(..count).unwrap_or_default();
        if !shared.passes() || to.write_all(piece).is_err() {
            break;
        }
    }
    // The other way ends with this one.
    drop(from.shutdown(Shutdown::Both));
    drop(to.shutdown(Shutdown::Both));
}
