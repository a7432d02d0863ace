//! The firm with its names interned, as one branch decides by it.
//!
//! In: `contract::firm::Firm`. Out: queues and skills by number, the promised response time
//! for every kind of contact, the units a channel takes. Numbers given once stay; what left
//! the file is only marked. Never here: cases and agents.

use std::sync::Arc;

use contract::{
    AgentId, BranchId, ChannelKind, ClientClass, Kind, Millis, QueueId, SkillId,
    firm::{Firm, Target, Weight},
    journal::{FirmChanged, TargetSet, Who},
};

use super::arena::{Finder, Number, QueueNo, SkillNo, Table};

/// A target's rule number when the queue's `within` set it.
pub(crate) const RULE_QUEUE: u32 = 0;
/// A target's rule number when the channel's default set it.
pub(crate) const RULE_CHANNEL: u32 = u32::MAX;
/// The shortest promised time that counts; a shorter one would make a case late at once.
const WITHIN_MIN: Millis = Millis::from_secs(1);

/// A queue as the core knows it.
#[derive(Debug, Clone)]
pub(crate) struct QueueEntry {
    pub(crate) id: QueueId,
    /// Whether it stands in the firm file, for this branch.
    pub(crate) open: bool,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) within: Option<Millis>,
    pub(crate) wrap_up: Millis,
    pub(crate) lead: Who,
    pub(crate) deputy: Option<Who>,
}

/// A skill as the core knows it.
#[derive(Debug, Clone)]
pub(crate) struct SkillEntry {
    pub(crate) id: SkillId,
    pub(crate) hard: bool,
    pub(crate) language: bool,
}

/// The interned firm.
#[derive(Debug, Clone)]
pub(crate) struct Book {
    pub(crate) firm: Arc<Firm>,
    pub(crate) branch: Option<BranchId>,
    pub(crate) version: u64,
    pub(crate) digest: Vec<u8>,
    pub(crate) queues: Table<QueueNo, QueueEntry>,
    pub(crate) skills: Table<SkillNo, SkillEntry>,
    pub(crate) levels: Vec<Who>,
    queue_by_id: Finder<QueueId, QueueNo>,
    skill_by_id: Finder<SkillId, SkillNo>,
    targets: Vec<TargetSet>,
    /// Distinct units that a case may take, ascending.
    weights: Vec<u32>,
}

impl Book {
    pub(crate) fn new() -> Self {
        Self {
            firm: Arc::new(Firm::default()),
            branch: None,
            version: 0,
            digest: Vec::new(),
            queues: Table::new(),
            skills: Table::new(),
            levels: Vec::new(),
            queue_by_id: Finder::new(),
            skill_by_id: Finder::new(),
            targets: Vec::new(),
            weights: vec![1],
        }
    }

    /// Takes another firm, keeping the numbers of what was known before.
    pub(crate) fn take(&mut self, changed: &FirmChanged) {
        self.firm = Arc::clone(&changed.firm);
        self.branch = Some(changed.branch.clone());
        self.version = changed.version;
        self.digest.clone_from(&changed.digest);
        self.take_skills();
        self.take_queues();
        self.weights = distinct_weights(&self.firm);
        self.levels = self
            .firm
            .branches
            .iter()
            .find(|branch| branch.id == changed.branch)
            .map_or_else(Vec::new, |b| b.levels.iter().map(|name| Who::new(name)).collect());
        self.targets = self.all_targets();
    }

    fn take_skills(&mut self) {
        let firm = Arc::clone(&self.firm);
        let by_rules = firm.rules.iter().flat_map(|rule| &rule.then.skills).map(|(skill, _)| skill);
        let by_agents = firm.agents.iter().flat_map(|agent| &agent.skills).map(|(skill, _)| skill);
        for skill in firm.hard_skills.iter().chain(&firm.languages).chain(by_rules).chain(by_agents) {
            self.skill(skill);
        }
        for number in self.skills.numbers() {
            let entry = &mut self.skills[number];
            entry.hard = firm.hard_skills.contains(&entry.id);
            entry.language = firm.languages.contains(&entry.id);
        }
    }

    fn take_queues(&mut self) {
        for number in self.queues.numbers() {
            self.queues[number].open = false;
        }
        let firm = Arc::clone(&self.firm);
        let branch = self.branch.clone();
        for queue in firm.queues.iter().filter(|queue| Some(&queue.branch) == branch.as_ref()) {
            let number = self.queue(&queue.id);
            self.queues[number] = QueueEntry {
                id: queue.id.clone(),
                open: true,
                kinds: queue.kinds.clone(),
                within: queue.within,
                wrap_up: queue.wrap_up,
                lead: Who::new(&queue.lead),
                deputy: queue.deputy.as_deref().map(Who::new),
            };
        }
    }

