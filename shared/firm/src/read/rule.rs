//! `[[rule]]`: which words, doors and senders lead where.
//!
//! In: the root table. Out: rules in file order, their phrases normalised. A rule with a
//! condition that is not built yet is left out whole, with a warning.
//! Never here: the matching; that is the router's.

use contract::{
    BranchId, ChannelKind, ClientClass, Kind, Priority, RuleId,
    firm::{Conditions, Consequence, Firm, Rule},
    text::normalise,
};

use super::{agent::levels, index::Index, known};
use crate::sheet::{Field, Table};

/// Conditions that later issues bring.
const NOT_BUILT: &[&str] = &["session"];
/// The longest phrase in bytes.
const PHRASE_BYTES_MAX: usize = 256;

pub(super) fn read(root: &Table<'_>, index: &Index, firm: &mut Firm) {
    for (at, table) in root.tables("rule").into_iter().enumerate() {
        let rule = one(&table, at + 1, index, &firm.rules);
        table.close();
        firm.rules.extend(rule);
    }
}

fn one(table: &Table<'_>, place: usize, index: &Index, before: &[Rule]) -> Option<Rule> {
    let id = match table.get("id") {
        Some(field) => field.parse::<RuleId>().filter(|id| {
            let twice = before.iter().any(|rule| rule.id == *id);
            if twice {
                field.error("is used twice");
            }
            !twice
        }),
        None => format!("rule-{place}").parse().ok(),
    };
    let then = table.need("then").and_then(|field| field.table()).map(|then| consequence(&then, index));
    let when = match table.get("when") {
        Some(field) => conditions(&field.table()?, index),
        None => Some(Conditions::default()),
    };
    if when.is_none() {
        table.warning("is left out: it has a condition that is not built yet");
    }
    Some(Rule { id: id?, when: when?, then: then? })
}

/// Gives `None` where a condition is not built yet.
fn conditions(table: &Table<'_>, index: &Index) -> Option<Conditions> {
    let unbuilt = table.not_built(NOT_BUILT);
    let when = Conditions {
        channel: each(table, "channel", |field| field.word(ChannelKind::ALL)),
        branch: each(table, "branch", |field| known::<BranchId>(field, "branch", |id| index.branches.contains(id))),
        class: each(table, "class", |field| field.word(ClientClass::ALL)),
        words: each(table, "words", phrase),
        not: each(table, "not", phrase),
        from: each(table, "from", phrase),
        to: each(table, "to", phrase),
        menu: each(table, "menu", |field| field.filled().map(str::to_owned)),
    };
    table.close();
    (!unbuilt).then_some(when)
}

fn each<T>(table: &Table<'_>, key: &'static str, read: impl Fn(&Field<'_>) -> Option<T>) -> Vec<T> {
    let Some(field) = table.get(key) else { return Vec::new() };
    let items = field.list();
    if field.is_list() && items.is_empty() {
        field.error("is empty: leave the key out where there is no condition");
    }
    items.iter().filter_map(read).collect()
}

fn phrase(field: &Field<'_>) -> Option<String> {
    let text = field.filled()?;
    let phrase = normalise(text.trim());
    if phrase.is_empty() || phrase.len() > PHRASE_BYTES_MAX {
        field.error(format!("is no phrase of 1 to {PHRASE_BYTES_MAX} bytes"));
        return None;
    }
    Some(phrase)
}

fn consequence(table: &Table<'_>, index: &Index) -> Consequence {
    let then = Consequence {
        kind: table.get("kind").and_then(|field| field.word(Kind::ALL)),
        queue: table.get("queue").and_then(|field| known(&field, "queue", |id| index.queues.contains_key(id))),
        priority: table.get("priority").and_then(|field| field.word(Priority::ALL)),
        skills: table.get("skills").map(|field| levels(&field)).unwrap_or_default(),
    };
    if table.entries().is_empty() {
        table.error("sets nothing");
    }
    table.close();
    then
}
