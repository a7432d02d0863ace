//! Two processes on a Redis of their own, and what is waited for.
//!
//! In: settings. Out: both sides; words heard, time that passed. Never here: a fault.

use std::{num::NonZeroU32, time::Duration};

use contract::{AgentId, BranchId, Millis, live::Committed};
use coord::{Coord, Heard, Kind, Rate, RedisSettings, Subscription};
use runtime::{Chance, Clock, Health, Tasks, health::Condition};
use tokio::time::{Instant, sleep, timeout};

/// How long a fact may take on a machine that has little time.
const PATIENCE: Duration = Duration::from_secs(90);

/// One process.
pub(crate) struct Process {
    pub(crate) coord: Coord,
    pub(crate) clock: Clock,
    health: Health,
    _tasks: Tasks,
}

impl Process {
    /// Starts one; Redis may be away.
    pub(crate) fn start(settings: &RedisSettings) -> Self {
        let (clock, health) = (Clock::machine(), Health::default());
        let tasks = Tasks::new(health.clone());
        let coord = Coord::redis(settings, &clock, &Chance::machine(), &tasks, &health).expect("settings that fit");
        Self { coord, clock, health, _tasks: tasks }
    }

    /// Starts two that are connected.
    pub(crate) async fn two(settings: &RedisSettings) -> (Self, Self) {
        let (one, two) = (Self::start(settings), Self::start(settings));
        one.is_well().await;
        two.is_well().await;
        (one, two)
    }

    /// Waits until the process is connected.
    pub(crate) async fn is_well(&self) {
        until("a connection", async || (self.condition() == Some(Condition::Well)).then_some(())).await;
    }

    /// Waits until the process knows that it is not; gives what it says.
    pub(crate) async fn is_hindered(&self) -> String {
        until("the end of a connection", async || match self.condition() {
            Some(Condition::Hindered(words)) => Some(words),
            Some(Condition::Well | Condition::Starting | Condition::Awaiting(_) | Condition::Failed(_)) | None => None,
        })
        .await
    }

    fn condition(&self) -> Option<Condition> {
        self.health.parts().into_iter().find(|(name, _)| name == "coord").map(|(_, condition)| condition)
    }

    /// Asks every 100 ms until `agent` is unseen; gives how long it took.
    pub(crate) async fn missing(&self, agent: &AgentId, grace: Millis) -> Millis {
        let began = self.clock.monotonic();
        let agents = [agent.clone()];
        loop {
            let unseen = self.coord.presence.unseen(&hq(), &agents, grace).await.unwrap_or_default();
            let took = self.clock.monotonic().since(began);
            if !unseen.is_empty() {
                return took;
            }
            assert!(took < Millis::from_secs(90), "nobody misses him");
            sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Gives settings for one address.
pub(crate) fn at(address: &str) -> RedisSettings {
    RedisSettings::at(address)
}

/// Gives settings for several addresses of a kind.
pub(crate) fn of_kind(kind: Kind, addresses: Vec<String>) -> RedisSettings {
    RedisSettings { kind, addresses, quota_wait: PATIENCE, ..RedisSettings::at("") }
}

/// Asks until there is an answer.
pub(crate) async fn until<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < end, "waited {PATIENCE:?} in vain for {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Waits for the next word.
pub(crate) async fn next(subscription: &mut Subscription) -> Heard {
    timeout(PATIENCE, subscription.next()).await.expect("a word in time")
}

/// Tells commits without end, each with a head behind it, from `seq` on.
pub(crate) async fn tell_for_ever(coord: &Coord, mut seq: u64) {
    loop {
        coord.fanout.tell(commit(seq));
        coord.fanout.tell_head(&hq(), 1, seq);
        seq += 1;
        sleep(Duration::from_millis(1)).await;
    }
}

/// Listens until `count` commits came one after the other without a gap; fails when one is
/// missing and no gap told so. Gives how many gaps there were before.
pub(crate) async fn hears_in_order(subscription: &mut Subscription, count: u64) -> u64 {
    let (mut gaps, mut run, mut last) = (0, 0, None);
    while run < count {
        match next(subscription).await {
            Heard::Gap => {
                gaps += 1;
                (run, last) = (0, None);
            }
            Heard::Commit(commit) => {
                assert!(
                    last.is_none_or(|last| last + 1 == commit.first_seq),
                    "{} came after {last:?}",
                    commit.first_seq
                );
                last = Some(commit.seq);
                run += 1;
            }
            Heard::Head { .. } | Heard::Standing(_) => {}
        }
    }
    gaps
}

pub(crate) fn commit(seq: u64) -> Committed {
    Committed { branch: hq(), epoch: 1, first_seq: seq, seq, changes: Vec::new() }
}

pub(crate) fn hq() -> BranchId {
    sample::hq()
}

pub(crate) fn lin() -> AgentId {
    sample::name("lin")
}

pub(crate) const fn rate(per_minute: u32, burst: u32) -> Rate {
    Rate {
        per_minute: NonZeroU32::new(per_minute).expect("not zero"),
        burst: NonZeroU32::new(burst).expect("not zero"),
    }
}
