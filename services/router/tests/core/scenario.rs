//! Scenarios: `tests/scenarios/*.txt`, each the name of a firm file beside it, `---`, and
//! lines of what happens, under each line what is decided. Build with `UPDATE_SCENARIOS=1` to write what is decided
//! into the files, and read the difference.

use std::{
    fs,
    path::{Path, PathBuf},
};

use contract::{
    AgentId, CaseId, ChannelKind, ClientClass, ContactId, Millis, PromiseId, Timestamp,
    command::{Actor, TransferTo, Verb},
    id::derived,
    inbound::{CallEvent, CallLeg, CallWhat, Matter},
    journal::{ContactFacts, Elsewhere, Event, Fact, Moved, Who},
};

use crate::{
    render::{Short, clock},
    world::{START, World, actor, command, delivery},
};

#[test]
fn every_scenario_goes_as_written() {
    let mut wrong = Vec::new();
    for file in files() {
        let text = fs::read_to_string(&file).unwrap();
        let told = play(&file, &text).out;
        if told == text {
            continue;
        }
        if option_env!("UPDATE_SCENARIOS").is_some() {
            fs::write(&file, told).unwrap();
        } else {
            wrong.push(format!("{}:\n{}", file.display(), difference(&text, &told)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Gives every scenario's file, in order.
fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "txt"));
    files.sort();
    assert!(!files.is_empty());
    files
}

/// Gives every scenario's name and the world that it leads to.
pub(crate) fn played() -> impl Iterator<Item = (String, World)> {
    files().into_iter().map(|file| {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        (name, play(&file, &fs::read_to_string(&file).unwrap()).world)
    })
}

fn difference(written: &str, told: &str) -> String {
    let pairs = written.lines().zip(told.lines());
    let place = pairs.take_while(|(a, b)| a == b).count();
    let near = |text: &str| text.lines().skip(place).take(4).collect::<Vec<_>>().join("\n    ");
    format!("  line {}, written:\n    {}\n  decided:\n    {}", place + 1, near(written), near(told))
}

/// Plays a scenario: where it leads, and its text with what was decided.
fn play(file: &Path, text: &str) -> Play {
    let (firm, script) = text.split_once("\n---\n").expect("a firm, then ---, then lines");
    let toml = fs::read_to_string(file.with_file_name(firm)).unwrap();
    let mut play =
        Play { world: World::open(&toml), short: Short::default(), out: format!("{firm}\n---\n"), left: None };
    for line in script.lines().filter(|line| !line.starts_with("  ")) {
        play.line(line);
    }
    play.world.survives_a_snapshot();
    play
}

struct Play {
    world: World,
    short: Short,
    out: String,
    /// The last case that left.
    left: Option<Moved>,
}

/// The words of a line, in order, and its `key=value` pairs.
struct Words<'a> {
    plain: Vec<&'a str>,
    text: Option<&'a str>,
    pairs: Vec<(&'a str, &'a str)>,
}

impl<'a> Words<'a> {
    fn of(line: &'a str) -> Self {
        let (line, text) = match line.split_once('"') {
            Some((line, text)) => (line, Some(text.trim_end_matches('"'))),
            None => (line, None),
        };
        let (pairs, plain) = line.split_whitespace().partition::<Vec<_>, _>(|word| word.contains('='));
        Self { plain, text, pairs: pairs.into_iter().map(|pair| pair.split_once('=').unwrap()).collect() }
    }
    fn get(&self, key: &str) -> Option<&'a str> {
        self.pairs.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }
    fn word(&self, at: usize) -> &'a str {
        self.plain.get(at).unwrap_or_else(|| panic!("a word is missing in {:?}", self.plain))
    }
}

impl Play {
    fn line(&mut self, line: &str) {
        let said = line.split('#').next().unwrap().trim();
        if !said.is_empty() {
            let words = Words::of(said);
            let at = time(words.word(0));
            for (at, event) in self.world.advance(at) {
                if let Some(told) = self.short.event(at, &event) {
                    self.out += &format!("  {} {told}\n", clock(at));
                }
            }
            self.out += &format!("{line}\n");
            let events = self.happens(&words);
            for event in &events {
                if let Event::MovedOut(moved) = event {
                    self.left = Some(moved.as_ref().clone());
                }
            }
            for event in events {
                if let Some(told) = self.short.event(self.world.now, &event) {
                    self.out += &format!("  {told}\n");
                }
            }
        } else {
            self.out += &format!("{line}\n");
        }
    }

    fn happens(&mut self, words: &Words<'_>) -> Vec<Event> {
        let what = words.word(1);
        if let Ok(channel) = what.parse::<ChannelKind>() {
            let facts = self.contact(channel, words.word(2), words);
            return self.world.decide(Fact::Contact(Box::new(facts)));
        }
        match what {
            "tick" => Vec::new(),
            "opens" => {
                self.world.mute.retain(|channel| channel.as_str() != words.word(2));
                Vec::new()
            }
            "call" => self.call(words),
            "leg" => self.leg(words),
            "firm" => self.firm(words),
            "arrived" => {
                let moved = self.left.as_ref().expect("a case left").clone();
                self.router(Verb::MoveDone(moved.case, moved.moves))
            }
            "returns" => self.returns(words),
            name => self.command(name, words),
        }
    }

