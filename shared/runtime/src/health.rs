//! Health: every part says in words how it is; `/readyz` repeats it.
//!
//! In: `awaiting(what)`, `well`, `hindered(by)`, `failed(why)` from parts. Out: the list of parts, sorted by name.
//! Never here: personal data, secrets, or a probe of anything.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// How the parts of a process are. Clones share it.
// The mutex guards a small map, never held across an await.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Mutex<BTreeMap<String, Condition>>>);

/// How one part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It has not come up yet.
    Starting,
    /// It has not come up yet, and waits for something outside of the house, in words.
    Awaiting(String),
    /// It works.
    Well,
    /// It works, but something outside of the house hinders it, in words; nothing is lost by
    /// it, and the house is ready all the same.
    Hindered(String),
    /// It does not work, and why in words.
    Failed(String),
}

/// The handle by which a part reports.
#[derive(Debug, Clone)]
pub struct Part {
    health: Health,
    name: String,
}

impl Health {
    /// Gives the handle of a part; the part does not count until it reports.
    #[must_use]
    pub fn part(&self, name: &str) -> Part {
        Part { health: self.clone(), name: name.to_owned() }
    }

    /// Gives every part that has reported, by name.
    #[must_use]
    pub fn parts(&self) -> Vec<(String, Condition)> {
        self.map(|parts| parts.iter().map(|(name, condition)| (name.clone(), condition.clone())).collect())
    }

    /// Says whether every part that has reported works, hindered or not.
    #[must_use]
    pub fn is_well(&self) -> bool {
        let works = |condition: &Condition| matches!(condition, Condition::Well | Condition::Hindered(_));
        self.map(|parts| parts.values().all(works))
    }

    fn map<T>(&self, f: impl FnOnce(&mut BTreeMap<String, Condition>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Part {
    /// Gives the handle of a part that belongs to this one, `router.hq` and `router.hq.tail`.
    #[must_use]
    pub fn beside(&self, name: &str) -> Self {
        self.health.part(&format!("{}.{name}", self.name))
    }

    /// Reports that the part is coming up.
    pub fn starting(&self) {
        self.set(Condition::Starting);
    }
    /// Reports that the part is coming up, and what it waits for.
    pub fn awaiting(&self, what: &str) {
        self.set(Condition::Awaiting(what.to_owned()));
    }
    /// Reports that the part works.
    pub fn well(&self) {
        self.set(Condition::Well);
    }
    /// Reports that the part works but is hindered from outside, and by what.
    pub fn hindered(&self, by: &str) {
        self.set(Condition::Hindered(by.to_owned()));
    }
    /// Reports that the part does not work, and why.
    pub fn failed(&self, why: &str) {
        self.set(Condition::Failed(why.to_owned()));
    }
    /// Reports that the part has ended as it should.
    pub fn gone(&self) {
        self.health.map(|parts| parts.remove(&self.name));
    }

    fn set(&self, condition: Condition) {
        self.health.map(|parts| parts.insert(self.name.clone(), condition));
    }
}
