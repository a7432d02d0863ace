//! The firm in force: applied at start and at an operator's word, told to every room.
//!
//! In: checked firm files. Out: the next version in the store, which every branch journals
//! and decides by; the difference in words. Never here: a decision by it.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use channel::Account;
use console::{FirmChange, FirmDesk, FirmInForce};
use contract::{
    BranchId,
    audit::By,
    firm::{Branch, Firm},
};
use firm::Book;
use runtime::Stop;
use store::{Store, directory::NameKind};
use tokio::sync::{mpsc, watch};

/// Wishes for another firm that wait at the same time.
const WISHES_MAX: usize = 4;

/// A firm that was put in force, and what that changed.
pub(super) struct Applied {
    /// The firm.
    pub(super) firm: FirmInForce,
    /// The difference to the one before, in lines; `None` = there was none before.
    pub(super) changes: Option<Vec<String>>,
}

/// Puts a firm in force; the one that is in force already keeps its version.
pub(super) async fn apply(store: &Store, text: String, book: Book, by: &By) -> Result<Applied> {
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

/// The task that puts other firms in force while the house runs.
pub(super) struct Changes<O> {
    store: Store,
    current: watch::Sender<Arc<FirmInForce>>,
    wishes: mpsc::Receiver<FirmChange>,
    accounts: Vec<Account>,
    open_branch: O,
}

/// Makes the desk that rooms look at, and the task behind it: a firm without a branch that
/// one of the `accounts` feeds is refused; `open_branch` begins the routing of a branch that
/// the house did not have.
pub(super) fn desk<O>(store: Store, firm: FirmInForce, accounts: Vec<Account>, open_branch: O) -> (FirmDesk, Changes<O>)
where
    O: Fn(&BranchId) + Send,
{
    let (current, watched) = watch::channel(Arc::new(firm));
    let (changes, wishes) = mpsc::channel(WISHES_MAX);
    (FirmDesk { current: watched, changes }, Changes { store, current, wishes, accounts, open_branch })
}

impl<O> Changes<O>
where
    O: Fn(&BranchId) + Send,
{
    /// Takes one wish after the other until the house stops.
    pub(super) async fn run(mut self, stop: Stop) {
        loop {
            let wish = tokio::select! {
                () = stop.cancelled() => return,
                wish = self.wishes.recv() => wish,
            };
            let Some(FirmChange { text, book, by, answer }) = wish else { return };
            let done = self.take(text, book, &by).await.map_err(|error| format!("{error:#}"));
            // Whoever asked may have gone; the firm is in force all the same.
            drop(answer.send(done));
        }
    }

    async fn take(&mut self, text: String, book: Book, by: &By) -> Result<u64> {
        for account in &self.accounts {
            let there = book.firm.branches.iter().any(|branch| branch.id == account.branch);
            ensure!(there, "account {account} feeds branch {}, which the firm would not have", account.branch);
        }
        let applied = apply(&self.store, text, book, by).await.context("the store does not take the firm")?;
        let version = applied.firm.version;
        let before = self.current.borrow().book.firm.branches.clone();
        let new = newcomers(&before, &applied.firm.book.firm);
        tracing::info!(
            version,
            changes = applied.changes.map_or(0, |changes| changes.len()),
            "another firm is in force"
        );
        self.current.send_replace(Arc::new(applied.firm));
        for branch in &new {
            (self.open_branch)(branch);
        }
        Ok(version)
    }
}

fn newcomers(before: &[Branch], firm: &Firm) -> Vec<BranchId> {
    let new = |branch: &&Branch| !before.iter().any(|known| known.id == branch.id);
    firm.branches.iter().filter(new).map(|branch| branch.id.clone()).collect()
}