    /// `returns queue=enquiries owner=huang`: the case that left comes back from there.
    fn returns(&mut self, words: &Words<'_>) -> Vec<Event> {
        let left = self.left.as_ref().expect("a case left").clone();
        let (from, to) = (left.to.clone(), left.from.clone());
        let owner = words.get("owner");
        let moved = Moved {
            moves: words.get("moves").map_or(left.moves + 1, |moves| moves.parse().unwrap()),
            from,
            to,
            whom: whom(words),
            owner: owner.map_or(left.owner.clone(), Who::new),
            taken: owner.is_some() || left.taken,
            ..left
        };
        self.router(Verb::MoveIn(Box::new(moved)))
    }

    fn router(&mut self, verb: Verb) -> Vec<Event> {
        self.world.decide(command(Actor::router(), verb))
    }

    fn contact(&mut self, channel: ChannelKind, client: &str, words: &Words<'_>) -> ContactFacts {
        let class = words.get("class").map_or(ClientClass::Ordinary, |class| class.parse().unwrap());
        let mut facts = self.world.facts(channel, client, class, words.text.unwrap_or("hello"));
        if let Some(age) = words.get("age") {
            facts.received_at = facts.received_at - span(age);
        }
        facts.kind = words.get("kind").map_or(facts.kind, |kind| kind.parse().unwrap());
        facts.queue = words.get("queue").map_or(facts.queue, |queue| queue.parse().unwrap());
        facts.priority = words.get("priority").map_or(facts.priority, |priority| priority.parse().unwrap());
        facts.manager = words.get("manager").map(|agent| agent.parse().unwrap());
        if let Some(agent) = words.get("named") {
            facts.named = vec![agent.parse().unwrap()];
        }
        facts.thread = words.get("thread").map(|case| CaseId::new(self.short.id(case)));
        facts.elsewhere = words.get("elsewhere").map(elsewhere);
        if words.plain.contains(&"answers") {
            facts.thread = facts.elsewhere.as_ref().map(|elsewhere| elsewhere.case);
        }
        facts.hop = words.get("hop").map_or(0, |hop| hop.parse().unwrap());
        if let Some(skill) = words.get("skill") {
            let (skill, level) = skill.split_once(':').unwrap();
            facts.skills.push((skill.parse().unwrap(), level.parse().unwrap()));
        }
        if let Some(agent) = words.get("by") {
            facts.matter = Matter::Counter(agent.parse().unwrap());
        }
        if words.plain.contains(&"automatic") {
            facts.matter = Matter::Automatic;
        }
        if words.plain.contains(&"unanswerable") {
            facts.answerable = false;
            self.world.mute.push(channel);
        }
        facts
    }

    fn call(&mut self, words: &Words<'_>) -> Vec<Event> {
        let what = match words.word(3) {
            "ringing" => CallWhat::Ringing,
            "answered" => CallWhat::Answered,
            "missed" => CallWhat::Missed,
            "abandoned" => CallWhat::Abandoned,
            "voicemail" => CallWhat::Voicemail,
            "ended" => CallWhat::Ended,
            other => panic!("no event of a call: {other}"),
        };
        let event = CallEvent {
            what,
            at: self.world.now + wrong(words),
            queue: words.get("queue").map(|queue| queue.parse().unwrap()),
            agent: words.get("agent").map(|agent| agent.parse().unwrap()),
            ring: None,
            wait: words.get("wait").map(span),
            language: words.get("language").map(|language| language.parse().unwrap()),
        };
        self.phone(words, Matter::Call(event))
    }

    fn leg(&mut self, words: &Words<'_>) -> Vec<Event> {
        let at = |key: &str| words.get(key).map(|text| time(text) + wrong(words));
        let now = self.world.now + wrong(words);
        let leg = CallLeg {
            leg: words.word(3).to_owned(),
            inbound: words.word(3) == "a",
            started_at: at("started").unwrap_or(now),
            answered_at: at("answered"),
            ended_at: at("ended").unwrap_or(now),
            queued_at: at("queued"),
            queue: words.get("queue").map(|queue| queue.parse().unwrap()),
            agent: words.get("agent").map(|agent| agent.parse().unwrap()),
            ring: None,
            abandoned: words.plain.contains(&"abandoned"),
            language: words.get("language").map(|language| language.parse().unwrap()),
        };
        self.phone(words, Matter::Leg(leg))
    }

    /// `call ID EVENT CLIENT …`, `leg ID LEG CLIENT …`
    fn phone(&mut self, words: &Words<'_>, matter: Matter) -> Vec<Event> {
        let mut facts = self.contact(ChannelKind::Phone, words.word(4), words);
        facts.contact = ContactId::new(derived(&[b"call", words.word(2).as_bytes()]));
        facts.matter = matter;
        self.world.decide(Fact::Contact(Box::new(facts)))
    }

