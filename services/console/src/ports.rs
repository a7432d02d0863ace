//! What the console touches: everything is handed in by whoever starts it.
//!
//! In: the house's shared rooms and a few facts of the configuration. Out: one struct.
//! Never here: a file, an environment, a global.

use std::{collections::BTreeMap, sync::Arc};

use bus::Bus;
use channel::Intake;
use contract::{AccountId, BranchId, ChannelKind, audit::By, seal::Keys};
use coord::{ConsoleId, Coord};
use firm::Book;
use runtime::{Chance, Clock, Tasks};
use store::{Store, notice::Way};
use tokio::sync::{mpsc, oneshot, watch};

/// Everything the console touches.
#[derive(Clone)]
pub struct Ports {
    /// Where commands go.
    pub bus: Bus,
    /// Where records are read.
    pub store: Store,
    /// Presence, fan-out, quotas, figures.
    pub coord: Coord,
    /// By which sealed words are opened.
    pub keys: Arc<Keys>,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub chance: Chance,
    /// Where its tasks live and the stop signal comes from.
    pub tasks: Tasks,
    /// Where walk-ins are registered.
    pub intake: Intake,
    /// The firm in force and the way to another one.
    pub firm: FirmDesk,
    /// Which branch each account is of.
    pub accounts: Accounts,
    /// Facts of the configuration.
    pub settings: Settings,
}

/// Facts of the configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Names this process in `access/<process>`; two that run at once have different names.
    pub process: String,
    /// Names this console to presence.
    pub console: ConsoleId,
    /// Under which address browsers reach the pages, `https://kf.example`; `None` = the one that a
    /// call's `Host` names.
    pub public_url: Option<String>,
    /// Where the first secrets lie, for who sets the house up; `None` where nobody is to be told.
    pub first: Option<FirstStart>,
}

/// Where a house's first secrets lie.
#[derive(Debug, Clone)]
pub struct FirstStart {
    /// The file of its keys; `None` where they come from elsewhere.
    pub keys: Option<String>,
    /// The administrator's token.
    pub token: String,
}

/// The accounts of the configuration, with the branch of each.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    all: BTreeMap<(ChannelKind, AccountId), BranchId>,
    /// Those that write to clients, for alerts.
    pub ways: Vec<Way>,
}

/// The firm in force, and the way to another one.
#[derive(Debug, Clone)]
pub struct FirmDesk {
    /// The firm in force.
    pub current: watch::Receiver<Arc<FirmInForce>>,
    /// Takes a firm that was read and checked; answers once every branch has journalled it, or
    /// which have not in time.
    pub changes: mpsc::Sender<FirmChange>,
}

/// A firm with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmInForce {
    /// Counts the changes.
    pub version: u64,
    /// The digest of the firm.
    pub digest: Vec<u8>,
    /// The text it was read from.
    pub text: String,
    /// What it says.
    pub book: Book,
}

/// A wish for another firm.
#[derive(Debug)]
pub struct FirmChange {
    /// Its text.
    pub text: String,
    /// What it says.
    pub book: Book,
    /// Who wishes it.
    pub by: By,
    /// Hears the version in force afterwards, or why there is none, in words.
    pub answer: oneshot::Sender<Result<FirmTaken, String>>,
}

/// A firm in force, and who decides by it already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmTaken {
    /// Counts the changes.
    pub version: u64,
    /// The branches that run, and whether each has journalled it.
    pub branches: Vec<(BranchId, bool)>,
}

impl Accounts {
    /// Takes the accounts of the configuration.
    #[must_use]
    pub fn new(accounts: impl IntoIterator<Item = (ChannelKind, AccountId, BranchId)>) -> Self {
        let all = accounts.into_iter().map(|(channel, id, branch)| ((channel, id), branch)).collect();
        Self { all, ways: Vec::new() }
    }

    /// Gives all of them.
    pub fn all(&self) -> impl Iterator<Item = (ChannelKind, &AccountId)> {
        self.all.keys().map(|(channel, id)| (*channel, id))
    }

    /// Says by which of them clients are written to.
    #[must_use]
    pub fn with_ways(self, ways: impl IntoIterator<Item = Way>) -> Self {
        Self { ways: ways.into_iter().collect(), ..self }
    }

    /// Gives the branch of an account.
    #[must_use]
    pub fn branch(&self, channel: ChannelKind, account: &AccountId) -> Option<&BranchId> {
        self.all.get(&(channel, account.clone()))
    }
}

impl FirmDesk {
    /// Gives the firm in force.
    #[must_use]
    pub fn now(&self) -> Arc<FirmInForce> {
        self.current.borrow().clone()
    }
}

impl FirmInForce {
    /// Gives the IANA name of a branch's time zone; without a branch the first one's.
    #[must_use]
    pub fn zone(&self, branch: Option<&BranchId>) -> String {
        let all = &self.book.firm.branches;
        let named = branch.and_then(|id| all.iter().find(|known| known.id == *id)).or_else(|| all.first());
        named.map_or_else(|| "UTC".to_owned(), |branch| branch.time_zone.clone())
    }

    /// Gives a queue's name, or its id.
    #[must_use]
    pub fn queue_name<'a>(&'a self, id: &'a contract::QueueId) -> &'a str {
        let named = self.book.names.queues.iter().find(|(known, _)| known == id);
        named.map_or(id.as_str(), |(_, name)| name.as_str())
    }

    /// Gives an agent's name, or his id.
    #[must_use]
    pub fn agent_name<'a>(&'a self, id: &'a contract::AgentId) -> &'a str {
        self.person_name(id.as_str())
    }

    /// Gives the name of whoever answers for something: an agent's, or the word itself.
    #[must_use]
    pub fn person_name<'a>(&'a self, person: &'a str) -> &'a str {
        let named = self.book.names.agents.iter().find(|(known, _)| known.as_str() == person);
        named.map_or(person, |(_, name)| name.as_str())
    }

    /// Gives a queue as the firm file has it.
    #[must_use]
    pub fn queue(&self, id: &contract::QueueId) -> Option<&contract::firm::Queue> {
        self.book.firm.queues.iter().find(|queue| queue.id == *id)
    }

    /// Gives an agent as the firm file has him.
    #[must_use]
    pub fn agent(&self, id: &contract::AgentId) -> Option<&contract::firm::Agent> {
        self.book.firm.agents.iter().find(|agent| agent.id == *id)
    }
}
