//! `[[agent]]`: who takes cases.
//!
//! In: the root table. Out: agents and their names. Never here: users and passwords.

use contract::{
    SkillId,
    firm::{Agent, Queue},
};

use super::{id, index::Index, known, words};
use crate::{
    book::Book,
    sheet::{Field, Table},
};

/// The highest level of a skill.
pub(crate) const LEVEL_MAX: i64 = 9;
/// The most units of work an agent may have.
pub(crate) const UNITS_MAX: i64 = 1000;
/// Units of an agent where the file gives none.
const UNITS: u32 = 1;

pub(super) fn read(root: &Table<'_>, index: &Index, book: &mut Book) {
    for table in root.tables("agent") {
        let name = words(&table, "name");
        let agent = one(&table, index, &book.firm.agents, &book.firm.queues);
        table.close();
        let Some(agent) = agent else { continue };
        book.names.agents.push((agent.id.clone(), name.unwrap_or_else(|| agent.id.to_string())));
        book.firm.agents.push(agent);
    }
}

fn one(table: &Table<'_>, index: &Index, before: &[Agent], queues: &[Queue]) -> Option<Agent> {
    let id = id(table, |id| before.iter().any(|agent| agent.id == *id));
    let branch = table.need("branch").and_then(|field| known(&field, "branch", |id| index.branches.contains(id)));
    let mut takes = Vec::new();
    for field in table.list("queues") {
        let Some(queue) = known(&field, "queue", |id| index.queues.contains_key(id)) else { continue };
        let elsewhere =
            queues.iter().find(|known| known.id == queue).filter(|known| Some(&known.branch) != branch.as_ref());
        match elsewhere {
            Some(_) if branch.is_none() => {}
            Some(known) => field.error(format!("queue “{queue}” is in branch “{}”", known.branch)),
            None if takes.contains(&queue) => field.error("is named twice"),
            None => takes.push(queue),
        }
    }
    let skills = table.get("skills").map(|field| levels(&field)).unwrap_or_default();
    let units = table.get("units").and_then(|field| field.whole(1, UNITS_MAX));
    if takes.is_empty() && table.get("queues").is_none() {
        table.warning("takes from no queue");
    }
    let units = units.and_then(|units| u32::try_from(units).ok()).unwrap_or(UNITS);
    Some(Agent { id: id?, branch: branch?, queues: takes, skills, units })
}

/// Reads a table of skills with levels 1 to 9, in the order of their names.
pub(super) fn levels(field: &Field<'_>) -> Vec<(SkillId, u8)> {
    let Some(table) = field.table() else { return Vec::new() };
    let mut skills = Vec::new();
    for (name, field) in table.entries() {
        let Ok(skill) = name.parse() else {
            field.error("is not a valid skill id");
            continue;
        };
        let level = field.whole(1, LEVEL_MAX).and_then(|level| u8::try_from(level).ok());
        skills.extend(level.map(|level| (skill, level)));
    }
    skills
}
