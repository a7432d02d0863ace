//! The listening side: sockets, time limits, and one conversation per connection.
//!
//! In: a bound socket, the door, the stop signal. Out: mails handed to the door.
//! Never here: what a command means (see `smtp`), what a mail means (see `decode`).

use std::{sync::Arc, time::Duration};

use runtime::Stop;
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    door::MailDoor,
    smtp::{Dialect, Session, reply},
};

mod conversation;
mod wire;

/// Connections of one listener.
pub const CONNECTIONS_MAX: usize = 256;
/// How long to wait after the system refused to accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves connections until it is told to stop, and then those that are under way.
pub async fn run(listener: TcpListener, dialect: Dialect, door: Arc<MailDoor>, stop: Stop) {
    let mut conversations = JoinSet::new();
    loop {
        // Either arm may be dropped midway: accepting and joining lose nothing.
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            Some(ended) = conversations.join_next() => {
                report(ended, &door);
                continue;
            }
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, or the peer is gone already.
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // Only a delay of small replies if it cannot be set.
        let _set = stream.set_nodelay(true);
        if conversations.len() >= CONNECTIONS_MAX {
            let full = reply::too_many_connections();
            let _said = stream.try_write(full.wire().as_bytes());
            continue;
        }
        let session = Session::new(dialect, door.mailbox().clone());
        let (door, stop) = (door.clone(), stop.clone());
        conversations.spawn(async move { conversation::converse(stream, session, &door, &stop).await });
    }
    while let Some(ended) = conversations.join_next().await {
        report(ended, &door);
    }
}

/// A conversation that panicked is our fault; its mail was not acknowledged and comes again.
fn report(ended: Result<(), tokio::task::JoinError>, door: &MailDoor) {
    if ended.is_err() {
        tracing::error!(account = %door.mailbox().account, "a conversation ended in a panic");
    }
}

#[cfg(test)]
mod tests;
