//! The host over a real socket, with a small dialect, a real bus and a real store.

use std::{
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bus::Limits;
use bytes::Bytes;
use contract::{Address, AddressKind, Millis};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use runtime::health::Condition;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower::ServiceExt;

use super::*;
use crate::{
    adapter::Answer,
    house::{House, account},
    incoming::{Incoming, Receipt},
    neutral,
    outbound::{Call, Outbound, Reply, SendOutcome, Unsendable},
    signature,
};

const SECRET: &[u8] = b"secret";
/// Arbitrary calls that are tried.
const CALLS_TRIED: u32 = 500;

/// `<id> <number> <text>` a line; `panic` panics, `?` is understood once `fixed`.
#[derive(Clone, Default)]
struct Dialect {
    fixed: Arc<AtomicBool>,
}

impl Channel for Dialect {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Sms
    }
    fn receive(&self, raw: &Raw, now: Timestamp) -> Result<Received, Refusal> {
        if raw.body.as_ref() == b"panic" {
            panic!("a fault of the adapter");
        }
        match raw.tail.as_str() {
            "" if raw.method != "POST" => return Err(Refusal::Method),
            "" | "receipts" | "probe" => signature::check(raw, SECRET, now)?,
            _ => return Err(Refusal::NoRoute),
        }
        match raw.tail.as_str() {
            "receipts" => neutral::receipts(raw),
            "probe" => {
                let answer = Answer { status: 200, media_type: "text/plain", body: "success".into() };
                Ok(Received { arrivals: Vec::new(), answer: Some(answer) })
            }
            _ => Ok(Received { arrivals: self.arrivals(&raw.body), answer: None }),
        }
    }
    fn send(&self, _: &Outbound, _: Option<&str>, _: Timestamp) -> Result<Call, Unsendable> {
        Err(Unsendable::NoReplyChannel)
    }
    fn outcome(&self, reply: &Reply) -> SendOutcome {
        neutral::outcome(reply)
    }
}

impl Dialect {
    fn arrivals(&self, body: &[u8]) -> Vec<Arrival> {
        let line = |line: &str| {
            let mut words = line.splitn(3, ' ');
            let (id, from, text) = (words.next()?, words.next()?, words.next()?);
            let from = Address::parse(AddressKind::Phone, from).ok()?;
            let known = self.fixed.load(Ordering::SeqCst) || !text.contains('?');
            known.then(|| Incoming { provider_id: Some(id.into()), text: text.into(), ..Incoming::message(Some(from)) })
        };
        let text = String::from_utf8_lossy(body);
        let understood = |found: Option<Incoming>| match found {
            Some(incoming) => Arrival::Contact(Box::new(incoming)),
            None => Arrival::Undecodable("no line of this dialect".into()),
        };
        text.split('\n').map(|text| understood(line(text))).collect()
    }
}

#[derive(Default)]
struct Receipts {
    taken: Mutex<Vec<Receipt>>,
    closed: AtomicBool,
}

impl ReceiptSink for Receipts {
    fn take(&self, _: Account, receipt: Receipt) -> Pin<Box<dyn Future<Output = Result<(), NotAccepted>> + Send + '_>> {
        Box::pin(async move {
            if self.closed.load(Ordering::SeqCst) {
                return Err(NotAccepted::Late);
            }
            self.taken.lock().unwrap_or_else(PoisonError::into_inner).push(receipt);
            Ok(())
        })
    }
}

struct Served {
    house: House,
    host: Host,
    dialect: Dialect,
    receipts: Arc<Receipts>,
    at: SocketAddr,
    client: reqwest::Client,
}

/// What came back: status, `Retry-After`, body.
type Said = (u16, Option<u64>, Value);

impl Served {
    async fn with(limits: Limits) -> Self {
        Self::of(House::open(limits).await).await
    }

    async fn of(house: House) -> Self {
        let receipts = Arc::new(Receipts::default());
        let dialect = Dialect::default();
        let host = host(&house, &receipts, &dialect);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (routes, stop) = (host.routes(), house.tasks.stop());
        house.tasks.spawn("http", async move {
            axum::serve(listener, routes).with_graceful_shutdown(async move { stop.cancelled().await }).await.unwrap();
        });
        let client = runtime::http::client(Duration::from_secs(60)).unwrap();
        Self { house, host, dialect, receipts, at, client }
    }

