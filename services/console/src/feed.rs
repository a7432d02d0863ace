//! The feed: commits of branches on their way to screens and to those who wait for an outcome.
//!
//! In: one subscription per branch to the fan-out. Out: to each screen the commits that
//! concern its agent, to each waiting command its outcome. A screen that does not keep up
//! is told to go; it comes back and reads. Never here: the store, personal data.

mod rereads;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use contract::{
    AgentId, BranchId, CaseId, CaseState, InputId, OfferState,
    view::{Change, OutcomeView},
};
use coord::{Committed, Fanout, Heard, Standing, Subscription};
use runtime::{Stop, Tasks};
use tokio::sync::{Notify, mpsc, oneshot};

pub use rereads::Rereads;

/// Commits that a screen may be behind before it has to go.
pub const SCREEN_BEHIND_MAX: usize = 256;

/// The feed of a console. Clones share it.
#[derive(Debug, Clone)]
pub struct Feed {
    fanout: Fanout,
    tasks: Tasks,
    gaps: Arc<Notify>,
    // Held for a few look-ups at a time, never across an await.
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    rooms: BTreeMap<BranchId, Room>,
    waiting: BTreeMap<InputId, Vec<(u64, oneshot::Sender<OutcomeView>)>>,
    next: u64,
    screens: usize,
}

#[derive(Debug, Default)]
struct Room {
    seats: BTreeMap<AgentId, BTreeMap<u64, Seat>>,
    /// Agents whose screens show a case or have it on offer.
    concerned: BTreeMap<CaseId, BTreeSet<AgentId>>,
    /// How far the branch was heard of without a gap.
    heard: Option<Reach>,
    /// Set by a gap: how far it was heard of before.
    missed: Option<Option<Reach>>,
}

/// How far a branch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reach {
    epoch: u64,
    seq: u64,
}

#[derive(Debug)]
struct Seat {
    words: mpsc::Sender<Word>,
    slow: Stop,
}

/// What a screen hears.
#[derive(Debug, Clone)]
pub enum Word {
    /// A commit with something for its agent.
    Commit(Arc<Committed>),
    /// Where an answer in a case on its screen, or of its agent, stands.
    Standing(Arc<Standing>),
    /// Something was missed: read the store.
    Reread,
}

/// A screen's place in the feed; dropping it gives it up.
#[derive(Debug)]
pub struct Listener {
    /// What it hears, in order.
    pub words: mpsc::Receiver<Word>,
    /// Says that it did not keep up and must go.
    pub slow: Stop,
    feed: Feed,
    branch: BranchId,
    agent: AgentId,
    number: u64,
}

/// A command's place in the feed; dropping it gives it up.
#[derive(Debug)]
pub struct Awaited {
    /// Gets the outcome once it is committed.
    pub outcome: oneshot::Receiver<OutcomeView>,
    feed: Feed,
    input: InputId,
    number: u64,
}

impl Feed {
    /// Makes a feed that hears nothing yet, and the task that has screens read anew.
    #[must_use]
    pub fn new(fanout: Fanout, tasks: Tasks) -> (Self, Rereads) {
        let gaps = Arc::new(Notify::new());
        let feed = Self { fanout, tasks, gaps: gaps.clone(), state: Arc::default() };
        (feed.clone(), Rereads::of(feed, gaps))
    }

    /// Takes a place for a screen; from here on it misses nothing without being told.
    #[must_use]
    pub fn listen(&self, branch: &BranchId, agent: &AgentId) -> Listener {
        self.hear(branch);
        let (sender, words) = mpsc::channel(SCREEN_BEHIND_MAX);
        let slow = Stop::new();
        let mut state = self.lock();
        state.next += 1;
        state.screens += 1;
        gauge(state.screens);
        let number = state.next;
        let seat = Seat { words: sender, slow: slow.clone() };
        let room = state.rooms.entry(branch.clone()).or_default();
        room.seats.entry(agent.clone()).or_default().insert(number, seat);
        Listener { words, slow, feed: self.clone(), branch: branch.clone(), agent: agent.clone(), number }
    }

