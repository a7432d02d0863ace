//! A house for tests: every real room but the router; what a router would commit is
//! committed by the test, through the same store and fan-out.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bus::{Bus, Consumer, Limits, QueueName};
use channel::Intake;
use contract::{
    Address, AddressKind, AgentId, BranchId, CaseId, CaseState, ChannelKind, ClientId, ContactId, Millis, OfferState,
    Role, Timestamp, about,
    access::Look,
    audit::By,
    command::Command,
    inbound::{Body, Inbound},
    problem::Code,
    seal::Keys,
    view::{CaseView, Change, ContactView, OfferView, OutcomeView},
    wire,
};
use coord::{Committed, ConsoleId, Coord};
use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use runtime::{Chance, Clock, Health, Tasks};
use serde_json::{Value, json};
use store::{
    Store,
    journal::{Commit, Lease, Record, Stream, Text},
    users::User,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Mutex, mpsc, watch},
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest},
};

use crate::{
    commands::Patience,
    house,
    ports::{Accounts, FirmChange, FirmDesk, FirmInForce, FirstStart, Ports, Settings},
    secret::Secret,
};

/// How long a test waits for a fact.
pub(super) const DEADLINE: Duration = Duration::from_secs(60);

/// A running console with everything around it.
pub(super) struct House {
    pub(super) store: Store,
    pub(super) bus: Bus,
    pub(super) coord: Coord,
    pub(super) keys: Arc<Keys>,
    pub(super) clock: Clock,
    pub(super) tasks: Tasks,
    pub(super) intake: Intake,
    pub(super) address: SocketAddr,
    pub(super) http: reqwest::Client,
    pub(super) changes: mpsc::Receiver<FirmChange>,
    _firm: watch::Sender<Arc<FirmInForce>>,
    chance: Chance,
    commands: Consumer,
    lease: Mutex<Lease>,
    _folder: tempfile::TempDir,
}

/// What an HTTP call was answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) body: Value,
}

/// An agent's screen.
pub(super) struct Screen(WebSocketStream<MaybeTlsStream<TcpStream>>);

pub(super) fn hq() -> BranchId {
    sample::hq()
}

pub(super) fn agent(name: &str) -> AgentId {
    name.parse().unwrap()
}

pub(super) fn now() -> Timestamp {
    "2026-11-09T09:14:00+08:00".parse().unwrap()
}

impl House {
    pub(super) async fn open() -> Self {
        Self::open_at(None).await
    }

