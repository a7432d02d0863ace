//! How much the writer takes, beside what the disk and a bare connection give in the same minutes.
//!
//! In: a temporary folder (`TMPDIR` chooses the disk), and which lines: `raw`, `write`,
//! `journal`, or all. Out: a table on standard output.
//! Never here: a pass or a fail.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark that cannot go on has nothing to say")]

use std::{fs::File, future::Future, io::Write, sync::Arc, time::Duration};

use contract::{
    CaseId, CaseState, ChannelKind, ContactId, InputId, Kind, Millis, OfferId, OfferState, Timestamp,
    inbound::{Inbound, Matter},
    seal::{Keys, Sealed},
    view::{CaseView, Change, ContactView, OfferView},
};
use runtime::{Chance, Clock, Health, Tasks};
use sea_orm::{
    ConnectionTrait,
    sqlx::{self, ConnectOptions as _, Executor as _, sqlite},
};
use store::{
    Store, StoreConfig,
    journal::{Commit, Lease, Record, Stream},
};
use tempfile::TempDir;
use tokio::time::Instant;

/// How long each line is measured.
const SPAN: Duration = Duration::from_secs(4);
/// Bytes of a sealed body and of a record.
const BODY_BYTES: usize = 1024;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        println!("{:<46}{:>12}{:>10}{:>10}{:>10}", "", "per second", "p50 ms", "p99 ms", "max ms");
        let wanted = |what: &str| std::env::args().skip(1).all(|word| word.starts_with('-') || what.contains(&word));
        if wanted("raw") {
            flushes().await;
            bare().await;
        }
        for callers in [1, 8, 64, 256].into_iter().filter(|_| wanted("write")) {
            rows(callers).await;
        }
        for (streams, records) in [(1, 1), (1, 10), (1, 100), (4, 10)].into_iter().filter(|_| wanted("journal")) {
            commits(streams, records).await;
        }
    });
}

/// Prints a line.
fn show(what: &str, times: u64, mut waits: Vec<Duration>, took: Duration) {
    waits.sort_unstable();
    let at = |percent: usize| waits.get(waits.len() * percent / 100).map_or(0.0, |wait| wait.as_secs_f64() * 1e3);
    let most = waits.last().map_or(0.0, |wait| wait.as_secs_f64() * 1e3);
    let rate = times as f64 / took.as_secs_f64();
    println!("{what:<46}{rate:>12.0}{:>10.2}{:>10.2}{most:>10.2}", at(50), at(99));
}

/// Repeats something by so many callers for the span; gives every wait.
async fn repeated<F: Future<Output = ()>>(callers: usize, act: impl Fn(usize) -> F) -> (Vec<Duration>, Duration) {
    let begin = Instant::now();
    let each = (0..callers).map(|caller| {
        let act = &act;
        async move {
            let mut waits = Vec::new();
            while begin.elapsed() < SPAN {
                let start = Instant::now();
                act(caller).await;
                waits.push(start.elapsed());
            }
            waits
        }
    });
    let waits = futures_util::future::join_all(each).await.concat();
    (waits, begin.elapsed())
}

/// The disk alone: 4 KiB appended and flushed.
async fn flushes() {
    let folder = TempDir::new().unwrap();
    let file = File::create(folder.path().join("raw")).unwrap();
    let (waits, took) = repeated(1, |_| async {
        (&file).write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
    })
    .await;
    show("raw: append 4 KiB, fdatasync", waits.len() as u64, waits, took);
}

/// The driver alone: one row, one commit.
async fn bare() {
    let folder = TempDir::new().unwrap();
    let connection = sqlite::SqliteConnectOptions::new()
        .filename(folder.path().join("raw.db"))
        .create_if_missing(true)
        .journal_mode(sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlite::SqliteSynchronous::Full)
        .connect()
        .await
        .unwrap();
    let connection = tokio::sync::Mutex::new(connection);
    connection.lock().await.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)").await.unwrap();
    let (waits, took) = repeated(1, |_| async {
        let insert = sqlx::query("INSERT INTO t (body) VALUES ($1)").bind(vec![7_u8; BODY_BYTES]);
        insert.execute(&mut *connection.lock().await).await.unwrap();
    })
    .await;
    show("sqlx: one row of 1 KiB, one commit", waits.len() as u64, waits, took);
}

async fn open(folder: &TempDir) -> Store {
    let keys = Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]));
    let tasks = Tasks::new(Health::default());
    let config = StoreConfig::at(folder.path());
    Store::open(&config, keys, Clock::machine(), Chance::seeded(1), &tasks).await.unwrap()
}

