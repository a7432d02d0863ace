//! What must hold between the tables of a firm file.
//!
//! In: the file and what was read of it. Out: faults and warnings at the place where an
//! operator mends them. Never here: the form of a single value.

use contract::firm::{Agent, Firm, Queue, Rule, Weight};

use crate::{
    book::Book,
    read::Index,
    sheet::{Field, Table},
};

/// Checks the book as a whole.
pub(crate) fn check(root: &Table<'_>, index: &Index, book: &Book) {
    branches(root, &book.firm);
    queues(root, &book.firm);
    rules(root, &book.firm);
    skills(root, index);
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

fn rules(root: &Table<'_>, firm: &Firm) {
    for (at, table) in root.tables("rule").into_iter().enumerate() {
        let place = format!("rule-{}", at + 1);
        let id = table.get("id").and_then(|field| field.peek_text()).unwrap_or(&place);
        let Some(rule) = firm.rules.iter().find(|rule| rule.id.as_str() == id) else { continue };
        let Some(then) = table.get("then").and_then(|field| field.table()) else { continue };
        kind(&then, firm, rule);
        if let Some(field) = then.get("skills") {
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
