//! The firm in force: applied at start and at an operator's word, told to every room.
//!
//! In: checked firm files. Out: the next version in the store, which every branch journals
//! and decides by; the difference in words. Never here: a decision by it.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use bus::Bus;
use channel::Account;
use console::{FirmChange, FirmDesk, FirmInForce, FirmTaken};
use contract::{BranchId, audit::By, firm::Branch};
use coord::Figures;
use firm::Book;
use runtime::Stop;
use store::{
    Store,
    directory::{FirmVersion, NameKind},
    journal::{Lease, Stream},
};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use super::{rooms::Rooms, routing::ensure_idle};

/// Wishes for another firm that wait at the same time.
const WISHES_MAX: usize = 4;
/// How long branches may take to journal another firm before it is said that they have not.
const TAKEN_WAIT: Duration = Duration::from_secs(10);
/// How often they are asked.
const TAKEN_EVERY: Duration = Duration::from_millis(50);
/// How often the store is asked whether another firm was put in force elsewhere.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A firm that was put in force, and what that changed.
pub(super) struct Applied {
    /// The firm.
    pub(super) firm: FirmInForce,
    /// The difference to the one before, in lines; `None` = there was none before.
    pub(super) changes: Option<Vec<String>>,
}

/// What a start made of the firm file that it was given.
pub(super) enum Begun {
    /// It is in force.
    Applied(Applied),
    /// The file is the one of the last start: what was applied since stays.
    Stays(FirmInForce, FirmVersion),
}

/// Begins with a firm file. It is applied when it is another one than at the last start;
/// otherwise what an operator applied since then stays in force. `fits` refuses a firm that the
/// configuration does not go with.
pub(super) async fn begin(
    store: &Store,
    bus: &Bus,
    text: String,
    book: Book,
    fits: impl Fn(&Book) -> Result<()>,
) -> Result<Begun> {
    let digest = firm::digest(&book).to_vec();
    let given = store.firms().given().await?;
    if let Some(other) = store.firms().latest().await?.filter(|latest| latest.digest != digest) {
        match in_force(other.clone()) {
            Ok(firm) if given.as_ref() == Some(&digest) => {
                fits(&firm.book)?;
                return Ok(Begun::Stays(firm, other));
            }
            Ok(firm) => {
                for branch in missing(&firm.book.firm.branches, &book.firm.branches) {
                    ensure_idle(store, bus, &branch).await?;
                }
            }
            // It was written for another version: what is open by it is not known.
            Err(_) => {}
        }
    }
    fits(&book)?;
    let applied = apply(store, text, book, &By::house()).await?;
    store.firms().give(digest).await?;
    Ok(Begun::Applied(applied))
}

/// What a start of a house on servers found.
pub(super) enum Found {
    /// No firm; the file's is in force as the first.
    Begun(FirmInForce),
    /// This one, with its version, and whether the file has another one.
    There(FirmInForce, FirmVersion, bool),
}

/// Begins with a firm file in a house that other processes share: at its very first start, of
/// whichever of them comes first. Later the file is only compared.
pub(super) async fn begin_shared(
    store: &Store,
    given: Option<&(String, Book)>,
    fits: impl Fn(&Book) -> Result<()>,
) -> Result<Found> {
    let digest = given.map(|(_, book)| firm::digest(book).to_vec());
    let mut is_new = false;
    if store.firms().version().await? == 0 {
        let (text, book) = given.context("the house has no firm yet, and there is no firm file to begin with")?;
        fits(book)?;
        let by = By::house();
        is_new = store.firms().begin(firm::digest(book).to_vec(), text.clone(), &by, names(book)).await?;
    }
    let version = store.firms().latest().await?.context("a firm was begun and is not there")?;
    let firm = in_force(version.clone())?;
    fits(&firm.book)?;
    let differs = digest.is_some_and(|digest| digest != version.digest);
    Ok(if is_new { Found::Begun(firm) } else { Found::There(firm, version, differs) })
}

