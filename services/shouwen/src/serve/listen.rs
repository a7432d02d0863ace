//! The one HTTP listener of a process.
//!
//! In: an address, the routes of every role. Out: connections served until the stop signal, each
//! within limits of size and time; what is under way then may finish for a moment. Never here: a
//! route of a role.

mod line;
mod places;
mod proxies;
mod room;

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use runtime::{Chance, Stop};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};
use tower::ServiceExt;

use super::call;
use line::Line;
use places::Places;
pub(super) use proxies::Proxies;

/// Connections that the kernel keeps waiting; the usual 128 is too few when a whole desk reconnects.
const BACKLOG: u32 = 4096;
/// How long the head of a call may take to come, and how long a connection may rest between two.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// The longest head of a call in bytes, its address included.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// The most bytes that one connection keeps of what came and was not read.
const KEPT_BYTES_MAX: usize = 64 * 1024;
/// How long calls that are under way may take to finish after the stop signal.
const FINISH_LIMIT: Duration = Duration::from_secs(3);
/// How long to wait after the system refused to accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens at an address.
pub(crate) fn bind(address: SocketAddr) -> Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address).with_context(|| format!("listening at {address}"))?;
    Ok(socket.listen(BACKLOG)?)
}

/// Serves until `stop`, then finishes what is under way.
pub(super) async fn serve(listener: TcpListener, routes: Router, proxies: Proxies, stop: Stop) {
    let hall = Arc::new(Hall { routes: call::named(routes, Chance::machine()), proxies, stop: stop.clone() });
    let places = Places::new(room::connections());
    let mut lines = JoinSet::new();
    loop {
        // Every arm may be dropped midway: waiting, accepting and joining lose nothing.
        let entered = tokio::select! {
            () = stop.cancelled() => break,
            Some(ended) = lines.join_next() => {
                report(ended);
                continue;
            }
            entered = enter(&listener, &places, &hall.proxies) => entered,
        };
        match entered {
            Ok(Some((line, peer))) => drop(lines.spawn(hall.clone().converse(line, peer))),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    let finished = async {
        while let Some(ended) = lines.join_next().await {
            report(ended);
        }
    };
    if timeout(FINISH_LIMIT, finished).await.is_err() {
        tracing::info!(connections = lines.len(), "calls that did not finish in time are cut off");
    }
}

/// Takes a connection; none where its address holds as many as one may. Beyond the places that
/// there are, connections wait in the queue of the kernel.
async fn enter(
    listener: &TcpListener,
    places: &Places,
    proxies: &Proxies,
) -> io::Result<Option<(Line<TcpStream>, SocketAddr)>> {
    let place = places.free().await;
    let (stream, peer) = listener.accept().await?;
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection ended before it began");
    }
    let share = (!proxies.knows(peer.ip())).then_some(peer.ip());
    Ok(places.give(place, share).map(|held| (Line::new(stream, held), peer)))
}

/// A connection that panicked is a fault of ours; the others go on.
fn report(ended: Result<(), tokio::task::JoinError>) {
    if ended.is_err() {
        tracing::error!("a connection ended in a panic");
    }
}

/// What every connection is served with.
struct Hall {
    routes: Router,
    proxies: Proxies,
    stop: Stop,
}

impl Hall {
    /// Serves one connection to its end.
    async fn converse(self: Arc<Self>, line: Line<TcpStream>, peer: SocketAddr) {
        let service = service_fn(|call: http::Request<Incoming>| self.answer(call.map(Body::new), peer));
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_LIMIT)
            .max_header_size(HEAD_BYTES_MAX)
            .max_buf_size(KEPT_BYTES_MAX);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(line), service).with_upgrades());
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended before its time");
        }
    }

    /// Hands a call to its route, with the address of who made it.
    async fn answer(
        &self,
        mut call: Request,
        peer: SocketAddr,
    ) -> Result<axum::response::Response, std::convert::Infallible> {
        let client = self.proxies.client(peer, call.headers());
        call.extensions_mut().insert(ConnectInfo(client));
        self.routes.clone().oneshot(call).await
    }
}

#[cfg(test)]
mod tests;
