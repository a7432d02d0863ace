//! A model of the house around one branch: a bus that repeats and reorders, a store with a
//! chained journal, a router that may crash between any two steps.
//!
//! In: messages. Out: committed records and the changes that readers get, perhaps twice.

use std::collections::{BTreeMap, BTreeSet};

use contract::{
    InputId, Millis, Timestamp,
    id::timed,
    journal::{Event, Fact, Input, READER, Record},
    seal::{KEY_BYTES, Keys},
    view::Change,
    wire,
};
use router::core::{RULES, State, decide, next_due, replay, restore, snapshot, sweep, views};

use crate::{chance::Chance, world::START};

/// Messages a router takes at once.
const BATCH: usize = 8;
/// Records after which the store keeps a snapshot.
const SNAPSHOT_EVERY: usize = 50;
/// One in so many steps goes wrong while faults are on.
const FAULT: usize = 25;

/// A message on the bus: the same id always says the same.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) id: InputId,
    pub(crate) fact: Fact,
}

/// The store: what survives every crash.
#[derive(Default)]
pub(crate) struct Store {
    /// Records as they lie there, with their hashes.
    pub(crate) journal: Vec<(Vec<u8>, [u8; 32])>,
    changes: Vec<Vec<Change>>,
    inputs: BTreeSet<InputId>,
    snapshot: Option<(usize, Vec<u8>)>,
    /// How many records were published for sure.
    cursor: usize,
}

/// The whole model.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) route: Vec<Message>,
    pub(crate) command: Vec<Message>,
    /// What the router took and has not acknowledged.
    flight: Vec<(bool, Message)>,
    router: Option<State>,
    pub(crate) now: Timestamp,
    pub(crate) faults: bool,
    /// Sequence numbers of what was published, repeats included.
    pub(crate) published: Vec<usize>,
    keys: Keys,
}

impl House {
    pub(crate) fn new() -> Self {
        Self {
            store: Store::default(),
            route: Vec::new(),
            command: Vec::new(),
            flight: Vec::new(),
            router: None,
            now: START,
            faults: true,
            published: Vec::new(),
            keys: keys(),
        }
    }

    /// Gives the changes of a committed record.
    pub(crate) fn changes(&self, at: usize) -> &[Change] {
        &self.store.changes[at]
    }

    /// Decodes a committed record.
    pub(crate) fn record(&self, at: usize) -> Record {
        wire::decode(&self.store.journal[at].0).unwrap()
    }

    /// Lets the router go round once; a fault may end it anywhere.
    pub(crate) fn step(&mut self, chance: &mut Chance) {
        if self.round(chance).is_none() {
            self.crash(chance);
        }
    }

    /// One round of the router; `None` = it crashed, or was told to start over.
    fn round(&mut self, chance: &mut Chance) -> Option<()> {
        let mut state = self.router.take().unwrap_or_else(|| self.load());
        self.survive(chance)?;
        let batch = self.take_batch(chance);
        self.survive(chance)?;
        let mut records = Vec::new();
        if next_due(&state).is_some_and(|due| due <= self.now) {
            let id = InputId::new(chance.bits());
            self.decide(&mut state, Message { id, fact: Fact::Tick }, chance, &mut records);
        }
        for message in batch {
            self.decide(&mut state, message, chance, &mut records);
        }
        self.survive(chance)?;
        let swept = sweep(&state);
        assert_eq!(swept.violations, 0, "I-3: eligible pairs wait: {:?}", swept.named);
        let fails = self.faults && chance.once_in(FAULT);
        if fails {
            return None;
        }
        self.commit(records);
        // The answer of a commit may be lost: the router must start over all the same.
        self.survive(chance)?;
        self.flight.clear();
        self.survive(chance)?;
        self.publish(chance)?;
        self.router = Some(state);
        Some(())
    }

    fn survive(&self, chance: &mut Chance) -> Option<()> {
        (!self.faults || !chance.once_in(FAULT)).then_some(())
    }

