//! The notifier and the sender together, on a real bus and a real store in a folder, in lives
//! that end at random between any two steps. Each life has a runtime of its own, which is
//! dropped with everything in it; the next opens the same files. The provider outlives them
//! all and remembers every submit.
//!
//! What is checked: no answer is submitted again unless the earlier submit said that it was
//! not taken (I-6), none at or after its expiry, and each comes to an end. A failure prints
//! its seed.

mod alerts;
mod cancels;

use std::{
    collections::BTreeMap,
    future::Future,
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use bus::{Limits, Message};
use channel::{
    Account, Outbound, Receipt, ReceiptBook, ReceiptSink, ReceiptStatus, SendOutcome, Sender, Submitter, Way, sender,
};
use contract::{
    Address, AddressKind, CaseId, ChannelKind, ContactId, DeliveryId, DeliveryState, InputId, Millis, about,
    inbound::{Body, Inbound, Matter},
    seal::Keys,
};
use runtime::{Chance, Health, Tasks, health::Condition};
use store::{
    StoreConfig,
    journal::{Commit, Record, Stream, Text},
};
use tokio::sync::Notify;

use super::*;

/// Answers of one world.
const ANSWERS: u128 = 24;
/// Lives that end by a crash before the one that lasts.
const LIVES: u64 = 8;
/// Turns of the scheduler that a life lasts at most, where the provider does not end it.
const TURNS_MAX: u64 = 6000;
/// The longest a world is given to come to rest.
const PATIENCE: Duration = Duration::from_secs(60);
/// Submits at once.
const WINDOW: usize = 4;

fn account() -> Account {
    Account { channel: ChannelKind::Sms, id: "main".parse().unwrap(), branch: "hq".parse().unwrap() }
}

fn outlets() -> Vec<Outlet> {
    vec![Outlet { channel: ChannelKind::Sms, account: account().id, branch: account().branch, window: WINDOW as u64 }]
}

fn keys() -> Arc<Keys> {
    Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]))
}

/// One submit as the provider remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Memory {
    /// Refused for the moment, and said so.
    Refused,
    /// Anything else: taken, refused for good, or nothing said.
    Final,
}

/// The provider; it may crash the house before or after it does its work.
struct Provider {
    chance: Chance,
    clock: Clock,
    memory: Mutex<BTreeMap<DeliveryId, Vec<Memory>>>,
    wrong: Mutex<Vec<String>>,
    expiries: BTreeMap<DeliveryId, Timestamp>,
    alerts_expire_at: Timestamp,
    crash: Notify,
    crashes: Mutex<bool>,
    house: Mutex<Option<ReceiptBook>>,
    heard: Mutex<cancels::Heard>,
}

impl Provider {
    fn remember(&self, delivery: DeliveryId, text: &str, now: Memory) {
        let mut memory = self.memory.lock().unwrap();
        let before = memory.entry(delivery).or_default();
        let known = before.iter().filter(|memory| **memory == Memory::Final).count();
        // A warning of which nobody knew what became of it says that it is one.
        let may = known == 0 || (known == 1 && text.starts_with("(重发)预警"));
        if !may {
            self.wrong.lock().unwrap().push(format!("{delivery} was submitted again after {before:?}"));
        }
        if self.clock.now() >= self.expiries.get(&delivery).copied().unwrap_or(self.alerts_expire_at) {
            self.wrong.lock().unwrap().push(format!("{delivery} was submitted after its expiry"));
        }
        before.push(now);
    }

    /// Ends the life one time in twelve, and then never answers.
    async fn maybe_crash(&self) {
        if *self.crashes.lock().unwrap() && self.chance.below(12) == 0 {
            self.crash.notify_one();
            std::future::pending::<()>().await;
        }
    }

    async fn receipt(&self, delivery: DeliveryId, status: ReceiptStatus) {
        let book = self.house.lock().unwrap().clone();
        let receipt = Receipt { provider_id: format!("p-{delivery}"), status, error: None };
        if let Some(book) = book {
            drop(book.take(account(), receipt).await);
        }
    }
}

