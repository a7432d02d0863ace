//! How many decisions the core makes per second, whatever the backlog; beside it, in the same
//! run, the cycles that plain ordered sets reach without any rule.
//!
//! `cargo bench -p router --bench core -- [BACKLOG…]` prints one line per backlog. No figure is asserted.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a benchmark prints and times"
)]

use std::{collections::BTreeSet, hint::black_box, sync::Arc, time::Instant};

use contract::{
    AgentId, CaseId, ChannelKind, ClientClass, ClientId, ContactId, DeliveryId, InputId, Kind, Millis, OfferId,
    Outcome, Priority, QueueId, Role, SkillId, Timestamp,
    command::{Actor, Verb},
    firm::{Agent, Branch, Firm, Queue, Rule, Weight},
    id::{derived, timed},
    inbound::Matter,
    journal::{CommandFacts, ContactFacts, Event, Fact, FirmChanged, Input},
};
use router::core::{State, decide, next_due};

const AGENTS: usize = 10_000;
const QUEUES: usize = 64;
const BATCH: usize = 250;
const ROUNDS: usize = 400;
const BACKLOGS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const LANGUAGES: [&str; 4] = ["mandarin", "cantonese", "sichuanese", "english"];
const START: Timestamp = Timestamp::from_ms(1_794_186_000_000);

fn main() {
    println!(
        "core: {AGENTS} agents, {QUEUES} queues, batches of {BATCH}, {ROUNDS} rounds of contact, accept, reply, close"
    );
    let asked: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    for backlog in if asked.is_empty() { BACKLOGS.to_vec() } else { asked } {
        let raw = raw(backlog);
        let mut bench = Bench::new(backlog);
        let figures = bench.run();
        println!(
            "waiting {backlog:>9}: {:>9.0} decisions/s ({:>4.0} ns each; contact {:.0}, accept {:.0}, reply {:.0}, close {:.0} ns), \
             {:>9.0} cycles/s; plain sets {raw:>9.0} cycles/s; due {:>9.0} events/s",
            figures.decisions,
            1e9 / figures.decisions,
            figures.each[0],
            figures.each[1],
            figures.each[2],
            figures.each[3],
            figures.decisions / 4.0,
            bench.due(),
        );
    }
}

struct Figures {
    decisions: f64,
    each: [f64; 4],
}

struct Bench {
    state: State,
    now: Timestamp,
    count: u64,
    /// Open offers: agent, offer, case.
    open: Vec<(AgentId, OfferId, CaseId)>,
    random: u64,
    events: Vec<Event>,
}

impl Bench {
    fn new(backlog: usize) -> Self {
        let mut bench =
            Self { state: State::new(), now: START, count: 0, open: Vec::new(), random: 1, events: Vec::new() };
        let changed =
            FirmChanged { version: 1, digest: Vec::new(), firm: Arc::new(firm()), branch: "hq".parse().unwrap() };
        let mut inputs = vec![Fact::Firm(changed)];
        inputs.extend((0..AGENTS).map(|agent| command(&agent_id(agent), Verb::Ready(agent_id(agent)))));
        inputs.extend((0..AGENTS + backlog).map(|_| bench.contact()));
        let inputs = bench.inputs(inputs);
        bench.time(&inputs);
        // Queues differ in agents: what is offered here and there is enough to start with.
        bench
    }

    fn run(&mut self) -> Figures {
        let mut spent = [0.0; 4];
        for _ in 0..ROUNDS {
            self.now = self.now + Millis::new(1);
            let contacts = (0..BATCH).map(|_| self.contact()).collect();
            let offered: Vec<(AgentId, OfferId, CaseId)> = self.open.drain(..BATCH.min(self.open.len())).collect();
            let verbs: [Vec<Fact>; 3] = [
                offered.iter().map(|(agent, offer, _)| command(agent, Verb::Accept(*offer))).collect(),
                offered
                    .iter()
                    .map(|(agent, _, case)| command(agent, Verb::Reply(*case, DeliveryId::new(case.bits()))))
                    .collect(),
                offered.iter().map(|(agent, _, case)| command(agent, Verb::Close(*case, Outcome::Solved))).collect(),
            ];
            for (place, facts) in std::iter::once(contacts).chain(verbs).enumerate() {
                let inputs = self.inputs(facts);
                spent[place] += self.time(&inputs);
            }
        }
        let each = spent.map(|spent| spent * 1e9 / (BATCH * ROUNDS) as f64);
        Figures { decisions: (4 * BATCH * ROUNDS) as f64 / spent.iter().sum::<f64>(), each }
    }

    /// Lets everything that waits become late, and gives events per second.
    fn due(&mut self) -> f64 {
        let facts = (0..BATCH).map(|_| Fact::Tick).collect();
        let inputs = self.inputs(facts);
        let mut events = Vec::new();
        let mut made = 0;
        let start = Instant::now();
        for input in &inputs {
            let Some(due) = next_due(&self.state) else { break };
            self.now = self.now.max(due);
            decide(&mut self.state, input, self.now, &mut events);
            made += events.len();
            events.clear();
        }
        made as f64 / start.elapsed().as_secs_f64()
    }

