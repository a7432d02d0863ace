//! The listener on a real bus and a real store, spoken to over sockets and in virtual time.

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
    Mailbox, Submission, decode,
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

#[tokio::test]
async fn a_mail_is_on_the_bus_before_it_is_accepted() {
    let house = house().await;
    let mut talk = house.connect(Dialect::Smtp).await;
    talk.mail("Message-ID: <m1@example.test>\r\nSubject: =?gbk?B?zba38w==?=\r\n\r\n..x").await;
    talk.until("250 2.6.0").await;
    let (inbound, body) = house.routed().await.remove(0);
    assert_eq!((inbound.channel, inbound.matter), (ChannelKind::Email, Matter::Message));
    assert_eq!((body.text.as_str(), body.to.as_slice()), (".x", ["kf@kf.example".to_owned()].as_slice()));
    assert_eq!(body.from.unwrap().value(), "li@example.test");
    assert_eq!(body.parts[0].media_type, "message/rfc822");
    assert!(matches!(body.parts[0].place, PartPlace::Inline(_)));
    talk.send("QUIT\r\n").await;
    assert!(talk.rest().await.starts_with("221"));
}

#[tokio::test]
async fn everything_at_once_gets_its_replies_in_order() {
    let house = house().await;
    let mut talk = house.connect(Dialect::Smtp).await;
    let one = "MAIL FROM:<li@example.test>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\n";
    talk.send(format!("EHLO x\r\n{one}Subject: a\r\n\r\n1\r\n.\r\n{one}Subject: a\r\n\r\n2\r\n.\r\nQUIT\r\n")).await;
    let said = talk.rest().await;
    let codes: Vec<&str> = said.lines().filter(|line| line.as_bytes()[3] == b' ').map(|line| &line[..3]).collect();
    assert_eq!(codes, ["220", "250", "250", "250", "354", "250", "250", "250", "354", "250", "221"]);
    assert_eq!(house.routed().await.len(), 2);
}

#[tokio::test]
async fn lmtp_answers_for_each_recipient() {
    let house = house().await;
    let mut talk = house.connect(Dialect::Lmtp).await;
    talk.send("LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@kf.example>\r\nRCPT TO:<b@kf.example>\r\nDATA\r\n").await;
    talk.until("354").await;
    talk.send("Message-ID: <m@x>\r\nSubject: Out of Office\r\n\r\naway\r\n.\r\nQUIT\r\n").await;
    let said = talk.rest().await;
    assert_eq!(said.matches("250 2.6.0").count(), 2, "{said}");
    let routed = house.routed().await;
    assert_eq!(routed.len(), 2);
    assert!(routed.iter().all(|(inbound, _)| inbound.matter == Matter::Automatic));
    assert_ne!(routed[0].0.contact, routed[1].0.contact);
}

#[tokio::test]
async fn a_repeated_mail_is_one_contact() {
    let house = house().await;
    for _ in 0..2 {
        let mut talk = house.connect(Dialect::Smtp).await;
        talk.mail("Message-ID: <m1@example.test>\r\n\r\nx").await;
        talk.until("250 2.6.0").await;
    }
    assert_eq!(house.routed().await.len(), 1);
}

#[tokio::test]
async fn nothing_is_smuggled() {
    let house = house().await;
    let envelope = "EHLO x\r\nMAIL FROM:<a@example.test>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\n";
    let hidden = "MAIL FROM:<boss@kf.example>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\nSubject: hidden\r\n\r\nx\r\n.\r\n";
    for end in ["\n.\n", "\r.\r", "\n.\r\n", "\r\n.\n", "\r.\r\n", "\r\n\0\n.\r\n"] {
        let mut talk = house.connect(Dialect::Smtp).await;
        talk.send(format!("{envelope}Subject: a\r\n\r\nbody{end}{hidden}")).await;
        let said = talk.rest().await;
        assert!(said.contains("521 5.5.2") && !said.contains("2.6.0"), "{end:?}: {said}");
    }
    for line in ["EHLO x\n", "EHLO x\rNOOP\r\n"] {
        let mut talk = house.connect(Dialect::Smtp).await;
        talk.send(line).await;
        assert!(talk.rest().await.contains("521 5.5.2"), "{line:?}");
    }
    assert!(house.routed().await.is_empty());
}

