//! The listener over real sockets, with routes that tell what came.

use std::net::IpAddr;

use axum::{
    body::{Body, Bytes},
    routing::{get, post},
};
use runtime::{Health, Tasks};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Notify,
    time::Instant,
};

use super::*;

/// A listener that serves, and how to stop it.
struct Served {
    at: SocketAddr,
    tasks: Tasks,
    /// Is told when a body is being read.
    reading: Arc<Notify>,
    /// Is told when an answer without an end is given up.
    given_up: Arc<Notify>,
}

struct Tells(Arc<Notify>);

impl Drop for Tells {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Served {
    fn new(proxies: &[&str]) -> Self {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let at = listener.local_addr().unwrap();
        let (reading, given_up) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (reads, gives_up) = (reading.clone(), given_up.clone());
        let read = async move |body: Body| {
            reads.notify_one();
            axum::body::to_bytes(body, 1024).await.map(|bytes| bytes.len().to_string()).unwrap_or_default()
        };
        let endless = async move || {
            let tells = Tells(gives_up);
            let part = Bytes::from_static(&[b'x'; 16 * 1024]);
            Body::from_stream(futures_util::stream::repeat_with(move || {
                let _held = &tells;
                Ok::<_, std::convert::Infallible>(part.clone())
            }))
        };
        let who = async |ConnectInfo(client): ConnectInfo<SocketAddr>| client.ip().to_string();
        let routes = Router::new().route("/read", post(read)).route("/endless", get(endless)).route("/who", get(who));
        let tasks = Tasks::new(Health::default());
        let proxies = Proxies::new(proxies.iter().map(|proxy| proxy.parse().unwrap()).collect());
        tasks.spawn("http", serve(listener, routes, proxies, tasks.stop()));
        Self { at, tasks, reading, given_up }
    }

