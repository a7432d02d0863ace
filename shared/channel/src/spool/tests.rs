//! The spool between two real buses: a small one that gets full, and its own.

use bus::Limits;
use contract::{Address, AddressKind, inbound::Inbound, parked::ParkedCall, wire};
use runtime::health::Condition;
use tempfile::TempDir;

use super::*;
use crate::{
    Intake,
    house::{House, account},
    incoming::Incoming,
};

/// How long a fact may take to become true.
const PATIENCE: Duration = Duration::from_secs(60);

/// A house whose bus takes few messages, and a spool in a folder that outlives it.
struct Town {
    house: House,
    folder: TempDir,
    tasks: Tasks,
    spool: Spool,
    intake: Intake,
}

fn limits(messages: u64) -> Limits {
    let mut limits = Limits::default();
    limits.queue.messages = messages;
    limits
}

impl Town {
    async fn open(house_takes: u64, spool_takes: u64) -> Self {
        Self::around(House::open(limits(house_takes)).await, TempDir::new().unwrap(), limits(spool_takes)).await
    }

    async fn around(house: House, folder: TempDir, spool: Limits) -> Self {
        let tasks = Tasks::new(house.health.clone());
        let own = Bus::embedded(folder.path(), spool, house.clock.clone(), &tasks).await.unwrap();
        let spool = Spool::new(own, house.bus.clone());
        let intake = house.intake.with_spool(spool.clone());
        Self { house, folder, tasks, spool, intake }
    }

    async fn start(&self) {
        self.spool.start(&[account()], &self.house.tasks, &self.house.health).await.unwrap();
    }

    async fn says(&self, id: u32) -> Result<(), NotAccepted> {
        let from = Address::parse(AddressKind::Phone, "13800138000").unwrap();
        let text = format!("the words of {id}");
        let incoming = Incoming { provider_id: Some(id.to_string()), text, ..Incoming::message(Some(from)) };
        self.intake.accept(&account(), incoming).await.map(drop)
    }

    fn waits(&self) -> u64 {
        self.spool.own.figures().depth(&route()).messages
    }

    fn condition(&self) -> Option<Condition> {
        self.house.health.parts().into_iter().find(|(name, _)| name == "spool").map(|(_, condition)| condition)
    }

    /// Takes what lies on the house's queue until it was that many, in order.
    async fn take(&self, count: usize) -> Vec<Inbound> {
        let consumer = self.house.bus.consume(&route(), 1, 0).await.unwrap();
        let mut taken = Vec::new();
        while taken.len() < count {
            for delivery in consumer.next_batch(1).await.unwrap() {
                taken.push(wire::decode(&delivery.message.body).unwrap());
                consumer.ack(delivery.tag);
            }
        }
        taken
    }

    async fn until(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let so = async {
            while !is_so(self) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, so).await.unwrap_or_else(|_| panic!("waited in vain: {what}"));
    }
}

fn route() -> QueueName {
    QueueName::Route("hq".parse().unwrap())
}

fn ids(count: u32) -> Vec<contract::ContactId> {
    let id = |id: u32| contract::ContactId::derive(account().channel, &account().id, &id.to_string());
    (1..=count).map(id).collect()
}

#[tokio::test]
async fn what_the_bus_does_not_take_waits_sealed_and_comes_in_order() {
    let town = Town::open(1, 1000).await;
    for id in 1..=6 {
        town.says(id).await.unwrap();
    }
    assert_eq!((town.house.routed_count(), town.waits()), (1, 5));
    let files = std::fs::read_dir(town.folder.path()).unwrap();
    for file in files {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(9).any(|window| window == b"the words"), "words in the clear");
    }
    town.start().await;
    town.until("it is said", |town| matches!(town.condition(), Some(Condition::Hindered(_)))).await;
    assert!(town.house.health.is_well(), "who waits for the broker is ready all the same");
    // There is room for one at a time.
    let came: Vec<_> = town.take(6).await.iter().map(|inbound| inbound.contact).collect();
    assert_eq!(came, ids(6));
    town.until("it is well", |town| matches!(town.condition(), Some(Condition::Well))).await;
    assert_eq!((town.house.routed_count(), town.waits()), (0, 0));
}

