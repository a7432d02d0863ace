//! Presence in Redis: one sorted set for each branch, on the server's clock.
//!
//! In: beats, gathered while the last ones travel. Out: who is unseen, by one script. Since
//! when presence is up stands in the same set as the beats, so it is lost with them: empty,
//! evicted, failed over. Another run of the server, or a hole in which nobody reached it,
//! begins it anew too. Never here: this machine's clock.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
    time::Duration,
};

use contract::{AgentId, BranchId, Millis};
use redis::Script;
use runtime::{Stop, Tasks};
use tokio::sync::{mpsc, oneshot};

use crate::{Absent, link::Link};

/// Time without any beat or question after which presence counts from anew.
const HOLE_MS: u64 = 3_000;
/// How long beats are kept.
const KEEP_MS: u64 = 3_600_000;
/// How long Redis may take to note beats.
const BEAT_WAIT: Duration = Duration::from_millis(500);
/// How long Redis may take to say who is unseen; a router waits for it.
const UNSEEN_WAIT: Duration = Duration::from_millis(200);
/// Beats that wait for the last ones at most.
const WAITING_MAX: usize = 4096;
/// Agents in one call at most.
const CALL_MAX: usize = 1000;

static BEAT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("beat.lua")));
static UNSEEN: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("unseen.lua")));

/// The way of beats to Redis. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Beats {
    link: Link,
    waiting: mpsc::Sender<Beat>,
}

#[derive(Debug)]
struct Beat {
    branch: BranchId,
    agent: AgentId,
    noted: oneshot::Sender<()>,
}

impl Beats {
    pub(super) fn open(link: &Link, tasks: &Tasks) -> Self {
        let (waiting, beats) = mpsc::channel(WAITING_MAX);
        tasks.spawn("coord.beats", run(link.clone(), beats, tasks.stop()));
        Self { link: link.clone(), waiting }
    }

    pub(super) async fn beat(&self, branch: &BranchId, agent: &AgentId) -> Result<(), Absent> {
        if !self.link.is_open() {
            return Err(Absent);
        }
        let (noted, heard) = oneshot::channel();
        let beat = Beat { branch: branch.clone(), agent: agent.clone(), noted };
        self.waiting.try_send(beat).map_err(|_| Absent)?;
        // Whoever is not noted is dropped.
        heard.await.map_err(|_| Absent)
    }

    pub(super) async fn unseen(
        &self,
        branch: &BranchId,
        agents: &[AgentId],
        grace: Millis,
    ) -> Result<Vec<AgentId>, Absent> {
        let mut unseen = Vec::new();
        for some in agents.chunks(CALL_MAX) {
            let mut call = UNSEEN.key(self.link.name("presence", branch.as_str()));
            call.arg(HOLE_MS).arg(KEEP_MS).arg(grace.get());
            for agent in some {
                call.arg(agent.as_str());
            }
            let names: Vec<String> = self.link.ask(UNSEEN_WAIT, async |to| call.invoke_async(to).await).await?;
            unseen.extend(some.iter().filter(|agent| names.iter().any(|name| name == agent.as_str())).cloned());
        }
        Ok(unseen)
    }
}

async fn run(link: Link, mut beats: mpsc::Receiver<Beat>, stop: Stop) {
    let mut taken = Vec::new();
    loop {
        // Both arms may be dropped midway: a beat that is not taken stays in the channel.
        tokio::select! {
            () = stop.cancelled() => return,
            _ = beats.recv_many(&mut taken, WAITING_MAX) => {}
        }
        if taken.is_empty() {
            return;
        }
        let mut branches: BTreeMap<BranchId, (BTreeSet<AgentId>, Vec<oneshot::Sender<()>>)> = BTreeMap::new();
        for Beat { branch, agent, noted } in taken.drain(..) {
            let (agents, whom) = branches.entry(branch).or_default();
            agents.insert(agent);
            whom.push(noted);
        }
        for (branch, (agents, whom)) in branches {
            if note(&link, &branch, &agents).await.is_ok() {
                for noted in whom {
                    // Who gave up waiting needs no answer.
                    noted.send(()).ok();
                }
            }
        }
    }
}

async fn note(link: &Link, branch: &BranchId, agents: &BTreeSet<AgentId>) -> Result<(), Absent> {
    let agents: Vec<&AgentId> = agents.iter().collect();
    for some in agents.chunks(CALL_MAX) {
        let mut call = BEAT.key(link.name("presence", branch.as_str()));
        call.arg(HOLE_MS).arg(KEEP_MS);
        for agent in some {
            call.arg(agent.as_str());
        }
        let () = link.ask(BEAT_WAIT, async |to| call.invoke_async(to).await).await?;
    }
    Ok(())
}
