//! The pulse: keeps the link open, counts the processes that share it.
//!
//! In: a link. Out: a connection put into it and taken out, how it is in words. Never here: a
//! caller that waits.

use std::{sync::LazyLock, time::Duration};

use redis::{RedisError, Script};
use runtime::{Part, Stop};
use tokio::time::{sleep, timeout};

use super::{Connection, Link, words};

/// How often Redis is asked whether it is there.
const EVERY: Duration = Duration::from_secs(1);
/// How long it may take to say so.
const WAIT: Duration = Duration::from_secs(1);
/// How long a process counts after its last sign.
const PROCESS_AGE_MS: u64 = 10_000;
/// A connection that held so long was a good one: the next pause is short again.
const HELD: Duration = Duration::from_secs(5);

static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("pulse.lua")));

/// Keeps the link open until `stop`.
pub(super) async fn run(link: Link, part: Part, stop: Stop) {
    let keeping = async {
        let mut failed = 0;
        loop {
            let began = tokio::time::Instant::now();
            let error = hold(&link, &part).await;
            part.hindered(&format!(
                "redis at {} {}; presence is no evidence, rates and screens are this process's own",
                link.dialer().place(),
                words::of(&error)
            ));
            failed = if began.elapsed() >= HELD { 0 } else { failed + 1 };
            sleep(link.pause(failed)).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = keeping => {}
    }
}

/// Connects, and holds the connection until it breaks; says why it did.
async fn hold(link: &Link, part: &Part) -> RedisError {
    let mut connection = match link.dialer().connect().await {
        Ok(connection) => connection,
        Err(error) => return error,
    };
    if let Err(error) = beat(link, &mut connection).await {
        return error;
    }
    link.put(connection.clone());
    part.well();
    tracing::info!(place = %link.dialer().place(), "coordination goes through redis");
    let error = loop {
        tokio::select! {
            () = link.0.broken.notified() => {}
            () = sleep(EVERY) => {}
        }
        // A word about an earlier connection may still lie there.
        if !link.is_open() {
            break timed_out();
        }
        if let Err(error) = beat(link, &mut connection).await {
            break error;
        }
    };
    let number = link.lock().number;
    link.breaks(number);
    tracing::warn!(place = %link.dialer().place(), why = %words::of(&error), "coordination lost redis");
    error
}

async fn beat(link: &Link, connection: &mut Connection) -> Result<(), RedisError> {
    let (key, process) = (link.name("processes", "all"), link.process().to_be_bytes());
    let mut call = SCRIPT.key(key);
    call.arg(process.as_slice()).arg(PROCESS_AGE_MS);
    let count: u32 = timeout(WAIT, call.invoke_async(connection)).await.unwrap_or_else(|_| Err(timed_out()))?;
    link.0.processes.store(count, std::sync::atomic::Ordering::Relaxed);
    Ok(())
}

fn timed_out() -> RedisError {
    RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))
}
