//! Classification: which kind, queue, priority and skills the firm's rules give a contact.
//!
//! In: the firm's rules and the names of its agents, once; then one contact at a time, in
//! plain words. Out: facts by id, fit for the journal. The same contact and firm always
//! give the same facts. Never here: a decision, a look-up, a word of the text that stays.

mod answer;
mod commands;
mod phrases;

use contract::{
    AgentId, BranchId, ChannelKind, ClientClass, Kind, Priority, QueueId, RuleId, SkillId,
    consent::Asks,
    firm::{Conditions, Firm, Queue, Rule},
    text::{is_blank, normalise},
};

pub use commands::{Command, Commands};
use phrases::{Hits, Phrases};

/// How much of a text is looked at; what lies behind it classifies nothing.
pub const TEXT_BYTES_MAX: usize = 64 << 10;

/// The rules of a firm, ready to be asked. Built anew when the firm changes.
#[derive(Debug)]
pub struct Classifier {
    rules: Vec<Rule>,
    queues: Vec<Queue>,
    phrases: Phrases,
    commands: Commands,
}

/// A contact as the classifier sees it, in plain words.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The branch whose account took it.
    pub branch: &'a BranchId,
    /// The channel it came by.
    pub channel: ChannelKind,
    /// The client's class.
    pub class: ClientClass,
    /// The sender's address.
    pub from: Option<&'a str>,
    /// The firm's addresses it was sent to.
    pub to: &'a [String],
    /// The menu key, for a choice from a menu.
    pub menu: Option<&'a str>,
    /// The subject line.
    pub subject: Option<&'a str>,
    /// The text.
    pub text: &'a str,
}

/// What the rules say of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified {
    /// What it is about.
    pub kind: Kind,
    /// Where it waits; always a queue of the branch.
    pub queue: QueueId,
    /// Whether it precedes every normal case.
    pub priority: Priority,
    /// Skills asked for, by name, each at its highest level.
    pub skills: Vec<(SkillId, u8)>,
    /// The rules that set something, in their order.
    pub rules: Vec<RuleId>,
    /// Agents whose full name stands in the text, by id: recused from a complaint.
    pub named: Vec<AgentId>,
}

impl Classifier {
    /// Takes the rules of a firm and the display names of its agents.
    #[must_use]
    pub fn new(firm: &Firm, names: &[(AgentId, String)]) -> Self {
        let phrases = Phrases::new(&firm.rules, names);
        Self { rules: firm.rules.clone(), queues: firm.queues.clone(), phrases, commands: Commands::default() }
    }

    /// Takes a whole firm: its rules, names and commands.
    #[must_use]
    pub fn of(book: &firm::Book) -> Self {
        Self { commands: Commands::new(book), ..Self::new(&book.firm, &book.names.agents) }
    }

    /// Says what a contact asks of subscriptions. Mail quotes what it answers, which may speak of
    /// cancelling: only a whole command above it counts. One that is all subject holds: mailers
    /// write subjects too.
    #[must_use]
    pub fn asks(&self, question: &Question<'_>) -> Option<Command> {
        if let Some(key) = question.menu {
            return self.commands.of_key(key).map(Command::Asks);
        }
        match question.channel {
            ChannelKind::Sms | ChannelKind::Wechat | ChannelKind::Webhook => self.commands.of_text(head(question.text)),
            ChannelKind::Email => {
                if is_blank(question.text) {
                    return self.commands.of_text(question.subject.unwrap_or_default()).and_then(held);
                }
                let own = answer::own_words(head(question.text));
                self.commands.of_text(own).filter(|found| *found != Command::Asks(Asks::Hold))
            }
            ChannelKind::Phone | ChannelKind::Counter => None,
        }
    }

    /// Says whether the firm has queues in several branches.
    #[must_use]
    pub fn parts_branches(&self) -> bool {
        self.queues.iter().zip(self.queues.iter().skip(1)).any(|(one, next)| one.branch != next.branch)
    }

    /// Classifies a contact; `None` where the firm has no queue in that branch.
    #[must_use]
    pub fn classify(&self, question: &Question<'_>) -> Option<Classified> {
        let text = self.plain(question);
        let hits = self.phrases.find(&text);
        let mut verdict = Verdict::default();
        for (place, rule) in self.rules.iter().enumerate() {
            if holds(&rule.when, question) && hits.allow(place, &rule.when) {
                verdict.take(rule, |queue| self.is_here(queue, question.branch));
            }
        }
        self.settle(verdict, question.branch, hits)
    }