    fn take_batch(&mut self, chance: &mut Chance) -> Vec<Message> {
        let mut batch: Vec<Message> = Vec::new();
        while batch.len() < BATCH && !(self.command.is_empty() && self.route.is_empty()) {
            let from_command = !self.command.is_empty();
            let queue = if from_command { &mut self.command } else { &mut self.route };
            let place = if chance.once_in(4) { chance.below(queue.len()) } else { 0 };
            let message = queue.remove(place);
            let known = self.store.inputs.contains(&message.id) || batch.iter().any(|one| one.id == message.id);
            self.flight.push((from_command, message.clone()));
            if !known {
                batch.push(message);
            }
        }
        batch
    }

    fn decide(
        &self,
        state: &mut State,
        message: Message,
        chance: &mut Chance,
        records: &mut Vec<(Record, Vec<Change>)>,
    ) {
        let ms = u64::try_from(self.now.as_ms()).unwrap();
        let input = Input { id: message.id, fresh: timed(ms, chance.bits()), fact: message.fact };
        let mut events: Vec<Event> = Vec::new();
        decide(state, &input, self.now, &mut events);
        let seq = u64::try_from(self.store.journal.len() + records.len() + 1).unwrap();
        let changes = views(state, seq, &events);
        let record = Record {
            seq,
            epoch: 1,
            now: state.now().max(self.now),
            input,
            events,
            prev_hash: Vec::new(),
            reader: READER,
            rules: RULES,
        };
        records.push((record, changes));
    }

    fn commit(&mut self, records: Vec<(Record, Vec<Change>)>) {
        for (mut record, changes) in records {
            record.prev_hash = self.store.journal.last().map_or(vec![0; 32], |(_, hash)| hash.to_vec());
            let fresh = self.store.inputs.insert(record.input.id);
            assert!(fresh, "an input was decided twice");
            let bytes = wire::encode(&record);
            let hash = self.keys.chain(&record.prev_hash, &bytes);
            self.store.journal.push((bytes, hash));
            self.store.changes.push(changes);
        }
    }

    fn publish(&mut self, chance: &mut Chance) -> Option<()> {
        while self.store.cursor < self.store.journal.len() {
            self.published.push(self.store.cursor);
            // A crash after the confirm and before the cursor moves publishes again.
            self.survive(chance)?;
            self.store.cursor += 1;
        }
        Some(())
    }

    fn crash(&mut self, chance: &mut Chance) {
        self.router = None;
        for (command, message) in std::mem::take(&mut self.flight) {
            let queue = if command { &mut self.command } else { &mut self.route };
            let place = chance.below(queue.len() + 1);
            queue.insert(place, message);
        }
    }

    /// Loads the State as a take-over does: the last snapshot, then the journal after it.
    pub(crate) fn load(&mut self) -> State {
        let (from, mut state) = match &self.store.snapshot {
            Some((at, bytes)) => (*at, restore(wire::decode(bytes).unwrap()).unwrap()),
            None => (0, State::new()),
        };
        for at in from..self.store.journal.len() {
            replay(&mut state, &self.record(at));
        }
        if self.store.journal.len() >= from + SNAPSHOT_EVERY {
            self.store.snapshot = Some((self.store.journal.len(), wire::encode(&snapshot(&state))));
        }
        state
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, span: Millis) {
        self.now = self.now + span;
    }

    /// Says whether nothing is on its way.
    pub(crate) fn rests(&self) -> bool {
        self.route.is_empty() && self.command.is_empty() && self.store.cursor == self.store.journal.len()
    }

    /// Checks the chain of the journal; gives the place of the first record that is wrong.
    pub(crate) fn verify(&self) -> Option<usize> {
        let mut prev = vec![0; 32];
        for (at, (bytes, hash)) in self.store.journal.iter().enumerate() {
            let linked = wire::decode::<Record>(bytes).is_ok_and(|record| record.prev_hash == prev);
            if !linked || self.keys.chain(&prev, bytes) != *hash {
                return Some(at);
            }
            prev = hash.to_vec();
        }
        None
    }

    /// Counts the contacts that were taken, by input.
    pub(crate) fn taken(&self) -> BTreeMap<InputId, usize> {
        let mut taken = BTreeMap::new();
        for at in 0..self.store.journal.len() {
            *taken.entry(self.record(at).input.id).or_default() += 1;
        }
        taken
    }
}

fn keys() -> Keys {
    Keys::new(vec![(1, [1; KEY_BYTES])], [2; KEY_BYTES], [3; KEY_BYTES])
}
