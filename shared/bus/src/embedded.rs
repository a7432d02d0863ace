//! The embedded bus: queues in one SQLite file, one writer, group commit.
//!
//! In: publishes, consumers, decisions about dead letters. Out: requests to the writer,
//! whose answer means "on disk". Never here: SQL (see `schema`, `flush`, `load`).
//!
//! Delivery counts survive SIGKILL so: a message is handed out only when its position is
//! covered by the queue's reserve, which is on disk; the reserve grows ahead of the
//! deliveries with flushes that happen anyway. After a crash every message that is still
//! there and was covered counts as delivered once more. So a delivery whose acknowledgement
//! was lost always comes back with a count of at least 1, and some that only waited within
//! the prefetch do too. A message with a count of 2 or more is covered alone, so that only
//! the one that brings the process down goes on counting.

mod book;
mod checkpoint;
mod consumer;
mod flush;
mod letters;
mod load;
mod queue;
mod schema;
mod writer;

use std::{path::Path, sync::Arc};

use runtime::{Clock, Tasks};
use tokio::sync::{Semaphore, mpsc, oneshot};

pub use self::consumer::Consumer;
use self::{
    book::Book,
    checkpoint::Log,
    load::Reader,
    writer::{Bell, Request, Settled, Write, Writer},
};
use crate::{
    bus::{Figures, Target},
    error::BusError,
    limits::{Limits, MESSAGE_BYTES_MAX},
    message::Message,
    name::QueueName,
};

/// Requests that wait for the writer; more wait in their callers.
const REQUESTS_MAX: usize = 4096;
/// Kibibytes of messages on their way to the writer; more wait in their callers.
const WAITING_KIB_MAX: usize = 64 * 1024;

/// The embedded bus. Clones share it; it ends when all are gone, or after the stop signal.
#[derive(Debug, Clone)]
pub struct Embedded(Arc<Desk>);

/// What handles share.
#[derive(Debug)]
struct Desk {
    requests: mpsc::Sender<Request>,
    room: Semaphore,
    book: Book,
    bell: Arc<Bell>,
    reader: Reader,
    clock: Clock,
}

impl Embedded {
    /// Opens `bus.db` in the folder and starts its writer.
    pub(crate) async fn open(folder: &Path, limits: Limits, clock: Clock, tasks: &Tasks) -> Result<Self, BusError> {
        let file = schema::open(folder, limits.file_bytes).await?;
        let book = Book::new(file.queues, limits);
        let bell = Arc::new(Bell::default());
        let (requests, inbox) = mpsc::channel(REQUESTS_MAX);
        let (log, checkpointer) = Log::new(file.checkpointer);
        let writer = Writer::new(file.writer, log, book.clone(), Arc::clone(&bell), inbox);
        let stop = tasks.stop();
        tasks.spawn("bus log", checkpointer.run());
        tasks.spawn("bus", async move { writer.run(stop).await });
        let room = Semaphore::new(WAITING_KIB_MAX);
        let bus = Self(Arc::new(Desk { requests, room, book, bell, reader: file.reader, clock }));
        bus.declare(&QueueName::Dead).await?;
        Ok(bus)
    }

    pub(crate) async fn publish(&self, target: Target, messages: Vec<Message>) -> Result<(), BusError> {
        if let Some(bytes) = messages.iter().map(Message::encoded_bytes).find(|bytes| *bytes > MESSAGE_BYTES_MAX) {
            self.0.book.with(|pages| pages.refused.too_large += messages.len() as u64);
            return Err(BusError::TooLarge(bytes));
        }
        if messages.is_empty() {
            return Ok(());
        }
        self.write(Write { target: Some(target), messages, settled: None }).await.map(drop)
    }

    pub(crate) async fn declare(&self, queue: &QueueName) -> Result<(), BusError> {
        if self.0.book.knows(queue) {
            return Ok(());
        }
        let (done, answer) = oneshot::channel();
        let request = Request::Declare { queue: queue.clone(), done };
        self.0.requests.send(request).await.map_err(|_| BusError::Closed)?;
        answer.await.map_err(|_| BusError::Closed)?
    }

    pub(crate) async fn consume(
        &self,
        queue: &QueueName,
        prefetch: usize,
        priority: u64,
    ) -> Result<Consumer, BusError> {
        assert!(prefetch > 0, "a consumer takes at least one message");
        assert!(*queue != QueueName::Dead, "dead letters are shown, replayed and dropped, not consumed");
        self.declare(queue).await?;
        Ok(Consumer::new(self.clone(), queue.clone(), prefetch, priority))
    }

    pub(crate) fn figures(&self) -> Figures {
        self.0.book.with(|pages| pages.figures())
    }

    /// Hands one write to the writer and waits until it is on disk; false when what it was to
    /// settle is settled already.
    async fn write(&self, write: Write) -> Result<bool, BusError> {
        let kib: usize = write.messages.iter().map(Message::encoded_bytes).sum::<usize>() / 1024 + 1;
        let kib = u32::try_from(kib.min(WAITING_KIB_MAX)).expect("the bound fits");
        let _room = self.0.room.acquire_many(kib).await.map_err(|_| BusError::Closed)?;
        let (done, answer) = oneshot::channel();
        self.0.requests.send(Request::Write { write, done }).await.map_err(|_| BusError::Closed)?;
        answer.await.map_err(|_| BusError::Closed)?
    }
}
