//! A branch in virtual time: its core, its agents' habits, and all that it has shown.
//!
//! In: legs, events, time. Out: cases, offers, promises; I-2 and I-3 are checked after every
//! step. Never here: a wait.

use std::collections::{BTreeMap, BTreeSet};

use contract::{
    AgentId, CaseId, CaseState, ChannelKind, ClientClass, ClientId, ContactId, InputId, Kind, Millis, OfferId,
    OfferState, Outcome, Priority, PromiseId, PromiseKind, PromiseState, Role, Timestamp,
    command::{Actor, Verb},
    firm::{Agent, Branch, Firm, Queue},
    inbound::Matter,
    journal::{CommandFacts, ContactFacts, Event, Fact, FirmChanged, Input},
    view::{CaseView, Change, OfferView, PromiseView},
};
use router::core::{State, decide, next_due, sweep, views};

/// How long an agent takes to accept, and a call-back to be made.
const ACCEPT_AFTER: Millis = Millis::from_secs(3);
const CALL_BACK_TAKES: Millis = Millis::from_secs(120);

/// A firm of one queue for calls and call-backs.
pub(crate) fn firm(agents: impl IntoIterator<Item = AgentId>) -> Firm {
    let agent = |id: AgentId| Agent {
        id,
        branch: "hq".parse().unwrap(),
        queues: vec!["enquiries".parse().unwrap()],
        skills: vec![],
        units: 3,
    };
    Firm {
        branches: vec![Branch {
            id: "hq".parse().unwrap(),
            time_zone: "UTC".to_owned(),
            levels: vec!["chief".to_owned()],
        }],
        queues: vec![Queue {
            id: "enquiries".parse().unwrap(),
            branch: "hq".parse().unwrap(),
            kinds: vec![Kind::Enquiry, Kind::Callback],
            within: None,
            wrap_up: Millis::ZERO,
            lead: "chief".to_owned(),
            deputy: None,
        }],
        agents: agents.into_iter().map(agent).collect(),
        ..Firm::default()
    }
}

/// The core in virtual time, and what it has shown so far.
pub(crate) struct World {
    state: State,
    pub(crate) now: Timestamp,
    inputs: u128,
    pub(crate) cases: BTreeMap<CaseId, CaseView>,
    offers: BTreeMap<OfferId, OfferView>,
    pub(crate) promises: BTreeMap<PromiseId, PromiseView>,
    /// How many promises were made.
    pub(crate) made: usize,
    pub(crate) taken: BTreeSet<ContactId>,
    /// What agents will do, by time.
    plans: BTreeMap<(Timestamp, u128), (AgentId, Verb)>,
    works: bool,
}

impl World {
    pub(crate) fn new(firm: Firm, start: Timestamp, works: bool) -> Self {
        let agents: Vec<AgentId> = firm.agents.iter().map(|agent| agent.id.clone()).collect();
        let mut world = Self {
            state: State::new(),
            now: start,
            inputs: 0,
            cases: BTreeMap::new(),
            offers: BTreeMap::new(),
            promises: BTreeMap::new(),
            made: 0,
            taken: BTreeSet::new(),
            plans: BTreeMap::new(),
            works,
        };
        let changed = FirmChanged { version: 1, digest: vec![1], firm: firm.into(), branch: "hq".parse().unwrap() };
        world.put(Fact::Firm(changed));
        if works {
            agents.into_iter().for_each(|agent| world.command(agent.clone(), Verb::Ready(agent)));
        }
        world
    }

    fn put(&mut self, fact: Fact) {
        self.inputs += 1;
        let input = Input { id: InputId::new(self.inputs), fresh: self.inputs << 64 | 1, fact };
        let mut events = Vec::new();
        decide(&mut self.state, &input, self.now, &mut events);
        self.see(&events);
    }

    fn command(&mut self, agent: AgentId, verb: Verb) {
        let by = Actor { user: agent.as_str().parse().unwrap(), role: Role::Agent, agent: Some(agent) };
        self.put(Fact::Command(Box::new(CommandFacts { digest: vec![].into(), by, verb, way_back: true })));
    }

    fn see(&mut self, events: &[Event]) {
        self.made += events.iter().filter(|event| matches!(event, Event::PromiseMade(_))).count();
        let seq = u64::try_from(self.inputs).unwrap();
        for change in views(&self.state, seq, events) {
            match change {
                Change::Case(view) => self.see_case(*view),
                Change::Offer(view) => self.see_offer(view),
                Change::Promise(view) => drop(self.promises.insert(view.id, view)),
                Change::Contact(view) => drop(self.taken.insert(view.id)),
                Change::Agent(_) | Change::Outcome(_) | Change::Reply(_) | Change::Told(_) => {}
            }
        }
        self.check();
    }

