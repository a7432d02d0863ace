//! Figures in Redis: one hash for all that is told of one kind, copied here by a task.
//!
//! In: figures put here since the last time. Out: everybody's, in this process's map, as long
//! as they are fresh by the server's clock. Never here: a reader that waits.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use contract::wire;
use redis::Script;
use runtime::{Monotonic, Stop, Tasks};
use tokio::time::{MissedTickBehavior, interval};

use super::{Latest, Name, Told};
use crate::{Absent, link::Link};

/// How often figures are sent and fetched.
const EVERY: Duration = Duration::from_millis(500);
/// How long Redis may take.
const WAIT: Duration = Duration::from_millis(500);
/// Age past which they are nobody's; who tells them does so every second.
const AGE_MS: i64 = 15_000;
/// How long figures put here are believed over what Redis gives.
const OWN_MS: i64 = 3_000;

static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("share.lua")));

/// What was put here. Clones share it.
// The mutex guards maps for the time of a look-up, never across an await.
#[derive(Debug)]
pub(super) struct Shared<K, V>(Arc<Mutex<Put<K, V>>>);

#[derive(Debug)]
struct Put<K, V> {
    /// Not sent yet; `None` is to be forgotten.
    waiting: Waiting<K, V>,
    /// When it was last put here or fetched.
    fresh_at: BTreeMap<K, Monotonic>,
    /// When it was last put here.
    own_at: BTreeMap<K, Monotonic>,
}

type Waiting<K, V> = BTreeMap<K, Option<Arc<V>>>;

impl<K, V> Clone for Shared<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Name, V: Told> Shared<K, V> {
    pub(super) fn open(link: &Link, hash: &'static str, latest: Latest<K, V>, tasks: &Tasks) -> Self {
        let put = Put { waiting: BTreeMap::new(), fresh_at: BTreeMap::new(), own_at: BTreeMap::new() };
        let shared = Self(Arc::new(Mutex::new(put)));
        let sharing = run(link.clone(), hash, latest, shared.clone(), tasks.stop());
        tasks.spawn(&format!("coord.{hash}"), sharing);
        shared
    }

    pub(super) fn put(&self, at: Monotonic, name: &K, told: Option<Arc<V>>) {
        let mut put = self.lock();
        match &told {
            Some(_) => {
                put.own_at.insert(name.clone(), at);
                put.fresh_at.insert(name.clone(), at);
            }
            None => {
                put.own_at.remove(name);
                put.fresh_at.remove(name);
            }
        }
        put.waiting.insert(name.clone(), told);
    }

    fn lock(&self) -> MutexGuard<'_, Put<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn run<K: Name, V: Told>(link: Link, hash: &'static str, latest: Latest<K, V>, shared: Shared<K, V>, stop: Stop) {
    let sharing = async {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let waiting = std::mem::take(&mut shared.lock().waiting);
            // What was not sent is told again within a second, and forgotten by its age.
            let fetched = exchange(&link, hash, &waiting).await.ok();
            shared.lock().take(&latest, fetched, link.clock().monotonic());
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = sharing => {}
    }
}

/// Sends what is waiting, fetches all there is.
async fn exchange<K: Name, V: Told>(
    link: &Link,
    hash: &'static str,
    waiting: &Waiting<K, V>,
) -> Result<Vec<(String, Vec<u8>)>, Absent> {
    let mut call = SCRIPT.key(link.name(hash, "all"));
    call.arg(AGE_MS);
    for (name, told) in waiting {
        call.arg(name.to_string()).arg(told.as_ref().map_or_else(Vec::new, |told| wire::encode(&**told)));
    }
    link.ask(WAIT, async |to| call.invoke_async(to).await).await
}

impl<K: Name, V: Told> Put<K, V> {
    /// Takes what was fetched, but not over what was just put here. What Redis does not have any
    /// more is gone; while Redis is away it ages.
    fn take(&mut self, known: &Latest<K, V>, fetched: Option<Vec<(String, Vec<u8>)>>, now: Monotonic) {
        let mut latest = known.lock();
        let own = |own_at: &BTreeMap<K, Monotonic>, name: &K| {
            own_at.get(name).is_some_and(|at| now.since(*at).get() < OWN_MS)
        };
        if fetched.is_some() {
            self.fresh_at.retain(|name, _| own(&self.own_at, name));
        }
        for (name, bytes) in fetched.unwrap_or_default() {
            // Another version's words are none.
            let (Ok(name), Ok(told)) = (name.parse::<K>(), wire::decode::<V>(&bytes)) else {
                continue;
            };
            if own(&self.own_at, &name) || self.waiting.contains_key(&name) {
                continue;
            }
            self.fresh_at.insert(name.clone(), now);
            if latest.get(&name).is_none_or(|known| **known != told) {
                latest.insert(name, Arc::new(told));
            }
        }
        let fresh = |at: &Monotonic| now.since(*at).get() < AGE_MS;
        self.fresh_at.retain(|_, at| fresh(at));
        self.own_at.retain(|_, at| fresh(at));
        latest.retain(|name, _| self.fresh_at.contains_key(name));
    }
}
