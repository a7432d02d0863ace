//! The shell over a real bus and a real store: repeats, races, crashes, poison.

#![expect(clippy::unwrap_used, reason = "a test fails where a room does")]

#[path = "shell/touch.rs"]
mod touch;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use bus::{Bus, Limits, Message, QueueName, Target};
use contract::{
    Address, AddressKind, BranchId, ChannelKind, ContactId, InputId, about,
    inbound::{Body, Inbound, Matter},
    seal::Keys,
    view::ContactView,
    wire::{self, v1},
};
use coord::Coord;
use prost::Message as _;
use router::{
    core,
    shell::{self, Company, Identity, Ports},
};
use runtime::{Chance, Clock, Health, Tasks};
use store::{Store, StoreConfig};
use tempfile::TempDir;
use tokio::sync::watch;

/// How long a fact may take to become true.
const PATIENCE: Duration = Duration::from_secs(60);

const FIRM: &str = r#"
[[branch]]
id = "hq"
name = "总部热线"
time_zone = "Asia/Shanghai"

[[queue]]
id = "enquiries"
branch = "hq"
name = "咨询"
kinds = ["enquiry"]
within = "60s"
lead = "lin"
deputy = "lin"

[[rule]]
when = { menu = ["event:subscribe"] }
then = { kind = "enquiry" }

[[agent]]
id = "lin"
name = "林晓雯"
branch = "hq"
queues = ["enquiries"]
skills = { mandarin = 3 }
units = 3
"#;

/// A branch `hq` on real rooms in a folder.
struct World {
    folder: TempDir,
    tasks: Tasks,
    store: Store,
    bus: Bus,
    chance: Chance,
}

impl World {
    async fn open(folder: TempDir) -> Self {
        Self::open_with(folder, FIRM).await
    }