impl Submitter for Provider {
    fn submit(&self, outbound: Outbound) -> Pin<Box<dyn Future<Output = SendOutcome> + Send + '_>> {
        Box::pin(async move {
            let delivery = outbound.delivery;
            self.hear(&outbound);
            self.maybe_crash().await;
            let what = self.chance.below(10);
            self.remember(delivery, &outbound.text, if what < 3 { Memory::Refused } else { Memory::Final });
            self.maybe_crash().await;
            let outcome = match what {
                0..3 => SendOutcome::Retry("busy".to_owned(), None),
                3 => SendOutcome::Failed("no such number".to_owned()),
                4 => SendOutcome::Unknown("no answer".to_owned()),
                early => {
                    // The receipt overtakes the answer now and then.
                    if early < 7 {
                        self.receipt(delivery, ReceiptStatus::Delivered).await;
                    }
                    SendOutcome::Sent(Some(format!("p-{delivery}")))
                }
            };
            self.maybe_crash().await;
            self.take_time(&outbound).await;
            self.heard_out(&outbound);
            outcome
        })
    }
}

/// What lasts over all lives.
struct World {
    folder: tempfile::TempDir,
    clock: Clock,
    chance: Chance,
    provider: Arc<Provider>,
}

impl World {
    fn new(seed: u64) -> Self {
        let clock = Clock::by_hand("2026-11-09T01:14:00Z".parse().unwrap());
        let chance = Chance::seeded(seed);
        let expiry = clock.now() + plan::ANSWER_LIFE;
        let provider = Arc::new(Provider {
            chance: chance.clone(),
            clock: clock.clone(),
            memory: Mutex::default(),
            wrong: Mutex::default(),
            expiries: (1..=ANSWERS).map(|id| (DeliveryId::new(id), expiry)).collect(),
            alerts_expire_at: clock.now() + Millis::from_secs(1800),
            crash: Notify::new(),
            crashes: Mutex::new(true),
            house: Mutex::default(),
            heard: Mutex::default(),
        });
        Self { folder: tempfile::TempDir::new().unwrap(), clock, chance, provider }
    }

    /// Runs one life in a runtime that is dropped with all its tasks when `life` ends.
    fn live<T, F: Future<Output = T>>(&self, life: impl FnOnce(House) -> F) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let house = House::open(self.folder.path(), &self.clock, &self.chance).await;
            let book = ReceiptBook::new(house.ports.store.clone(), self.clock.clone());
            self.provider.heard.lock().unwrap().begin_anew();
            *self.provider.house.lock().unwrap() = Some(book);
            life(house).await
        })
    }

    /// Lets the provider or the scheduler's turns end a life, whichever is first.
    async fn until_crash(&self, house: &House) {
        let turns = self.chance.below(TURNS_MAX);
        let publish = async {
            // The tail publishes again what it does not know to be published.
            let first = 1 + u128::from(self.chance.below(4));
            for id in (first..=ANSWERS).step_by(3) {
                house.publish_replies(id..(id + 3).min(ANSWERS + 1), self.answered_at()).await;
            }
            std::future::pending::<()>().await;
        };
        let old_age = async {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = self.provider.crash.notified() => {}
            () = old_age => {}
            () = publish => {}
        }
    }

    fn answered_at(&self) -> Timestamp {
        "2026-11-09T01:14:00Z".parse().unwrap()
    }
}

/// One life: rooms opened on the world's files, notifier and sender running.
struct House {
    ports: Ports,
    tasks: Tasks,
}

impl House {
    async fn open(folder: &Path, clock: &Clock, chance: &Chance) -> Self {
        let tasks = Tasks::new(Health::default());
        let bus = Bus::embedded(folder, Limits::default(), clock.clone(), &tasks).await.unwrap();
        let config = StoreConfig::at(folder);
        let store = Store::open(&config, keys(), clock.clone(), chance.clone(), &tasks).await.unwrap();
        Self { ports: Ports { name: "one".to_owned(), bus, store, clock: clock.clone() }, tasks }
    }

