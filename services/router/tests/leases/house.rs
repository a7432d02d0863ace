//! What all routers stand on: one store, one bus, one coordination, clients and agents at work.
//!
//! In: routers that come and go. Out: who holds what; every input that was given. Never here:
//! what a router knows.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
    sync::Arc,
    thread,
    time::Duration,
};

use bus::{Bus, Limits, Message, QueueName, Target};
use contract::{
    Address, AddressKind, AgentId, BranchId, ChannelKind, ContactId, InputId, Millis, Outcome, Role, Timestamp, about,
    audit::By,
    command::{Actor, Command, Verb},
    inbound::{Body, Inbound, Matter},
    seal::Keys,
    wire,
};
use coord::{ConsoleId, Coord};
use router::shell::Ports;
use runtime::{Chance, Clock, Health, Tasks};
use store::{
    Engine, Store, StoreConfig,
    leases::{Hold, RouterId},
};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::process::{Pace, Process};

/// Milliseconds by which the time moves at once.
const STEP_MS: i64 = 100;
/// The same as a span.
const STEP: Duration = Duration::from_millis(STEP_MS.unsigned_abs());
/// Steps between two contacts of a branch.
const CONTACT_EVERY: i64 = 5;
/// Agents' units.
pub(crate) const UNITS: u32 = 3;

/// A house of many routers.
pub(crate) struct House {
    pub(crate) runtime: Runtime,
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) branches: BTreeSet<BranchId>,
    /// Every input that was given, by its branch.
    pub(crate) given: BTreeMap<InputId, BranchId>,
    pace: Pace,
    engine: Engine,
    coord: Coord,
    clock: Clock,
    chance: Chance,
    processes: Vec<Process>,
    born: u64,
    steps: i64,
    tasks: Tasks,
    folder: TempDir,
}

impl House {
    /// Makes a house of so many branches, an agent in each, and no router.
    pub(crate) fn of(branches: usize) -> Self {
        Self::on(Engine::Sqlite, Pace::Told, branches)
    }