    async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    fn signed(&self, path: &str, body: impl Into<Vec<u8>>) -> reqwest::RequestBuilder {
        let body = body.into();
        let signature = signature::sign(SECRET, self.house.clock.now(), &body);
        self.plain(path, body).header(signature::HEADER, signature)
    }

    fn plain(&self, path: &str, body: Vec<u8>) -> reqwest::RequestBuilder {
        self.client.post(format!("http://{}{path}", self.at)).body(body)
    }

    async fn post(&self, body: &str) -> Said {
        say(self.signed("/channels/sms/main", body)).await
    }

    fn nothing_is_stored(&self) -> bool {
        self.house.bus.figures().queues.iter().all(|(_, depth)| depth.messages == 0)
    }

    fn condition(&self) -> Condition {
        let parts = self.house.health.parts();
        parts.into_iter().find(|(name, _)| name == "sms.main").unwrap().1
    }
}

fn host(house: &House, receipts: &Arc<Receipts>, dialect: &Dialect) -> Host {
    let door = Door { account: account(), channel: Arc::new(dialect.clone()), spool: None };
    Host::new(vec![door], house.intake.clone(), receipts.clone(), &house.health)
}

async fn say(request: reqwest::RequestBuilder) -> Said {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let wait = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().parse().unwrap());
    let is_problem = answer.headers()["content-type"] == "application/problem+json";
    assert_eq!(is_problem, status >= 400);
    let text = answer.text().await.unwrap();
    let body: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
    if is_problem {
        assert_eq!(body["status"], status);
        assert_eq!(body["type"], format!("urn:shouwen:problem:{}", body["code"].as_str().unwrap()));
    }
    (status, wait, body)
}

fn code(said: &Said) -> (u16, &str) {
    (said.0, said.2["code"].as_str().unwrap())
}

#[tokio::test]
async fn a_contact_is_answered_with_its_id_and_a_repeat_with_the_same() {
    let served = Served::new().await;
    let (status, _, body) = served.post("m1 13800138000 hello").await;
    assert_eq!(status, 202);
    let (contact, _) = served.house.only_routed().await;
    assert_eq!(body, json!({ "contact_id": contact.contact.to_string() }));
    assert_eq!(served.post("m1 13800138000 hello").await, (200, None, body));
}

#[tokio::test]
async fn posts_that_come_twice_and_in_any_order_make_one_contact_each() {
    let served = Served::new().await;
    let mut answers = BTreeMap::new();
    for n in [3, 1, 2, 1, 3, 3, 2, 1] {
        let (status, _, body) = served.post(&format!("m{n} 13800138000 text {n}")).await;
        assert!(matches!(status, 200 | 202));
        assert_eq!(*answers.entry(n).or_insert_with(|| body.clone()), body);
    }
    assert_eq!(served.house.routed().await.len(), 3);
}

#[tokio::test]
async fn a_call_may_bring_several_contacts() {
    let served = Served::new().await;
    let (status, _, body) = served.post("m1 13800138000 a\nm2 13900139000 b").await;
    assert_eq!((status, body["contact_ids"].as_array().unwrap().len()), (202, 2));
    let (status, ..) = served.post("m1 13800138000 a\nm3 13900139000 c").await;
    assert_eq!(status, 202);
    assert_eq!(served.house.routed().await.len(), 3);
}

#[tokio::test]
async fn an_unknown_account_is_404_before_any_other_check() {
    let served = Served::new().await;
    for path in ["/channels/sms/other", "/channels/fax/main", "/channels/sms", "/channels/sms/", "/channels/sms/Main"] {
        let unsigned = say(served.plain(path, vec![b'x'; 2 * 1024 * 1024]).header("content-encoding", "gzip")).await;
        assert_eq!(code(&unsigned), (404, "not_found"), "{path}");
    }
    assert_eq!(code(&say(served.signed("/channels/sms/main/other", "x")).await), (404, "not_found"));
    assert!(served.nothing_is_stored());
}