#[tokio::test]
async fn what_is_too_large_or_too_long_is_refused() {
    let house = house().await;
    let mut talk = house.connect(Dialect::Smtp).await;
    talk.send("EHLO x\r\nMAIL FROM:<a@example.test>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\n").await;
    talk.until("354").await;
    let line = format!("{}\r\n", "x".repeat(1022));
    for _ in 0..26 {
        talk.send(line.repeat(1024)).await;
    }
    talk.send(".\r\nNOOP\r\n").await;
    assert!(talk.until("552").await.ends_with("552 5.3.4 larger than 25 MiB\r\n"));
    talk.until("250 2.0.0").await;
    talk.send("x".repeat(5_000)).await;
    assert!(talk.rest().await.starts_with("500 5.5.2"));
    assert!(house.routed().await.is_empty());
}

#[tokio::test]
async fn a_large_attachment_goes_to_the_store() {
    let house = house().await;
    let mut talk = house.connect(Dialect::Smtp).await;
    let data = "AAAA".repeat(19).repeat(4_000);
    let lines: String =
        data.as_bytes().chunks(76).map(|line| format!("{}\r\n", std::str::from_utf8(line).unwrap())).collect();
    talk.mail(&format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee\r\n--b\r\nContent-Type: image/png; name=a.png\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{lines}\r\n--b--"
    ))
    .await;
    talk.until("250 2.6.0").await;
    let (_, body) = house.routed().await.remove(0);
    assert_eq!((body.text.as_str(), body.parts.len()), ("see", 2));
    for part in &body.parts {
        let PartPlace::Blob(blob) = part.place else { panic!("not in the store: {}", part.media_type) };
        assert!(house.store.blobs().get(blob).await.unwrap().is_some());
    }
    assert_eq!(body.parts[1].bytes, 228_000);
}

#[tokio::test]
async fn a_full_bus_refuses_and_says_so() {
    let house =
        house_with(Limits { queue: bus::Limit { messages: 1, ..Limits::default().queue }, ..Limits::default() }).await;
    let mut talk = house.connect(Dialect::Smtp).await;
    talk.mail("\r\none").await;
    talk.until("250 2.6.0").await;
    talk.mail("\r\ntwo").await;
    talk.until("452").await;
    let condition = house.health.parts().into_iter().find(|(name, _)| name == "email.main").unwrap().1;
    assert!(matches!(condition, Condition::Failed(_)), "{condition:?}");
    assert_eq!(house.routed().await.len(), 1);
}

#[tokio::test]
async fn a_flood_from_one_sender_is_held_off() {
    let house = house().await;
    let mut talk = house.connect(Dialect::Smtp).await;
    talk.send("EHLO x\r\n").await;
    let mut refused = 0;
    for number in 0..70 {
        talk.send("MAIL FROM:<li@example.test>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\n").await;
        talk.until("354").await;
        talk.send(format!("From: li@example.test\r\n\r\n{number}\r\n.\r\nNOOP\r\n")).await;
        refused += usize::from(talk.until("250 2.0.0").await.contains("451 4.7.1"));
    }
    assert!(refused >= 10 && house.routed().await.len() == 70 - refused, "{refused} refused");
}

#[tokio::test]
async fn a_bounce_of_ours_is_kept_and_reported() {
    let house = house().await;
    let token = Token { case: Some(CaseId::new(1)), delivery: DeliveryId::new(3) };
    let id = thread::message_id(house.store.keys(), token, "kf.example");
    let mut talk = house.connect(Dialect::Smtp).await;
    talk.send("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\n").await;
    talk.until("354").await;
    talk.send(format!(
        "From: MAILER-DAEMON@example.test\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{id}>\r\n--b--\r\n.\r\n"
    ))
    .await;
    talk.until("250 2.6.0").await;
    assert_eq!(house.receipts.0.lock().unwrap()[0].provider_id, thread::provider_id(house.store.keys(), token));
    assert_eq!(house.routed().await[0].0.matter, Matter::Automatic);
}