    /// Makes one whose records lie elsewhere.
    pub(crate) fn on(engine: Engine, pace: Pace, branches: usize) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let folder = TempDir::new().unwrap();
        let (clock, chance) = (Clock::by_hand(Timestamp::from_ms(1_800_000_000_000)), Chance::seeded(7));
        let tasks = Tasks::new(Health::default());
        let branches: BTreeSet<BranchId> =
            (0..branches).map(|number| format!("b{number:02}").parse().unwrap()).collect();
        let store = open(&runtime, folder.path(), &engine, &clock, &tasks);
        let bus = runtime.block_on(async {
            let bus = Bus::embedded(folder.path(), Limits::default(), clock.clone(), &tasks).await.unwrap();
            let text = firm_of(&branches);
            let (book, _) = firm::read("firm", &text).unwrap();
            store.firms().put(firm::digest(&book).to_vec(), text, &By::house(), Vec::new()).await.unwrap();
            bus
        });
        let mut house = Self {
            pace,
            engine,
            coord: Coord::local(&clock),
            runtime,
            store,
            bus,
            branches,
            given: BTreeMap::new(),
            clock,
            chance,
            processes: Vec::new(),
            born: 0,
            steps: 0,
            tasks,
            folder,
        };
        for branch in house.branches.clone() {
            let id = InputId::new(house.chance.id(house.clock.now()));
            house.command(&branch, id, Verb::Ready(agent_of(&branch)));
        }
        house
    }

    /// Starts another router, with connections of its own: one that sleeps keeps nobody else's.
    pub(crate) fn join(&mut self) {
        self.join_by(&self.engine.clone());
    }

    /// Starts one that reaches the records by another way.
    pub(crate) fn join_by(&mut self, engine: &Engine) {
        self.born += 1;
        let store = open(&self.runtime, self.folder.path(), engine, &self.clock, &self.tasks);
        let (bus, coord) = (self.bus.clone(), self.coord.clone());
        let ports =
            |clock, chance, tasks| Ports { bus, store, coord, clock, chance, tasks, answerable: BTreeSet::new() };
        let (seed, now) = (1_000 + self.born, self.clock.now());
        self.processes.push(Process::start(self.pace, seed, now, self.branches.clone(), ports));
    }

    pub(crate) fn kill(&mut self, which: usize) {
        self.processes.remove(which).kill();
    }

    /// Ends a router as it should; one that sleeps is woken for it.
    pub(crate) fn leave(&mut self, which: usize) {
        self.thaw(which);
        self.processes.remove(which).end();
    }

    pub(crate) fn freeze(&mut self, which: usize) {
        self.processes[which].slept.get_or_insert(0);
    }

    pub(crate) fn thaw(&mut self, which: usize) {
        if let Some(slept) = self.processes[which].slept.take()
            && slept > 0
        {
            self.processes[which].advance(slept);
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.processes.len()
    }

    /// Gives the routers that are awake.
    pub(crate) fn living(&self) -> Vec<&RouterId> {
        self.processes.iter().filter(|process| process.slept.is_none()).map(|process| &process.id).collect()
    }

    pub(crate) fn words(&self) -> Vec<String> {
        self.processes.iter().flat_map(Process::words).collect()
    }

    pub(crate) fn are_all_well(&self) -> bool {
        self.words().is_empty()
    }

    /// Gives every branch with its holder.
    pub(crate) fn held(&self) -> BTreeMap<BranchId, Option<RouterId>> {
        let sight = self.runtime.block_on(self.store.leases().look()).unwrap();
        let mut held: BTreeMap<_, _> = self.branches.iter().map(|branch| (branch.clone(), None)).collect();
        for found in sight.branches {
            if let Hold::By(router) = found.hold {
                held.insert(found.branch, Some(router));
            }
        }
        held
    }

    /// Gives how often each branch was taken.
    pub(crate) fn epochs(&self) -> Vec<u64> {
        let sight = self.runtime.block_on(self.store.leases().look()).unwrap();
        sight.branches.iter().map(|found| found.mark.epoch).collect()
    }

    /// Says whether every branch is held by one who is awake.
    pub(crate) fn is_shared(&self) -> bool {
        let living = self.living();
        self.held().values().all(|holder| holder.as_ref().is_some_and(|holder| living.contains(&holder)))
    }

    /// Moves the time by a step, while clients write and agents work.
    fn step(&mut self) {
        self.steps += 1;
        self.clock.advance(Millis::new(STEP_MS));
        self.write_and_work();
        self.pass();
    }

    /// Moves the time by a step in which nobody does anything new.
    fn pass(&mut self) {
        if self.pace == Pace::Own {
            // The clock never goes ahead of the network.
            thread::sleep(STEP);
        }
        for process in &mut self.processes {
            match &mut process.slept {
                Some(slept) => *slept += STEP_MS,
                None => process.advance(STEP_MS),
            }
        }
    }

    /// Works for so long.
    pub(crate) fn work(&mut self, ms: i64) {
        (0..ms / STEP_MS).for_each(|_| self.step());
    }

    /// Works until something is so; gives how long that took.
    pub(crate) fn until(&mut self, what: &str, ms_max: i64, so: impl Fn(&Self) -> bool) -> i64 {
        for steps in 0..=ms_max / STEP_MS {
            if so(self) {
                return steps * STEP_MS;
            }
            self.step();
        }
        panic!("not within {ms_max} ms: {what}: {:?} {:?}", self.held(), self.words());
    }

    /// Lets everything that was given be decided.
    pub(crate) fn rest(&mut self) {
        for _ in 0..300 {
            self.clock.advance(Millis::new(STEP_MS));
            self.beat();
            self.pass();
            let waiting: u64 = self.bus.figures().queues.iter().map(|(_, depth)| depth.messages).sum();
            if waiting == 0 {
                return;
            }
        }
        panic!("messages wait: {:?} {:?}", self.bus.figures().queues, self.words());
    }

    fn write_and_work(&mut self) {
        self.beat();
        for (place, branch) in self.branches.clone().into_iter().enumerate() {
            if (self.steps + i64::try_from(place).unwrap()) % CONTACT_EVERY == 0 {
                let number = self.given.len();
                let inbound = self.inbound(&branch, number);
                self.give(QueueName::Route(branch.clone()), &branch, inbound.input, wire::encode(&inbound));
                if number.is_multiple_of(7) {
                    self.give(QueueName::Route(branch.clone()), &branch, inbound.input, wire::encode(&inbound));
                }
            }
            let offers = self.runtime.block_on(self.store.views().open_offers(&agent_of(&branch))).unwrap();
            for offer in offers {
                let accept = InputId::new(offer.id.bits() ^ 1);
                if !self.given.contains_key(&accept) {
                    self.command(&branch, accept, Verb::Accept(offer.id));
                    let close = InputId::new(offer.id.bits() ^ 2);
                    self.command(&branch, close, Verb::Close(offer.case, Outcome::Solved));
                }
            }
        }
    }

    /// Shows that every agent has a screen.
    fn beat(&self) {
        for branch in &self.branches {
            let agent = agent_of(branch);
            self.runtime.block_on(self.coord.presence.beat(branch, &agent, ConsoleId(1))).unwrap();
        }
    }

    fn command(&mut self, branch: &BranchId, id: InputId, verb: Verb) {
        let agent = agent_of(branch);
        let by = Actor { user: agent.as_str().parse().unwrap(), role: Role::Agent, agent: Some(agent) };
        let command =
            Command { id, digest: vec![], branch: branch.clone(), given_at: self.clock.now(), by, verb, sealed: None };
        self.give(QueueName::Command(branch.clone()), branch, id, wire::encode(&command));
    }

    fn give(&mut self, queue: QueueName, branch: &BranchId, id: InputId, body: Vec<u8>) {
        self.given.insert(id, branch.clone());
        let publish = self.bus.publish(Target::Queue(queue), vec![Message::new(id.bits(), body)]);
        self.runtime.block_on(publish).unwrap();
    }

    fn inbound(&self, branch: &BranchId, number: usize) -> Inbound {
        let provider_id = format!("{branch}-{number}");
        let contact = ContactId::derive(ChannelKind::Sms, &"main".parse().unwrap(), &provider_id);
        let from = Address::parse(AddressKind::Phone, &format!("138{number:08}")).unwrap();
        let keys = self.store.keys();
        let body = Body {
            from: Some(from.clone()),
            text: "几点下班".to_owned(),
            provider_id: Some(provider_id),
            salt: self.chance.bytes::<16>().to_vec(),
            ..Body::default()
        };
        let now = self.clock.now();
        Inbound {
            input: InputId::of_contact(contact, ""),
            contact,
            branch: branch.clone(),
            channel: ChannelKind::Sms,
            account: "main".parse().unwrap(),
            received_at: now,
            accepted_at: now,
            sender: Some(keys.blind(&from)),
            sealed: keys.seal(self.chance.nonce(), &about::contact(contact), &wire::encode(&body)),
            digest: body.digest().to_vec(),
            thread: None,
            matter: Matter::Message,
            hop: 0,
        }
    }
}

