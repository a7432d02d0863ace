//! The difference between two firms, in lines to read.
//!
//! In: the firm in force and the one to be. Out: one line per thing added, removed, changed
//! or moved. Never here: names; ids tell enough, and the journal has nothing else.

mod facts;

use std::collections::BTreeMap;

use contract::firm::Firm;

/// What one thing of a firm is made of: its keys with their values as texts.
type Facts = Vec<(&'static str, String)>;

/// Compares two firms; no line means that cores decide the same by both.
#[must_use]
pub fn diff(old: &Firm, new: &Firm) -> Vec<String> {
    let mut lines = Vec::new();
    for (old, new) in facts::sections(old).iter().zip(facts::sections(new).iter()) {
        section(old, new, &mut lines);
    }
    lines
}

/// The things of one table, in file order.
struct Section {
    /// What one of them is called.
    noun: &'static str,
    /// Ids with what they are made of.
    things: Vec<(String, Facts)>,
    /// Whether their order has a meaning.
    ordered: bool,
}

fn section(old: &Section, new: &Section, lines: &mut Vec<String>) {
    let before: BTreeMap<_, _> = old.things.iter().map(|(id, facts)| (id, facts)).collect();
    let after: BTreeMap<_, _> = new.things.iter().map(|(id, facts)| (id, facts)).collect();
    let noun = new.noun;
    for (id, _) in old.things.iter().filter(|(id, _)| !after.contains_key(id)) {
        lines.push(called("-", noun, id));
    }
    for (id, facts) in &new.things {
        match before.get(id) {
            None => lines.push(format!("{}: {}", called("+", noun, id), told(facts))),
            Some(old) if *old != facts => lines.extend(changed(noun, id, old, facts)),
            Some(_) => {}
        }
    }
    if new.ordered {
        lines.extend(moved(old, new));
    }
}

fn called(sign: &str, noun: &str, id: &str) -> String {
    if id.is_empty() { format!("{sign} {noun}") } else { format!("{sign} {noun} {id}") }
}

fn told(facts: &Facts) -> String {
    let filled = facts.iter().filter(|(_, value)| !value.is_empty());
    filled.map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join(", ")
}

fn changed(noun: &str, id: &str, old: &Facts, new: &Facts) -> Vec<String> {
    let pairs = old.iter().zip(new).filter(|(before, after)| before != after);
    pairs
        .map(|((key, before), (_, after))| {
            format!("{}: {key}: {} → {}", called("~", noun, id), shown(before), shown(after))
        })
        .collect()
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "none" } else { value }
}

fn moved(old: &Section, new: &Section) -> Option<String> {
    let ids = |section: &Section, other: &Section| -> Vec<String> {
        let both = |id: &String| other.things.iter().any(|(known, _)| known == id);
        section.things.iter().map(|(id, _)| id.clone()).filter(both).collect()
    };
    let (before, after) = (ids(old, new), ids(new, old));
    (before != after).then(|| format!("~ {}s are tried in another order: {}", new.noun, after.join(", ")))
}

#[cfg(test)]
mod tests;