    async fn open_with(folder: TempDir, firm: &str) -> Self {
        let (clock, chance, tasks) = (Clock::machine(), Chance::machine(), Tasks::new(Health::default()));
        let keys = Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]));
        let store =
            Store::open(&StoreConfig::at(folder.path()), keys, clock.clone(), chance.clone(), &tasks).await.unwrap();
        let bus = Bus::embedded(folder.path(), Limits::default(), clock.clone(), &tasks).await.unwrap();
        let (book, _) = firm::read("firm", firm).unwrap();
        store
            .firms()
            .put(firm::digest(&book).to_vec(), firm.to_owned(), &contract::audit::By::house(), Vec::new())
            .await
            .unwrap();
        Self { folder, tasks, store, bus, chance }
    }

    /// Routes the branch, as the only process there is.
    fn route(&self) {
        self.route_of(branch());
    }

    fn route_of(&self, branch: BranchId) {
        let clock = Clock::machine();
        let ports = Ports {
            bus: self.bus.clone(),
            store: self.store.clone(),
            coord: Coord::local(&clock),
            clock,
            chance: self.chance.clone(),
            tasks: self.tasks.clone(),
            answerable: BTreeSet::new(),
        };
        let in_force = watch::channel(BTreeSet::from([branch])).1;
        let identity = Identity { me: "me".parse().unwrap(), before: None };
        let health = Health::default();
        let sharing = shell::share(ports, identity, Company::Alone, in_force, health, self.tasks.stop());
        self.tasks.spawn("routing", sharing);
    }

    async fn close(self) -> TempDir {
        let late = self.tasks.finish(PATIENCE).await;
        assert!(late.is_empty(), "{late:?}");
        self.folder
    }

    /// Publishes messages in one call, so that they lie in one batch.
    async fn publish(&self, inbound: &[Inbound]) {
        let messages = inbound.iter().map(|one| Message::new(one.input.bits(), wire::encode(one))).collect();
        let to = inbound.first().map_or_else(branch, |one| one.branch.clone());
        self.bus.publish(Target::Queue(QueueName::Route(to)), messages).await.unwrap();
    }

    fn message(&self, provider_id: &str, from: &str, text: &str) -> Inbound {
        let contact = ContactId::derive(ChannelKind::Sms, &"main".parse().unwrap(), provider_id);
        let from = Address::parse(AddressKind::Phone, from).unwrap();
        let keys = self.store.keys();
        let body = Body {
            from: Some(from.clone()),
            text: text.to_owned(),
            provider_id: Some(provider_id.to_owned()),
            salt: self.chance.bytes::<16>().to_vec(),
            ..Body::default()
        };
        let now = Clock::machine().now();
        Inbound {
            input: InputId::of_contact(contact, ""),
            contact,
            branch: branch(),
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

    /// Waits until the branch has taken a contact.
    async fn taken(&self, id: ContactId) -> ContactView {
        let asked = async {
            loop {
                if let Some(view) = self.store.views().contact(id).await.unwrap() {
                    return view;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.expect("the contact is taken")
    }

    /// Waits until the branch's queue is empty.
    async fn drained(&self) {
        self.drained_of(branch()).await;
    }

    async fn drained_of(&self, branch: BranchId) {
        let asked = async {
            while self.bus.figures().depth(&QueueName::Route(branch.clone())).messages > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.expect("the queue is drained");
    }
}

fn branch() -> BranchId {
    "hq".parse().unwrap()
}

async fn world() -> World {
    World::open(tempfile::tempdir().unwrap()).await
}

#[tokio::test]
async fn two_contacts_of_one_unknown_client_make_one_case() {
    for in_one_batch in [true, false] {
        let world = world().await;
        let (first, second) =
            (world.message("a", "13800138000", "几点下班"), world.message("b", "13800138000", "在吗"));
        if in_one_batch {
            world.publish(&[first.clone(), second.clone()]).await;
            world.route();
        } else {
            world.route();
            world.publish(std::slice::from_ref(&first)).await;
            world.publish(std::slice::from_ref(&second)).await;
        }
        let (one, other) = (world.taken(first.contact).await, world.taken(second.contact).await);
        assert!(one.case.is_some() && one.case == other.case, "in one batch: {in_one_batch}: {one:?} {other:?}");
        assert_eq!(one.client, other.client);
        drop(world.close().await);
    }
}

#[tokio::test]
async fn a_repeat_is_taken_once_in_one_batch_later_and_after_a_restart() {
    let world = world().await;
    let first = world.message("a", "13800138000", "几点下班");
    let again = world.message("a", "13800138000", "几点下班");
    world.publish(&[first.clone(), again.clone()]).await;
    world.route();
    let taken = world.taken(first.contact).await;
    world.publish(std::slice::from_ref(&again)).await;
    world.drained().await;
    let folder = world.close().await;
    let world = World::open(folder).await;
    world.route();
    world.publish(&[again, world.message("b", "13900139000", "在吗")]).await;
    world.drained().await;
    assert_eq!(world.taken(first.contact).await.seq, taken.seq);
    let case = taken.case.expect("it opened a case");
    assert_eq!(world.store.views().contacts_of_case(case).await.unwrap().len(), 1);
    drop(world.close().await);
}

#[tokio::test]
async fn one_provider_id_with_two_contents_is_two_contacts() {
    let world = world().await;
    let first = world.message("a", "13800138000", "几点下班");
    let other = world.message("a", "13800138000", "我要销户");
    world.publish(&[first.clone(), other.clone()]).await;
    world.route();
    let case = world.taken(first.contact).await.case.expect("it opened a case");
    world.drained().await;
    assert_eq!(world.store.views().contacts_of_case(case).await.unwrap().len(), 2);
    world.publish(&[other]).await;
    world.drained().await;
    assert_eq!(world.store.views().contacts_of_case(case).await.unwrap().len(), 2, "its repeat is a repeat");
    drop(world.close().await);
}

#[tokio::test]
async fn what_cannot_be_read_is_parked_and_its_neighbours_go_on() {
    let world = world().await;
    let good = world.message("a", "13800138000", "几点下班");
    let mut foreign = world.message("b", "13800138000", "几点下班");
    foreign.sealed = world.message("c", "13800138000", "几点下班").sealed;
    let queue = || Target::Queue(QueueName::Route(branch()));
    world.bus.publish(queue(), vec![Message::new(1, &b"not a message"[..])]).await.unwrap();
    world.publish(&[foreign, good.clone()]).await;
    world.route();
    world.taken(good.contact).await;
    world.drained().await;
    let reasons: Vec<String> =
        world.bus.dead().list(None, 10).await.unwrap().into_iter().map(|letter| letter.reason).collect();
    assert_eq!(reasons, ["the contact does not decode", "the sealed body cannot be read"]);
    drop(world.close().await);
}

#[tokio::test]
async fn another_holder_fences_the_first_and_nothing_is_decided_twice() {
    let world = world().await;
    world.route();
    let first = world.message("a", "13800138000", "几点下班");
    world.publish(std::slice::from_ref(&first)).await;
    world.taken(first.contact).await;
    let stream = store::journal::Stream::branch(&branch());
    let stolen = world.store.journal().take_lease(&stream).await.unwrap();
    assert!(world.store.leases().release(&stolen).await.unwrap());
    let second = world.message("b", "13900139000", "在吗");
    world.publish(std::slice::from_ref(&second)).await;
    world.taken(second.contact).await;
    let head = world.store.journal().head(&stream).await.unwrap().expect("the branch has a journal");
    assert!(head.epoch > stolen.epoch + 1, "the first holder took the lease again before it went on");
    assert_eq!(
        router::replay::replay(&world.store, &branch()).await.unwrap(),
        router::replay::Replayed::Same(router::replay::Count { same: head.seq, ..Default::default() })
    );
    drop(world.close().await);
}

#[tokio::test]
async fn an_event_that_no_rule_asks_for_is_no_matter() {
    let world = world().await;
    world.route();
    let menu = |id: &str, key: &str| Inbound {
        matter: Matter::Menu(key.to_owned()),
        ..world.message(id, "13800138000", "[事件]")
    };
    let events = [menu("e1", "event:LOCATION"), menu("e2", "event:subscribe"), menu("e3", "TOUSU")];
    world.publish(&events).await;
    let mut cases = Vec::new();
    for event in &events {
        cases.push(world.taken(event.contact).await.case.is_some());
    }
    assert_eq!(cases, [false, true, true]);
    drop(world.close().await);
}

#[tokio::test]
async fn a_snapshot_leads_to_the_same_state_as_the_whole_journal() {
    let world = world().await;
    world.route();
    let stream = store::journal::Stream::branch(&branch());
    for (id, from) in [("a", "13800138000"), ("b", "13900139000"), ("c", "13700137000")] {
        let message = world.message(id, from, "几点下班");
        world.publish(std::slice::from_ref(&message)).await;
        world.taken(message.contact).await;
    }
    world.drained().await;
    let head = world.store.journal().head(&stream).await.unwrap().expect("the branch has a journal").seq;
    let whole = shell::load(&world.store, &branch(), head).await.unwrap();
    let early = shell::load(&world.store, &branch(), head - 2).await.unwrap();
    let bytes = core::snapshot(&early.state).encode_to_vec();
    let snapshot = store::journal::Snapshot { seq: early.seq, version: core::SNAPSHOT_VERSION, bytes };
    world.store.snapshots().put(&stream, snapshot).await.unwrap();
    let loaded = shell::load(&world.store, &branch(), head).await.unwrap();
    assert_eq!((loaded.seq, loaded.now), (whole.seq, whole.now));
    assert_eq!(core::snapshot(&loaded.state), core::snapshot(&whole.state));
    let written = |version| v1::Snapshot { version, ..core::snapshot(&early.state) };
    assert!(core::restore(written(core::SNAPSHOT_VERSION - 1)).is_ok(), "an upgrade would read the whole journal");
    assert!(core::restore(written(core::SNAPSHOT_VERSION + 1)).is_err());
    drop(world.close().await);
}

/// A second branch of the firm.
const SZ: &str = r#"
[[branch]]
id = "sz"
name = "深圳"
time_zone = "Asia/Shanghai"

[[queue]]
id = "sz-desk"
branch = "sz"
name = "柜台"
kinds = ["enquiry"]
within = "5m"
lead = "huang"
deputy = "huang"

[[agent]]
id = "huang"
name = "黄志强"
branch = "sz"
queues = ["sz-desk"]
skills = { mandarin = 3 }
units = 3
"#;

#[tokio::test]
async fn a_contact_is_forwarded_once_to_the_branch_of_its_matter() {
    let sz: BranchId = "sz".parse().unwrap();
    let firm = format!("{FIRM}{SZ}");
    let world = World::open_with(tempfile::tempdir().unwrap(), &firm).await;
    world.route();
    let first = world.message("a", "13800138000", "几点下班");
    world.publish(std::slice::from_ref(&first)).await;
    let case = world.taken(first.contact).await.case.expect("it opened a case");
    let of_sz = |inbound: Inbound| Inbound { branch: sz.clone(), account: "sz".parse().unwrap(), ..inbound };
    let second = of_sz(world.message("b", "13800138000", "在吗"));
    let other = of_sz(world.message("c", "13900139000", "在吗"));
    world.publish(&[second.clone(), second.clone(), other.clone()]).await;
    world.route_of(sz.clone());
    let joined = world.taken(second.contact).await;
    assert_eq!((joined.case, joined.branch, joined.input), (Some(case), branch(), second.input.forwarded()));
    assert_eq!(world.taken(other.contact).await.branch, sz, "who has nothing elsewhere stays");
    world.publish(std::slice::from_ref(&second)).await;
    world.drained_of(sz.clone()).await;
    // The tail begins anew before what it published: the same comes again.
    let folder = world.close().await;
    let world = World::open_with(folder, &firm).await;
    world.store.cursors().set(&store::journal::Stream::branch(&sz), "tail", 0).await.unwrap();
    world.route_of(sz.clone());
    world.route();
    world.publish(&[second.clone(), of_sz(world.message("d", "13800138000", "急"))]).await;
    world.drained_of(sz.clone()).await;
    let last = of_sz(world.message("d", "13800138000", "急"));
    world.taken(last.contact).await;
    world.drained().await;
    let all = world.store.views().contacts_of_case(case).await.unwrap();
    assert_eq!(all.iter().map(|one| one.id).collect::<BTreeSet<_>>().len(), 3);
    assert_eq!(all.len(), 3);
    let message = world.store.views().message(second.contact).await.unwrap().expect("it is kept");
    assert_eq!(message.accepted_at, second.accepted_at, "it counts from when it was accepted");
    for branch in [branch(), sz] {
        let replayed = router::replay::replay(&world.store, &branch).await.unwrap();
        assert!(
            matches!(&replayed, router::replay::Replayed::Same(count) if count.same > 1 && count.applied.is_empty()),
            "{branch}: {replayed:?}"
        );
    }
    drop(world.close().await);
}