    /// Starts a notifier of this name; gives how it is.
    async fn notify(&self, name: &str) -> Health {
        let health = Health::default();
        let ports = Ports { name: name.to_owned(), ..self.ports.clone() };
        self.ports.bus.declare(&queue()).await.unwrap();
        let notifier = Notifier::new(outlets(), ports);
        self.tasks.spawn(&format!("notifier.{name}"), notifier.run(health.part("notifier"), self.tasks.stop()));
        health
    }

    async fn start(&self, world: &World) {
        let health = self.notify("one").await;
        let Ports { bus, store, clock, .. } = self.ports.clone();
        let ports = sender::Ports { bus, store, clock, chance: world.chance.clone() };
        let provider: Arc<dyn Submitter> = world.provider.clone();
        let sender = Sender::new(account(), Way::Own(provider), ports, WINDOW).unwrap();
        self.tasks.spawn("sender", sender.run(health.part("sender"), self.tasks.stop()));
    }

    /// Commits the contact that is answered, and the words of every answer.
    async fn commit_answers(&self) {
        let Ports { store, clock, .. } = &self.ports;
        let (stream, now) = (Stream::parse("branch/hq").unwrap(), clock.now());
        let lease = store.journal().take_lease(&stream).await.unwrap();
        let (body, seq) = (b"record".to_vec(), lease.head_seq + 1);
        let hash = store.keys().chain(&lease.head_hash, &body);
        let text = |id: u128| Text {
            id,
            case: None,
            author: "lin".to_owned(),
            at: now,
            sealed: store.keys().seal([0; 12], &about::text(id), "您好".as_bytes()),
        };
        let commit = Commit {
            stream,
            epoch: lease.epoch,
            old_seq: lease.head_seq,
            new_seq: seq,
            new_hash: hash,
            reader: contract::journal::READER,
            records: vec![Record { seq, hash, body }],
            changes: vec![],
            contacts: vec![contact(store, now)],
            inputs: vec![],
            texts: (1..=ANSWERS).map(text).collect(),
            newcomers: Vec::new(),
            touched: vec![],
        };
        store.journal().commit(commit).await.unwrap();
    }

    async fn publish_replies(&self, ids: std::ops::Range<u128>, at: Timestamp) {
        let reply = |id: u128| ReplyView {
            delivery: DeliveryId::new(id),
            case: CaseId::new(9),
            contact: ContactId::new(7),
            channel: ChannelKind::Sms,
            account: account().id,
            agent: None,
            at,
        };
        let message = |id| Message::new(id, wire::encode(&reply(id))).with(KIND, REPLY);
        self.ports.bus.publish(Target::Events, ids.map(message).collect()).await.unwrap();
    }

    /// Lets time pass until every answer has come to an end.
    async fn come_to_rest(&self, answered_at: Timestamp) -> BTreeMap<DeliveryId, DeliveryState> {
        loop {
            // An event, though it says nothing new, makes the notifier look again at once.
            self.publish_replies(1..2, answered_at).await;
            while self.ports.bus.figures().depth(&queue()).messages > 0 {
                tokio::task::yield_now().await;
            }
            let views = self.ports.store.deliveries().of_case(CaseId::new(9)).await.unwrap();
            let under_way =
                views.iter().filter(|view| matches!(view.state, DeliveryState::Queued | DeliveryState::Submitting));
            if views.len() as u128 == ANSWERS && under_way.count() == 0 {
                return views.iter().map(|view| (view.id, view.state)).collect();
            }
            self.ports.clock.advance(Millis::new(500));
        }
    }
}