    /// Takes a place for a command that is about to be given.
    #[must_use]
    pub fn awaited(&self, branch: &BranchId, input: InputId) -> Awaited {
        self.hear(branch);
        let (sender, outcome) = oneshot::channel();
        let mut state = self.lock();
        state.next += 1;
        let number = state.next;
        state.waiting.entry(input).or_default().push((number, sender));
        Awaited { outcome, feed: self.clone(), input, number }
    }

    /// Says how many screens are open.
    #[must_use]
    pub fn screens(&self) -> usize {
        self.lock().screens
    }

    fn hear(&self, branch: &BranchId) {
        let new = {
            let mut state = self.lock();
            let new = !state.rooms.contains_key(branch);
            state.rooms.entry(branch.clone()).or_default();
            new.then(|| self.fanout.subscribe(branch))
        };
        if let Some(subscription) = new {
            let feed = self.clone();
            let (name, branch, stop) = (format!("feed.{branch}"), branch.clone(), self.tasks.stop());
            self.tasks.spawn(&name, async move { feed.run(&branch, subscription, stop).await });
        }
    }

    async fn run(&self, branch: &BranchId, mut subscription: Subscription, stop: Stop) {
        loop {
            let heard = tokio::select! {
                () = stop.cancelled() => return,
                heard = subscription.next() => heard,
            };
            match heard {
                Heard::Commit(commit) => {
                    self.lock().hears(branch, Reach { epoch: commit.epoch, seq: commit.seq });
                    self.lock().tell(branch, &commit);
                }
                Heard::Standing(standing) => self.lock().stands(branch, &standing),
                Heard::Gap => {
                    self.lock().misses(branch);
                    self.gaps.notify_one();
                }
                Heard::Head { epoch, seq } => self.lock().hears(branch, Reach { epoch, seq }),
            }
        }
    }

    /// Takes the branches of which something may have been missed, and how far they were heard
    /// of before.
    fn missed(&self) -> Vec<(BranchId, Option<Reach>)> {
        let mut state = self.lock();
        let missed = |(branch, room): (&BranchId, &mut Room)| Some((branch.clone(), room.missed.take()?));
        state.rooms.iter_mut().filter_map(missed).collect()
    }

    /// Notes how far a branch is by the store, unless it was heard of since.
    fn reaches(&self, branch: &BranchId, head: Option<Reach>) {
        if let Some(room) = self.lock().rooms.get_mut(branch) {
            room.heard = room.heard.or(head);
        }
    }

    /// Gives the agents with screens in a branch.
    fn seated(&self, branch: &BranchId) -> Vec<AgentId> {
        self.lock().rooms.get(branch).map(|room| room.seats.keys().cloned().collect()).unwrap_or_default()
    }