/// Puts a firm in force; the one that is in force already keeps its version.
async fn apply(store: &Store, text: String, book: Book, by: &By) -> Result<Applied> {
    let before = store.firms().latest().await?;
    let changes = before.map(|before| match firm::read("the firm in force", &before.text) {
        Ok((old, _)) => firm::diff(&old.firm, &book.firm),
        Err(_) => vec!["the firm in force was written for another version of Shouwen".to_owned()],
    });
    let digest = firm::digest(&book).to_vec();
    let version = store.firms().put(digest.clone(), text.clone(), by, names(&book)).await?;
    Ok(Applied { firm: FirmInForce { version, digest, text, book }, changes })
}

/// Gives the firm in force, or an empty one before the first start.
pub(super) async fn latest(store: &Store) -> Result<FirmInForce> {
    let Some(latest) = store.firms().latest().await? else {
        return Ok(FirmInForce { version: 0, digest: Vec::new(), text: String::new(), book: Book::default() });
    };
    Ok(in_force(latest)?)
}

fn in_force(latest: FirmVersion) -> Result<FirmInForce, firm::Faults> {
    let (book, _) = firm::read("the firm in force", &latest.text)?;
    Ok(FirmInForce { version: latest.version, digest: latest.digest, text: latest.text, book })
}

fn names(book: &Book) -> Vec<(NameKind, String, String)> {
    let names = &book.names;
    let branches = names.branches.iter().map(|(id, name)| (NameKind::Branch, id.to_string(), name.clone()));
    let queues = names.queues.iter().map(|(id, name)| (NameKind::Queue, id.to_string(), name.clone()));
    let agents = names.agents.iter().map(|(id, name)| (NameKind::Agent, id.to_string(), name.clone()));
    let topics = book.topics.iter().map(|topic| (NameKind::Topic, topic.id.to_string(), topic.name.clone()));
    branches.chain(queues).chain(agents).chain(topics).collect()
}

/// Whether the branches of the firm are routed by anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Routed {
    /// They are, by this process or by others.
    Yes,
    /// They are not: a command opened the house.
    No,
}

/// The task that puts other firms in force while the house runs.
pub(super) struct Changes {
    store: Store,
    bus: Bus,
    figures: Figures,
    current: watch::Sender<Arc<FirmInForce>>,
    /// The newest version that came from elsewhere, be it one that does not read.
    seen: u64,
    wishes: mpsc::Receiver<FirmChange>,
    accounts: Vec<Account>,
    routed: Routed,
}

/// Makes the desk that rooms look at, and the task behind it: a firm without a branch that
/// one of the `accounts` feeds is refused.
pub(super) fn desk(rooms: &Rooms, firm: FirmInForce, accounts: Vec<Account>, routed: Routed) -> (FirmDesk, Changes) {
    let (current, watched) = watch::channel(Arc::new(firm));
    let (changes, wishes) = mpsc::channel(WISHES_MAX);
    let (store, bus, figures) = (rooms.store.clone(), rooms.bus.clone(), rooms.coord.figures.clone());
    let changes_of = Changes { store, bus, figures, current, seen: 0, wishes, accounts, routed };
    (FirmDesk { current: watched, changes }, changes_of)
}

impl Changes {
    /// Takes one wish after the other until the house stops, and follows what is applied
    /// elsewhere.
    pub(super) async fn run(mut self, stop: Stop) {
        loop {
            // Every arm may be dropped midway: a wish that was not returned waits.
            let wish = tokio::select! {
                () = stop.cancelled() => return,
                wish = self.wishes.recv() => wish,
                () = tokio::time::sleep(LOOK_EVERY) => {
                    self.follow().await;
                    continue;
                }
            };
            let Some(FirmChange { text, book, by, answer }) = wish else { return };
            let done = self.change(text, book, &by, &stop).await.map_err(|error| format!("{error:#}"));
            // Whoever asked may have gone; the firm is in force all the same.
            drop(answer.send(done));
        }
    }

    /// Shows the rooms of this process a firm that another one put in force.
    async fn follow(&mut self) {
        let known = self.seen.max(self.current.borrow().version);
        let newer = match self.store.firms().newer(known).await {
            Ok(newer) => newer,
            Err(error) => return tracing::warn!(%error, "the firm in force is not known at the moment"),
        };
        let Some(newer) = newer else { return };
        let version = newer.version;
        self.seen = version;
        match in_force(newer) {
            Ok(firm) => {
                tracing::info!(version, "another firm is in force, applied elsewhere");
                self.current.send_replace(Arc::new(firm));
            }
            Err(_) => tracing::error!(version, "the firm in force was written for another version of Shouwen"),
        }
    }