fn open(runtime: &Runtime, folder: &Path, engine: &Engine, clock: &Clock, tasks: &Tasks) -> Store {
    let keys = Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]));
    let config = StoreConfig { engine: engine.clone(), ..StoreConfig::at(folder) };
    runtime.block_on(Store::open(&config, keys, clock.clone(), Chance::seeded(7), tasks)).unwrap()
}

/// The one agent of a branch.
pub(crate) fn agent_of(branch: &BranchId) -> AgentId {
    format!("agent-{branch}").parse().unwrap()
}

fn firm_of(branches: &BTreeSet<BranchId>) -> String {
    let mut text = String::new();
    for branch in branches {
        write!(
            text,
            "[[branch]]\nid = \"{branch}\"\nname = \"{branch}\"\ntime_zone = \"Asia/Shanghai\"\n\
             [[queue]]\nid = \"desk-{branch}\"\nbranch = \"{branch}\"\nname = \"柜台\"\nkinds = [\"enquiry\"]\n\
             within = \"60s\"\nwrap_up = \"0s\"\nlead = \"agent-{branch}\"\ndeputy = \"agent-{branch}\"\n\
             [[agent]]\nid = \"agent-{branch}\"\nname = \"{branch}\"\nbranch = \"{branch}\"\n\
             queues = [\"desk-{branch}\"]\nunits = {UNITS}\n"
        )
        .unwrap();
    }
    text
}
