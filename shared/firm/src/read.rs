//! Reading a firm file from its first table to its last.
//!
//! In: the text. Out: a book and the warnings, or every fault at once. What later issues
//! bring (calendars, escalation) is known by name and warned of, not obeyed.
//! Never here: the file system.

mod agent;
mod branch;
mod consent;
mod index;
mod policy;
mod queue;
mod rule;
mod target;
mod topic;

use std::{collections::BTreeSet, str::FromStr};

use contract::UserId;

use crate::{
    book::{Book, Names},
    check::{self, Known},
    fault::Faults,
    sheet::{Field, Sheet, Table},
};
pub(crate) use index::Index;

/// Tables that later issues bring.
const NOT_BUILT: &[&str] = &["calendar", "hours", "closed", "quiet_work", "escalate", "complaint", "words"];
/// The zone of branches where neither firm nor branch names one.
const TIME_ZONE: &str = "Asia/Shanghai";

/// Reads a firm file and checks it as a whole; `file` is the name that faults show.
///
/// # Errors
/// Every fault of the file, with the warnings beside them.
pub fn read(file: &str, text: &str) -> Result<(Book, Faults), Faults> {
    read_with(file, text, None)
}

/// Reads a firm file for a house whose users are known: who leads a queue and is no agent must
/// be one of these.
///
/// # Errors
/// Every fault of the file, with the warnings beside them.
pub fn read_knowing(file: &str, text: &str, users: &BTreeSet<UserId>) -> Result<(Book, Faults), Faults> {
    read_with(file, text, Some(users))
}

fn read_with(file: &str, text: &str, users: Option<&BTreeSet<UserId>>) -> Result<(Book, Faults), Faults> {
    let sheet = Sheet::parse(file, text);
    let book = book(&sheet.root(), users);
    let faults = sheet.into_faults();
    if faults.errors.is_empty() { Ok((book, faults)) } else { Err(faults) }
}

fn book(root: &Table<'_>, users: Option<&BTreeSet<UserId>>) -> Book {
    let index = Index::of(root);
    let mut book = Book::default();
    let time_zone = head(root, &mut book.names);
    branch::read(root, &time_zone, &mut book);
    queue::read(root, &index, &mut book);
    target::read(root, &index, &mut book.firm);
    let before = root.errors();
    agent::read(root, &index, &mut book);
    let agents_are_whole = root.errors() == before;
    policy::read(root, &mut book.firm);
    rule::read(root, &index, &mut book.firm);
    topic::read(root, &mut book);
    consent::read(root, &mut book.consent);
    root.not_built(NOT_BUILT);
    root.close();
    check::check(root, &index, &book, &Known { agents_are_whole, users });
    book
}

fn head(root: &Table<'_>, names: &mut Names) -> String {
    let mut time_zone = TIME_ZONE.to_owned();
    if let Some(table) = root.get("firm").and_then(|field| field.table()) {
        names.firm = words(&table, "name").unwrap_or_default();
        names.signature = words(&table, "signature").unwrap_or_default();
        if let Some(zone) = table.get("time_zone").and_then(|field| zone(&field)) {
            time_zone = zone;
        }
        table.close();
    }
    time_zone
}

/// Reads a time zone that the zone tables know.
fn zone(field: &Field<'_>) -> Option<String> {
    let name = field.filled()?;
    if jiff::tz::TimeZone::get(name).is_err() {
        field.error(format!("“{name}” is no known time zone such as Asia/Shanghai"));
        return None;
    }
    Some(name.to_owned())
}

/// Reads a text that is not empty, if the key is there.
fn words(table: &Table<'_>, key: &'static str) -> Option<String> {
    table.get(key)?.filled().map(str::to_owned)
}

/// Reads the id of a table and refuses one that was taken already.
fn id<T>(table: &Table<'_>, taken: impl Fn(&T) -> bool) -> Option<T>
where
    T: FromStr<Err: std::fmt::Display>,
{
    let field = table.need("id")?;
    let id = field.parse()?;
    if taken(&id) {
        field.error("is used twice");
        return None;
    }
    Some(id)
}

/// Reads a reference to something the file declares.
fn known<T>(field: &Field<'_>, what: &str, exists: impl Fn(&str) -> bool) -> Option<T>
where
    T: FromStr<Err: std::fmt::Display>,
{
    let text = field.text()?;
    if !exists(text) {
        field.error(format!("there is no {what} “{text}”"));
        return None;
    }
    field.parse()
}

#[cfg(test)]
mod tests;
