//! The listener on a real bus and a real store, spoken to over sockets and in virtual time.

mod clients;
mod refusing;
mod taking;

use bus::{Bus, Limits, QueueName};
use channel::{Account, Intake, NotAccepted, Outbound, Receipt, ReceiptSink, SendOutcome, Submitter};
use contract::{
    Address, AddressKind, CaseId, ChannelKind, DeliveryId, about,
    inbound::{Body, Inbound, Matter, PartPlace},
    seal::Keys,
    wire as encoding,
};
use runtime::{Chance, Clock, Health, Tasks, health::Condition};
use std::{future::Future, pin::Pin, sync::Mutex};
use store::{Store, StoreConfig};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    net::TcpStream,
};

use super::*;
use crate::{
    Mailbox, Submission,
    submission::Server,
    thread::{self, Token},
};

struct House {
    _folder: TempDir,
    tasks: Tasks,
    health: Health,
    bus: Bus,
    store: Store,
    door: Arc<MailDoor>,
    receipts: Arc<Receipts>,
}

/// Keeps receipts, as the deliveries' table does.
#[derive(Default)]
struct Receipts(Mutex<Vec<Receipt>>);

impl ReceiptSink for Receipts {
    fn take(
        &self,
        _account: Account,
        receipt: Receipt,
    ) -> Pin<Box<dyn Future<Output = Result<(), NotAccepted>> + Send + '_>> {
        self.0.lock().unwrap().push(receipt);
        Box::pin(std::future::ready(Ok(())))
    }
}

async fn house() -> House {
    house_with(Limits::default()).await
}

async fn house_with(limits: Limits) -> House {
    let folder = TempDir::new().unwrap();
    let clock = Clock::by_hand("2026-11-09T01:14:00Z".parse().unwrap());
    let health = Health::default();
    let (chance, tasks) = (Chance::seeded(1), Tasks::new(health.clone()));
    let keys = Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]));
    let bus = Bus::embedded(folder.path(), limits, clock.clone(), &tasks).await.unwrap();
    let config = StoreConfig::at(folder.path());
    let store = Store::open(&config, keys.clone(), clock.clone(), chance.clone(), &tasks).await.unwrap();
    let intake = Intake::new(bus.clone(), store.clone(), coord::Coord::local(&clock).quotas, clock, chance);
    let receipts = Arc::new(Receipts::default());
    let door = MailDoor::new(mailbox(), keys, intake, receipts.clone(), health.part("email.main"));
    House { _folder: folder, tasks, health, bus, store, door: Arc::new(door), receipts }
}

fn mailbox() -> Arc<Mailbox> {
    let account = Account { channel: ChannelKind::Email, id: "main".parse().unwrap(), branch: "hq".parse().unwrap() };
    Arc::new(Mailbox { account, domains: vec!["kf.example".to_owned()], from: None, from_name: None })
}

impl House {
    /// Starts a listener and gives its address.
    async fn listen(&self, dialect: Dialect) -> std::net::SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        self.tasks.spawn("email.listener", run(listener, dialect, self.door.clone(), self.tasks.stop()));
        address
    }

    async fn connect(&self, dialect: Dialect) -> Talk<TcpStream> {
        Talk(TcpStream::connect(self.listen(dialect).await).await.unwrap(), String::new())
    }

    /// Starts a conversation in memory, for virtual time.
    fn talk(&self) -> Talk<DuplexStream> {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let session = Session::new(Dialect::Smtp, self.door.mailbox().clone());
        let (door, stop) = (self.door.clone(), self.tasks.stop());
        self.tasks.spawn("talk", async move { conversation::converse(theirs, session, &door, &stop).await });
        Talk(ours, String::new())
    }

    /// Gives what lies on the branch's queue, in order.
    async fn routed(&self) -> Vec<(Inbound, Body)> {
        let route = QueueName::Route("hq".parse().unwrap());
        let depth = usize::try_from(self.bus.figures().depth(&route).messages).unwrap();
        let consumer = self.bus.consume(&route, 1000, 0).await.unwrap();
        let mut routed = Vec::new();
        while routed.len() < depth {
            for delivery in consumer.next_batch(1000).await.unwrap() {
                let inbound: Inbound = encoding::decode(&delivery.message.body).unwrap();
                let plain = self.store.keys().open(&about::contact(inbound.contact), &inbound.sealed).unwrap();
                routed.push((inbound, encoding::decode(&plain).unwrap()));
            }
        }
        routed
    }
}

/// The other side of a conversation.
struct Talk<S>(S, String);

impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin> Talk<S> {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Reads replies until one with `code` in its last line came, and gives all of them.
    async fn until(&mut self, code: &str) -> String {
        loop {
            let lines: Vec<&str> = self.1.split_inclusive("\r\n").collect();
            let found = lines.iter().position(|line| line.starts_with(&format!("{code} ")));
            if let Some(at) = found {
                let heard: String = lines[..=at].concat();
                self.1 = lines[at + 1..].concat();
                return heard;
            }
            let mut block = [0; 4096];
            let read = self.0.read(&mut block).await.unwrap_or(0);
            assert!(read > 0, "gone before {code}: {:?}", self.1);
            self.1.push_str(std::str::from_utf8(&block[..read]).unwrap());
        }
    }

    /// Reads to the end of the connection.
    async fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        let _ended = self.0.read_to_end(&mut rest).await;
        std::mem::take(&mut self.1) + &String::from_utf8(rest).unwrap()
    }

    async fn mail(&mut self, text: &str) {
        self.send("EHLO mta.example\r\nMAIL FROM:<li@example.test>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\n").await;
        self.until("354").await;
        self.send(format!("From: li@example.test\r\n{text}\r\n.\r\n")).await;
    }
}