    fn inputs(&mut self, facts: Vec<Fact>) -> Vec<Input> {
        let make = |fact| {
            self.count += 1;
            let id = InputId::new(u128::from(self.count));
            Input { id, fresh: timed(self.count, derived(&[&self.count.to_be_bytes()])), fact }
        };
        facts.into_iter().map(make).collect()
    }

    /// Decides inputs and gives the seconds it took.
    fn time(&mut self, inputs: &[Input]) -> f64 {
        let start = Instant::now();
        for input in inputs {
            decide(&mut self.state, black_box(input), self.now, &mut self.events);
        }
        let spent = start.elapsed().as_secs_f64();
        for event in self.events.drain(..) {
            if let Event::Offered(offered) = event {
                self.open.push((offered.agent.clone(), offered.offer, offered.case));
            }
        }
        spent
    }

    fn contact(&mut self) -> Fact {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let draw = (self.random >> 33) as usize;
        let bits = derived(&[&self.random.to_be_bytes()]);
        let skills = match draw % 10 {
            0 => vec![(LANGUAGES[1].parse().unwrap(), 2)],
            1 => vec![(LANGUAGES[2].parse().unwrap(), 1)],
            2 => vec![("adviser".parse().unwrap(), 1)],
            _ => Vec::new(),
        };
        Fact::Contact(Box::new(ContactFacts {
            contact: ContactId::new(bits),
            channel: ChannelKind::Sms,
            account: "main".parse().unwrap(),
            received_at: self.now - Millis::new((draw % 1000) as i64),
            accepted_at: self.now,
            client: Some(ClientId::new(bits)),
            class: if draw.is_multiple_of(5) { ClientClass::Prospect } else { ClientClass::Ordinary },
            manager: None,
            kind: Kind::Enquiry,
            queue: queue_id(draw / 16 % QUEUES),
            priority: if draw.is_multiple_of(50) { Priority::First } else { Priority::Normal },
            skills,
            rules: vec!["default".parse().unwrap()].into(),
            named: Vec::new(),
            thread: None,
            answerable: true,
            matter: Matter::Message,
            hop: 0,
            elsewhere: None,
            asks: None,
        }))
    }
}

fn agent_id(number: usize) -> AgentId {
    format!("a{number}").parse().unwrap()
}

fn queue_id(number: usize) -> QueueId {
    format!("q{number}").parse().unwrap()
}

fn command(agent: &AgentId, verb: Verb) -> Fact {
    let by = Actor { user: agent.as_str().parse().unwrap(), role: Role::Agent, agent: Some(agent.clone()) };
    Fact::Command(Box::new(CommandFacts { digest: [0; 32].into(), by, verb, way_back: true }))
}

fn firm() -> Firm {
    let skill = |name: &str, level: u8| -> (SkillId, u8) { (name.parse().unwrap(), level) };
    let agent = |number: usize| {
        let mut skills = vec![skill(LANGUAGES[0], 3)];
        if number.is_multiple_of(3) {
            skills.push(skill(LANGUAGES[1], 2));
        }
        if number.is_multiple_of(5) {
            skills.push(skill(LANGUAGES[2], 2));
        }
        if number.is_multiple_of(2) {
            skills.push(skill("adviser", 2));
        }
        let queues = [number, number * 7 + 1, number * 13 + 5].map(|queue| queue_id(queue % QUEUES)).to_vec();
        Agent { id: agent_id(number), branch: "hq".parse().unwrap(), queues, skills, units: 1 }
    };
    let queue = |number| Queue {
        id: queue_id(number),
        branch: "hq".parse().unwrap(),
        kinds: vec![Kind::Enquiry],
        within: Some(Millis::from_secs(60 + number as i64)),
        wrap_up: Millis::ZERO,
        lead: "xie".to_owned(),
        deputy: None,
    };
    Firm {
        branches: vec![Branch {
            id: "hq".parse().unwrap(),
            time_zone: "Asia/Shanghai".to_owned(),
            levels: vec!["xie".to_owned(), "du".to_owned()],
        }],
        queues: (0..QUEUES).map(queue).collect(),
        rules: Vec::<Rule>::new(),
        agents: (0..AGENTS).map(agent).collect(),
        hard_skills: vec!["adviser".parse().unwrap()],
        languages: LANGUAGES.iter().map(|name| name.parse().unwrap()).collect(),
        weights: vec![(ChannelKind::Sms, Weight::Units(1))],
        ..Firm::default()
    }
}

/// Complete, arrive, assign on one ordered set per queue, without any rule.
fn raw(backlog: usize) -> f64 {
    let mut random: u64 = 7;
    let mut draw = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize
    };
    let mut queues: Vec<BTreeSet<(u64, u64)>> = vec![BTreeSet::new(); QUEUES];
    for number in 0..backlog as u64 {
        let queue = draw() % QUEUES;
        queues[queue].insert((draw() as u64, number));
    }
    let cycles = BATCH * ROUNDS;
    let start = Instant::now();
    for number in 0..cycles as u64 {
        let (to, from) = (draw() % QUEUES, draw() % QUEUES);
        queues[to].insert((draw() as u64, backlog as u64 + number));
        black_box(queues[from].pop_first());
    }
    cycles as f64 / start.elapsed().as_secs_f64()
}
