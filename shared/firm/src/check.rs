//! What must hold between the tables of a firm file.
//!
//! In: the file and what was read of it. Out: faults and warnings at the place where an
//! operator mends them. Never here: the form of a single value.

use std::collections::BTreeSet;

use contract::{
    UserId,
    firm::{Agent, Firm, Queue, Rule, Weight},
};

use crate::{
    book::Book,
    read::Index,
    sheet::{Field, Table},
};

/// What a check may rely on.
pub(crate) struct Known<'a> {
    /// Whether every agent was read without a fault; else what seems to lack one may have it.
    pub(crate) agents_are_whole: bool,
    /// Users of the house who may lead; `None` where only the file is known.
    pub(crate) users: Option<&'a BTreeSet<UserId>>,
}

/// Checks the book as a whole; what may only follow from a fault that was named is not named.
pub(crate) fn check(root: &Table<'_>, index: &Index, book: &Book, known: &Known<'_>) {
    if book.firm.queues.len() == root.tables("queue").len() {
        branches(root, &book.firm);
    }
    leads(root, index, &book.firm, known.users);
    rules(root, &book.firm, known.agents_are_whole);
    if known.agents_are_whole {
        queues(root, &book.firm);
        skills(root, index);
    }
}

/// A queue is led by an agent of its branch, by a person whom a branch's `levels` name, or by a
/// user of the house, of whom the file alone knows nothing.
fn leads(root: &Table<'_>, index: &Index, firm: &Firm, users: Option<&BTreeSet<UserId>>) {
    for table in root.tables("queue") {
        let id = table.get("id").and_then(|field| field.peek_text());
        let Some(queue) = firm.queues.iter().find(|queue| Some(queue.id.as_str()) == id) else { continue };
        for (key, name) in [("lead", Some(&queue.lead)), ("deputy", queue.deputy.as_ref())] {
            if let (Some(name), Some(field)) = (name, table.get(key)) {
                lead(&field, name, queue, index, users);
            }
        }
    }
}

fn lead(field: &Field<'_>, name: &str, queue: &Queue, index: &Index, users: Option<&BTreeSet<UserId>>) {
    match index.agents.get(name) {
        Some(branch) if branch == queue.branch.as_str() => return,
        Some(branch) => return field.error(format!("agent “{name}” works in branch “{branch}”")),
        None if index.levels.contains(name) => return,
        None => {}
    }
    match users {
        Some(users) if users.iter().any(|user| user.as_str() == name) => {}
        Some(_) => field.error(format!(
            "“{name}” is no agent, in no branch's levels, and no user of the house with the role agent or supervisor"
        )),
        None => {
            field.warning(format!("“{name}” is no agent and in no branch's levels: he must be a user of the house"))
        }
    }
}

/// A contact that no rule places goes to the branch's first queue, so there must be one.
fn branches(root: &Table<'_>, firm: &Firm) {
    for table in root.tables("branch") {
        let id = table.get("id").and_then(|field| field.peek_text());
        let known = firm.branches.iter().any(|branch| Some(branch.id.as_str()) == id);
        if known && !firm.queues.iter().any(|queue| Some(queue.branch.as_str()) == id) {
            table.error("has no queue");
        }
    }
}

fn queues(root: &Table<'_>, firm: &Firm) {
    for table in root.tables("queue") {
        let id = table.get("id").and_then(|field| field.peek_text());
        let Some(queue) = firm.queues.iter().find(|queue| Some(queue.id.as_str()) == id) else { continue };
        let agents: Vec<_> = takers(firm, queue).collect();
        if agents.is_empty() {
            table.error("has no agent");
        } else {
            weights(&table, firm, &agents);
        }
    }
}

fn takers<'a>(firm: &'a Firm, queue: &'a Queue) -> impl Iterator<Item = &'a Agent> {
    firm.agents.iter().filter(|agent| agent.queues.contains(&queue.id))
}

/// Warns where a channel's case is heavier than every agent of the queue can hold.
fn weights(table: &Table<'_>, firm: &Firm, agents: &[&Agent]) {
    for (channel, weight) in &firm.weights {
        if let Weight::Units(weight) = weight
            && agents.iter().all(|agent| agent.units < *weight)
        {
            table.warning(format!("has no agent with the {weight} units that a case by {channel} takes"));
        }
    }
}

fn rules(root: &Table<'_>, firm: &Firm, agents_are_whole: bool) {
    for (at, table) in root.tables("rule").into_iter().enumerate() {
        let place = format!("rule-{}", at + 1);
        let id = table.get("id").and_then(|field| field.peek_text()).unwrap_or(&place);
        let Some(rule) = firm.rules.iter().find(|rule| rule.id.as_str() == id) else { continue };
        let Some(then) = table.get("then").and_then(|field| field.table()) else { continue };
        kind(&then, firm, rule);
        if let Some(field) = then.get("skills").filter(|_| agents_are_whole) {
            wanted(&field, firm, rule);
        }
    }
}

fn kind(then: &Table<'_>, firm: &Firm, rule: &Rule) {
    let (Some(kind), Some(id)) = (rule.then.kind, &rule.then.queue) else { return };
    let Some(queue) = firm.queues.iter().find(|queue| queue.id == *id) else { return };
    if !queue.kinds.contains(&kind)
        && let Some(field) = then.get("kind")
    {
        field.error(format!("queue “{id}” does not take {kind}"));
    }
}

/// A hard skill that nobody has would make its cases wait for ever.
fn wanted(field: &Field<'_>, firm: &Firm, rule: &Rule) {
    for (skill, level) in &rule.then.skills {
        let here = |agent: &&Agent| rule.then.queue.as_ref().is_none_or(|queue| agent.queues.contains(queue));
        let has = |agent: &Agent| agent.skills.iter().any(|(known, has)| known == skill && has >= level);
        if firm.agents.iter().filter(here).any(has) {
            continue;
        }
        let whose = rule.then.queue.as_ref().map_or_else(String::new, |queue| format!(" of queue “{queue}”"));
        let what = format!("no agent{whose} has skill “{skill}” at level {level}");
        if firm.hard_skills.contains(skill) {
            field.error(format!("{what}, and the skill is hard"));
        } else {
            field.warning(what);
        }
    }
}

fn skills(root: &Table<'_>, index: &Index) {
    let Some(table) = root.get("skills").and_then(|field| field.table()) else { return };
    for field in table.list("hard") {
        let Some(skill) = field.peek_text() else { continue };
        if !index.skills.contains_key(skill) {
            field.error(format!("no agent has the hard skill “{skill}”"));
        }
    }
    for field in table.list("languages") {
        let Some(skill) = field.peek_text() else { continue };
        if !index.skills.contains_key(skill) {
            field.warning(format!("no agent speaks “{skill}”"));
        }
    }
}
