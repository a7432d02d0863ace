//! One flush: what many requests and all that was settled become in one transaction.
//!
//! In: the book and the writes that wait. Out: one statement of fixed text, and afterwards
//! the book as the disk is. Never here: a partial write; a plan is done or it failed.

use std::{collections::BTreeMap, error::Error as _, fmt::Write as _};

use sqlx::SqliteConnection;
use tokio::time::Instant;

use super::{
    book::Pages,
    queue::Entry,
    schema::place,
    writer::{Done, Settled, Write},
};
use crate::{
    bus::Target,
    error::BusError,
    message::{Message, Tag},
    name::QueueName,
};

/// Everything a flush does, in one turn through SQLite's thread: places, [place, count], the
/// frames one after another, [place, offset, bytes], [queue, tail, reserved, messages, bytes].
/// What goes makes room for what comes. The parameters are not numbered: sqlx counts them
/// across statements only so.
const FLUSH: &str = "
BEGIN IMMEDIATE;
DELETE FROM message WHERE place IN (SELECT value FROM json_each(?));
UPDATE message SET count = changed.value ->> 1 FROM json_each(?) AS changed WHERE message.place = changed.value ->> 0;
INSERT INTO message (place, frame)
    SELECT value ->> 0, substr(?, value ->> 1, value ->> 2) FROM json_each(?);
UPDATE queue SET tail = mark.value ->> 1, reserved = mark.value ->> 2, messages = mark.value ->> 3, bytes = mark.value ->> 4
    FROM json_each(?) AS mark WHERE queue.id = mark.value ->> 0;
COMMIT;";

/// What a flush puts into the log besides its messages: some pages.
const FLUSH_LOG_BYTES: usize = 4 * 4096;
/// What a settled message puts into the log, on average over the pages they share.
const SETTLED_LOG_BYTES: usize = 1024;

/// What one flush writes, and what to tell whom.
#[derive(Debug, Default)]
pub(super) struct Plan {
    frames: Vec<u8>,
    inserts: Rows,
    recounts: Rows,
    deletes: Rows,
    marks: BTreeMap<usize, Mark>,
    writes: Vec<Planned>,
    settled: Vec<(usize, Vec<(u64, u64)>)>,
    recounted: Vec<(usize, Vec<(u64, u32)>)>,
}

/// A JSON array of rows in the making.
#[derive(Debug, Default)]
struct Rows(String);

/// A queue's row after the flush.
#[derive(Debug, Clone, Copy)]
struct Mark {
    id: i64,
    tail: u64,
    reserved: u64,
    messages: u64,
    bytes: u64,
}

/// A write that is part of the plan.
#[derive(Debug)]
struct Planned {
    write: Write,
    done: Done,
    /// Queue, position and bytes of every copy of every message.
    appended: Vec<(usize, u64, u64)>,
    lifted: Option<Lifted>,
}

/// What a write settles, in the writer's hands.
#[derive(Debug)]
enum Lifted {
    Held { queue: usize, consumer: u64, tag: Tag, position: u64, entry: Entry },
    Letter { queue: usize, position: u64, bytes: u64 },
}

impl Plan {
    /// Plans the writes that the limits allow and all that was settled; refuses the others.
    pub(super) fn draw(pages: &mut Pages, writes: Vec<(Write, Done)>) -> Self {
        let mut plan = Self::default();
        for index in 0..pages.queues.len() {
            plan.add_settled(pages, index);
        }
        for (write, done) in writes {
            plan.add(pages, write, done);
        }
        for index in 0..pages.queues.len() {
            plan.add_reserve(pages, index);
        }
        plan
    }

    /// Writes the plan, and gives about how many bytes the log grew by.
    pub(super) async fn write(&mut self, connection: &mut SqliteConnection) -> Result<usize, BusError> {
        if self.is_empty() {
            return Ok(0);
        }
        let frames = std::mem::take(&mut self.frames);
        let settled: usize = self.settled.iter().map(|(_, settled)| settled.len()).sum();
        let bytes = frames.len() + settled * SETTLED_LOG_BYTES + FLUSH_LOG_BYTES;
        let query = sqlx::query(FLUSH)
            .bind(self.deletes.close())
            .bind(self.recounts.close())
            .bind(frames)
            .bind(self.inserts.close())
            .bind(marks(&self.marks));
        if let Err(error) = query.execute(&mut *connection).await {
            // There is no transaction to leave when the first statement failed.
            drop(sqlx::raw_sql("ROLLBACK").execute(connection).await);
            return Err(error.into());
        }
        Ok(bytes)
    }