#[tokio::test]
async fn unsigned_stale_and_forged_calls_are_refused_and_nothing_is_stored() {
    let served = Served::new().await;
    let body = b"m1 13800138000 hello".to_vec();
    assert_eq!(code(&say(served.plain("/channels/sms/main", body.clone())).await), (401, "unauthenticated"));
    for off in [-301, 301] {
        let signature = signature::sign(SECRET, served.house.clock.now() + Millis::from_secs(off), &body);
        let stale = served.plain("/channels/sms/main", body.clone()).header(signature::HEADER, signature);
        assert_eq!(code(&say(stale).await), (401, "unauthenticated"), "{off}");
    }
    let forged = signature::sign(b"other", served.house.clock.now(), &body);
    let forged = served.plain("/channels/sms/main", body).header(signature::HEADER, forged);
    assert_eq!(code(&say(forged).await), (401, "unauthenticated"));
    assert!(served.nothing_is_stored());
}

#[tokio::test]
async fn a_replayed_post_is_answered_as_a_repeat() {
    let served = Served::new().await;
    let signature = signature::sign(SECRET, served.house.clock.now(), b"m1 13800138000 hello");
    let post = || served.plain("/channels/sms/main", b"m1 13800138000 hello".to_vec());
    let (status, _, first) = say(post().header(signature::HEADER, &signature)).await;
    assert_eq!(status, 202);
    served.house.clock.advance(Millis::from_secs(299));
    assert_eq!(say(post().header(signature::HEADER, &signature)).await, (200, None, first));
}

#[tokio::test]
async fn a_body_above_a_mebibyte_is_413() {
    let served = Served::new().await;
    let fits = [b"m1 13800138000 ".to_vec(), vec![b'x'; 1024 * 1024 - 15]].concat();
    assert_eq!(say(served.signed("/channels/sms/main", fits)).await.0, 202);
    for bytes in [1024 * 1024 + 1, 3 * 1024 * 1024] {
        let large = say(served.signed("/channels/sms/main", vec![b'x'; bytes])).await;
        assert_eq!(code(&large), (413, "too_large"), "{bytes}");
    }
    let head = "POST /channels/sms/main HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n";
    assert!(raw_answer(served.at, head).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn a_packed_body_is_refused_unread() {
    let served = Served::new().await;
    for packing in ["gzip", "deflate", "br", "identity, gzip"] {
        let bomb = served.signed("/channels/sms/main", vec![0x1f, 0x8b, 8, 0]).header("content-encoding", packing);
        assert_eq!(code(&say(bomb).await), (415, "invalid"), "{packing}");
    }
    let plain = served.signed("/channels/sms/main", "m1 13800138000 x").header("content-encoding", "identity");
    assert_eq!(say(plain).await.0, 202);
}

#[tokio::test]
async fn a_method_that_the_route_has_not_is_405() {
    let served = Served::new().await;
    let answer = served.client.put(format!("http://{}/channels/sms/main", served.at)).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["allow"].to_str().unwrap()), (405, "GET, POST"));
}

#[tokio::test]
async fn the_adapter_s_own_answer_is_given_word_for_word() {
    let served = Served::new().await;
    assert_eq!(say(served.signed("/channels/sms/main/probe", "")).await, (200, None, json!("success")));
}

#[tokio::test]
async fn signed_but_not_understood_is_parked_and_answered_as_accepted() {
    let served = Served::new().await;
    for _ in 0..2 {
        let (status, _, body) = served.post("not of this dialect").await;
        assert_eq!((status, body), (202, json!({ "contact_id": null, "parked": true })));
    }
    let letters = served.house.bus.dead().list(None, 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (letters[0].source.to_string().as_str(), letters[0].reason.as_str()),
        ("raw.sms.main", "no line of this dialect")
    );
    assert_eq!(served.house.routed_count(), 0);
}

#[tokio::test]
async fn a_parked_call_is_replayed_after_a_fix_with_its_age() {
    let served = Served::new().await;
    let first_came = served.house.clock.now();
    assert_eq!(served.post("m1 13800138000 how?").await.0, 202);
    served.house.clock.advance(Millis::from_secs(86_400));
    let dead = served.house.bus.dead();
    let letter = dead.list(None, 10).await.unwrap().remove(0);

    served.host.start_replays(&served.house.tasks);
    assert!(dead.replay(letter.id).await.unwrap());
    let again = wait_for(|| async { dead.list(None, 10).await.unwrap().pop() }).await;
    assert_eq!(again.reason, "no line of this dialect");

    served.dialect.fixed.store(true, Ordering::SeqCst);
    assert!(dead.replay(again.id).await.unwrap());
    let house = &served.house;
    wait_for(|| async { (house.routed_count() == 1).then_some(()) }).await;
    let (inbound, body) = house.only_routed().await;
    assert_eq!((inbound.received_at, body.text.as_str()), (first_came, "how?"));
}

