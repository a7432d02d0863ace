//! A branch in virtual time: the one helper that touches the core's interface.
//!
//! In: facts and commands in plain Rust. Out: events, each decision checked: `apply` alone
//! gives the same State, records survive their encoding, no eligible pair waits.

use std::{collections::BTreeMap, sync::Arc};

use contract::{
    AgentId, CaseId, ChannelKind, ClientClass, ClientId, ContactId, DeliveryId, InputId, OfferId, Role, Timestamp,
    UserId,
    command::{Actor, Verb},
    firm::Firm,
    id::{derived, timed},
    inbound::Matter,
    journal::{CommandFacts, ContactFacts, Event, Fact, FirmChanged, Input, READER, REASON_BYTES_MAX, Record},
    wire,
};
use router::{
    classify::{Classifier, Question},
    core::{RULES, State, apply, decide, next_due, restore, snapshot, sweep},
};

/// When every scenario begins: Monday, 9 November 2026, 09:00 in Shanghai.
pub(crate) const START: Timestamp = Timestamp::from_ms(1_794_186_000_000);

/// A branch with its firm, a clock, and a second State that only ever applies.
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) now: Timestamp,
    pub(crate) firm: Firm,
    replica: State,
    names: Vec<(AgentId, String)>,
    inputs: u64,
    version: u64,
    /// Every decision so far.
    pub(crate) journal: Vec<Record>,
    /// The open offer of each agent, the latest last.
    pub(crate) offers: BTreeMap<AgentId, Vec<OfferId>>,
    /// Agents whose screens do not show what they are offered.
    pub(crate) blind: Vec<AgentId>,
    /// Channels whose accounts cannot answer.
    pub(crate) mute: Vec<ChannelKind>,
}

impl World {
    /// Opens a branch with a firm file.
    pub(crate) fn open(toml: &str) -> Self {
        let (book, _) = firm::read("scenario", toml).unwrap_or_else(|faults| panic!("{faults}"));
        let names = book.firm.agents.iter().map(|agent| (agent.id.clone(), agent.id.to_string())).collect();
        let mut world = Self {
            state: State::new(),
            now: START,
            firm: Firm::default(),
            replica: State::new(),
            names,
            inputs: 0,
            version: 0,
            journal: Vec::new(),
            offers: BTreeMap::new(),
            blind: Vec::new(),
            mute: Vec::new(),
        };
        world.set_firm(book.firm);
        world
    }

    /// Changes the firm.
    pub(crate) fn set_firm(&mut self, firm: Firm) -> Vec<Event> {
        self.firm = firm;
        self.version += 1;
        let branch = self.firm.branches[0].id.clone();
        let firm = Arc::new(self.firm.clone());
        self.decide(Fact::Firm(FirmChanged { version: self.version, digest: vec![1], firm, branch }))
    }

    /// Decides one fact now, and checks what must hold after every decision.
    pub(crate) fn decide(&mut self, fact: Fact) -> Vec<Event> {
        self.inputs += 1;
        let id = InputId::new(derived(&[b"input", &self.inputs.to_be_bytes()]));
        let ms = u64::try_from(self.now.as_ms()).unwrap();
        let input = Input { id, fresh: timed(ms, derived(&[b"fresh", &self.inputs.to_be_bytes()])), fact };
        let mut events = Vec::new();
        decide(&mut self.state, &input, self.now, &mut events);
        self.check(input, &events);
        self.follow(&events);
        self.show(&events);
        events
    }

    fn check(&mut self, input: Input, events: &[Event]) {
        let record = Record {
            seq: self.inputs,
            epoch: 1,
            now: self.now,
            input,
            events: events.to_vec(),
            prev_hash: vec![0; 32],
            reader: READER,
            rules: RULES,
        };
        assert_eq!(wire::decode::<Record>(&wire::encode(&record)).as_ref(), Ok(&record));
        self.journal.push(record);
        for event in events {
            apply(&mut self.replica, self.now, event);
            if let Event::Offered(offered) = event {
                assert!(wire::encode(&offered.reason).len() <= REASON_BYTES_MAX);
            }
        }
        assert_eq!(snapshot(&self.replica), snapshot(&self.state), "apply alone gives another State");
        let swept = sweep(&self.state);
        assert_eq!(swept.violations, 0, "eligible pairs wait: {:?}", swept.named);
    }