    /// Connects and sends these bytes.
    async fn sent(&self, bytes: impl AsRef<[u8]>) -> TcpStream {
        let mut line = TcpStream::connect(self.at).await.unwrap();
        // Who is cut off while he writes hears of it when he reads.
        drop(line.write_all(bytes.as_ref()).await);
        line
    }
}

/// Reads all that comes until the connection ends.
async fn rest(mut line: TcpStream) -> String {
    let mut bytes = Vec::new();
    drop(line.read_to_end(&mut bytes).await);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads one answer whose end is known.
async fn answer(line: &mut TcpStream, ends_with: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(ends_with) {
        let mut bytes = [0; 4096];
        let count = line.read(&mut bytes).await.unwrap();
        assert!(count > 0, "cut off after {text}");
        text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }
    text
}

#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_come_in_time_is_cut_off() {
    let served = Served::new(&[]);
    for begun in ["", "GET /who HT", "GET /who HTTP/1.1\r\nHost: kf\r\nX-Slow: "] {
        let begins = Instant::now();
        let line = served.sent(begun).await;
        assert_eq!(rest(line).await, "", "{begun}");
        let took = begins.elapsed();
        assert!(took >= HEAD_LIMIT && took < HEAD_LIMIT * 2, "{begun}: {took:?}");
    }
}

#[tokio::test]
async fn a_head_beyond_its_limits_is_refused() {
    let served = Served::new(&[]);
    let long = "x".repeat(1 << 20);
    for (head, status) in [
        (format!("GET /who?{long} HTTP/1.1\r\nHost: kf\r\n\r\n"), "431"),
        (format!("GET /who HTTP/1.1\r\nHost: kf\r\nX-Long: {long}\r\n\r\n"), "431"),
        (format!("GET /who HTTP/1.1\r\nHost: kf\r\n{}\r\n", "X-Many: x\r\n".repeat(1000)), "431"),
        ("GET /who HTTP/1.1\r\nHost: kf\r\n broken\r\n\r\n".to_owned(), "400"),
    ] {
        let line = TcpStream::connect(served.at).await.unwrap();
        let (mut reads, mut writes) = line.into_split();
        // The answer comes before all of it is written; what follows may meet a closed connection.
        let (written, mut answered) = (async { drop(writes.write_all(head.as_bytes()).await) }, vec![0; 64]);
        let (count, ()) = tokio::join!(reads.read(&mut answered), written);
        let said = String::from_utf8_lossy(&answered[..count.unwrap_or(0)]).into_owned();
        assert!(said.starts_with(&format!("HTTP/1.1 {status} ")), "{} bytes: {said}", head.len());
    }
}

#[tokio::test]
async fn a_stop_waits_for_nobody_who_does_not_speak() {
    let served = Served::new(&[]);
    let half_head = served.sent("GET /who HTTP/1.1\r\nHost: kf\r\n").await;
    let silent = served.sent("").await;
    let mut idle = served.sent("GET /who HTTP/1.1\r\nHost: kf\r\n\r\n").await;
    answer(&mut idle, "127.0.0.1").await;
    let half_body = served.sent("POST /read HTTP/1.1\r\nHost: kf\r\nContent-Length: 9\r\n\r\nhalf").await;
    served.reading.notified().await;
    tokio::time::pause();
    let begins = Instant::now();
    assert_eq!(served.tasks.finish(FINISH_LIMIT * 2).await, Vec::<String>::new());
    assert!(begins.elapsed() <= FINISH_LIMIT + Duration::from_millis(1), "{:?}", begins.elapsed());
    for line in [half_head, silent, idle, half_body] {
        assert_eq!(rest(line).await, "");
    }
}

#[tokio::test]
async fn a_stop_lets_a_call_finish_that_is_under_way() {
    let served = Served::new(&[]);
    let mut line = served.sent("POST /read HTTP/1.1\r\nHost: kf\r\nContent-Length: 5\r\n\r\nha").await;
    served.reading.notified().await;
    let stop = served.tasks.stop();
    stop.cancel();
    line.write_all(b"lf!").await.unwrap();
    let said = rest(line).await;
    assert!(said.starts_with("HTTP/1.1 200 ") && said.ends_with("\r\n\r\n5"), "{said}");
    assert_eq!(served.tasks.finish(FINISH_LIMIT).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn who_asks_and_does_not_read_is_given_up() {
    let served = Served::new(&[]);
    let begins = Instant::now();
    let line = served.sent("GET /endless HTTP/1.1\r\nHost: kf\r\n\r\n").await;
    served.given_up.notified().await;
    let took = begins.elapsed();
    assert!(took >= line::STALL_LIMIT && took < line::STALL_LIMIT * 2, "{took:?}");
    drop(line);
}

#[tokio::test]
async fn who_calls_is_told_by_proxies_of_ours_alone() {
    let call = "GET /who HTTP/1.1\r\nHost: kf\r\nX-Forwarded-For: 1.1.1.1, 198.51.100.1\r\nConnection: close\r\n\r\n";
    for (proxies, client) in [(&[][..], "127.0.0.1"), (&["127.0.0.0/8"], "198.51.100.1"), (&["10.0.0.1"], "127.0.0.1")]
    {
        let served = Served::new(proxies);
        let said = rest(served.sent(call).await).await;
        assert!(said.ends_with(&format!("\r\n\r\n{client}")), "{said}");
    }
}

#[tokio::test]
async fn one_address_never_has_all_places() {
    let places = Places::new(4);
    let (one, other): (IpAddr, IpAddr) = ("203.0.113.7".parse().unwrap(), "203.0.113.8".parse().unwrap());
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(places.give(places.free().await, Some(one)).unwrap());
    }
    assert!(places.give(places.free().await, Some(one)).is_none());
    held.push(places.give(places.free().await, Some(other)).unwrap());
    held.clear();
    for _ in 0..4 {
        held.push(places.give(places.free().await, None).expect("a proxy is many"));
    }
}