/// One row of 1 KiB a call through the writer.
async fn rows(callers: usize) {
    let folder = TempDir::new().unwrap();
    let store = open(&folder).await;
    let table = "CREATE TABLE bench (id INTEGER PRIMARY KEY, body BLOB)";
    store.write(|tx| Box::pin(async { Ok(tx.execute_unprepared(table).await?.rows_affected()) })).await.unwrap();
    let (waits, took) = repeated(callers, |_| async {
        let body = vec![7_u8; BODY_BYTES];
        store
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "INSERT INTO bench (body) VALUES ($1)";
                    let insert = sea_orm::Statement::from_sql_and_values(tx.get_database_backend(), sql, [body.into()]);
                    Ok(tx.execute_raw(insert).await?.rows_affected())
                })
            })
            .await
            .unwrap();
    })
    .await;
    show(&format!("store.write: one row of 1 KiB, {callers} callers"), waits.len() as u64, waits, took);
}

/// Whole commits of a router: per record a contact with its body, a case, an offer, an input.
async fn commits(streams: u32, records: u64) {
    let folder = TempDir::new().unwrap();
    let store = open(&folder).await;
    let mut leases = Vec::new();
    for number in 0..streams {
        let lease = store.journal().take_lease(&Stream::notices(number)).await.unwrap();
        leases.push(tokio::sync::Mutex::new(lease));
    }
    let (waits, took) = repeated(leases.len(), |number| {
        let (store, lease) = (&store, leases.get(number));
        async move {
            let lease = &mut *lease.unwrap().lock().await;
            let commit = commit(store, lease, records);
            (lease.head_seq, lease.head_hash) = (commit.new_seq, commit.new_hash);
            store.journal().commit(commit).await.unwrap();
        }
    })
    .await;
    let what = format!("journal: {records} contacts a commit, {streams} branches");
    show(&what, waits.len() as u64 * records, waits, took);
}

fn commit(store: &Store, lease: &Lease, records: u64) -> Commit {
    let now = Timestamp::from_ms(1_800_000_000_000);
    let mut hash = lease.head_hash;
    let seqs = lease.head_seq + 1..=lease.head_seq + records;
    let id = || store.chance().id(now);
    let mut commit = Commit {
        stream: lease.stream.clone(),
        epoch: lease.epoch,
        old_seq: lease.head_seq,
        new_seq: lease.head_seq + records,
        new_hash: hash,
        reader: contract::journal::READER,
        records: vec![],
        changes: vec![],
        contacts: vec![],
        inputs: vec![],
        texts: vec![],
        newcomers: vec![],
        touched: vec![],
    };
    for seq in seqs {
        let (case, contact, input) = (CaseId::new(id()), ContactId::new(id()), InputId::new(id()));
        let body = vec![7; BODY_BYTES];
        hash = store.keys().chain(&hash, &body);
        commit.records.push(Record { seq, hash, body });
        commit.inputs.push((input, seq));
        commit.touched.push((case, seq));
        commit.contacts.push(inbound(contact, input, now));
        let offer = offer(OfferId::new(id()), case, now, seq);
        let taken = ContactView {
            id: contact,
            input,
            branch: "hq".parse().unwrap(),
            case: Some(case),
            client: None,
            kind: Kind::Enquiry,
            seq,
        };
        let changes = [Change::Case(Box::new(view(case, now, seq))), Change::Offer(offer), Change::Contact(taken)];
        commit.changes.extend(changes);
    }
    commit.new_hash = hash;
    commit
}

fn inbound(contact: ContactId, input: InputId, now: Timestamp) -> Inbound {
    Inbound {
        input,
        contact,
        branch: "hq".parse().unwrap(),
        channel: ChannelKind::Sms,
        account: "main".parse().unwrap(),
        received_at: now,
        accepted_at: now,
        sender: None,
        sealed: Sealed::from_bytes(vec![7; BODY_BYTES]),
        digest: vec![7; 32],
        thread: None,
        matter: Matter::Message,
        hop: 0,
    }
}

fn offer(id: OfferId, case: CaseId, now: Timestamp, seq: u64) -> OfferView {
    OfferView {
        id,
        case,
        agent: "lin".parse().unwrap(),
        branch: "hq".parse().unwrap(),
        made_at: now,
        expires_at: now + Millis::from_secs(20),
        state: OfferState::Open,
        reason: None,
        seq,
    }
}

fn view(id: CaseId, now: Timestamp, seq: u64) -> CaseView {
    CaseView {
        state: CaseState::Offered,
        agent: Some(sample::name("lin")),
        opened_at: now,
        waiting_since: Some(now),
        due_at: Some(now),
        target: Millis::from_secs(900),
        target_rule: "1".to_owned(),
        skills: vec![(sample::name("mandarin"), 1)],
        seq,
        ..sample::case(id.bits())
    }
}