    fn follow(&mut self, events: &[Event]) {
        for event in events {
            if let Event::Offered(offered) = event {
                self.offers.entry(offered.agent.clone()).or_default().push(offered.offer);
            } else if let Event::OfferEnded(ended) = event {
                self.offers.entry(ended.agent.clone()).or_default().retain(|offer| *offer != ended.offer);
            }
        }
    }

    /// Lets what is offered reach the screens, as consoles do.
    fn show(&mut self, events: &[Event]) {
        let mut offered: Vec<(OfferId, AgentId)> = Vec::new();
        for event in events {
            if let Event::Offered(one) = event {
                offered.push((one.offer, one.agent.clone()));
            }
        }
        for (offer, agent) in offered {
            let open = self.offers.get(&agent).is_some_and(|open| open.contains(&offer));
            if open && !self.blind.contains(&agent) {
                self.decide(command(actor(&self.firm, agent.as_str()), Verb::OffersShown(vec![offer])));
            }
        }
    }

    /// Gives an agent's latest open offer, or one that nobody made.
    pub(crate) fn open_offer(&self, agent: &AgentId) -> OfferId {
        self.offers.get(agent).and_then(|open| open.last()).copied().unwrap_or(OfferId::new(0))
    }

    /// Lets time pass; what falls due on the way is decided when it is due.
    pub(crate) fn advance(&mut self, to: Timestamp) -> Vec<(Timestamp, Event)> {
        let mut all = Vec::new();
        while let Some(due) = next_due(&self.state).filter(|due| *due <= to) {
            self.now = self.now.max(due);
            let events = self.decide(Fact::Tick);
            assert!(!events.is_empty(), "something due at {due} does nothing");
            all.extend(events.into_iter().map(|event| (self.now, event)));
        }
        self.now = self.now.max(to);
        all
    }

    /// Gives the facts of a contact whose text the firm's rules classify.
    pub(crate) fn facts(&self, channel: ChannelKind, client: &str, class: ClientClass, text: &str) -> ContactFacts {
        let branch = self.firm.branches[0].id.clone();
        let question =
            Question { branch: &branch, channel, class, from: None, to: &[], menu: None, subject: None, text };
        let found = Classifier::new(&self.firm, &self.names).classify(&question).unwrap();
        ContactFacts {
            contact: ContactId::new(derived(&[b"contact", &self.inputs.to_be_bytes()])),
            channel,
            account: "main".parse().unwrap(),
            received_at: self.now,
            accepted_at: self.now,
            client: (client != "withheld").then(|| client_id(client)),
            class,
            manager: None,
            kind: found.kind,
            queue: found.queue,
            priority: found.priority,
            skills: found.skills,
            rules: found.rules.into(),
            named: found.named,
            thread: None,
            answerable: !matches!(channel, ChannelKind::Phone | ChannelKind::Counter),
            matter: Matter::Message,
            hop: 0,
            elsewhere: None,
            asks: None,
        }
    }

    /// Checks that a snapshot gives the same State back.
    pub(crate) fn survives_a_snapshot(&self) {
        let held = snapshot(&self.state);
        let state = restore(wire::decode(&wire::encode(&held)).unwrap()).unwrap();
        assert_eq!(snapshot(&state), held);
        assert_eq!(next_due(&state), next_due(&self.state));
        assert_eq!(sweep(&state), sweep(&self.state));
    }
}

/// Gives the id of a client by a name.
pub(crate) fn client_id(name: &str) -> ClientId {
    ClientId::new(derived(&[b"client", name.as_bytes()]))
}

/// Gives somebody who commands: an agent of the firm, or a shift leader.
pub(crate) fn actor(firm: &Firm, name: &str) -> Actor {
    let agent = firm.agents.iter().find(|agent| agent.id.as_str() == name).map(|agent| agent.id.clone());
    let role = if agent.is_some() { Role::Agent } else { Role::Supervisor };
    let user: UserId = name.parse().unwrap();
    Actor { user, role, agent }
}

/// Makes a command.
pub(crate) fn command(by: Actor, verb: Verb) -> Fact {
    Fact::Command(Box::new(CommandFacts { digest: vec![7; 4].into(), by, verb, way_back: true }))
}

/// Makes a delivery id for an answer.
pub(crate) fn delivery(now: Timestamp, case: CaseId) -> DeliveryId {
    DeliveryId::new(derived(&[b"delivery", &now.as_ms().to_be_bytes(), &case.to_bytes()]))
}
