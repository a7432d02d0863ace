//! Enrichment: one look-up per batch turns messages into facts the core may read.
//!
//! In: decoded inbound messages. Out: facts by id; repeats and what cannot be read, apart.
//! It asks only what no decision changes: which inputs are committed, whose addresses these
//! are; and a hint that may be stale: where else a client has an open case. Never here: the
//! branch's own cases, owners, capacity; they live in the State.

use std::collections::{BTreeMap, BTreeSet};

use contract::{
    AccountId, CaseId, ChannelKind, ClientClass, ClientId, ContactId, InputId, Kind, Millis, about,
    consent::Asks,
    id,
    inbound::{BlindAddress, Body, EVENT_KEY, Inbound, Matter},
    journal::{ContactFacts, Elsewhere},
    view::CaseView,
    wire,
};
use runtime::Chance;
use store::{
    Store, StoreError,
    directory::{Newcomer, Owner, Owners},
};

use crate::{
    classify::{Classified, Classifier, Command, Question},
    core::REOPEN_WITHIN,
};

/// How long after something promotional went to an address one letter from there may answer it.
const ANSWERS_WITHIN: Millis = Millis::from_secs(7 * 24 * 3600);

/// Inputs that are decided but not yet committed, with a keyed hash of their content.
pub(super) type InFlight = BTreeMap<InputId, [u8; 32]>;

/// What became of an inbound message.
pub(super) enum Enriched {
    /// It can be decided.
    Known(Box<Known>),
    /// It is committed or in flight already.
    Repeat,
    /// It cannot be read, and why.
    Unreadable(&'static str),
}

/// An inbound message with all that is known about it.
pub(super) struct Known {
    pub(super) inbound: Inbound,
    pub(super) facts: ContactFacts,
    pub(super) mark: [u8; 32],
    /// Its sender, when nobody knew him.
    pub(super) newcomer: Option<Newcomer>,
}

/// Looks up and classifies.
pub(super) struct Enricher {
    store: Store,
    chance: Chance,
    classifier: Classifier,
    answerable: BTreeSet<(ChannelKind, AccountId)>,
}

/// An inbound message whose body is open.
struct Opened {
    inbound: Inbound,
    body: Body,
    mark: [u8; 32],
    /// What it asks of subscriptions, in words that count from whoever writes them.
    command: Option<Command>,
}

/// Whose addresses a batch comes from.
struct Senders {
    owners: Owners,
    /// Those whom nobody knows, until the first contact of each takes him along.
    newcomers: BTreeMap<BlindAddress, Newcomer>,
}

/// Open cases in other branches, that the contacts of a batch may belong to.
#[derive(Default)]
struct Hints {
    /// Of each client the latest first.
    of_clients: Vec<(ClientId, Elsewhere)>,
    /// Cases that threads name, in whatever branch.
    threads: Vec<CaseView>,
}

impl Senders {
    fn owner(&self, inbound: &Inbound) -> Option<&Owner> {
        self.owners.get(&inbound.sender?)?.first()
    }
}

impl Hints {
    /// Gives the case of its thread, else of its kind, else any; none once it was forwarded.
    fn of(&self, inbound: &Inbound, facts: &ContactFacts) -> Option<Elsewhere> {
        if facts.hop > 0 {
            return None;
        }
        let live = |case: &&CaseView| {
            Some(case.id) == facts.thread
                && case.branch != inbound.branch
                && case.closed_at.is_none_or(|at| at + REOPEN_WITHIN > facts.accepted_at)
        };
        let thread = self.threads.iter().find(live).map(|case| Elsewhere {
            case: case.id,
            branch: case.branch.clone(),
            kind: case.kind,
        });
        let mine = || self.of_clients.iter().filter(|(client, _)| Some(*client) == facts.client).map(|(_, one)| one);
        thread.or_else(|| mine().find(|one| one.kind == facts.kind).or_else(|| mine().next()).cloned())
    }
}

impl Enricher {
    pub(super) const fn new(
        store: Store,
        chance: Chance,
        classifier: Classifier,
        answerable: BTreeSet<(ChannelKind, AccountId)>,
    ) -> Self {
        Self { store, chance, classifier, answerable }
    }

    /// Gives one that looks up alike and classifies by another firm's rules.
    pub(super) fn with(&self, classifier: Classifier) -> Self {
        Self::new(self.store.clone(), self.chance.clone(), classifier, self.answerable.clone())
    }