#[tokio::test]
async fn what_comes_later_waits_behind() {
    let town = Town::open(1, 1000).await;
    for id in 1..=2 {
        town.says(id).await.unwrap();
    }
    town.take(1).await;
    town.says(3).await.unwrap();
    assert_eq!((town.house.routed_count(), town.waits()), (0, 2));
    town.start().await;
    let came: Vec<_> = town.take(2).await.iter().map(|inbound| inbound.contact).collect();
    assert_eq!(came, ids(3)[1..]);
    town.says(4).await.unwrap();
    town.until("nobody waits", |town| town.waits() == 0 && town.house.routed_count() == 1).await;
}

#[tokio::test]
async fn a_process_that_comes_back_forwards_what_waits() {
    let town = Town::open(1, 1000).await;
    for id in 1..=5 {
        town.says(id).await.unwrap();
    }
    let Town { house, folder, tasks, spool, intake } = town;
    drop((spool, intake));
    assert!(tasks.finish(PATIENCE).await.is_empty());
    let town = Town::around(house, folder, limits(1000)).await;
    assert_eq!(town.waits(), 4);
    town.start().await;
    let came: Vec<_> = town.take(5).await.iter().map(|inbound| inbound.contact).collect();
    assert_eq!(came, ids(5));
}

#[tokio::test]
async fn a_call_that_is_not_understood_waits_too_and_is_parked() {
    let no_letters = Limits { named: [(QueueName::Dead, limits(0).queue)].into(), ..Limits::default() };
    let town = Town::around(House::open(no_letters).await, TempDir::new().unwrap(), limits(1000)).await;
    let (method, tail, query) = ("POST".to_owned(), String::new(), String::new());
    let call = ParkedCall { method, tail, query, headers: Vec::new(), body: b"the words".to_vec() };
    let at = town.house.clock.now();
    town.intake.park(&account(), &call, at, "no type").await.unwrap();
    let raw = QueueName::Raw(account().channel, account().id);
    let figures = town.spool.own.figures();
    assert_eq!(figures.depth(&raw).messages, 1);

    let roomy = Town::around(House::open(Limits::default()).await, TempDir::new().unwrap(), limits(1000)).await;
    let spool = Spool::new(town.spool.own.clone(), roomy.house.bus.clone());
    spool.start(&[account()], &roomy.house.tasks, &roomy.house.health).await.unwrap();
    roomy.until("it is parked", |town| town.house.bus.figures().depth(&QueueName::Dead).messages == 1).await;
    let letters = roomy.house.bus.dead().list(None, 10).await.unwrap();
    assert_eq!((letters[0].reason.as_str(), &letters[0].source), ("no type", &raw));
    assert!(letters[0].message.headers.is_empty());
    let (opened, _) = roomy.house.intake.open_parked(&letters[0].message).await.unwrap().unwrap();
    assert!(opened == call);
}

#[tokio::test]
async fn a_spool_that_is_full_refuses_too() {
    let town = Town::open(1, 2).await;
    for id in 1..=3 {
        town.says(id).await.unwrap();
    }
    for _ in 0..2 {
        let refused = town.says(4).await.unwrap_err();
        assert_eq!((refused.word(), refused.retry_after().is_some()), ("bus_full", true));
    }
    assert_eq!((town.house.routed_count(), town.waits()), (1, 2));
}

#[tokio::test]
async fn a_spool_whose_disk_is_full_refuses_and_says_so() {
    let disk = Limits { file_bytes: Some(256 * 1024), ..Limits::default() };
    let town = Town::around(House::open(limits(1)).await, TempDir::new().unwrap(), disk).await;
    town.start().await;
    town.says(1).await.unwrap();
    for bytes in [16 * 1024, 512, 0] {
        let filling = Message::new(1, vec![0; bytes]);
        let mut kept = 0;
        while town.spool.keep(&route(), filling.clone()).await.is_ok() {
            kept += 1;
            assert!(kept < 1000, "the disk took everything");
        }
    }
    assert!(town.says(2).await.is_err());
    town.until("it is said", |town| matches!(town.condition(), Some(Condition::Failed(_)))).await;
}
