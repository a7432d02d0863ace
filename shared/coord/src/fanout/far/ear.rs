//! The ear: hears what other processes say of the branches that somebody here listens to.
//!
//! In: messages of Redis, on a connection of its own. Out: words to the rooms; a gap whenever
//! something may have been missed: after every subscription, and while a branch is silent.
//! Never here: a word of this process itself.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use contract::{BranchId, live::Broadcast, wire};
use futures_util::StreamExt as _;
use redis::{
    Msg, RedisError, Value,
    aio::{PubSubSink, PubSubStream},
};
use runtime::Stop;
use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use super::mouth::channel;
use crate::{
    fanout::rooms::{Rooms, Told},
    link::Link,
};

/// How often the connection is tried and silence looked for.
const EVERY: Duration = Duration::from_secs(1);
/// How long Redis may take to answer here.
const WAIT: Duration = Duration::from_secs(1);
/// A branch tells its head every second. One of which nothing is heard for so long has a gap,
/// and again each time so long: screens re-read the store, which costs more and loses nothing.
const SILENCE_MS: i64 = 5_000;
/// Silences of all branches after which another way to Redis is tried.
const SILENCES_MAX: u32 = 3;

/// Hears until `stop`.
pub(super) async fn run(link: Link, rooms: Rooms, entered: Arc<Notify>, stop: Stop) {
    let silences = AtomicU32::new(0);
    let hearing = async {
        let mut failed = 0;
        loop {
            let mut ear = Ear { link: &link, rooms: &rooms, heard: BTreeMap::new(), silences: &silences };
            let had_connection = ear.hear(&entered).await;
            failed = if had_connection { 0 } else { failed + 1 };
            sleep(link.pause(failed)).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = hearing => {}
        () = watch(&link, &rooms, &silences) => {}
    }
}

/// Tells gaps where nothing is heard, whether or not there is a connection.
async fn watch(link: &Link, rooms: &Rooms, silences: &AtomicU32) {
    let mut ticks = ticks();
    loop {
        ticks.tick().await;
        let (silent, all) = rooms.break_silence(link.clock().monotonic(), SILENCE_MS);
        if silent > 0 && silent == all {
            silences.fetch_add(1, Ordering::Relaxed);
        }
    }
}

struct Ear<'a> {
    link: &'a Link,
    rooms: &'a Rooms,
    /// The branches that are heard, by channel.
    heard: BTreeMap<String, BranchId>,
    /// Silences of all branches at once, since a word was heard.
    silences: &'a AtomicU32,
}

impl Ear<'_> {
    /// Connects and hears until the connection breaks; says whether there was one.
    async fn hear(&mut self, entered: &Notify) -> bool {
        if self.rooms.entered().is_empty() {
            entered.notified().await;
        }
        let Ok(connection) = self.link.dialer().listen().await else { return false };
        let (mut sink, mut stream) = connection.split();
        if let Err(error) = self.subscribe(&mut sink).await {
            tracing::warn!(why = %error.category(), "redis lets nobody listen to branches");
            return false;
        }
        self.listen(&mut sink, &mut stream, entered).await;
        true
    }

    async fn listen(&mut self, sink: &mut PubSubSink, stream: &mut PubSubStream, entered: &Notify) {
        let mut ticks = ticks();
        loop {
            // Every arm may be dropped midway: a message that is not taken stays in the stream.
            let done = tokio::select! {
                biased;
                message = stream.next() => match message {
                    Some(message) => {
                        self.tell(&message);
                        Ok(())
                    }
                    None => return,
                },
                () = entered.notified() => self.subscribe(sink).await,
                _ = ticks.tick() => alive(sink).await,
            };
            if done.is_err() || self.silences.load(Ordering::Relaxed) >= SILENCES_MAX {
                return;
            }
        }
    }

    /// Subscribes to branches that were entered since the last time. What was said before Redis
    /// confirms it was missed, unless it was said here.
    async fn subscribe(&mut self, sink: &mut PubSubSink) -> Result<(), RedisError> {
        let named = |branch: BranchId| (channel(self.link, &branch), branch);
        let entered = self.rooms.entered().into_iter().map(named);
        let new: Vec<(String, BranchId)> = entered.filter(|(name, _)| !self.heard.contains_key(name)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let names: Vec<&String> = new.iter().map(|(name, _)| name).collect();
        timeout(WAIT, sink.subscribe(names)).await.unwrap_or_else(|_| Err(late()))?;
        for (name, branch) in new {
            let now = self.link.clock().monotonic();
            if !self.rooms.are_own(&branch, now, SILENCE_MS) {
                self.rooms.hears(&branch, now);
                self.rooms.tell(&branch, Told::Gap);
            }
            self.heard.insert(name, branch);
        }
        self.silences.store(0, Ordering::Relaxed);
        Ok(())
    }

    fn tell(&self, message: &Msg) {
        let Some(branch) = self.heard.get(message.get_channel_name()) else { return };
        let Ok(Broadcast { from, said }) = wire::decode(message.get_payload_bytes()) else {
            // Another version's word is a missed one.
            return self.rooms.tell(branch, Told::Gap);
        };
        if from != self.link.process() {
            self.rooms.hears(branch, self.link.clock().monotonic());
            self.rooms.tell(branch, Told::Said(said));
        }
        self.silences.store(0, Ordering::Relaxed);
    }
}

async fn alive(sink: &mut PubSubSink) -> Result<(), RedisError> {
    timeout(WAIT, sink.ping::<Value>()).await.unwrap_or_else(|_| Err(late())).map(drop)
}

fn ticks() -> tokio::time::Interval {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn late() -> RedisError {
    RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))
}