    /// Has an agent's screens read anew.
    fn reread(&self, branch: &BranchId, agent: &AgentId) {
        if let Some(room) = self.lock().rooms.get_mut(branch) {
            room.send(agent, &Word::Reread);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tell(&mut self, branch: &BranchId, commit: &Arc<Committed>) {
        for change in &commit.changes {
            if let Change::Outcome(outcome) = change {
                for (_, sender) in self.waiting.remove(&outcome.input).unwrap_or_default() {
                    // Whoever gave up waiting needs no answer.
                    drop(sender.send(outcome.clone()));
                }
            }
        }
        if let Some(room) = self.rooms.get_mut(branch).filter(|room| !room.seats.is_empty()) {
            for agent in room.whom(commit) {
                room.send(&agent, &Word::Commit(commit.clone()));
            }
        }
    }

    fn stands(&mut self, branch: &BranchId, standing: &Arc<Standing>) {
        let Some(room) = self.rooms.get_mut(branch) else { return };
        let concerned = standing.delivery.case.and_then(|case| room.concerned.get(&case));
        let whom: BTreeSet<AgentId> = concerned.into_iter().flatten().chain(&standing.author).cloned().collect();
        for agent in whom {
            room.send(&agent, &Word::Standing(standing.clone()));
        }
    }

    fn hears(&mut self, branch: &BranchId, reach: Reach) {
        if let Some(room) = self.rooms.get_mut(branch) {
            room.heard = Some(reach);
        }
    }

    fn misses(&mut self, branch: &BranchId) {
        if let Some(room) = self.rooms.get_mut(branch) {
            let heard = room.heard.take();
            room.missed.get_or_insert(heard);
        }
    }
}

impl Room {
    /// Says whom a commit concerns, and remembers whom its cases concern from here on.
    fn whom(&mut self, commit: &Committed) -> BTreeSet<AgentId> {
        let mut whom = BTreeSet::new();
        for change in &commit.changes {
            match change {
                Change::Case(case) => {
                    let owner = case.owner.parse::<AgentId>().ok();
                    let present: BTreeSet<AgentId> = case.agent.iter().cloned().chain(owner).collect();
                    let concerned = self.concerned.entry(case.id).or_default();
                    whom.extend(concerned.iter().cloned().chain(present.iter().cloned()));
                    concerned.extend(present.into_iter().filter(|agent| self.seats.contains_key(agent)));
                    if case.state == CaseState::Closed || concerned.is_empty() {
                        self.concerned.remove(&case.id);
                    }
                }
                Change::Offer(offer) => {
                    whom.insert(offer.agent.clone());
                    if offer.state == OfferState::Open && self.seats.contains_key(&offer.agent) {
                        self.concerned.entry(offer.case).or_default().insert(offer.agent.clone());
                    }
                }
                Change::Contact(contact) => {
                    let concerned = contact.case.and_then(|case| self.concerned.get(&case));
                    whom.extend(concerned.into_iter().flatten().cloned());
                }
                Change::Reply(reply) => {
                    whom.extend(self.concerned.get(&reply.case).into_iter().flatten().cloned());
                }
                Change::Agent(agent) => drop(whom.insert(agent.id.clone())),
                Change::Told(told) => whom.extend(told.who.parse::<AgentId>().ok()),
                Change::Promise(promise) => {
                    whom.extend(promise.owner.parse::<AgentId>().ok());
                    whom.extend(self.concerned.get(&promise.case).into_iter().flatten().cloned());
                }
                Change::Outcome(_) => {}
            }
        }
        whom
    }

    fn send(&mut self, agent: &AgentId, word: &Word) {
        for seat in self.seats.get(agent).into_iter().flat_map(BTreeMap::values) {
            if seat.words.try_send(word.clone()).is_err() {
                seat.slow.cancel();
            }
        }
    }
}

impl Listener {
    /// Says which cases the screen shows, as read from the store.
    pub fn concerns(&self, cases: impl Iterator<Item = CaseId>) {
        let mut state = self.feed.lock();
        if let Some(room) = state.rooms.get_mut(&self.branch) {
            for case in cases {
                room.concerned.entry(case).or_default().insert(self.agent.clone());
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut state = self.feed.lock();
        state.screens = state.screens.saturating_sub(1);
        gauge(state.screens);
        let Some(room) = state.rooms.get_mut(&self.branch) else { return };
        let Some(seats) = room.seats.get_mut(&self.agent) else { return };
        seats.remove(&self.number);
        if seats.is_empty() {
            room.seats.remove(&self.agent);
            room.concerned.retain(|_, agents| {
                agents.remove(&self.agent);
                !agents.is_empty()
            });
        }
    }
}

fn gauge(screens: usize) {
    metrics::gauge!("shouwen_screens").set(u32::try_from(screens).unwrap_or(u32::MAX));
}

impl Drop for Awaited {
    fn drop(&mut self) {
        let mut state = self.feed.lock();
        let Some(waiting) = state.waiting.get_mut(&self.input) else { return };
        waiting.retain(|(number, _)| *number != self.number);
        if waiting.is_empty() {
            state.waiting.remove(&self.input);
        }
    }
}

#[cfg(test)]
mod tests;
