//! `[[queue]]`: where cases wait for agents.
//!
//! In: the root table. Out: queues and their names. Never here: who works in them.

use contract::{Kind, Millis, UserId, firm::Queue};

use super::{id, index::Index, known, words};
use crate::{book::Book, sheet::Table};

pub(super) fn read(root: &Table<'_>, index: &Index, book: &mut Book) {
    for table in root.tables("queue") {
        let name = words(&table, "name");
        let queue = one(&table, index, &book.firm.queues);
        table.close();
        let Some(queue) = queue else { continue };
        book.names.queues.push((queue.id.clone(), name.unwrap_or_else(|| queue.id.to_string())));
        book.firm.queues.push(queue);
    }
}

fn one(table: &Table<'_>, index: &Index, before: &[Queue]) -> Option<Queue> {
    let id = id(table, |id| before.iter().any(|queue| queue.id == *id));
    let branch = table.need("branch").and_then(|field| known(&field, "branch", |id| index.branches.contains(id)));
    let kinds = table.get("kinds").map(|field| {
        let kinds: Vec<_> = field.list().iter().filter_map(|kind| kind.word(Kind::ALL)).collect();
        if field.is_list() && field.list().is_empty() {
            field.error("is empty: a queue takes one kind at least");
        }
        kinds
    });
    let within = table.get("within").and_then(|field| field.lasting());
    let wrap_up = table.get("wrap_up").and_then(|field| field.span());
    let lead = table.need("lead").and_then(|field| field.parse::<UserId>());
    let deputy = table.get("deputy").and_then(|field| field.parse::<UserId>());
    if table.get("deputy").is_none() {
        table.warning("has no deputy: nobody stands in for the lead");
    }
    Some(Queue {
        id: id?,
        branch: branch?,
        kinds: kinds.unwrap_or_else(|| vec![Kind::Enquiry]),
        within,
        wrap_up: wrap_up.unwrap_or(Millis::ZERO),
        lead: lead?.to_string(),
        deputy: deputy.map(|name| name.to_string()),
    })
}