    /// Gives a skill's number, interning one that is met for the first time.
    pub(crate) fn skill(&mut self, id: &SkillId) -> SkillNo {
        if let Some(number) = self.skill_by_id.get(id) {
            return number;
        }
        let entry = SkillEntry {
            id: id.clone(),
            hard: self.firm.hard_skills.contains(id),
            language: self.firm.languages.contains(id),
        };
        let number = self.skills.push(entry);
        self.skill_by_id.insert(id.clone(), number);
        number
    }

    /// Finds a skill that was interned.
    pub(crate) fn known_skill(&self, id: &SkillId) -> Option<SkillNo> {
        self.skill_by_id.get(id)
    }

    /// Gives a queue's number, interning one that no firm file named.
    pub(crate) fn queue(&mut self, id: &QueueId) -> QueueNo {
        if let Some(number) = self.queue_by_id.get(id) {
            return number;
        }
        let lead = self.levels.first().cloned().unwrap_or_else(|| Who::new(id.as_str()));
        let number = self.queues.push(QueueEntry {
            id: id.clone(),
            open: false,
            kinds: Vec::new(),
            within: None,
            wrap_up: Millis::ZERO,
            lead,
            deputy: None,
        });
        self.queue_by_id.insert(id.clone(), number);
        number
    }

    /// Finds a queue of this branch that stands in the firm file.
    pub(crate) fn open_queue(&self, id: &QueueId) -> Option<QueueNo> {
        self.queue_by_id.get(id).filter(|number| self.queues[*number].open)
    }

    /// Finds where a kind goes when nothing else says: the file's first queue with it, else
    /// the first.
    pub(crate) fn queue_for(&self, kind: Kind) -> Option<QueueNo> {
        let open = || self.firm.queues.iter().filter_map(|queue| self.open_queue(&queue.id));
        open().find(|number| self.queues[*number].kinds.contains(&kind)).or_else(|| open().next())
    }

    /// Says whether an agent works for another branch of the firm.
    pub(crate) fn works_elsewhere(&self, id: &AgentId) -> bool {
        self.firm.agents.iter().any(|agent| agent.id == *id && Some(&agent.branch) != self.branch.as_ref())
    }

    /// Says whether a branch is another one of the firm.
    pub(crate) fn is_another(&self, branch: &BranchId) -> bool {
        self.branch.as_ref() != Some(branch) && self.firm.branches.iter().any(|known| known.id == *branch)
    }

    /// Gives the promised response time of a contact.
    pub(crate) fn target(&self, queue: QueueNo, channel: ChannelKind, kind: Kind, class: ClientClass) -> TargetSet {
        let at = target_at(queue, channel, kind, class);
        self.targets.get(at).copied().unwrap_or_else(|| self.find_target(queue, channel, kind, class))
    }

    /// Gives the promised times that count in the waiting order: a prospect's never lets him
    /// pass a client of the same kind, channel and age.
    pub(crate) fn rungs(&self, queue: QueueNo, channel: ChannelKind, kind: Kind, class: ClientClass) -> Vec<Millis> {
        let own = self.target(queue, channel, kind, class).within;
        if class != ClientClass::Prospect {
            return Vec::new();
        }
        let clients = [ClientClass::Ordinary, ClientClass::Important];
        let mut rungs: Vec<Millis> = clients.map(|class| self.target(queue, channel, kind, class).within).to_vec();
        rungs.push(own);
        rungs.sort();
        rungs.dedup();
        if rungs.len() == 1 { Vec::new() } else { rungs }
    }

    fn all_targets(&self) -> Vec<TargetSet> {
        let mut all = Vec::with_capacity(self.queues.len() * PER_QUEUE);
        for queue in self.queues.numbers() {
            for channel in ChannelKind::ALL {
                for kind in Kind::ALL {
                    for class in ClientClass::ALL {
                        all.push(self.find_target(queue, *channel, *kind, *class));
                    }
                }
            }
        }
        all
    }

    fn find_target(&self, queue: QueueNo, channel: ChannelKind, kind: Kind, class: ClientClass) -> TargetSet {
        let entry = &self.queues[queue];
        let mut best: Option<(usize, usize, &Target)> = None;
        for (place, target) in self.firm.targets.iter().enumerate() {
            let matched = conditions(target, entry, channel, kind, class);
            if let Some(count) = matched
                && best.is_none_or(|(most, _, _)| count > most)
            {
                best = Some((count, place, target));
            }
        }
        if let Some((_, place, target)) = best {
            let within = target.within.max(WITHIN_MIN);
            return TargetSet {
                within,
                warn: target.warn.unwrap_or_else(|| two_thirds(within)),
                next: target.next.unwrap_or(within).max(WITHIN_MIN),
                rule: u32::try_from(place + 1).unwrap_or(RULE_CHANNEL - 1),
            };
        }
        match entry.within {
            Some(within) if kind != Kind::Callback => {
                let within = within.max(WITHIN_MIN);
                TargetSet { within, warn: two_thirds(within), next: within, rule: RULE_QUEUE }
            }
            Some(_) | None => channel_default(channel, kind),
        }
    }

