//! The harness: the real binary in a folder of its own, and the people and programs around it.
//!
//! In: a configuration. Out: a running house on a free loopback port, clients of its public
//! interfaces, fake providers. Never here: a part of the house (of its crates only
//! the clock and chance are used); what is tested is the binary, from outside alone. Shared by the stories (`it/`) and the benchmarks (`bench/`).

#![expect(clippy::indexing_slicing, reason = "an absent field of a JSON answer reads as null")]

pub mod account;
pub mod chronicle;
pub mod clients;
pub mod desk;
pub mod house;
pub mod load;
pub mod obstacle;
pub mod post;
pub mod provider;
pub mod rest;
pub mod robot;
pub mod sign;
pub mod transcript;
pub mod wechat;

use std::{future::Future, time::Duration};

/// How long a fact may take to become true before a test says so.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// Asks again until the answer is there; the deadline is for what never comes.
pub async fn until<T, F, Fut>(what: &str, ask: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    until_within(PATIENCE, what, ask).await
}

/// Like `until`, for what needs longer: people working through a backlog.
pub async fn until_within<T, F, Fut>(patience: Duration, what: &str, mut ask: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let asked = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    match tokio::time::timeout(patience, asked).await {
        Ok(answer) => answer,
        Err(_) => unreachable_fact(what, patience),
    }
}

#[expect(clippy::panic, reason = "a harness fails its test")]
fn unreachable_fact<T>(what: &str, patience: Duration) -> T {
    panic!("waited {patience:?} in vain: {what}")
}

/// Gives an HTTP client whose calls end within `limit`.
#[must_use]
pub fn http(limit: Duration) -> reqwest::Client {
    runtime::http::client(limit).expect("a machine without certificates cannot be tested on")
}
