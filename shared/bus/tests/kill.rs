//! The bus under SIGKILL: a process that publishes, consumes and acknowledges is killed at
//! random moments, and every message it confirmed is accounted for.
//!
//! In: this same test binary, started again as the victim. Out: a verdict over at least 20
//! kills. Never here: an orderly end of the victim.

#![expect(clippy::unwrap_used, reason = "what fails in a step fails the test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    time::Duration,
};

use bus::{Bus, Limits, Message, QueueName, Target};
use contract::Millis;
use runtime::{Chance, Clock, Health, Tasks};

/// Kills of one run.
const KILLS: u64 = 24;
/// Publishers of a victim.
const PUBLISHERS: u64 = 16;
/// The longest a victim lives after its first word.
const LIFE_MS_MAX: u64 = 120;
/// The longest any fact is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// Names the data folder to a victim.
const FOLDER: &str = "SHOUWEN_TEST_KILL_FOLDER";

fn queue() -> QueueName {
    "route.hq".parse().unwrap()
}

/// What a victim said before it died: one line `confirmed <id>` or `acked <id>` each.
#[derive(Default)]
struct Account {
    confirmed: BTreeSet<u128>,
    handed_out: BTreeSet<u128>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_confirmed_message_survives_sigkill() {
    let folder = tempfile::TempDir::new().unwrap();
    let chance = Chance::seeded(20);
    let (mut confirmed, mut redelivered) = (0, 0);
    for _ in 0..KILLS {
        let said = live_and_die(folder.path(), Millis::new(i64::try_from(chance.below(LIFE_MS_MAX)).unwrap()));
        let left = look(folder.path()).await;
        for id in said.confirmed.difference(&said.handed_out) {
            assert!(left.contains_key(id), "message {id:x} was confirmed, never handed out, and is not there");
        }
        for (id, count) in left.iter().filter(|(id, _)| said.handed_out.contains(*id)) {
            assert!(*count > 0, "message {id:x} was handed out and comes back uncounted");
            redelivered += 1;
        }
        confirmed += said.confirmed.len();
    }
    println!("{KILLS} kills, {confirmed} messages confirmed, {redelivered} of those handed out came again");
    assert!(confirmed > 0, "no victim lived long enough to confirm a message");
    assert!(redelivered > 0, "no victim died with a delivery in its hands");
}

/// Takes everything that is left, in order, and acknowledges it.
async fn look(folder: &Path) -> BTreeMap<u128, u32> {
    let tasks = Tasks::new(Health::default());
    let bus = Bus::embedded(folder, Limits::default(), Clock::machine(), &tasks).await.unwrap();
    let consumer = bus.consume(&queue(), 1000, 0).await.unwrap();
    let expected = bus.figures().depth(&queue()).messages;
    let mut left = BTreeMap::new();
    let mut last_of = BTreeMap::new();
    while (left.len() as u64) < expected {
        let batch = tokio::time::timeout(PATIENCE, consumer.next_batch(1000)).await.expect("fewer than said").unwrap();
        for delivery in &batch {
            let id = delivery.message.id;
            assert_eq!(delivery.message.body.len(), body_bytes(id), "message {id:x} came back changed");
            assert!(left.insert(id, delivery.count).is_none(), "message {id:x} came twice");
            let (publisher, number) = (id >> 64, id & u128::from(u64::MAX));
            let before = last_of.insert(publisher, number);
            assert!(before.is_none_or(|before| before < number), "message {id:x} came out of order");
        }
        consumer.ack_up_to(batch.last().unwrap().tag);
    }
    drop((consumer, bus));
    assert_eq!(tasks.finish(PATIENCE).await, Vec::<String>::new());
    left
}

/// Starts a victim, kills it some time after its first word, and reads what it said.
fn live_and_die(folder: &Path, life: Millis) -> Account {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "victim", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut account = Account::default();
    assert!(lines.any(|line| account.note(&line)), "the victim died before its first word");
    let executioner = std::thread::spawn(move || {
        // The moment of death is the point of the test; nothing waits for a fact here.
        std::thread::sleep(life.to_duration());
        victim.kill().unwrap();
        victim.wait().unwrap();
    });
    for line in lines {
        account.note(&line);
    }
    executioner.join().unwrap();
    account
}

impl Account {
    /// Notes a line, and says whether it was one of the victim's.
    fn note(&mut self, line: &str) -> bool {
        let Some((verb, id)) = line.split_once(' ') else { return false };
        let Ok(id) = u128::from_str_radix(id, 16) else { return false };
        match verb {
            "confirmed" => self.confirmed.insert(id),
            "handed_out" => self.handed_out.insert(id),
            _ => false,
        }
    }
}

fn body_bytes(id: u128) -> usize {
    usize::try_from(id % 1500).unwrap()
}

/// Not a test by itself: what `live_and_die` starts and kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn victim() {
    #[expect(clippy::disallowed_methods, reason = "how the victim learns that it is one")]
    let Ok(folder) = std::env::var(FOLDER) else { return };
    // The test harness leaves a line of its own unfinished.
    println!();
    let tasks = Tasks::new(Health::default());
    let bus = Bus::embedded(&PathBuf::from(folder), Limits::default(), Clock::machine(), &tasks).await.unwrap();
    let chance = Chance::machine();
    for _ in 0..PUBLISHERS {
        let (bus, publisher) = (bus.clone(), u128::from(u64::from_be_bytes(chance.bytes())));
        tasks.spawn("publisher", async move {
            for number in 0_u64.. {
                let id = publisher << 64 | u128::from(number);
                let message = Message::new(id, vec![7; body_bytes(id)]);
                bus.publish(Target::Queue(queue()), vec![message]).await.unwrap();
                say("confirmed", id);
            }
        });
    }
    let consumer = bus.consume(&queue(), 50, 0).await.unwrap();
    loop {
        let batch = consumer.next_batch(10).await.unwrap();
        for delivery in &batch {
            say("handed_out", delivery.message.id);
        }
        consumer.ack_up_to(batch[batch.len() / 2].tag);
        for delivery in &batch[batch.len() / 2 + 1..] {
            if chance.below(4) == 0 {
                consumer.requeue(delivery.tag);
            } else {
                consumer.ack(delivery.tag);
            }
        }
    }
}

/// Says a line at once, so that it is out before the victim dies.
fn say(verb: &str, id: u128) {
    static OUT: Mutex<()> = Mutex::new(());
    let _turn = OUT.lock().unwrap();
    let mut out = std::io::stdout();
    writeln!(out, "{verb} {id:x}").unwrap();
    out.flush().unwrap();
}