    /// Gives the units that a channel's case takes.
    pub(crate) fn weight(&self, channel: ChannelKind) -> Weight {
        let named = self.firm.weights.iter().find(|(named, _)| *named == channel).map(|(_, weight)| *weight);
        named.unwrap_or(if channel == ChannelKind::Phone { Weight::All } else { Weight::Units(1) })
    }

    /// Gives the step of a weight: how much room a desk must have, from 1.
    pub(crate) fn step(&self, weight: Weight) -> u8 {
        let place = match weight {
            Weight::Units(units) => self.weights.iter().position(|known| *known >= units),
            Weight::All => None,
        };
        u8::try_from(place.unwrap_or(self.weights.len()) + 1).unwrap_or(u8::MAX)
    }

    /// Gives the step that a desk's room reaches; 0 = takes nothing.
    pub(crate) fn room(&self, units: u32, used: u32) -> u8 {
        let reached = match units.checked_sub(used) {
            None | Some(0) => 0,
            Some(_) if used == 0 => self.weights.len() + 1,
            Some(free) => self.weights.iter().filter(|weight| **weight <= free).count(),
        };
        u8::try_from(reached).unwrap_or(u8::MAX)
    }

    /// Gives the number of room steps.
    pub(crate) fn room_steps(&self) -> usize {
        self.weights.len() + 1
    }

    /// Gives the time an agent has to accept.
    pub(crate) fn accept_within(&self, channel: ChannelKind) -> Millis {
        let policy = &self.firm.offer;
        let own = policy.by_channel.iter().find(|(named, _)| *named == channel).map(|(_, span)| *span);
        own.unwrap_or(policy.accept_within).max(WITHIN_MIN)
    }
}

/// Targets per queue in the table of all targets.
const PER_QUEUE: usize = ChannelKind::ALL.len() * Kind::ALL.len() * ClientClass::ALL.len();

fn target_at(queue: QueueNo, channel: ChannelKind, kind: Kind, class: ClientClass) -> usize {
    let inner = (channel as usize * Kind::ALL.len() + kind as usize) * ClientClass::ALL.len() + class as usize;
    queue.at() * PER_QUEUE + inner
}

/// Counts the conditions of a target that hold; `None` when one does not.
fn conditions(
    target: &Target,
    queue: &QueueEntry,
    channel: ChannelKind,
    kind: Kind,
    class: ClientClass,
) -> Option<usize> {
    let asked = [
        target.queue.as_ref().map(|named| *named == queue.id),
        target.channel.map(|named| named == channel),
        target.kind.map(|named| named == kind),
        target.class.map(|named| named == class),
    ];
    if asked.contains(&Some(false)) || (kind == Kind::Callback && target.kind != Some(kind)) {
        return None;
    }
    Some(asked.iter().flatten().count())
}

/// The promised time where the firm file says nothing, by channel.
fn channel_default(channel: ChannelKind, kind: Kind) -> TargetSet {
    let (within, warn, next) = if kind == Kind::Callback {
        (900, 600, 900)
    } else {
        match channel {
            ChannelKind::Phone => (20, 13, 20),
            ChannelKind::Wechat | ChannelKind::Webhook => (60, 40, 120),
            ChannelKind::Sms => (900, 600, 900),
            ChannelKind::Email => (8 * 3600, 6 * 3600, 8 * 3600),
            ChannelKind::Counter => (300, 180, 300),
        }
    };
    let [within, warn, next] = [within, warn, next].map(Millis::from_secs);
    TargetSet { within, warn, next, rule: RULE_CHANNEL }
}

/// Gives two thirds of a span.
pub(crate) const fn two_thirds(span: Millis) -> Millis {
    Millis::new(span.get() / 3 * 2)
}

fn distinct_weights(firm: &Firm) -> Vec<u32> {
    let units = |weight: &Weight| match weight {
        Weight::Units(units) => Some((*units).max(1)),
        Weight::All => None,
    };
    let mut all: Vec<u32> = firm.weights.iter().filter_map(|(_, weight)| units(weight)).chain([1]).collect();
    all.sort_unstable();
    all.dedup();
    all
}
