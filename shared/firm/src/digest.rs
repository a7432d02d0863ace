//! The digest by which two processes know that they work by the same firm file.
//!
//! In: a book. Out: SHA-256 over all that the file means; its spelling, order of tables and
//! comments do not count. Never here: the text itself.

use contract::wire;
use sha2::{Digest, Sha256};

use crate::{
    book::{Book, Expiry},
    span,
};

/// Gives the digest of a book.
#[must_use]
pub fn digest(book: &Book) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut put = |part: &[u8]| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    put(&wire::encode(&book.firm));
    let names = &book.names;
    put(names.firm.as_bytes());
    put(names.signature.as_bytes());
    for (id, name) in &names.branches {
        put(id.as_str().as_bytes());
        put(name.as_bytes());
    }
    for (id, name) in &names.queues {
        put(id.as_str().as_bytes());
        put(name.as_bytes());
    }
    for (id, name) in &names.agents {
        put(id.as_str().as_bytes());
        put(name.as_bytes());
    }
    for topic in &book.topics {
        put(topic.id.as_str().as_bytes());
        put(topic.name.as_bytes());
        put(topic.keyword.as_bytes());
        put(topic.category.as_str().as_bytes());
        put(&[u8::from(topic.cancel)]);
        put(said(topic.expires.map(expiry)).as_bytes());
        put(said(topic.window).as_bytes());
        put(said(topic.risk).as_bytes());
    }
    let rules = &book.consent;
    put(rules.quiet.to_string().as_bytes());
    put(&rules.per_day.to_be_bytes());
    put(&rules.evidence_months.to_be_bytes());
    for word in &rules.loose_words {
        put(word.as_bytes());
    }
    hash.finalize().into()
}

fn said<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn expiry(expiry: Expiry) -> String {
    match expiry {
        Expiry::At(hour) => hour.to_string(),
        Expiry::After(span) => span::show(span),
    }
}

#[cfg(test)]
mod tests;