    async fn change(&self, text: String, book: Book, by: &By, stop: &Stop) -> Result<FirmTaken> {
        for account in &self.accounts {
            let there = book.firm.branches.iter().any(|branch| branch.id == account.branch);
            ensure!(there, "account {account} feeds branch {}, which the firm would not have", account.branch);
        }
        let before = self.current.borrow().book.firm.branches.clone();
        let leaving = missing(&before, &book.firm.branches);
        // Asked before its routing is disturbed, and again when nothing can be opened any more.
        self.ensure_idle(&leaving).await?;
        let held = self.hold_up(&leaving).await?;
        let taken = self.put(&leaving, text, book, by).await;
        let branches = match &taken {
            Ok(_) => self.followed(&leaving, stop).await,
            Err(_) => Vec::new(),
        };
        for lease in held {
            if let Err(error) = self.store.leases().release(&lease).await {
                tracing::warn!(stream = lease.stream.as_str(), %error, "a branch was not given back to its routers");
            }
        }
        Ok(FirmTaken { version: taken?, branches })
    }

    async fn put(&self, leaving: &[BranchId], text: String, book: Book, by: &By) -> Result<u64> {
        self.ensure_idle(leaving).await?;
        let applied = apply(&self.store, text, book, by).await.context("the store does not take the firm")?;
        let version = applied.firm.version;
        let changes = applied.changes.map_or(0, |changes| changes.len());
        tracing::info!(version, changes, "another firm is in force");
        self.current.send_replace(Arc::new(applied.firm));
        Ok(version)
    }

    async fn ensure_idle(&self, leaving: &[BranchId]) -> Result<()> {
        for branch in leaving {
            ensure_idle(&self.store, &self.bus, branch).await?;
        }
        Ok(())
    }

    /// Takes the leases of branches that are to leave, whichever process routes them: nothing
    /// is decided in them any more, until they are released.
    async fn hold_up(&self, leaving: &[BranchId]) -> Result<Vec<Lease>> {
        let mut held = Vec::new();
        for branch in leaving.iter().filter(|_| self.routed == Routed::Yes) {
            held.push(self.store.journal().take_lease(&Stream::branch(branch)).await?);
        }
        Ok(held)
    }

    /// Waits until every branch has journalled the firm in force and those that leave are no
    /// longer routed, or until it took too long; says of each branch whether it has.
    async fn followed(&self, leaving: &[BranchId], stop: &Stop) -> Vec<(BranchId, bool)> {
        if self.routed == Routed::No {
            return Vec::new();
        }
        let firm = self.current.borrow().clone();
        let in_force: BTreeSet<_> = firm.book.firm.branches.iter().map(|branch| &branch.id).collect();
        let end = Instant::now() + TAKEN_WAIT;
        loop {
            let taken = |branch: &&BranchId| ((*branch).clone(), self.decides_by(branch, &firm.digest));
            let branches: Vec<_> = in_force.iter().map(taken).collect();
            let gone = leaving.iter().all(|branch| self.figures.get(branch).is_none());
            let done = gone && branches.iter().all(|(_, taken)| *taken);
            if done || Instant::now() >= end || stop.is_cancelled() {
                return branches;
            }
            tokio::time::sleep(TAKEN_EVERY).await;
        }
    }

    /// Says whether a branch has journalled a firm, by the figures that its router tells.
    fn decides_by(&self, branch: &BranchId, digest: &[u8]) -> bool {
        self.figures.get(branch).is_some_and(|figures| figures.firm.as_deref() == Some(digest))
    }
}

/// Gives the branches that are not among the others.
fn missing(branches: &[Branch], others: &[Branch]) -> Vec<BranchId> {
    let gone = |branch: &&Branch| !others.iter().any(|known| known.id == branch.id);
    branches.iter().filter(gone).map(|branch| branch.id.clone()).collect()
}

#[cfg(test)]
mod tests;