#[tokio::test]
async fn an_adapter_s_panic_is_503_and_shows_in_health() {
    let served = Served::new().await;
    assert_eq!(served.condition(), Condition::Well);
    let said = served.post("panic").await;
    assert_eq!((code(&said), said.1), ((503, "unavailable"), Some(1)));
    assert!(served.nothing_is_stored());
    assert!(matches!(served.condition(), Condition::Failed(_)));
    served.post("m1 13800138000 hello").await;
    assert_eq!(served.condition(), Condition::Well);
}

#[tokio::test]
async fn a_full_bus_is_503_with_retry_after() {
    let mut limits = Limits::default();
    limits.queue.messages = 1;
    let served = Served::with(limits).await;
    assert_eq!(served.post("m1 13800138000 hello").await.0, 202);
    let said = served.post("m2 13800138000 hello").await;
    assert_eq!((code(&said), said.1), ((503, "unavailable"), Some(2)));
    assert!(matches!(served.condition(), Condition::Failed(_)));
    assert_eq!(served.house.routed_count(), 1);
}

#[tokio::test]
async fn a_full_disk_is_503_with_retry_after_until_there_is_room() {
    let (house, ballast) = House::with_ballast().await;
    let served = Served::of(house).await;
    let (_, _, known) = served.post("m1 13800138000 hello").await;
    ballast.release();
    for _ in 0..2 {
        let said = served.post("m2 13800138000 hello").await;
        assert_eq!((code(&said), said.1), ((503, "unavailable"), Some(2)));
    }
    assert!(matches!(served.condition(), Condition::Failed(_)));
    assert_eq!(served.post("m1 13800138000 hello").await, (200, None, known), "what is on disk is known");
    assert_eq!(served.house.routed_count(), 1);
    ballast.watch(&served.house.tasks);
    wait_for(|| async { (!ballast.is_released()).then_some(()) }).await;
    assert_eq!(served.post("m2 13800138000 hello").await.0, 202);
    assert_eq!((served.condition(), served.house.routed_count()), (Condition::Well, 2));
}

#[tokio::test]
async fn a_flood_from_one_sender_is_429_with_retry_after() {
    let served = Served::new().await;
    let mut refused = 0;
    for n in 0..80 {
        let said = served.post(&format!("m{n} 13800138000 hello")).await;
        if said.0 == 429 {
            assert_eq!((code(&said).1, said.1), ("rate_limited", Some(1)));
            refused += 1;
        }
    }
    assert_eq!((refused, served.house.routed_count()), (20, 60));
    assert_eq!(served.post("n1 13900139000 hello").await.0, 202);
    assert_eq!(served.condition(), Condition::Well);
}

#[tokio::test]
async fn too_many_calls_at_once_are_503() {
    let served = Served::new().await;
    let all = served.host.0.calls.try_acquire_many(u32::try_from(CALLS_MAX).unwrap()).unwrap();
    let said = served.post("m1 13800138000 hello").await;
    assert_eq!((code(&said), said.1), ((503, "unavailable"), Some(1)));
    drop(all);
    assert_eq!(served.post("m1 13800138000 hello").await.0, 202);
}

#[tokio::test]
async fn one_client_never_takes_all_the_turns() {
    let served = Served::new().await;
    let (one, other) = (SocketAddr::from(([203, 0, 113, 7], 1)), SocketAddr::from(([203, 0, 113, 8], 1)));
    let held: Vec<_> = (0..CALLS_OF_ONE_MAX).map(|_| served.host.turn(Some(one.ip())).unwrap()).collect();
    let called = async |from: SocketAddr| {
        let mut call = Request::post("/channels/sms/main").body(axum::body::Body::from("unsigned")).unwrap();
        call.extensions_mut().insert(ConnectInfo(from));
        served.host.routes().oneshot(call).await.unwrap().status().as_u16()
    };
    assert_eq!((called(one).await, called(other).await), (503, 401));
    drop(held);
    assert_eq!(called(one).await, 401);
}