    /// Says whether a rule asks for a menu key.
    #[must_use]
    pub fn asks_for(&self, key: &str) -> bool {
        self.rules.iter().any(|rule| rule.when.menu.iter().any(|wanted| wanted == key))
    }

    /// Subject and text in the spelling that phrases have, cut to what is looked at.
    fn plain(&self, question: &Question<'_>) -> String {
        let subject = normalise(head(question.subject.unwrap_or_default()));
        let text = normalise(head(question.text));
        if subject.is_empty() { text } else { format!("{subject}\n{text}") }
    }

    fn is_here(&self, queue: &QueueId, branch: &BranchId) -> bool {
        self.queues.iter().any(|known| known.id == *queue && known.branch == *branch)
    }

    fn settle(&self, verdict: Verdict, branch: &BranchId, hits: Hits) -> Option<Classified> {
        let kind = verdict.kind.unwrap_or(Kind::Enquiry);
        let queue = verdict.queue.or_else(|| self.usual(branch, kind))?;
        Some(Classified {
            kind,
            queue,
            priority: verdict.priority.unwrap_or(Priority::Normal),
            skills: verdict.skills,
            rules: verdict.rules,
            named: hits.named,
        })
    }

    /// The branch's first queue that takes the kind, else its first queue.
    fn usual(&self, branch: &BranchId, kind: Kind) -> Option<QueueId> {
        let here = || self.queues.iter().filter(|queue| queue.branch == *branch);
        let first = here().find(|queue| queue.kinds.contains(&kind)).or_else(|| here().next());
        first.map(|queue| queue.id.clone())
    }
}

/// What the rules set so far.
#[derive(Default)]
struct Verdict {
    kind: Option<Kind>,
    queue: Option<QueueId>,
    priority: Option<Priority>,
    skills: Vec<(SkillId, u8)>,
    rules: Vec<RuleId>,
}

impl Verdict {
    /// Takes what a rule that holds sets and no earlier one set. A queue of another branch
    /// is passed over: the case could not be served there from here.
    fn take(&mut self, rule: &Rule, is_here: impl Fn(&QueueId) -> bool) {
        let then = &rule.then;
        let kind = first(&mut self.kind, then.kind.as_ref());
        let queue = first(&mut self.queue, then.queue.as_ref().filter(|queue| is_here(queue)));
        let priority = first(&mut self.priority, then.priority.as_ref());
        let only_skills = then.kind.is_none() && then.queue.is_none() && then.priority.is_none();
        if kind || queue || priority || only_skills {
            self.rules.push(rule.id.clone());
            self.unite(&then.skills);
        }
    }

    fn unite(&mut self, skills: &[(SkillId, u8)]) {
        for (skill, level) in skills {
            match self.skills.binary_search_by(|(known, _)| known.cmp(skill)) {
                Ok(at) => {
                    if let Some((_, known)) = self.skills.get_mut(at) {
                        *known = (*known).max(*level);
                    }
                }
                Err(at) => self.skills.insert(at, (skill.clone(), *level)),
            }
        }
    }
}

/// What a cancel is worth where it may not be the sender's own word.
fn held(command: Command) -> Option<Command> {
    let cancels = matches!(command, Command::Asks(Asks::Cancel(_) | Asks::CancelAll | Asks::Hold));
    cancels.then_some(Command::Asks(Asks::Hold))
}

/// Fills an empty place; says whether it did.
fn first<T: Clone>(place: &mut Option<T>, value: Option<&T>) -> bool {
    let sets = place.is_none() && value.is_some();
    if sets {
        *place = value.cloned();
    }
    sets
}

/// Checks the conditions that need no look at the text.
fn holds(when: &Conditions, question: &Question<'_>) -> bool {
    one_of(&when.channel, |channel| *channel == question.channel)
        && one_of(&when.branch, |branch| branch == question.branch)
        && one_of(&when.class, |class| *class == question.class)
        && one_of(&when.from, |wanted| question.from.is_some_and(|from| is_address(wanted, from)))
        && one_of(&when.to, |wanted| question.to.iter().any(|to| is_address(wanted, to)))
        && one_of(&when.menu, |key| question.menu == Some(key))
}

/// An empty list is no condition.
fn one_of<T>(list: &[T], test: impl Fn(&T) -> bool) -> bool {
    list.is_empty() || list.iter().any(test)
}

/// `@domain` stands for every mailbox of it, anything else for itself.
fn is_address(wanted: &str, address: &str) -> bool {
    let address = normalise(address.trim());
    if wanted.starts_with('@') { address.ends_with(wanted) } else { address == wanted }
}

/// The part of a text that is looked at.
fn head(text: &str) -> &str {
    text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
