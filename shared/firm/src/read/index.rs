//! What a firm file declares anywhere, gathered first, so that references may point forward.
//!
//! In: the root table. Out: ids of branches, queues and agents, skills that somebody has.
//! Never here: a fault; those come when each table is read.

use std::collections::{BTreeMap, BTreeSet};

use crate::sheet::{Field, Table};

/// Ids that the file declares.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) branches: BTreeSet<String>,
    /// Queues with the branch they name.
    pub(crate) queues: BTreeMap<String, String>,
    /// Agents with the branch they name.
    pub(crate) agents: BTreeMap<String, String>,
    /// Persons whom a branch names to escalate to.
    pub(crate) levels: BTreeSet<String>,
    /// Skills with the highest level that anybody has.
    pub(crate) skills: BTreeMap<String, i64>,
}

impl Index {
    pub(crate) fn of(root: &Table<'_>) -> Self {
        let mut index = Self::default();
        for branch in rows(root, "branch") {
            index.branches.extend(plain(&branch, "id"));
            let levels = peek(&branch, "levels").filter(Field::is_list).map(|field| field.list()).unwrap_or_default();
            index.levels.extend(levels.iter().filter_map(Field::peek_text).map(str::to_owned));
        }
        for queue in rows(root, "queue") {
            if let Some(id) = plain(&queue, "id") {
                index.queues.entry(id).or_insert_with(|| plain(&queue, "branch").unwrap_or_default());
            }
        }
        for agent in rows(root, "agent") {
            if let Some(id) = plain(&agent, "id") {
                index.agents.entry(id).or_insert_with(|| plain(&agent, "branch").unwrap_or_default());
            }
            index.learn(&agent);
        }
        index
    }

    fn learn(&mut self, agent: &Table<'_>) {
        let Some(skills) = peek(agent, "skills").filter(Field::is_table).and_then(|field| field.table()) else {
            return;
        };
        for (skill, level) in skills.entries() {
            let best = self.skills.entry(skill.to_owned()).or_insert(0);
            *best = level.peek_whole().unwrap_or(0).max(*best);
        }
    }
}

fn rows<'a>(root: &Table<'a>, name: &str) -> Vec<Table<'a>> {
    let Some(list) = peek(root, name).filter(Field::is_list) else { return Vec::new() };
    list.list().into_iter().filter(Field::is_table).filter_map(|row| row.table()).collect()
}

fn peek<'a>(table: &Table<'a>, name: &str) -> Option<Field<'a>> {
    table.entries().into_iter().find(|(key, _)| *key == name).map(|(_, field)| field)
}

fn plain(table: &Table<'_>, name: &str) -> Option<String> {
    peek(table, name)?.peek_text().map(str::to_owned)
}