fn contact(store: &Store, now: Timestamp) -> Inbound {
    let body = Body { from: Some(Address::parse(AddressKind::Phone, "13800138000").unwrap()), ..Body::default() };
    let id = ContactId::new(7);
    Inbound {
        input: InputId::new(7),
        contact: id,
        branch: account().branch,
        channel: ChannelKind::Sms,
        account: account().id,
        received_at: now,
        accepted_at: now,
        sender: None,
        sealed: store.keys().seal([1; 12], &about::contact(id), &wire::encode(&body)),
        digest: vec![],
        thread: None,
        matter: Matter::Message,
        hop: 0,
    }
}

fn check(seed: u64) -> BTreeMap<DeliveryState, usize> {
    let world = World::new(seed);
    world.live(|house| async move { house.commit_answers().await });
    for _ in 0..LIVES {
        world.live(|house| {
            let world = &world;
            async move {
                house.start(world).await;
                world.until_crash(&house).await;
            }
        });
        world.clock.advance(Millis::from_secs(i64::try_from(world.chance.below(60)).unwrap()));
    }
    *world.provider.crashes.lock().unwrap() = false;
    let ends = world.live(|house| {
        let world = &world;
        async move {
            house.start(world).await;
            house.publish_replies(1..ANSWERS + 1, world.answered_at()).await;
            tokio::time::timeout(PATIENCE, house.come_to_rest(world.answered_at()))
                .await
                .expect("the world does not come to rest")
        }
    });
    let wrong = world.provider.wrong.lock().unwrap().clone();
    assert_eq!(wrong, Vec::<String>::new(), "seed {seed}");
    let memory = world.provider.memory.lock().unwrap();
    for (delivery, state) in &ends {
        let taken = memory.get(delivery).is_some_and(|submits| submits.contains(&Memory::Final));
        let told = matches!(state, DeliveryState::Sent | DeliveryState::Delivered | DeliveryState::Failed);
        assert!(taken || !told, "seed {seed}: {delivery} is {state}, but the provider knows nothing of it");
    }
    let mut counts = BTreeMap::new();
    for state in ends.into_values() {
        *counts.entry(state).or_default() += 1;
    }
    counts
}

#[test]
fn no_answer_goes_out_twice_and_each_comes_to_an_end_whatever_crashes() {
    let mut all = BTreeMap::new();
    for seed in 1..=6 {
        for (state, count) in check(seed) {
            *all.entry(state).or_insert(0) += count;
        }
    }
    // The worlds were rough enough to mean something, and not so rough that nothing arrived.
    assert!(all.get(&DeliveryState::Unknown).is_some_and(|count| *count > 0), "{all:?}");
    assert!(all.get(&DeliveryState::Delivered).is_some_and(|count| *count > 0), "{all:?}");
    assert!(all.get(&DeliveryState::Sent).is_some_and(|count| *count > 0), "{all:?}");
    println!("{all:?}");
}

/// Lets the notifiers that run take every event, and look once more after the last.
async fn looked(house: &House, world: &World) {
    for _ in 0..2 {
        house.publish_replies(1..2, world.answered_at()).await;
        while house.ports.bus.figures().depth(&queue()).messages > 0 {
            tokio::task::yield_now().await;
        }
    }
}

#[test]
fn a_notifier_that_starts_leaves_a_living_ones_claims_alone() {
    let world = World::new(1);
    world.live(|house| {
        let world = &world;
        async move {
            let lane = QueueName::Send(ChannelKind::Sms, account().id, Lane::Normal);
            let handed_out = || house.ports.bus.figures().depth(&lane).messages;
            house.notify("one").await;
            house.publish_replies(1..ANSWERS + 1, world.answered_at()).await;
            while handed_out() < 2 * WINDOW as u64 {
                tokio::task::yield_now().await;
            }
            let other = house.notify("two").await;
            while other.parts().iter().any(|(_, condition)| *condition != Condition::Well) {
                tokio::task::yield_now().await;
            }
            looked(&house, world).await;
            assert_eq!(handed_out(), 2 * WINDOW as u64, "what the one has handed out is handed out again");
        }
    });
}
