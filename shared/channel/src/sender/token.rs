//! Access tokens of a provider: fetched by one, used by all, dropped when it was the one that
//! failed.
//!
//! In: the adapter's call for a token. Out: a token that still lasts. Never here: a token in
//! a log.

use std::sync::Arc;

use contract::Millis;
use runtime::{Clock, Monotonic};
use tokio::sync::Mutex;

use super::call::{Answer, Caller};
use crate::adapter::Channel;

/// A token is not used in the last part of its life: a tenth, at most this.
const MARGIN_MAX: Millis = Millis::from_secs(5 * 60);

/// The token of an account.
// The lock is held while one caller fetches a token, so that the others wait for his.
#[derive(Default)]
pub(super) struct Tokens(Mutex<Option<Held>>);

struct Held {
    token: Arc<str>,
    since: Monotonic,
    lasts: Millis,
}

/// Says that there is no token to be had at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Missing;

impl Tokens {
    /// Gives a token that still lasts; none when the provider needs none.
    pub(super) async fn get(
        &self,
        channel: &dyn Channel,
        caller: &Caller,
        clock: &Clock,
    ) -> Result<Option<Arc<str>>, Missing> {
        let Some(call) = channel.token_call() else { return Ok(None) };
        let mut held = self.0.lock().await;
        if let Some(held) = held.as_ref().filter(|held| held.is_good(clock.monotonic())) {
            return Ok(Some(Arc::clone(&held.token)));
        }
        let since = clock.monotonic();
        let Answer::Reply(reply) = caller.make(call).await else { return Err(Missing) };
        let (token, lasts) = channel.token(&reply).ok_or(Missing)?;
        let token: Arc<str> = token.into();
        *held = Some(Held { token: Arc::clone(&token), since, lasts });
        Ok(Some(token))
    }

    /// Drops the token if it is the one that was refused.
    pub(super) async fn refused(&self, token: &str) {
        let mut held = self.0.lock().await;
        if held.as_ref().is_some_and(|held| *held.token == *token) {
            *held = None;
        }
    }
}

impl Held {
    fn is_good(&self, now: Monotonic) -> bool {
        let margin = Millis::new((self.lasts.get() / 10).min(MARGIN_MAX.get()));
        now.since(self.since) + margin < self.lasts
    }
}