    fn see_case(&mut self, view: CaseView) {
        let was = self.cases.insert(view.id, view.clone());
        let begins = view.state == CaseState::Active && was.is_none_or(|was| was.state != CaseState::Active);
        if let Some(agent) = view.agent.filter(|_| begins && self.works) {
            let takes = if view.kind == Kind::Callback { CALL_BACK_TAKES } else { Millis::from_secs(1) };
            self.plan(takes, agent, Verb::Close(view.id, Outcome::Solved));
        }
    }

    fn see_offer(&mut self, view: OfferView) {
        if view.state == OfferState::Open && !self.offers.contains_key(&view.id) {
            self.plan(Millis::ZERO, view.agent.clone(), Verb::OffersShown(vec![view.id]));
            self.plan(ACCEPT_AFTER, view.agent.clone(), Verb::Accept(view.id));
        }
        self.offers.insert(view.id, view);
    }

    fn plan(&mut self, after: Millis, agent: AgentId, verb: Verb) {
        let place = (self.now + after, self.inputs << 32 | self.plans.len() as u128);
        self.plans.insert(place, (agent, verb));
    }

    /// I-2: an offer stands alone at its agent's desk, for a call takes all of him, and a case
    /// is before one agent at a time. I-3: nothing waits that a free agent may take.
    fn check(&self) {
        let found = sweep(&self.state);
        assert_eq!(found.violations, 0, "at {}: {found:?}", self.now);
        let (mut cases, mut agents) = (BTreeSet::new(), BTreeSet::new());
        for offer in self.offers.values().filter(|offer| offer.state == OfferState::Open) {
            assert!(cases.insert(offer.case), "at {}: a case is offered twice", self.now);
            assert!(agents.insert(&offer.agent), "at {}: two offers to one agent", self.now);
        }
        let held = self.cases.values().filter(|case| matches!(case.state, CaseState::Active | CaseState::WrapUp));
        for agent in held.filter_map(|case| case.agent.as_ref()) {
            assert!(!agents.contains(agent), "at {}: an offer to an agent who has something", self.now);
        }
    }

    /// Lets time pass: what is due, then what agents do.
    pub(crate) fn until(&mut self, end: Timestamp) {
        loop {
            let due = next_due(&self.state).filter(|due| *due <= end);
            let plan = self.plans.first_key_value().map(|((at, _), _)| *at).filter(|at| *at <= end);
            match (due, plan) {
                (Some(due), plan) if plan.is_none_or(|plan| due <= plan) => {
                    self.now = self.now.max(due);
                    self.put(Fact::Tick);
                }
                (_, Some(at)) => {
                    self.now = self.now.max(at);
                    let (_, (agent, verb)) = self.plans.pop_first().unwrap();
                    self.command(agent, verb);
                }
                _ => break,
            }
        }
        self.now = self.now.max(end);
    }

    /// Takes a leg or an event of a call at a time.
    pub(crate) fn call(&mut self, at: Timestamp, contact: ContactId, client: Option<ClientId>, matter: Matter) {
        self.until(at);
        let received_at = match &matter {
            Matter::Leg(leg) => leg.started_at,
            Matter::Call(event) => event.at,
            Matter::Message | Matter::Menu(_) | Matter::Automatic | Matter::Counter(_) => at,
        };
        self.put(Fact::Contact(Box::new(ContactFacts {
            contact,
            channel: ChannelKind::Phone,
            account: "main".parse().unwrap(),
            received_at,
            accepted_at: at,
            client,
            class: ClientClass::Ordinary,
            manager: None,
            kind: Kind::Enquiry,
            queue: "enquiries".parse().unwrap(),
            priority: Priority::Normal,
            skills: vec![],
            rules: vec![].into(),
            named: vec![],
            thread: None,
            answerable: false,
            matter,
            hop: 0,
            elsewhere: None,
            asks: None,
        })));
    }

    pub(crate) fn open_debts(&self) -> BTreeSet<ClientId> {
        let open =
            |promise: &&PromiseView| promise.kind == PromiseKind::MissedCall && promise.state == PromiseState::Open;
        self.promises.values().filter(open).map(|promise| promise.client.unwrap()).collect()
    }
}
