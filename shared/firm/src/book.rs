//! A firm as its file tells it: what cores decide by, and what screens call things.
//!
//! In: what was read and checked. Out: plain data. Never here: a file position.

use contract::{AgentId, BranchId, Category, Millis, ProductRisk, QueueId, TopicId, consent::Terms, firm::Firm};

use crate::day::{DayWindow, TimeOfDay};

/// Quiet hours of promotion where the file does not say: 20:00 to 08:00.
const QUIET: (u16, u16) = (20 * 60, 8 * 60);
/// Commercial and advice notices per client and day where the file does not say.
const PER_DAY: u32 = 3;
/// Months that evidence is kept after its end where the file does not say.
const EVIDENCE_MONTHS: u32 = 6;

/// The whole content of a firm file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Book {
    /// What cores decide by, ids only.
    pub firm: Firm,
    /// What screens and messages call things.
    pub names: Names,
    /// What clients may subscribe to, in file order.
    pub topics: Vec<Topic>,
    /// How promotion keeps quiet, and ends.
    pub consent: ConsentRules,
}

impl Book {
    /// Gives the terms of all topics, as consent goes by them.
    #[must_use]
    pub fn terms(&self) -> Vec<Terms> {
        let terms = |topic: &Topic| Terms { topic: topic.id.clone(), category: topic.category, cancel: topic.cancel };
        self.topics.iter().map(terms).collect()
    }

    /// Finds a topic.
    #[must_use]
    pub fn topic(&self, id: &TopicId) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.id == *id)
    }
}

/// Display names; they lie in the directory, never in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// The firm's name.
    pub firm: String,
    /// The signature of its short messages, `【…】`.
    pub signature: String,
    /// Names of branches, in file order.
    pub branches: Vec<(BranchId, String)>,
    /// Names of queues, in file order.
    pub queues: Vec<(QueueId, String)>,
    /// Names of agents, in file order.
    pub agents: Vec<(AgentId, String)>,
}

/// Something clients subscribe to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its id.
    pub id: TopicId,
    /// Its name.
    pub name: String,
    /// The word that orders and cancels it, normalised.
    pub keyword: String,
    /// What its notices are, for consent, caps and lanes.
    pub category: Category,
    /// Whether clients may cancel it.
    pub cancel: bool,
    /// When its notices are worth nothing any more.
    pub expires: Option<Expiry>,
    /// The hours in which its notices are published.
    pub window: Option<DayWindow>,
    /// The risk of the products that its notices speak of.
    pub risk: Option<ProductRisk>,
}

/// When a notice is worth nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// At this hour of the day it was posted on, in the branch's zone.
    At(TimeOfDay),
    /// So long after it was posted.
    After(Millis),
}

/// What holds for commercial and advice notices, whatever their topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRules {
    /// The hours in which none is sent, in the branch's zone.
    pub quiet: DayWindow,
    /// How many a client gets a day at most.
    pub per_day: u32,
    /// How many months evidence is kept after its end.
    pub evidence_months: u32,
    /// Phrases that hold promotion at once and are read by an agent, normalised.
    pub loose_words: Vec<String>,
}

impl Default for ConsentRules {
    fn default() -> Self {
        let [from, to] = [QUIET.0, QUIET.1].map(TimeOfDay::from_minutes);
        let quiet = from.zip(to).and_then(|(from, to)| DayWindow::new(from, to));
        Self {
            quiet: quiet.expect("two different hours of a day"),
            per_day: PER_DAY,
            evidence_months: EVIDENCE_MONTHS,
            loose_words: Vec::new(),
        }
    }
}
