//! The sender on a real bus and a real store, against a provider on a real socket.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use std::time::Duration;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use bus::{Limits, Message, QueueName, Target};
use contract::{
    Address, AddressKind, Category, ChannelKind, ClientClass, ContactId, DeliveryState, about,
    delivery::DeliveryView,
    inbound::{Body, Inbound, Matter},
};
use runtime::health::Condition;
use store::{
    deliveries::{Addressed, Wish},
    directory::Entry,
    journal::{Commit, Record, Stream, Text},
};
use tokio::sync::Semaphore;

use super::*;
use crate::{
    adapter::{Raw, Received, Refusal},
    house::{House, account},
    incoming::{Receipt, ReceiptStatus},
    neutral::{self, Threads},
    outbound::{Call, CallBody, Reply, Unsendable},
    receipts::{ReceiptBook, ReceiptSink},
};

/// The longest any fact is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long an answer may be tried.
const LIFE: Millis = Millis::from_secs(3600);

/// Calls that a provider serves at once.
const GATE: usize = 100;

/// What the provider answers, in order; the last answer stays.
type Script = Arc<Mutex<Vec<(u16, &'static str)>>>;

#[derive(Clone)]
struct Provider {
    url: String,
    script: Script,
    calls: Arc<AtomicUsize>,
    /// What was submitted, as it came.
    bodies: Arc<Mutex<Vec<String>>>,
    tokens: Arc<AtomicUsize>,
    /// Tokens that are good; any other is refused with 401.
    good: Arc<Mutex<String>>,
    /// Who takes its permits makes every call wait.
    gate: Arc<Semaphore>,
}

impl Provider {
    async fn start(house: &House, script: &[(u16, &'static str)]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            script: Arc::new(Mutex::new(script.to_vec())),
            calls: Arc::default(),
            bodies: Arc::default(),
            tokens: Arc::default(),
            good: Arc::new(Mutex::new("t1".to_owned())),
            gate: Arc::new(Semaphore::new(GATE)),
        };
        let routes = Router::new().route("/send", post(send)).route("/token", post(token)).with_state(provider.clone());
        house.tasks.spawn("provider", async move { drop(axum::serve(listener, routes).await) });
        provider
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

async fn send(State(provider): State<Provider>, headers: HeaderMap, body: String) -> (StatusCode, HeaderMap, String) {
    provider.bodies.lock().unwrap().push(body);
    provider.calls.fetch_add(1, Ordering::SeqCst);
    drop(provider.gate.acquire().await.unwrap());
    let token = headers.get("x-token").map(|value| value.to_str().unwrap().to_owned());
    if token.is_some_and(|token| token != *provider.good.lock().unwrap()) {
        return (StatusCode::UNAUTHORIZED, HeaderMap::new(), String::new());
    }
    let mut script = provider.script.lock().unwrap();
    let (status, body) = if script.len() > 1 { script.remove(0) } else { script[0] };
    let mut headers = HeaderMap::new();
    if status == 503 {
        headers.insert("retry-after", "60".parse().unwrap());
    }
    (StatusCode::from_u16(status).unwrap(), headers, body.to_owned())
}

async fn token(State(provider): State<Provider>) -> String {
    provider.tokens.fetch_add(1, Ordering::SeqCst);
    drop(provider.gate.acquire().await.unwrap());
    provider.good.lock().unwrap().clone()
}

/// An adapter of the neutral form, with tokens if wanted; its pen may take its time.
struct Adapter {
    url: String,
    tokens: bool,
    slow: Option<Clock>,
    written: AtomicUsize,
}

impl Adapter {
    fn plain(provider: &Provider) -> Self {
        Self { url: provider.url.clone(), tokens: false, slow: None, written: AtomicUsize::new(0) }
    }
}

impl Channel for Adapter {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Sms
    }
    fn receive(&self, _raw: &Raw, _now: Timestamp) -> Result<Received, Refusal> {
        Err(Refusal::NoRoute)
    }
    fn send(&self, outbound: &Outbound, token: Option<&str>, now: Timestamp) -> Result<Call, Unsendable> {
        if outbound.text == "too long" {
            return Err(Unsendable::TooLong);
        }
        // The second writing is the one after the try has begun.
        if let (1, Some(clock)) = (self.written.fetch_add(1, Ordering::SeqCst), &self.slow) {
            clock.advance(Millis::new(5001));
        }
        let url = format!("{}/send", self.url);
        let mut call = neutral::submit(&url, b"secret", outbound, outbound.to.value(), Threads::None, now);
        call.headers.extend(token.map(|token| ("x-token", token.to_owned())));
        Ok(call)
    }
    fn outcome(&self, reply: &Reply) -> SendOutcome {
        if reply.status == 401 { SendOutcome::TokenRefused } else { neutral::outcome(reply) }
    }
    fn token_call(&self) -> Option<Call> {
        let url = format!("{}/token", self.url);
        self.tokens.then(|| Call { method: "POST", url, headers: Vec::new(), body: CallBody::Empty })
    }
    fn token(&self, reply: &Reply) -> Option<(String, Millis)> {
        Some((String::from_utf8(reply.body.clone()).ok()?, Millis::from_secs(7200)))
    }
}

impl House {
    /// Commits answers and the contacts they answer, and wishes them delivered.
    async fn answers(&self, texts: &[&str]) -> Vec<Due> {
        let stream = Stream::parse("branch/hq").unwrap();
        let lease = self.store.journal().take_lease(&stream).await.unwrap();
        let now = self.clock.now();
        let (body, seq) = (b"record".to_vec(), lease.head_seq + 1);
        let hash = self.store.keys().chain(&lease.head_hash, &body);
        let dues: Vec<_> = (1_u128..).zip(texts).map(|(id, _)| due(id, 1)).collect();
        let text = |(due, text): (&Due, &&str)| Text {
            id: due.delivery.bits(),
            case: None,
            author: "lin".to_owned(),
            at: now,
            sealed: self.store.keys().seal([0; 12], &about::text(due.delivery.bits()), text.as_bytes()),
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
            contacts: vec![self.contact()],
            inputs: vec![],
            texts: dues.iter().zip(texts).map(text).collect(),
            newcomers: Vec::new(),
            touched: vec![],
        };
        self.store.journal().commit(commit).await.unwrap();
        let wishes: Vec<_> = dues.iter().map(|due| wish(due.delivery, now)).collect();
        self.store.deliveries().put(&wishes, now).await.unwrap();
        dues
    }

    fn contact(&self) -> Inbound {
        let from = Address::parse(AddressKind::Phone, "13800138000").unwrap();
        let body = Body { from: Some(from), ..Body::default() };
        let id = ContactId::new(7);
        Inbound {
            input: contract::InputId::new(7),
            contact: id,
            branch: account().branch,
            channel: ChannelKind::Sms,
            account: account().id,
            received_at: self.clock.now(),
            accepted_at: self.clock.now(),
            sender: None,
            sealed: self.store.keys().seal([1; 12], &about::contact(id), &wire::encode(&body)),
            digest: vec![],
            thread: None,
            matter: Matter::Message,
            hop: 0,
        }
    }

    async fn publish(&self, dues: &[Due]) {
        let messages = dues.iter().map(|due| Message::new(due.delivery.bits(), wire::encode(due))).collect();
        self.bus.publish(Target::Queue(lane()), messages).await.unwrap();
    }

    /// Publishes a message, and has it come again as from a consumer that is gone.
    async fn publish_again(&self, due: Due) {
        self.publish(&[due]).await;
        let gone = self.bus.consume(&lane(), 10, 0).await.unwrap();
        gone.next_batch(1).await.unwrap();
    }

    fn send_by(&self, channel: Adapter) {
        self.send_until(channel, self.tasks.stop());
    }

    fn send_until(&self, channel: Adapter, stop: Stop) {
        let way = Way::Http(Arc::new(channel));
        let ports = Ports {
            bus: self.bus.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            chance: Chance::seeded(3),
        };
        let sender = Sender::new(account(), way, ports, WINDOW).unwrap();
        self.tasks.spawn("sender", sender.run(self.health.part("sender"), stop));
    }

    /// Waits until the sender has settled all it was given.
    async fn settled(&self) {
        let fact = async {
            while self.bus.figures().depth(&lane()).messages > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, fact).await.expect("something is not settled");
    }

    async fn view(&self, due: Due) -> DeliveryView {
        self.store.deliveries().get(due.delivery).await.unwrap().unwrap()
    }

    async fn stands(&self, due: Due) -> DeliveryState {
        self.view(due).await.state
    }
}

fn due(id: u128, attempt: u32) -> Due {
    Due { delivery: DeliveryId::new(id), attempt }
}

fn lane() -> QueueName {
    "send.sms.main.normal".parse().unwrap()
}

fn wish(id: DeliveryId, now: Timestamp) -> Wish {
    Wish {
        id,
        case: None,
        contact: Some(ContactId::new(7)),
        channel: ChannelKind::Sms,
        account: account().id,
        lane: Lane::Normal,
        made_at: now,
        due_at: now,
        expires_at: now + LIFE,
        refused: None,
        addressed: Addressed::default(),
        words: None,
    }
}

/// Sends one answer to a provider that answers so, and gives where it stands.
async fn sent_once(status: u16, body: &'static str) -> (House, Provider, Due) {
    let house = House::open(Limits::default()).await;
    let provider = Provider::start(&house, &[(status, body)]).await;
    let dues = house.answers(&["您好"]).await;
    house.send_by(Adapter::plain(&provider));
    house.publish(&dues).await;
    house.settled().await;
    (house, provider, dues[0])
}

#[tokio::test]
async fn an_answer_goes_out_once_and_its_receipt_ends_it() {
    let (house, provider, due) = sent_once(200, r#"{"provider_id":"p1"}"#).await;
    let view = house.view(due).await;
    assert_eq!((view.state, view.provider_id.as_deref()), (DeliveryState::Sent, Some("p1")));
    house.publish(&[due, due]).await;
    house.settled().await;
    assert_eq!(provider.calls(), 1);
    let receipt = Receipt { provider_id: "p1".to_owned(), status: ReceiptStatus::Delivered, error: None };
    let book = ReceiptBook::new(house.store.clone(), house.clock.clone());
    book.take(account(), receipt).await.unwrap();
    assert_eq!(house.stands(due).await, DeliveryState::Delivered);
}

#[tokio::test]
async fn what_answers_no_contact_goes_to_an_address_of_the_clients_entry() {
    let house = House::open(Limits::default()).await;
    let provider = Provider::start(&house, &[(200, r#"{"provider_id":"p1"}"#)]).await;
    let entry = Entry {
        number: "10001".to_owned(),
        name: None,
        class: ClientClass::Ordinary,
        risk_class: None,
        risk_valid_until: None,
        manager: None,
        branch: None,
        addresses: vec![Address::parse(AddressKind::Phone, "13900139000").unwrap()],
    };
    let client = entry.id();
    house.store.directory().enter(vec![entry]).await.unwrap();
    let address = house.store.directory().addresses(client).await.unwrap().remove(0);
    let due = due(1, 1);
    let words = house.store.keys().seal([0; 12], &about::text(due.delivery.bits()), "回电已改期".as_bytes());
    let notice = Wish {
        case: None,
        contact: None,
        addressed: Addressed::to(&address, Category::Callback),
        words: Some(words),
        ..wish(due.delivery, house.clock.now())
    };
    house.store.deliveries().put(&[notice.clone(), notice.clone()], house.clock.now()).await.unwrap();
    house.store.deliveries().put(&[notice], house.clock.now()).await.unwrap();
    house.send_by(Adapter::plain(&provider));
    house.publish(&[due]).await;
    house.settled().await;
    let view = house.view(due).await;
    assert_eq!((view.state, view.client, view.category), (DeliveryState::Sent, Some(client), Some(Category::Callback)));
    let sent = provider.bodies.lock().unwrap().clone();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].contains("+8613900139000") && sent[0].contains("回电已改期"), "{sent:?}");
}

#[tokio::test]
async fn a_provider_that_is_busy_is_asked_again_when_it_wants() {
    let (house, _, due) = sent_once(503, "").await;
    let view = house.view(due).await;
    assert_eq!((view.state, view.attempt), (DeliveryState::Queued, 1));
    let wait = view.due_at.since(house.clock.now()).whole_secs();
    assert!((60..=75).contains(&wait), "due in {wait} s");
}

#[tokio::test]
async fn health_names_a_provider_that_takes_nothing_until_it_does() {
    let house = House::open(Limits::default()).await;
    let provider = Provider::start(&house, &[(503, ""), (200, r#"{"provider_id":"p1"}"#)]).await;
    let dues = house.answers(&["您好", "再见"]).await;
    house.send_by(Adapter::plain(&provider));
    house.publish(&dues[..1]).await;
    house.settled().await;
    let hindered = Condition::Hindered("answers wait: the provider answered 503".to_owned());
    assert_eq!(house.health.parts(), [("sender".to_owned(), hindered)]);
    assert!(house.health.is_well(), "a provider of ours is no reason to turn clients away");
    house.publish(&dues[1..]).await;
    house.settled().await;
    assert_eq!(house.health.parts(), [("sender".to_owned(), Condition::Well)]);
}

#[tokio::test]
async fn a_refusal_ends_the_delivery() {
    let (house, _, due) = sent_once(400, "").await;
    assert_eq!(house.stands(due).await, DeliveryState::Failed);
}

#[tokio::test]
async fn an_answer_that_tells_nothing_leaves_it_unknown_for_good() {
    let (house, provider, first) = sent_once(500, "").await;
    assert_eq!(house.stands(first).await, DeliveryState::Unknown);
    house.publish(&[first, due(1, 2)]).await;
    house.settled().await;
    assert_eq!((house.stands(first).await, provider.calls()), (DeliveryState::Unknown, 1));
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_tried_again() {
    let house = House::open(Limits::default()).await;
    let provider = Provider::start(&house, &[(200, "")]).await;
    let dues = house.answers(&["您好"]).await;
    // Nothing listens on port 1.
    house.send_by(Adapter { url: "http://127.0.0.1:1".to_owned(), ..Adapter::plain(&provider) });
    house.publish(&dues).await;
    house.settled().await;
    let view = house.view(dues[0]).await;
    assert_eq!((view.state, view.reason.as_deref()), (DeliveryState::Queued, Some("the provider cannot be reached")));
}

#[tokio::test]
async fn an_answer_cut_off_leaves_it_unknown() {
    let house = House::open(Limits::default()).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    house.tasks.spawn("rude", async move {
        loop {
            // It takes the call and hangs up without a word.
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 4096];
            tokio::io::AsyncReadExt::read(&mut socket, &mut buffer).await.unwrap();
        }
    });
    let dues = house.answers(&["您好"]).await;
    house.send_by(Adapter { url, tokens: false, slow: None, written: AtomicUsize::new(0) });
    house.publish(&dues).await;
    house.settled().await;
    assert_eq!(house.stands(dues[0]).await, DeliveryState::Unknown);
}

#[tokio::test]
async fn what_expired_or_cannot_be_written_is_not_submitted() {
    let house = House::open(Limits::default()).await;
    let provider = Provider::start(&house, &[(200, "")]).await;
    let dues = house.answers(&["您好", "too long"]).await;
    house.send_by(Adapter::plain(&provider));
    house.publish(&dues[1..]).await;
    house.settled().await;
    house.clock.advance(LIFE);
    house.publish(&dues[..1]).await;
    house.settled().await;
    assert_eq!(house.stands(dues[0]).await, DeliveryState::Expired);
    assert_eq!(house.stands(dues[1]).await, DeliveryState::Failed);
    assert_eq!(provider.calls(), 0);
}

#[tokio::test]
async fn a_sender_that_comes_late_does_not_submit() {
    let house = House::open(Limits::default()).await;
    let provider = Provider::start(&house, &[(200, "")]).await;
    let dues = house.answers(&["您好"]).await;
    house.send_by(Adapter { slow: Some(house.clock.clone()), ..Adapter::plain(&provider) });
    house.publish(&dues).await;
    house.settled().await;
    assert_eq!((house.stands(dues[0]).await, provider.calls()), (DeliveryState::Queued, 0));
}

#[tokio::test]
async fn a_try_begun_by_a_sender_that_is_gone_is_unknown_and_not_made_again() {
    let house = House::open(Limits::default()).await;
    let provider = Provider::start(&house, &[(200, "")]).await;
    let dues = house.answers(&["您好", "再见"]).await;
    house.store.submits().begin(dues[0], house.clock.now()).await.unwrap();
    house.clock.advance(Millis::new(1));
    house.store.submits().begin(dues[1], house.clock.now()).await.unwrap();
    house.clock.advance(TRY_LIMIT);
    house.publish_again(dues[0]).await;
    house.publish_again(dues[1]).await;
    house.send_by(Adapter::plain(&provider));
    house.settled().await;
    assert_eq!(house.stands(dues[0]).await, DeliveryState::Unknown);
    assert_eq!(house.stands(dues[1]).await, DeliveryState::Submitting, "who began it may be at it");
    assert_eq!(provider.calls(), 0);
}

#[tokio::test]
async fn a_message_that_comes_again_says_nothing_of_a_submit_under_way() {
    let house = House::open(Limits::default()).await;
    let provider = Provider::start(&house, &[(200, r#"{"provider_id":"p1"}"#)]).await;
    let dues = house.answers(&["您好"]).await;
    let shut = provider.gate.clone().acquire_many_owned(u32::try_from(GATE).unwrap()).await.unwrap();
    let stop = house.tasks.stop().child_token();
    house.send_until(Adapter::plain(&provider), stop.clone());
    house.publish(&dues).await;
    let fact = async {
        while provider.calls() == 0 {
            tokio::task::yield_now().await;
        }
        // The bus lost its sender, and gives the message to another one.
        stop.cancel();
        house.publish_again(dues[0]).await;
        house.send_by(Adapter::plain(&provider));
        while house.bus.figures().depth(&lane()).messages > 1 {
            tokio::task::yield_now().await;
        }
        assert_eq!(house.stands(dues[0]).await, DeliveryState::Submitting);
        drop(shut);
        while house.stands(dues[0]).await != DeliveryState::Sent {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, fact).await.expect("the submit under way was not let end");
    assert_eq!(provider.calls(), 1);
}

#[tokio::test]
async fn a_token_is_fetched_once_for_all_and_again_when_it_is_refused() {
    let house = House::open(Limits::default()).await;
    let provider = Provider::start(&house, &[(200, "")]).await;
    let dues = house.answers(&["一", "二", "三", "四", "五", "六"]).await;
    house.send_by(Adapter { tokens: true, ..Adapter::plain(&provider) });
    house.publish(&dues[..3]).await;
    house.settled().await;
    assert_eq!(provider.tokens.load(Ordering::SeqCst), 1);
    "t2".clone_into(&mut provider.good.lock().unwrap());
    house.publish(&dues[3..]).await;
    house.settled().await;
    assert_eq!(provider.tokens.load(Ordering::SeqCst), 2);
    for due in dues {
        assert_eq!(house.stands(due).await, DeliveryState::Sent);
    }
}

/// Starts a sender and stops it while the provider lets its call wait, then answers the call.
async fn stopped_during_a_call(
    adapter: impl Fn(&Provider) -> Adapter,
    called: impl Fn(&Provider) -> usize,
) -> (House, Due) {
    let house = House::open(Limits::default()).await;
    let provider = Provider::start(&house, &[(200, "")]).await;
    let dues = house.answers(&["您好"]).await;
    let shut = provider.gate.clone().acquire_many_owned(u32::try_from(GATE).unwrap()).await.unwrap();
    let stop = house.tasks.stop().child_token();
    house.send_until(adapter(&provider), stop.clone());
    house.publish(&dues).await;
    let under_way = async {
        while called(&provider) == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, under_way).await.expect("nothing was called");
    stop.cancel();
    drop(shut);
    let ended = async {
        while house.health.parts().iter().any(|(name, _)| name == "sender") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("the sender does not end");
    (house, dues[0])
}

#[tokio::test]
async fn a_stop_waits_for_the_submit_under_way() {
    let (house, due) = stopped_during_a_call(Adapter::plain, Provider::calls).await;
    assert_eq!(house.stands(due).await, DeliveryState::Sent);
}

#[tokio::test]
async fn after_a_stop_no_submit_begins() {
    let with_tokens = |provider: &Provider| Adapter { tokens: true, ..Adapter::plain(provider) };
    let asked = |provider: &Provider| provider.tokens.load(Ordering::SeqCst);
    let (house, due) = stopped_during_a_call(with_tokens, asked).await;
    assert_eq!(house.stands(due).await, DeliveryState::Queued);
}

#[tokio::test]
async fn a_bus_that_fails_does_not_drop_the_submit_under_way() {
    let house = House::open(Limits::default()).await;
    let provider = Provider::start(&house, &[(200, "")]).await;
    let dues = house.answers(&["您好"]).await;
    let shut = provider.gate.clone().acquire_many_owned(u32::try_from(GATE).unwrap()).await.unwrap();
    house.send_until(Adapter::plain(&provider), house.tasks.stop().child_token());
    house.publish(&dues).await;
    let fact = async {
        while provider.calls() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(house.bus_tasks.finish(PATIENCE).await, Vec::<String>::new());
        drop(shut);
        while house.stands(dues[0]).await != DeliveryState::Sent {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, fact).await.expect("the submit under way was dropped");
}

#[tokio::test]
async fn what_names_no_delivery_is_parked() {
    let house = House::open(Limits::default()).await;
    let provider = Provider::start(&house, &[(200, "")]).await;
    house.send_by(Adapter::plain(&provider));
    house.bus.publish(Target::Queue(lane()), vec![Message::new(1, vec![255])]).await.unwrap();
    house.settled().await;
    assert_eq!(house.bus.dead().list(None, 10).await.unwrap().len(), 1);
}

#[test]
fn better_lanes_keep_room_from_worse_ones() {
    let mut load = Load::new(16);
    let rooms = |load: &Load| [Lane::Urgent, Lane::Normal, Lane::Bulk].map(|lane| load.room(lane));
    assert_eq!(rooms(&load), [16, 14, 8]);
    (0..8).for_each(|_| load.took(Lane::Bulk));
    assert_eq!(rooms(&load), [8, 6, 0]);
    (0..6).for_each(|_| load.took(Lane::Normal));
    assert_eq!(rooms(&load), [2, 0, 0]);
    (0..2).for_each(|_| load.took(Lane::Urgent));
    assert_eq!(rooms(&load), [0, 0, 0]);
    load.landed(Lane::Bulk);
    assert_eq!(rooms(&load), [1, 1, 1]);
    assert_eq!(rooms(&Load::new(1)), [1, 1, 1]);
}
