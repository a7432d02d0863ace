//! `[[branch]]`: the units that decide on their own.
//!
//! In: the root table. Out: branches and their names. Never here: calendars.

use contract::{UserId, firm::Branch};

use super::{id, words, zone};
use crate::{book::Book, sheet::Table};

pub(super) fn read(root: &Table<'_>, time_zone: &str, book: &mut Book) {
    let tables = root.tables("branch");
    if tables.is_empty() {
        root.error("has no [[branch]]: a firm needs one at least");
    }
    for table in tables {
        let id = id(&table, |id| book.firm.branches.iter().any(|branch| branch.id == *id));
        let name = words(&table, "name");
        let zone = table.get("time_zone").and_then(|field| zone(&field));
        let levels: Vec<_> = table.list("levels").iter().filter_map(|level| level.parse::<UserId>()).collect();
        table.not_built(&["calendar"]);
        table.close();
        let Some(id) = id else { continue };
        book.names.branches.push((id.clone(), name.unwrap_or_else(|| id.to_string())));
        let time_zone = zone.unwrap_or_else(|| time_zone.to_owned());
        book.firm.branches.push(Branch { id, time_zone, levels: levels.iter().map(ToString::to_string).collect() });
    }
}