    /// Brings the book to what the disk holds, and tells everybody.
    pub(super) fn done(self, pages: &mut Pages) {
        if self.is_empty() {
            return;
        }
        pages.flushes += 1;
        for planned in &self.writes {
            planned.apply(pages);
        }
        for (index, settled) in &self.settled {
            if let Some(queue) = pages.queues.get_mut(*index) {
                queue.forget(settled);
                pages.acked += settled.len() as u64;
            }
        }
        for (index, mark) in &self.marks {
            if let Some(queue) = pages.queues.get_mut(*index) {
                queue.reserve(mark.reserved);
                queue.news.notify_waiters();
            }
        }
        for planned in self.writes {
            drop(planned.done.send(Ok(true)));
        }
    }

    /// Puts back what was settled, and tells everybody that nothing was written.
    pub(super) fn failed(self, pages: &mut Pages, error: &BusError) {
        self.put_back(pages);
        for planned in self.writes {
            planned.refuse(pages, error);
        }
    }

    /// After a failure: refuses the writes that take room and plans the rest anew; `None`
    /// when no write took room, so that trying again would be the same.
    pub(super) fn without_large(&mut self, pages: &mut Pages, error: &BusError) -> Option<Self> {
        let writes = std::mem::take(&mut self.writes);
        let (small, large): (Vec<_>, Vec<_>) = writes.into_iter().partition(|planned| planned.lifted.is_some());
        if large.is_empty() {
            self.writes = small;
            return None;
        }
        self.put_back(pages);
        for planned in large {
            planned.refuse(pages, error);
        }
        let small = small.into_iter().map(|planned| planned.unplan(pages)).collect();
        Some(Self::draw(pages, small))
    }