    /// `firm without agent lin`, `firm without queue funds`, `firm units lin 2`
    fn firm(&mut self, words: &Words<'_>) -> Vec<Event> {
        let mut firm = self.world.firm.clone();
        let name = words.word(4);
        match (words.word(2), words.word(3)) {
            ("without", "agent") => firm.agents.retain(|agent| agent.id.as_str() != name),
            ("without", "queue") => {
                firm.queues.retain(|queue| queue.id.as_str() != name);
                for agent in &mut firm.agents {
                    agent.queues.retain(|queue| queue.as_str() != name);
                }
            }
            ("units", agent) => {
                let agent = firm.agents.iter_mut().find(|known| known.id.as_str() == agent).unwrap();
                agent.units = name.parse().unwrap();
            }
            other => panic!("no change of a firm: {other:?}"),
        }
        self.world.set_firm(firm)
    }

    fn command(&mut self, name: &str, words: &Words<'_>) -> Vec<Event> {
        let verb = match words.word(2) {
            "blind" => {
                self.world.blind.push(name.parse().unwrap());
                return Vec::new();
            }
            verb => self.verb(name, verb, words),
        };
        let by = actor(&self.world.firm, name);
        let answered_by = match verb {
            Verb::Reply(case, _) => self.world.state.answered_by(case),
            _ => None,
        };
        let mut asked = command(by, verb);
        if let (Fact::Command(facts), Some((channel, _))) = (&mut asked, answered_by) {
            facts.way_back = !self.world.mute.contains(&channel);
        }
        self.world.decide(asked)
    }

    fn verb(&mut self, name: &str, verb: &str, words: &Words<'_>) -> Verb {
        let agent = |at: usize| -> AgentId { words.plain.get(at).map_or(name, |name| name).parse().unwrap() };
        let case = || CaseId::new(self.short.id(words.word(3)));
        let promise = || PromiseId::new(self.short.id(words.word(3)));
        let offer = |at: usize| match words.plain.get(at) {
            Some(offer) => contract::OfferId::new(self.short.id(offer)),
            None => self.world.open_offer(&agent(9)),
        };
        match verb {
            "ready" => Verb::Ready(agent(3)),
            "away" => Verb::Away(agent(9), words.plain.get(3).unwrap_or(&"").to_string()),
            "accept" => Verb::Accept(offer(3)),
            "decline" => Verb::Decline(offer(4), words.word(3).parse().unwrap()),
            "reply" => Verb::Reply(case(), delivery(self.world.now, case())),
            "transfer" => Verb::Transfer(case(), whom(words)),
            "callback" => Verb::Callback(case(), time(words.word(4))),
            "keep" => Verb::Keep(promise()),
            "tried" => Verb::Tried(promise()),
            "drop" => Verb::Drop(promise()),
            "pend" => Verb::Pend(case(), words.plain.get(4).map(|until| time(until))),
            "close" => Verb::Close(case(), words.word(4).parse().unwrap()),
            "done" => Verb::Done(case()),
            "recuse" => Verb::Recuse(case(), agent(4)),
            "rekind" => {
                Verb::Rekind(case(), words.word(4).parse().unwrap(), words.get("queue").map(|q| q.parse().unwrap()))
            }
            "assign" => Verb::Assign(case(), agent(4)),
            "raise" => Verb::Raise(case()),
            "note" => Verb::Note(case()),
            "upset" => Verb::Upset(case()),
            "dialect" => Verb::Dialect(case(), words.word(4).parse().unwrap()),
            other => panic!("no verb: {other}"),
        }
    }
}

/// Reads `queue=…` or `agent=…`.
fn whom(words: &Words<'_>) -> TransferTo {
    words.get("queue").map_or_else(
        || TransferTo::Agent(words.get("agent").unwrap().parse().unwrap()),
        |queue| TransferTo::Queue(queue.parse().unwrap()),
    )
}

/// Reads `x1@sz:enquiry`: a case of another branch, and what it is about.
fn elsewhere(text: &str) -> Elsewhere {
    let (name, rest) = text.split_once('@').unwrap();
    let (branch, kind) = rest.split_once(':').unwrap();
    let case = CaseId::new(derived(&[b"elsewhere", name.as_bytes()]));
    Elsewhere { case, branch: branch.parse().unwrap(), kind: kind.parse().unwrap() }
}

/// Reads `MM:SS` or `H:MM:SS` after the start.
fn time(text: &str) -> Timestamp {
    let seconds = text.split(':').try_fold(0, |sum, part| part.parse::<i64>().map(|part| sum * 60 + part));
    START + Millis::from_secs(seconds.unwrap_or_else(|_| panic!("no time: {text}")))
}

/// Gives how far the exchange's clock is off: `ahead=2h`, `behind=3m`.
fn wrong(words: &Words<'_>) -> Millis {
    let off = |key| words.get(key).map_or(Millis::ZERO, span);
    Millis::new(off("ahead").get() - off("behind").get())
}

/// Reads `20s`, `15m`, `2h`.
fn span(text: &str) -> Millis {
    firm::span::span(text).unwrap_or_else(|| panic!("no span: {text}"))
}