#[tokio::test]
async fn our_own_client_and_listener_understand_each_other() {
    let house = house().await;
    let address = house.listen(Dialect::Smtp).await;
    let keys = Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]));
    let server = Server::parse(&format!("smtp://{address}"), None, "elsewhere.example").unwrap();
    let submission = Submission::new(server, mailbox(), keys, Clock::machine());
    let text = "第一行\n.\n..两点\n最后";
    for delivery in 0..3 {
        let outcome = submission
            .submit(Outbound {
                delivery: DeliveryId::new(delivery),
                case: Some(CaseId::new(9)),
                to: Address::parse(AddressKind::Email, "tousu@kf.example").unwrap(),
                from: Some("kf@kf.example".to_owned()),
                subject: Some("您好".to_owned()),
                text: text.to_owned(),
                thread: vec!["m1@example.test".to_owned()],
            })
            .await;
        assert!(matches!(outcome, SendOutcome::Sent(Some(_))), "{outcome:?}");
    }
    let routed = house.routed().await;
    assert_eq!(routed.len(), 3);
    let (inbound, body) = &routed[0];
    assert_eq!(body.text, text);
    // It is no answer to our own mail, but its subject carries the case's mark.
    assert_eq!(inbound.thread, Some(CaseId::new(9)));
    assert_eq!(body.thread[0], "m1@example.test");
}

#[tokio::test]
async fn too_many_connections_are_told_so() {
    let house = house().await;
    let address = house.listen(Dialect::Smtp).await;
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        let mut talk = Talk(TcpStream::connect(address).await.unwrap(), String::new());
        talk.until("220").await;
        held.push(talk);
    }
    let mut more = Talk(TcpStream::connect(address).await.unwrap(), String::new());
    assert!(more.rest().await.starts_with("421 4.3.2"));
    held.truncate(0);
    // Places become free again as conversations end.
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        let mut talk = Talk(TcpStream::connect(address).await.unwrap(), String::new());
        let mut first = [0; 3];
        if talk.0.read_exact(&mut first).await.is_ok() && first == *b"220" {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "no place became free");
    }
}

#[tokio::test]
async fn silence_and_slowness_end_a_conversation() {
    let house = house().await;
    tokio::time::pause();
    let mut idle = house.talk();
    assert!(idle.rest().await.ends_with("421 4.4.2 too slow\r\n"));
    let mut slow = house.talk();
    slow.send("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\nSubject: a\r\n").await;
    assert!(slow.rest().await.ends_with("421 4.4.2 too slow\r\n"));
    // A byte a minute is not silent, but takes longer than a mail may.
    let mut drip = house.talk();
    drip.send("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\n").await;
    let mut minutes = 0;
    while drip.0.write_all(b"x").await.is_ok() && minutes < 60 {
        tokio::time::sleep(Duration::from_secs(60)).await;
        minutes += 1;
    }
    assert!(minutes <= 12, "{minutes} minutes");
}

#[tokio::test]
async fn stopping_says_good_bye_and_finishes() {
    let house = house().await;
    let mut talk = house.connect(Dialect::Smtp).await;
    talk.until("220").await;
    house.tasks.stop().cancel();
    assert!(talk.rest().await.starts_with("421 4.3.2"));
    drop(talk);
    assert_eq!(house.tasks.finish(Duration::from_secs(10)).await, Vec::<String>::new());
}

#[test]
fn a_mail_that_cannot_be_read_is_taken_as_it_is() {
    let decoded = decode::undecoded(b"From: x\r\n\r\nbody", None);
    let recipient = Address::parse(AddressKind::Email, "kf@kf.example").unwrap();
    assert!(decoded.contact_for(&recipient).text.contains("body"));
}