    /// Opens a house that browsers reach under this address.
    pub(super) async fn open_at(public_url: Option<&str>) -> Self {
        runtime::http::install_tls();
        let folder = tempfile::tempdir().unwrap();
        let tasks = Tasks::new(Health::default());
        let keys = Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]));
        let (clock, chance) = (Clock::by_hand(now()), Chance::seeded(7));
        let store = Store::in_memory(keys.clone(), clock.clone(), chance.clone(), &tasks).await.unwrap();
        let bus = Bus::embedded(folder.path(), Limits::default(), clock.clone(), &tasks).await.unwrap();
        let coord = Coord::local(&clock);
        let intake = Intake::new(bus.clone(), store.clone(), coord.quotas.clone(), clock.clone(), chance.clone());
        let (firm, current) = watch::channel(Arc::new(sample(1)));
        let (wishes, changes) = mpsc::channel(1);
        let ports = Ports {
            bus: bus.clone(),
            store: store.clone(),
            coord: coord.clone(),
            keys: keys.clone(),
            clock: clock.clone(),
            chance: chance.clone(),
            tasks: tasks.clone(),
            intake: intake.clone(),
            firm: FirmDesk { current, changes: wishes },
            accounts: Accounts::new([
                (ChannelKind::Sms, "main".parse().unwrap(), hq()),
                (ChannelKind::Phone, "main".parse().unwrap(), hq()),
            ])
            .with_ways([hq(), "sz".parse().unwrap()].map(|branch| store::notice::Way {
                branch,
                channel: ChannelKind::Sms,
                account: "main".parse().unwrap(),
            })),
            settings: Settings {
                process: "test".to_owned(),
                console: ConsoleId(1),
                public_url: public_url.map(str::to_owned),
                first: Some(FirstStart { keys: Some("data/keys".to_owned()), token: "data/token".to_owned() }),
            },
        };
        let patience = Patience { silence: Duration::from_millis(50), outcome: Duration::from_millis(400) };
        let router = crate::api::routes::router(house::House::open(ports, patience).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = tasks.stop();
        tasks.spawn("http", async move {
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await.unwrap();
        });
        let commands = bus.consume(&QueueName::Command(hq()), 100, 1).await.unwrap();
        let lease = Mutex::new(store.journal().take_lease(&Stream::branch(&hq())).await.unwrap());
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self {
            store,
            bus,
            coord,
            keys,
            clock,
            tasks,
            intake,
            address,
            http,
            changes,
            _firm: firm,
            chance,
            commands,
            lease,
            _folder: folder,
        }
    }

    /// Gives the looks that were journalled.
    pub(super) async fn looks(&self) -> Vec<Look> {
        let all = crate::access::looks(&self.store, &Stream::access("test"), 1, 1000).await.unwrap();
        all.into_iter().map(|(_, look)| look).collect()
    }

    /// Makes a user and gives his bearer token.
    pub(super) async fn token(&self, name: &str, role: Role) -> String {
        self.token_of(name, role, None).await
    }

    /// Makes a user of one branch; a user of role agent is the agent of his name.
    pub(super) async fn token_of(&self, name: &str, role: Role, branch: Option<&str>) -> String {
        let user = User {
            name: name.parse().unwrap(),
            role,
            agent: (role == Role::Agent).then(|| agent(name)),
            branch: branch.map(|branch| branch.parse().unwrap()),
            made_at: now(),
            ended_at: None,
        };
        assert!(self.store.users().add(&user, &By::house()).await.unwrap());
        let secret = Secret::fresh(&self.chance, "sw_");
        assert!(self.store.users().add_token(&user.name, secret.hash, now(), &By::house()).await.unwrap());
        secret.text
    }

    pub(super) async fn get(&self, token: &str, path: &str) -> Answer {
        self.call(Method::GET, token, path, None, &[]).await
    }

    pub(super) async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.call(Method::POST, token, path, Some(body), &[]).await
    }

    pub(super) async fn call(
        &self,
        method: Method,
        token: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = self.http.request(method, self.url(path));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = timeout(DEADLINE, request.send()).await.expect("an answer in time").unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    pub(super) fn url(&self, path: &str) -> String {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/api/v1/{path}") };
        format!("http://{}{path}", self.address)
    }

    /// Waits for the next command to the branch and acknowledges it.
    pub(super) async fn command(&self) -> Command {
        let batch = timeout(DEADLINE, self.commands.next_batch(1)).await.expect("a command in time").unwrap();
        self.commands.ack(batch[0].tag);
        wire::decode(&batch[0].message.body).unwrap()
    }

    /// Decides a command as told.
    pub(super) async fn decide(&self, command: &Command, problem: Option<Code>, changes: Vec<Change>) {
        let outcome = Change::Outcome(OutcomeView {
            input: command.id,
            digest: command.digest.clone(),
            problem,
            at: now(),
            seq: 0,
        });
        let texts = match (&command.sealed, &command.verb) {
            (Some(sealed), contract::command::Verb::Reply(case, delivery)) => vec![Text {
                id: delivery.bits(),
                case: Some(*case),
                author: command.by.user.to_string(),
                at: now(),
                sealed: sealed.clone(),
            }],
            _ => Vec::new(),
        };
        self.commit(changes.into_iter().chain([outcome]).collect(), Vec::new(), texts).await;
    }

    /// Commits what a router would, and tells it.
    pub(super) async fn commit(&self, changes: Vec<Change>, contacts: Vec<Inbound>, texts: Vec<Text>) {
        let committed = self.store_only(changes, contacts, texts).await;
        self.coord.fanout.tell(committed);
    }

    /// Commits without telling.
    pub(super) async fn store_only(&self, changes: Vec<Change>, contacts: Vec<Inbound>, texts: Vec<Text>) -> Committed {
        let mut lease = self.lease.lock().await;
        let seq = lease.head_seq + 1;
        let body = format!("record {seq}").into_bytes();
        let hash = self.keys.chain(&lease.head_hash, &body);
        let commit = Commit {
            stream: lease.stream.clone(),
            epoch: lease.epoch,
            old_seq: lease.head_seq,
            new_seq: seq,
            new_hash: hash,
            reader: contract::journal::READER,
            records: vec![Record { seq, hash, body }],
            changes: changes.clone(),
            contacts,
            inputs: Vec::new(),
            texts,
            newcomers: vec![],
            touched: Vec::new(),
        };
        self.store.journal().commit(commit).await.unwrap();
        (lease.head_seq, lease.head_hash) = (seq, hash);
        Committed { branch: hq(), epoch: lease.epoch, first_seq: seq, seq, changes }
    }

    /// Commits one contact in a case, and the case.
    pub(super) async fn contact(&self, number: u128, case: CaseView, text: &str) {
        let (view, inbound) = self.said(number, case.id, text);
        self.commit(vec![view, changed(case)], vec![inbound], Vec::new()).await;
    }

    /// Parks a contact that its branch could not take.
    pub(super) async fn contact_letter(&self, number: u128, text: &str) {
        let (_, inbound) = self.said(number, CaseId::new(1), text);
        let letter = bus::Message::new(number, wire::encode(&inbound));
        self.bus.dead().park(&QueueName::Route(hq()), "its decision panics", letter).await.unwrap();
    }

    /// Makes a contact from a fake number.
    pub(super) fn said(&self, number: u128, case: CaseId, text: &str) -> (Change, Inbound) {
        let from = Address::parse(AddressKind::Phone, "13800001234").unwrap();
        let body = Body { from: Some(from), text: text.to_owned(), ..Body::default() };
        let contact = ContactId::new(number);
        let sealed = self.keys.seal(self.chance.nonce(), &about::contact(contact), &wire::encode(&body));
        let view = ContactView { case: Some(case), client: Some(ClientId::new(1)), ..sample::contact(number, 0) };
        let accepted_at = now() + Millis::new(i64::try_from(number).unwrap());
        let inbound = Inbound { accepted_at, ..sample::inbound(number, now(), sealed) };
        (Change::Contact(view), inbound)
    }

    /// Opens a screen with a bearer token and reads its first frame.
    pub(super) async fn screen(&self, token: &str) -> (Screen, Value) {
        let mut screen = self.socket("agent/socket", &[("authorization", &format!("Bearer {token}"))]).await.unwrap();
        let hello = screen.frame().await;
        assert_eq!(hello["type"], "hello");
        (screen, hello)
    }

    /// Asks for a socket; an answer that is no upgrade is given by its status.
    pub(super) async fn socket(&self, path: &str, headers: &[(&str, &str)]) -> Result<Screen, u16> {
        let mut request = self.url(path).replace("http://", "ws://").into_client_request().unwrap();
        for (name, value) in headers {
            let name: tungstenite::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match timeout(DEADLINE, connect_async(request)).await.expect("an answer in time") {
            Ok((socket, _)) => Ok(Screen(socket)),
            Err(tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Waits until a fact holds.
    pub(super) async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let wait = async {
            while !holds().await {
                tokio::task::yield_now().await;
            }
        };
        timeout(DEADLINE, wait).await.unwrap_or_else(|_| panic!("waited in vain until {what}"));
    }
}

impl Screen {
    /// Waits for the next frame that is no figures.
    pub(super) async fn frame(&mut self) -> Value {
        self.next(|kind| kind != "figures").await
    }

    /// Waits for the next frame of a type.
    pub(super) async fn frame_of(&mut self, wanted: &str) -> Value {
        self.next(|kind| kind == wanted).await
    }

    async fn next(&mut self, wanted: impl Fn(&str) -> bool) -> Value {
        loop {
            let came = timeout(DEADLINE, self.0.next()).await.expect("a frame in time").expect("an open socket");
            let message = came.unwrap();
            if message.is_ping() || message.is_pong() {
                continue;
            }
            let Message::Text(text) = message else { panic!("not a frame: {message:?}") };
            let frame: Value = serde_json::from_str(&text).unwrap();
            if frame["type"].as_str().is_some_and(&wanted) {
                return frame;
            }
        }
    }

    /// Waits for the close frame and gives its code and reason.
    pub(super) async fn closed(&mut self) -> (u16, String) {
        loop {
            match timeout(DEADLINE, self.0.next()).await.expect("a close frame in time") {
                Some(Ok(Message::Close(Some(close)))) => return (close.code.into(), close.reason.to_string()),
                Some(Ok(_)) => {}
                other => panic!("no close frame: {other:?}"),
            }
        }
    }

    pub(super) async fn send(&mut self, frame: Value) {
        self.raw(frame.to_string()).await;
    }

    pub(super) async fn raw(&mut self, text: String) {
        self.0.send(Message::Text(text.into())).await.unwrap();
    }
}

impl Answer {
    /// Says status and code of a problem.
    pub(super) fn problem(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or("no problem"))
    }
}

pub(super) fn changed(case: CaseView) -> Change {
    Change::Case(Box::new(case))
}

/// A case of `owner`, before `held` if he has it.
pub(super) fn case(number: u128, state: CaseState, owner: &str, held: Option<&str>) -> CaseView {
    CaseView {
        state,
        client: Some(ClientId::new(1)),
        owner: owner.to_owned(),
        agent: held.map(agent),
        opened_at: now() + Millis::new(i64::try_from(number).unwrap()),
        due_at: Some(now() + Millis::from_secs(60)),
        ..sample::case(number)
    }
}

pub(super) fn offer(number: u128, case: u128, before: &str, state: OfferState) -> Change {
    let expires_at = now() + Millis::from_secs(20);
    Change::Offer(OfferView { made_at: now(), expires_at, ..sample::offer(number, case, before, state) })
}

/// The id as it stands in addresses and bodies.
pub(super) fn id(number: u128) -> String {
    CaseId::new(number).to_string()
}

/// A `ref` of a frame.
pub(super) fn reference(number: u128) -> Value {
    json!(id(0xf000 + number))
}

fn sample(version: u64) -> FirmInForce {
    let (book, _) = firm::read(firm::SAMPLE_FILE, firm::SAMPLE).unwrap();
    FirmInForce { version, digest: firm::digest(&book).to_vec(), text: firm::SAMPLE.to_owned(), book }
}