#[tokio::test]
async fn receipts_go_to_their_sink_before_they_are_answered() {
    let served = Served::new().await;
    let receipt = || served.signed("/channels/sms/main/receipts", r#"{"provider_id":"p1","status":"delivered"}"#);
    assert_eq!(say(receipt()).await, (202, None, json!({})));
    assert_eq!(served.receipts.taken.lock().unwrap().len(), 1);
    served.receipts.closed.store(true, Ordering::SeqCst);
    assert_eq!(code(&say(receipt()).await), (503, "unavailable"));
}

#[tokio::test]
async fn a_body_that_is_cut_off_stores_nothing() {
    let served = Served::new().await;
    let mut stream = TcpStream::connect(served.at).await.unwrap();
    let head = "POST /channels/sms/main HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nm1 138";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    // The server may answer or just close; either way it lives on.
    drop(stream.read_to_string(&mut answer).await);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(served.nothing_is_stored());
    assert_eq!(served.post("m1 13800138000 hello").await.0, 202);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_given_up() {
    let silent = axum::body::Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
    assert_eq!(body::read(&HeaderMap::new(), silent).await, Err(BodyError::TooSlow));
}

#[tokio::test]
async fn a_body_without_an_end_is_given_up() {
    let endless = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[0; 4096])));
    let endless = axum::body::Body::from_stream(endless);
    assert_eq!(body::read(&HeaderMap::new(), endless).await, Err(BodyError::TooLarge));
}

async fn raw_answer(at: SocketAddr, head: &str) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 64];
    let read = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

async fn wait_for<T, F: Future<Output = Option<T>>>(mut ask: impl FnMut() -> F) -> T {
    let found = async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), found).await.unwrap()
}

#[tokio::test]
async fn no_call_is_ever_answered_500() {
    let house = House::open(Limits::default()).await;
    let routes = host(&house, &Arc::default(), &Dialect::default()).routes();
    let path = "/channels/(sms|fax|%00|[a-z%]{0,3})/(main|x)(/receipts|/probe|/[a-z%]{0,4}|)([?]..?)?";
    let calls = (
        "(GET|POST|PUT|HEAD|FOO)",
        path,
        proptest::collection::vec(0_u8.., 0..200),
        proptest::bool::ANY,
        "[ -~]{0,20}",
    );
    let mut runner = TestRunner::default();
    for _ in 0..CALLS_TRIED {
        let (method, path, body, is_signed, header) = calls.new_tree(&mut runner).unwrap().current();
        let Ok(uri) = path.parse::<http::Uri>() else { continue };
        let signature = if is_signed { signature::sign(SECRET, house.clock.now(), &body) } else { header.clone() };
        let request = http::Request::builder()
            .method(method.as_str())
            .uri(uri)
            .header(signature::HEADER, signature)
            .header("content-type", header.as_str())
            .body(axum::body::Body::from(body.clone()))
            .unwrap();
        let status = routes.clone().oneshot(request).await.unwrap().status().as_u16();
        assert!(status < 500, "{status}: {method} {path} {header:?} {body:?}");
    }
}

#[tokio::test]
async fn a_contact_stays_in_the_traces_of_whoever_called() {
    let served = Served::new().await;
    let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (id, trace) in [("m1", good), ("m2", "00-13800138000-00f067aa0ba902b7-01"), ("m3", &good.to_uppercase())] {
        let body = format!("{id} 13800138000 hello");
        let (status, ..) = say(served.signed("/channels/sms/main", body).header(TRACE, trace)).await;
        assert_eq!(status, 202);
    }
    let route = bus::QueueName::Route(account().branch);
    let consumer = served.house.bus.consume(&route, 10, 0).await.unwrap();
    let mut traces = Vec::new();
    while traces.len() < 3 {
        let batch = consumer.next_batch(10).await.unwrap();
        traces.extend(batch.iter().map(|delivery| delivery.message.header(TRACE).map(str::to_owned)));
    }
    assert_eq!(traces, [Some(good.to_owned()), None, None]);
}
