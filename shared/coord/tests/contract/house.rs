//! A house under test: two processes that share coordination.
//!
//! In: which kind. Out: both sides, time that passes, facts that are waited for. Never here: an
//! expectation.

use std::time::Duration;

use contract::{AgentId, BranchId, Millis, Timestamp};
use coord::{Coord, Heard, RedisSettings, Subscription};
use runtime::{Chance, Clock, Health, Monotonic, Tasks};
use tokio::time::{Instant, sleep, timeout};

/// How long a fact may take on a machine that has little time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Two processes and what they share.
pub(crate) struct House {
    pub(crate) one: Coord,
    pub(crate) two: Coord,
    clock: Clock,
    is_local: bool,
    _tasks: Tasks,
}

impl House {
    /// Two handles of one process's coordination, on a clock that is moved by hand.
    pub(crate) fn local() -> Self {
        let clock = Clock::by_hand(Timestamp::from_ms(1_000_000));
        let one = Coord::local(&clock);
        let tasks = Tasks::new(Health::default());
        Self { two: one.clone(), one, clock, is_local: true, _tasks: tasks }
    }

    /// Two processes on one Redis, both connected.
    pub(crate) async fn redis() -> Self {
        let address = servers::redis().expect("a private Redis");
        // A machine that has little time must not make a share of a rate decide.
        let settings = RedisSettings { quota_wait: PATIENCE, ..RedisSettings::at(&address) };
        let (clock, health) = (Clock::machine(), Health::default());
        let tasks = Tasks::new(health.clone());
        let open = || Coord::redis(&settings, &clock, &Chance::machine(), &tasks, &health).expect("settings that fit");
        let house = Self { one: open(), two: open(), clock, is_local: false, _tasks: tasks };
        until(async || (house.one.fanout.is_heard() && house.two.fanout.is_heard()).then_some(())).await;
        house
    }

    /// Gives a reading of the house's clock.
    pub(crate) fn now(&self) -> Monotonic {
        self.clock.monotonic()
    }

    /// Lets time pass.
    pub(crate) async fn pass(&self, span: Millis) {
        if self.is_local {
            self.clock.advance(span);
        } else {
            sleep(span.to_duration()).await;
        }
    }

    /// Gives who is unseen, as soon as coordination answers.
    pub(crate) async fn unseen(&self, coord: &Coord, agents: &[AgentId], grace: Millis) -> Vec<AgentId> {
        until(async || coord.presence.unseen(&hq(), agents, grace).await.ok()).await
    }
}

/// Asks until there is an answer.
pub(crate) async fn until<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < end, "waited {PATIENCE:?} in vain");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Gives the next word that is no gap, in short.
pub(crate) async fn heard(subscription: &mut Subscription) -> String {
    loop {
        match timeout(PATIENCE, subscription.next()).await.expect("a word in time") {
            Heard::Commit(commit) => return format!("commit {}", commit.seq),
            Heard::Head { seq, .. } => return format!("head {seq}"),
            Heard::Standing(standing) => return format!("answer {}", standing.delivery.state),
            Heard::Gap => {}
        }
    }
}

pub(crate) fn hq() -> BranchId {
    sample::hq()
}
