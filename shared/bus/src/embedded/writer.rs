//! The writer: the one task that changes the file, many requests to a flush.
//!
//! In: requests, and the bell that says something was settled. Out: answers that mean "on
//! disk". Never here: a wait for a consumer; what a failed flush could not write is answered
//! `Unavailable`, and what was settled is kept for the next one.

use std::{sync::Arc, time::Duration};

use runtime::Stop;
use sqlx::{Connection, SqliteConnection};
use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::Instant,
};

use super::{book::Book, checkpoint::Log, flush::Plan, queue::Queue};
use crate::{
    bus::Target,
    error::BusError,
    message::{Message, Tag},
    name::QueueName,
};

/// Requests that share one flush.
const BATCH_REQUESTS_MAX: usize = 2048;
/// Bytes that share one flush; one request is always taken.
const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How long what was settled waits for a flush to ride on.
const SETTLED_WAIT: Duration = Duration::from_millis(25);
/// How long nothing must have come after the stop signal before the file is closed.
const STOP_QUIET: Duration = Duration::from_millis(300);

/// What consumers ring.
#[derive(Debug, Default)]
pub(super) struct Bell {
    /// Something was settled and may ride on the next flush.
    pub(super) settled: Notify,
    /// Somebody waits for a flush.
    pub(super) hurry: Notify,
}

/// What the writer is asked for.
#[derive(Debug)]
pub(super) enum Request {
    /// To write and settle, all or nothing.
    Write { write: Write, done: Done },
    /// To make a queue known.
    Declare { queue: QueueName, done: oneshot::Sender<Result<(), BusError>> },
}

/// Tells the caller: true when done, false when what was to be settled is gone.
pub(super) type Done = oneshot::Sender<Result<bool, BusError>>;

/// Messages to write, and what is settled in the same transaction.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) target: Option<Target>,
    pub(super) messages: Vec<Message>,
    pub(super) settled: Option<Settled>,
}

/// What a write settles.
#[derive(Debug)]
pub(super) enum Settled {
    /// A delivery that a consumer holds.
    Held { queue: QueueName, consumer: u64, tag: Tag },
    /// A dead letter.
    Letter { position: u64, bytes: u64 },
}

/// The writer.
#[derive(Debug)]
pub(super) struct Writer {
    connection: SqliteConnection,
    log: Log,
    book: Book,
    bell: Arc<Bell>,
    inbox: mpsc::Receiver<Request>,
    /// Whether the last flush failed; said once, not with every try.
    failing: bool,
}

impl Writer {
    pub(super) fn new(
        connection: SqliteConnection,
        log: Log,
        book: Book,
        bell: Arc<Bell>,
        inbox: mpsc::Receiver<Request>,
    ) -> Self {
        Self { connection, log, book, bell, inbox, failing: false }
    }

    /// Serves until every handle is gone, or the house stops and all is quiet; then closes.
    pub(super) async fn run(mut self, stop: Stop) {
        let bell = Arc::clone(&self.bell);
        let mut stopping = false;
        let mut due: Option<Instant> = None;
        loop {
            // Every arm may be dropped midway: a request is taken or not, a bell keeps its ring.
            tokio::select! {
                biased;
                request = self.inbox.recv() => match request {
                    Some(first) => due = self.turn(Some(first)).await,
                    None => break,
                },
                () = bell.hurry.notified() => due = self.turn(None).await,
                () = bell.settled.notified(), if due.is_none() => due = Some(Instant::now() + SETTLED_WAIT),
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => due = self.turn(None).await,
                () = stop.cancelled(), if !stopping => stopping = true,
                () = tokio::time::sleep(STOP_QUIET), if stopping && due.is_none() => break,
            }
        }
        self.close().await;
    }

    /// Takes all that waits and flushes it; gives the time of the next try after a failure.
    async fn turn(&mut self, first: Option<Request>) -> Option<Instant> {
        let mut writes = Vec::new();
        let mut bytes = 0;
        let mut next = first;
        while let Some(request) = next {
            match request {
                Request::Declare { queue, done } => drop(done.send(self.declare(&queue).await)),
                Request::Write { write, done } => {
                    bytes += write.messages.iter().map(Message::encoded_bytes).sum::<usize>();
                    match self.declare_target(&write).await {
                        Ok(()) => writes.push((write, done)),
                        Err(error) => drop(done.send(Err(error))),
                    }
                }
            }
            let more = writes.len() < BATCH_REQUESTS_MAX && bytes < BATCH_BYTES_MAX;
            next = if more { self.inbox.try_recv().ok() } else { None };
        }
        let done = self.flush(writes).await;
        if done { None } else { Some(Instant::now() + SETTLED_WAIT) }
    }

    /// Flushes writes; when that fails, tries once more with those that take almost no room:
    /// what is parked, dropped, acknowledged.
    async fn flush(&mut self, writes: Vec<(Write, Done)>) -> bool {
        let mut plan = self.book.with(|pages| Plan::draw(pages, writes));
        let mut outcome = plan.write(&mut self.connection).await;
        if let Err(error) = &outcome
            && let Some(small) = self.book.with(|pages| plan.without_large(pages, error))
        {
            plan = small;
            outcome = plan.write(&mut self.connection).await;
        }
        match outcome {
            Ok(bytes) => {
                if std::mem::take(&mut self.failing) {
                    tracing::info!("the bus writes again");
                }
                self.book.with(|pages| plan.done(pages));
                if let Err(error) = self.log.grew(bytes, &mut self.connection).await {
                    tracing::warn!(error = %error, "the bus could not copy its log into the file");
                }
                true
            }
            Err(error) => {
                if !std::mem::replace(&mut self.failing, true) {
                    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                    tracing::error!(source, "the bus could not write");
                }
                self.book.with(|pages| plan.failed(pages, &error));
                false
            }
        }
    }

    async fn declare_target(&mut self, write: &Write) -> Result<(), BusError> {
        match &write.target {
            Some(Target::Queue(queue)) => self.declare(queue).await,
            Some(Target::Events) | None => Ok(()),
        }
    }

    async fn declare(&mut self, queue: &QueueName) -> Result<(), BusError> {
        if self.book.knows(queue) {
            return Ok(());
        }
        let insert = "INSERT INTO queue (name) VALUES (?) RETURNING id";
        let id: i64 = sqlx::query_scalar(insert).bind(queue.to_string()).fetch_one(&mut self.connection).await?;
        self.book.with(|pages| pages.add(Queue::new(id, queue.clone(), 0, 0, 0)));
        Ok(())
    }

    /// Ends in order: what consumers hold comes back counted, nothing else counts.
    async fn close(mut self) {
        self.inbox.close();
        self.book.with(|pages| {
            pages.closed = true;
            pages.queues.iter_mut().for_each(Queue::leave_all);
        });
        while let Some(request) = self.inbox.recv().await {
            match request {
                Request::Write { done, .. } => drop(done.send(Err(BusError::Closed))),
                Request::Declare { done, .. } => drop(done.send(Err(BusError::Closed))),
            }
        }
        self.flush(Vec::new()).await;
        let release = sqlx::query("UPDATE queue SET reserved = 0 WHERE reserved > 0").execute(&mut self.connection);
        if let Err(error) = release.await {
            tracing::warn!(error = %error, "the bus was not closed in order; deliveries will be counted");
        }
        if let Err(error) = self.connection.close().await {
            tracing::warn!(error = %error, "the bus was not closed in order");
        }
    }
}