    /// Enriches a batch, in its order.
    pub(super) async fn enrich(&self, batch: Vec<Inbound>, in_flight: &InFlight) -> Result<Vec<Enriched>, StoreError> {
        let ids: Vec<InputId> = batch.iter().map(|inbound| inbound.input).collect();
        let batch: Vec<Option<Opened>> = batch.into_iter().map(|inbound| self.open(inbound)).collect();
        let views = self.store.views();
        let (committed, mut senders) = tokio::try_join!(views.committed(&ids), self.senders(&batch))?;
        let committed: BTreeSet<InputId> = committed.into_iter().collect();
        let mut opened = Vec::with_capacity(batch.len());
        let mut here = InFlight::new();
        for fresh in batch {
            let Some(fresh) = fresh else {
                opened.push(Err(Enriched::Unreadable("the sealed body cannot be read")));
                continue;
            };
            let known = in_flight.get(&fresh.inbound.input).or_else(|| here.get(&fresh.inbound.input));
            let fresh = if committed.contains(&fresh.inbound.input) || known.is_some() {
                self.other_content(fresh, known.copied(), in_flight, &here).await?
            } else {
                Some(fresh)
            };
            if let Some(fresh) = &fresh {
                here.insert(fresh.inbound.input, fresh.mark);
            }
            opened.push(fresh.ok_or(Enriched::Repeat));
        }
        let hints = self.hints(&opened, &senders).await?;
        let hearing = self.hearing(&opened).await?;
        Ok(opened
            .into_iter()
            .map(|opened| opened.map_or_else(|why| why, |opened| self.known(opened, &mut senders, &hints, &hearing)))
            .collect())
    }

    fn open(&self, inbound: Inbound) -> Option<Opened> {
        let keys = self.store.keys();
        let plain = keys.open(&about::contact(inbound.contact), &inbound.sealed).ok()?;
        let body: Body = wire::decode(&plain).ok()?;
        let mark = body.mark(keys);
        let command = self.command(&inbound, &body);
        Some(Opened { inbound, body, mark, command })
    }

    /// A known id with another content is a contact of its own, under an id that the content
    /// enters; `None` for an ordinary repeat. Calls repeat their ids by nature.
    async fn other_content(
        &self,
        fresh: Opened,
        known: Option<[u8; 32]>,
        in_flight: &InFlight,
        here: &InFlight,
    ) -> Result<Option<Opened>, StoreError> {
        let is_written = matches!(fresh.inbound.matter, Matter::Message | Matter::Automatic);
        let earlier = match known {
            Some(mark) => Some(mark),
            None => self.stored_mark(fresh.inbound.contact).await?,
        };
        if !is_written || earlier.is_none_or(|mark| mark == fresh.mark) {
            return Ok(None);
        }
        let other = self.renamed(fresh);
        let id = other.inbound.input;
        let is_repeat = in_flight.contains_key(&id)
            || here.contains_key(&id)
            || !self.store.views().committed(&[id]).await?.is_empty();
        if is_repeat {
            return Ok(None);
        }
        tracing::warn!(contact.id = %other.inbound.contact, "a provider used one id for two contents");
        metrics::counter!("shouwen_router_reused_ids_total").increment(1);
        Ok(Some(other))
    }

    async fn stored_mark(&self, contact: ContactId) -> Result<Option<[u8; 32]>, StoreError> {
        let Some(message) = self.store.views().message(contact).await? else { return Ok(None) };
        let keys = self.store.keys();
        let plain = keys.open(&about::contact(contact), &message.sealed).ok();
        Ok(plain.and_then(|plain| wire::decode(&plain).ok()).map(|body: Body| body.mark(keys)))
    }

    fn renamed(&self, opened: Opened) -> Opened {
        let Opened { mut inbound, body, mark, command } = opened;
        inbound.contact = ContactId::new(id::derived(&[b"other content", &inbound.contact.to_bytes(), &mark]));
        inbound.input = InputId::of_contact(inbound.contact, "");
        let keys = self.store.keys();
        inbound.sealed = keys.seal(self.chance.nonce(), &about::contact(inbound.contact), &wire::encode(&body));
        Opened { inbound, body, mark, command }
    }

    /// Looks up whose addresses a batch comes from; unknown ones become prospects.
    async fn senders(&self, opened: &[Option<Opened>]) -> Result<Senders, StoreError> {
        let mut asked: BTreeMap<BlindAddress, Newcomer> = BTreeMap::new();
        for opened in opened.iter().flatten() {
            if let (Some(sender), Some(address)) = (opened.inbound.sender, &opened.body.from) {
                let branch = opened.inbound.branch.clone();
                asked.entry(sender).or_insert_with(|| Newcomer { address: address.clone(), branch });
            }
        }
        let asked: Vec<Newcomer> = asked.into_values().collect();
        let (owners, newcomers) = self.store.directory().behind(&asked).await?;
        let keys = self.store.keys();
        let newcomers = newcomers.into_iter().map(|newcomer| (keys.blind(&newcomer.address), newcomer)).collect();
        Ok(Senders { owners, newcomers })
    }

    /// Looks up where else these clients have an open case; a firm of one branch asks nothing.
    async fn hints(&self, opened: &[Result<Opened, Enriched>], senders: &Senders) -> Result<Hints, StoreError> {
        let first: Vec<&Inbound> =
            opened.iter().flatten().map(|opened| &opened.inbound).filter(|one| one.hop == 0).collect();
        let Some(branch) = first.first().map(|inbound| &inbound.branch).filter(|_| self.classifier.parts_branches())
        else {
            return Ok(Hints::default());
        };
        let clients: BTreeSet<ClientId> =
            first.iter().filter_map(|one| senders.owner(one)).map(|owner| owner.client).collect();
        let threads: BTreeSet<CaseId> = first.iter().filter_map(|one| one.thread).collect();
        let (clients, threads): (Vec<_>, Vec<_>) = (clients.into_iter().collect(), threads.into_iter().collect());
        let views = self.store.views();
        let of_clients = if clients.is_empty() { Vec::new() } else { views.open_elsewhere(branch, &clients).await? };
        let threads = if threads.is_empty() { Vec::new() } else { views.cases(&threads).await? };
        Ok(Hints { of_clients, threads })
    }