    fn put_back(&self, pages: &mut Pages) {
        for (index, settled) in &self.settled {
            if let Some(queue) = pages.queues.get_mut(*index) {
                queue.settled.extend_from_slice(settled);
            }
        }
        for (index, recounted) in &self.recounted {
            if let Some(queue) = pages.queues.get_mut(*index) {
                // Counts that changed meanwhile must stay the last word.
                queue.recounted.splice(0..0, recounted.iter().copied());
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.settled.is_empty() && self.recounted.is_empty() && self.marks.is_empty()
    }

    fn add(&mut self, pages: &mut Pages, write: Write, done: Done) {
        let targets = match &write.target {
            Some(Target::Queue(queue)) => pages.index(queue).into_iter().collect(),
            Some(Target::Events) => pages.events(),
            None => Vec::new(),
        };
        if let Some(full) = self.first_full(pages, &targets, &write.messages) {
            pages.refused.full += write.messages.len() as u64;
            drop(done.send(Err(BusError::Full(full))));
            return;
        }
        let lifted = match &write.settled {
            None => None,
            Some(settled) => match Lifted::take(pages, settled) {
                Some(lifted) => Some(lifted),
                None => return drop(done.send(Ok(false))),
            },
        };
        if let Some(lifted) = &lifted {
            let (queue, position, bytes) = lifted.place();
            let mark = self.mark(pages, queue);
            mark.messages = mark.messages.saturating_sub(1);
            mark.bytes = mark.bytes.saturating_sub(bytes);
            let place = place(mark.id, position);
            self.deletes.number(place);
        }
        let appended = self.append(pages, &targets, &write.messages);
        self.writes.push(Planned { write, done, appended, lifted });
    }

    fn append(&mut self, pages: &Pages, targets: &[usize], messages: &[Message]) -> Vec<(usize, u64, u64)> {
        let mut appended = Vec::with_capacity(messages.len() * targets.len());
        for message in messages {
            // SQL counts bytes from 1.
            let offset = self.frames.len() as u64 + 1;
            message.encode(&mut self.frames);
            let bytes = self.frames.len() as u64 + 1 - offset;
            for &index in targets {
                let mark = self.mark(pages, index);
                mark.tail += 1;
                mark.messages += 1;
                mark.bytes += bytes;
                let (place, tail) = (place(mark.id, mark.tail), mark.tail);
                self.inserts.row(format_args!("{place},{offset},{bytes}"));
                appended.push((index, tail, bytes));
            }
        }
        appended
    }

    fn add_settled(&mut self, pages: &mut Pages, index: usize) {
        let Some(queue) = pages.queues.get_mut(index) else { return };
        let settled = std::mem::take(&mut queue.settled);
        let recounted = std::mem::take(&mut queue.recounted);
        let id = queue.id;
        for (position, _) in &settled {
            self.deletes.number(place(id, *position));
        }
        for (position, count) in &recounted {
            self.recounts.row(format_args!("{},{count}", place(id, *position)));
        }
        if !settled.is_empty() {
            let mark = self.mark(pages, index);
            mark.messages = mark.messages.saturating_sub(settled.len() as u64);
            mark.bytes = mark.bytes.saturating_sub(settled.iter().map(|(_, bytes)| bytes).sum());
            self.settled.push((index, settled));
        }
        if !recounted.is_empty() {
            self.recounted.push((index, recounted));
        }
    }

    /// Lets the consumers of a queue go on, where its row changes anyway or they need it.
    fn add_reserve(&mut self, pages: &Pages, index: usize) {
        let Some(queue) = pages.queues.get(index) else { return };
        let reserved = queue.reserve_target();
        if self.marks.contains_key(&index) || queue.wants_reserve() {
            self.mark(pages, index).reserved = reserved;
        }
    }

    fn first_full(&mut self, pages: &Pages, targets: &[usize], messages: &[Message]) -> Option<QueueName> {
        let bytes: u64 = messages.iter().map(|message| message.encoded_bytes() as u64).sum();
        for &index in targets {
            let queue = pages.queues.get(index)?;
            let limit = pages.limits.of(&queue.name);
            let mark = self.marks.get(&index).copied().unwrap_or_else(|| Mark::of(pages, index));
            if mark.messages + messages.len() as u64 > limit.messages || mark.bytes + bytes > limit.bytes {
                return Some(queue.name.clone());
            }
        }
        None
    }

    fn mark(&mut self, pages: &Pages, index: usize) -> &mut Mark {
        self.marks.entry(index).or_insert_with(|| Mark::of(pages, index))
    }
}

impl Planned {
    fn apply(&self, pages: &mut Pages) {
        if let Some(lifted) = &self.lifted {
            let (index, position, bytes) = lifted.place();
            if let Some(queue) = pages.queues.get_mut(index) {
                queue.forget(&[(position, bytes)]);
            }
        }
        if !self.appended.is_empty() {
            pages.trouble = None;
        }
        let copies = self.appended.len().checked_div(self.write.messages.len()).unwrap_or(0);
        for (number, (index, position, bytes)) in self.appended.iter().enumerate() {
            let message = number.checked_div(copies).and_then(|number| self.write.messages.get(number));
            if let (Some(queue), Some(message)) = (pages.queues.get_mut(*index), message) {
                queue.append(*position, *bytes, message);
                pages.published += 1;
            }
        }
    }

    fn refuse(self, pages: &mut Pages, error: &BusError) {
        let (write, done) = self.unplan(pages);
        pages.refused.unavailable += write.messages.len() as u64;
        pages.trouble = Some((Instant::now(), error.source().map_or_else(|| error.to_string(), ToString::to_string)));
        drop(done.send(Err(error.clone())));
    }

    fn unplan(self, pages: &mut Pages) -> (Write, Done) {
        if let Some(lifted) = self.lifted {
            lifted.put_back(pages);
        }
        (self.write, self.done)
    }
}

impl Lifted {
    fn take(pages: &mut Pages, settled: &Settled) -> Option<Self> {
        match settled {
            Settled::Held { queue: name, consumer, tag } => {
                let queue = pages.index(name)?;
                let (position, entry) = pages.queue(name).lift(*consumer, *tag)?;
                Some(Self::Held { queue, consumer: *consumer, tag: *tag, position, entry })
            }
            Settled::Letter { position, bytes } => {
                let queue = pages.index(&QueueName::Dead)?;
                let first = pages.letters_gone.insert(*position);
                first.then_some(Self::Letter { queue, position: *position, bytes: *bytes })
            }
        }
    }

    fn place(&self) -> (usize, u64, u64) {
        match self {
            Self::Held { queue, position, entry, .. } => (*queue, *position, entry.bytes),
            Self::Letter { queue, position, bytes } => (*queue, *position, *bytes),
        }
    }

    fn put_back(self, pages: &mut Pages) {
        match self {
            Self::Held { queue, consumer, tag, position, entry } => {
                if let Some(queue) = pages.queues.get_mut(queue) {
                    queue.restore(consumer, tag, position, entry);
                }
            }
            Self::Letter { position, .. } => drop(pages.letters_gone.remove(&position)),
        }
    }
}

impl Mark {
    fn of(pages: &Pages, index: usize) -> Self {
        let queue = pages.queues.get(index).expect("indexes come from the book");
        Self {
            id: queue.id,
            tail: queue.tail,
            reserved: queue.reserved(),
            messages: queue.messages,
            bytes: queue.bytes,
        }
    }
}

impl Rows {
    fn row(&mut self, cells: std::fmt::Arguments<'_>) {
        self.next();
        write!(self.0, "[{cells}]").expect("a string takes all");
    }

    fn number(&mut self, number: i64) {
        self.next();
        write!(self.0, "{number}").expect("a string takes all");
    }

    fn next(&mut self) {
        self.0.push(if self.0.is_empty() { '[' } else { ',' });
    }

    fn close(&mut self) -> String {
        let mut text = std::mem::take(&mut self.0);
        text.push_str(if text.is_empty() { "[]" } else { "]" });
        text
    }
}

fn marks(marks: &BTreeMap<usize, Mark>) -> String {
    let mut rows = Rows::default();
    for Mark { id, tail, reserved, messages, bytes } in marks.values() {
        rows.row(format_args!("{id},{tail},{reserved},{messages},{bytes}"));
    }
    rows.close()
}
