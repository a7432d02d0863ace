//! The tail: committed events that other rooms act on go out to the bus, each at least once.
//!
//! In: the branch's records after a cursor. Out: answers, words of the house and what is asked of
//! subscriptions for the notifier, contacts and cases
//! for other branches, in order, with a key derived from the event; then the cursor moves. Never here:
//! anything uncommitted.

use std::collections::BTreeMap;

use bus::{Bus, Message, QueueName, Target};
use contract::{
    BranchId, ContactId, Timestamp,
    command::Command,
    consent::Asking,
    inbound::Inbound,
    journal::{ContactFacts, ContactTaken, Event, Fact, Forwarded, Record, Replied, Said},
    view::{ReplyView, SaidView},
    wire,
};
use runtime::{Part, Stop};
use store::{Store, journal::Stream, view::Message as Sent};
use tokio::sync::watch;

use super::{Broken, PAUSE_AFTER_FAILURE};

/// The name of this reader's cursor.
const READER: &str = "tail";
/// Records read at once.
const PAGE_RECORDS: u64 = 1_000;
/// The header that names the kind of event.
pub(crate) const KIND: &str = "kind";

/// Publishes what a branch commits, whenever `committed` tells of something, until told to stop.
pub async fn run(
    branch: BranchId,
    bus: Bus,
    store: Store,
    mut committed: watch::Receiver<u64>,
    part: Part,
    stop: Stop,
) {
    while !stop.is_cancelled() {
        committed.mark_unchanged();
        match publish(&branch, &bus, &store).await {
            Ok(()) => {
                part.well();
                tokio::select! {
                    () = stop.cancelled() => {}
                    changed = committed.changed() => if changed.is_err() { return },
                }
            }
            Err(broken) => {
                tracing::warn!(%branch, reason = %broken, "what other rooms are told waits for the bus");
                part.failed(&broken.to_string());
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(PAUSE_AFTER_FAILURE) => {}
                }
            }
        }
    }
}

/// Publishes all that is committed after the cursor.
async fn publish(branch: &BranchId, bus: &Bus, store: &Store) -> Result<(), Broken> {
    let stream = Stream::branch(branch);
    let mut cursor = store.cursors().get(&stream, READER).await?;
    loop {
        let page = store.records().from(&stream, cursor + 1, PAGE_RECORDS).await?;
        let Some(last) = page.last().map(|record| record.seq) else { return Ok(()) };
        let mut outgoing = Outgoing::default();
        for stored in &page {
            let record: Record = wire::decode(&stored.body).map_err(|_| Broken::Journal("a record does not decode"))?;
            record.events.iter().for_each(|event| outgoing.add(branch, &record, event));
        }
        outgoing.publish(bus, store).await?;
        store.cursors().set(&stream, READER, last).await?;
        cursor = last;
    }
}

/// Says whether an event is published by the tail.
pub(super) fn goes_out(event: &Event) -> bool {
    let asks = matches!(event, Event::ContactTaken(taken) if taken.asks.is_some());
    asks || matches!(
        event,
        Event::Replied(_) | Event::Said(_) | Event::Forwarded(_) | Event::MovedOut(_) | Event::MovedIn(_)
    )
}

/// What a page of records tells other rooms.
#[derive(Default)]
struct Outgoing {
    replies: Vec<Message>,
    /// What contacts ask of subscriptions.
    asking: Vec<Message>,
    /// Cases that left or arrived, for the other branch.
    commands: BTreeMap<BranchId, Vec<Message>>,
    forwarded: Vec<(Forwarded, ContactFacts)>,
}

