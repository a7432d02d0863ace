//! The firm in force: applied at start.
//!
//! In: checked firm files. Out: the next version in the store, which every branch journals
//! and decides by; the difference in words. Never here: a decision by it.

use anyhow::Result;
use firm::Book;
use store::{Store, directory::NameKind};

/// A firm that was put in force, and what that changed.
pub(super) struct Applied {
    /// Counts the changes.
    pub(super) version: u64,
    /// The firm.
    pub(super) book: Book,
    /// The difference to the one before, in lines; `None` = there was none before.
    pub(super) changes: Option<Vec<String>>,
}

/// Puts a firm in force; the one that is in force already keeps its version.
pub(super) async fn apply(store: &Store, text: String, book: Book, by: &str) -> Result<Applied> {
    let before = store.firms().latest().await?;
    let changes = before.map(|before| match firm::read("the firm in force", &before.text) {
        Ok((old, _)) => firm::diff(&old.firm, &book.firm),
        Err(_) => vec!["the firm in force was written for another version of Shouwen".to_owned()],
    });
    let digest = firm::digest(&book).to_vec();
    let version = store.firms().put(digest, text, by.to_owned(), names(&book)).await?;
    Ok(Applied { version, book, changes })
}

fn names(book: &Book) -> Vec<(NameKind, String, String)> {
    let names = &book.names;
    let branches = names.branches.iter().map(|(id, name)| (NameKind::Branch, id.to_string(), name.clone()));
    let queues = names.queues.iter().map(|(id, name)| (NameKind::Queue, id.to_string(), name.clone()));
    let agents = names.agents.iter().map(|(id, name)| (NameKind::Agent, id.to_string(), name.clone()));
    let topics = book.topics.iter().map(|topic| (NameKind::Topic, topic.id.to_string(), topic.name.clone()));
    branches.chain(queues).chain(agents).chain(topics).collect()
}