    /// Looks up which of the senders who wrote one letter may mean a cancel by it.
    async fn hearing(&self, opened: &[Result<Opened, Enriched>]) -> Result<BTreeSet<[u8; 16]>, StoreError> {
        let letters = || opened.iter().flatten().filter(|one| matches!(one.command, Some(Command::Answer(_))));
        let senders: Vec<BlindAddress> = letters().filter_map(|one| one.inbound.sender).collect();
        let Some(first) = letters().map(|one| one.inbound.accepted_at).min() else { return Ok(BTreeSet::new()) };
        self.store.consents().hear(&senders, first - ANSWERS_WITHIN).await
    }

    fn known(&self, opened: Opened, senders: &mut Senders, hints: &Hints, hearing: &BTreeSet<[u8; 16]>) -> Enriched {
        let Opened { inbound, body, mark, command } = opened;
        let newcomer = inbound.sender.and_then(|sender| senders.newcomers.remove(&sender));
        let owner = senders.owner(&inbound);
        let class = owner.map_or(ClientClass::Prospect, |owner| owner.class);
        let Some(classified) = self.classify(&inbound, &body, class) else {
            return Enriched::Unreadable("the branch has no queue");
        };
        let mut facts = facts(&inbound, owner, class, classified, self.is_answerable(&inbound));
        if self.is_idle_event(&inbound.matter) {
            facts.matter = Matter::Automatic;
        }
        facts.elsewhere = hints.of(&inbound, &facts);
        facts.asks = inbound.sender.and_then(|sender| asks(command, hearing.contains(&sender.hash)));
        if facts.asks.as_ref().is_some_and(|asks| *asks != Asks::Hold) {
            facts.kind = Kind::Subscription;
        }
        Enriched::Known(Box::new(Known { inbound, facts, mark, newcomer }))
    }

    fn classify(&self, inbound: &Inbound, body: &Body, class: ClientClass) -> Option<Classified> {
        self.classifier.classify(&question(inbound, body, class))
    }

    fn command(&self, inbound: &Inbound, body: &Body) -> Option<Command> {
        match inbound.matter {
            Matter::Message | Matter::Menu(_) => self.classifier.asks(&question(inbound, body, ClientClass::Prospect)),
            Matter::Automatic | Matter::Call(_) | Matter::Leg(_) | Matter::Counter(_) => None,
        }
    }

    /// Says whether this is an event of a channel that no rule asks for: kept, and no matter.
    fn is_idle_event(&self, matter: &Matter) -> bool {
        matches!(matter, Matter::Menu(key) if key.starts_with(EVENT_KEY) && !self.classifier.asks_for(key))
    }

    fn is_answerable(&self, inbound: &Inbound) -> bool {
        inbound.sender.is_some() && self.answerable.contains(&(inbound.channel, inbound.account.clone()))
    }
}

fn question<'a>(inbound: &'a Inbound, body: &'a Body, class: ClientClass) -> Question<'a> {
    Question {
        branch: &inbound.branch,
        channel: inbound.channel,
        class,
        from: body.from.as_ref().map(contract::Address::value),
        to: &body.to,
        menu: match &inbound.matter {
            Matter::Menu(key) => Some(key),
            Matter::Message | Matter::Automatic | Matter::Call(_) | Matter::Leg(_) | Matter::Counter(_) => None,
        },
        subject: body.subject.as_deref(),
        text: &body.text,
    }
}

/// Gives what a contact asks, if it counts from this sender.
fn asks(command: Option<Command>, is_answering: bool) -> Option<Asks> {
    match command? {
        Command::Asks(asks) => Some(asks),
        Command::Answer(asks) => is_answering.then_some(asks),
    }
}

fn facts(
    inbound: &Inbound,
    owner: Option<&Owner>,
    class: ClientClass,
    classified: Classified,
    answerable: bool,
) -> ContactFacts {
    ContactFacts {
        contact: inbound.contact,
        channel: inbound.channel,
        account: inbound.account.clone(),
        received_at: inbound.received_at,
        accepted_at: inbound.accepted_at,
        client: owner.map(|owner| owner.client),
        class,
        manager: owner.and_then(|owner| owner.manager.clone()),
        kind: classified.kind,
        queue: classified.queue,
        priority: classified.priority,
        skills: classified.skills,
        rules: classified.rules.into(),
        named: classified.named,
        thread: inbound.thread,
        answerable,
        matter: inbound.matter.clone(),
        hop: inbound.hop,
        elsewhere: None,
        asks: None,
    }
}