impl Outgoing {
    fn add(&mut self, branch: &BranchId, record: &Record, event: &Event) {
        match (event, &record.input.fact) {
            (Event::ContactTaken(taken), _) => self.asking.extend(asking(branch, record, taken)),
            (Event::Replied(replied), _) => self.replies.push(reply(record.now, replied)),
            (Event::Said(said), _) => self.replies.push(word(branch, record.now, said)),
            (Event::Forwarded(forwarded), Fact::Contact(facts)) => {
                self.forwarded.push((forwarded.as_ref().clone(), facts.as_ref().clone()));
            }
            (Event::MovedOut(moved), _) => self.command(&Command::move_in(moved, record.now)),
            (Event::MovedIn(arrived), _) => self.command(&Command::move_done(&arrived.moved, record.now)),
            _ => {}
        }
    }

    fn command(&mut self, command: &Command) {
        let message = Message::new(command.id.bits(), wire::encode(command));
        self.commands.entry(command.branch.clone()).or_default().push(message);
    }

    async fn publish(self, bus: &Bus, store: &Store) -> Result<(), Broken> {
        let events: Vec<Message> = self.asking.into_iter().chain(self.replies).collect();
        if !events.is_empty() {
            bus.publish(Target::Events, events).await?;
        }
        // Before the contacts, which may be for a case that goes with them.
        for (to, messages) in self.commands {
            bus.publish(Target::Queue(QueueName::Command(to)), messages).await?;
        }
        if self.forwarded.is_empty() {
            return Ok(());
        }
        let ids: Vec<ContactId> = self.forwarded.iter().map(|(forwarded, _)| forwarded.contact).collect();
        let sent = store.views().messages(&ids).await?;
        let mut queues: BTreeMap<BranchId, Vec<Message>> = BTreeMap::new();
        for (forwarded, facts) in self.forwarded {
            let message = sent.iter().find(|message| message.id == forwarded.contact);
            let message = message.ok_or(Broken::Journal("what a client sent is not there to be forwarded"))?;
            let inbound = inbound(&forwarded, &facts, message);
            let out = Message::new(inbound.input.bits(), wire::encode(&inbound));
            queues.entry(forwarded.to).or_default().push(out);
        }
        for (to, messages) in queues {
            bus.publish(Target::Queue(QueueName::Route(to)), messages).await?;
        }
        Ok(())
    }
}

fn asking(branch: &BranchId, record: &Record, taken: &ContactTaken) -> Option<Message> {
    let asking = Asking {
        contact: taken.contact,
        branch: branch.clone(),
        channel: taken.channel,
        account: taken.account.clone(),
        client: taken.client,
        asks: taken.asks.clone()?,
        at: record.now,
        seq: record.seq,
    };
    Some(Message::new(taken.input.bits(), wire::encode(&asking)).with(KIND, "asking"))
}

fn reply(at: Timestamp, replied: &Replied) -> Message {
    let view = ReplyView {
        delivery: replied.delivery,
        case: replied.case,
        contact: replied.contact,
        channel: replied.channel,
        account: replied.account.clone(),
        agent: replied.agent.clone(),
        at,
    };
    Message::new(replied.delivery.bits(), wire::encode(&view)).with(KIND, "reply")
}

fn word(branch: &BranchId, at: Timestamp, said: &Said) -> Message {
    let view = SaidView { said: said.clone(), branch: branch.clone(), at };
    Message::new(said.delivery.bits(), wire::encode(&view)).with(KIND, "said")
}

/// Makes a forwarded contact as it lies before the other branch: what the client sent and its
/// times as they were, in the thread of the matter that it is for.
fn inbound(forwarded: &Forwarded, facts: &ContactFacts, message: &Sent) -> Inbound {
    Inbound {
        input: forwarded.input.forwarded(),
        contact: forwarded.contact,
        branch: forwarded.to.clone(),
        channel: message.channel,
        account: message.account.clone(),
        received_at: message.received_at,
        accepted_at: message.accepted_at,
        sender: message.sender,
        sealed: message.sealed.clone(),
        digest: message.digest.clone(),
        thread: Some(forwarded.case),
        matter: facts.matter.clone(),
        hop: facts.hop + 1,
    }
}
