//! A firm laid out as keys and texts, so that two can be compared line by line.
//!
//! In: a firm. Out: its sections in a fixed order. Never here: a comparison.

use std::fmt::Display;

use contract::{
    Millis,
    firm::{Agent, Branch, Firm, Queue, Rule, Target, Weight},
};

use super::{Facts, Section};
use crate::span::show;

/// Every firm has the same sections in the same order.
pub(super) fn sections(firm: &Firm) -> [Section; 6] {
    [
        Section { noun: "branch", things: firm.branches.iter().map(branch).collect(), ordered: false },
        Section { noun: "queue", things: firm.queues.iter().map(queue).collect(), ordered: true },
        Section { noun: "target", things: targets(firm), ordered: true },
        Section { noun: "rule", things: firm.rules.iter().map(rule).collect(), ordered: true },
        Section { noun: "agent", things: firm.agents.iter().map(agent).collect(), ordered: false },
        Section { noun: "policy", things: policies(firm), ordered: false },
    ]
}

fn list<T: Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn pairs<K: Display, V: Display>(items: &[(K, V)]) -> String {
    items.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
}

fn maybe<T: Display>(item: Option<&T>) -> String {
    item.map(ToString::to_string).unwrap_or_default()
}

fn span(item: Option<Millis>) -> String {
    item.map(show).unwrap_or_default()
}

fn branch(branch: &Branch) -> (String, Facts) {
    let facts = vec![("time_zone", branch.time_zone.clone()), ("levels", list(&branch.levels))];
    (branch.id.to_string(), facts)
}

fn queue(queue: &Queue) -> (String, Facts) {
    let facts = vec![
        ("branch", queue.branch.to_string()),
        ("kinds", list(&queue.kinds)),
        ("within", span(queue.within)),
        ("wrap_up", show(queue.wrap_up)),
        ("lead", queue.lead.clone()),
        ("deputy", queue.deputy.clone().unwrap_or_default()),
    ];
    (queue.id.to_string(), facts)
}

/// Targets have no ids: they are called after their conditions, repeats numbered.
fn targets(firm: &Firm) -> Vec<(String, Facts)> {
    let mut found: Vec<(String, Facts)> = Vec::new();
    for target in &firm.targets {
        let name = conditions(target);
        let same = |(known, _): &&(String, Facts)| known.split('#').next() == Some(&name);
        let repeats = found.iter().filter(same).count();
        let name = if repeats == 0 { name } else { format!("{name}#{}", repeats + 1) };
        let facts = vec![("within", show(target.within)), ("warn", span(target.warn)), ("next", span(target.next))];
        found.push((name, facts));
    }
    found
}

fn conditions(target: &Target) -> String {
    let parts = [
        maybe(target.queue.as_ref()),
        maybe(target.channel.as_ref()),
        maybe(target.kind.as_ref()),
        maybe(target.class.as_ref()),
    ];
    let filled: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if filled.is_empty() { "of everything".to_owned() } else { filled.join("/") }
}

fn rule(rule: &Rule) -> (String, Facts) {
    let facts = vec![
        ("channel", list(&rule.when.channel)),
        ("branch", list(&rule.when.branch)),
        ("class", list(&rule.when.class)),
        ("words", list(&rule.when.words)),
        ("not", list(&rule.when.not)),
        ("from", list(&rule.when.from)),
        ("to", list(&rule.when.to)),
        ("menu", list(&rule.when.menu)),
        ("kind", maybe(rule.then.kind.as_ref())),
        ("queue", maybe(rule.then.queue.as_ref())),
        ("priority", maybe(rule.then.priority.as_ref())),
        ("skills", pairs(&rule.then.skills)),
    ];
    (rule.id.to_string(), facts)
}

fn agent(agent: &Agent) -> (String, Facts) {
    let facts = vec![
        ("branch", agent.branch.to_string()),
        ("queues", list(&agent.queues)),
        ("skills", pairs(&agent.skills)),
        ("units", agent.units.to_string()),
    ];
    (agent.id.to_string(), facts)
}

fn policies(firm: &Firm) -> Vec<(String, Facts)> {
    let spans = |spans: &[Millis]| list(&spans.iter().map(|span| show(*span)).collect::<Vec<_>>());
    let case = |span: Option<Millis>| span.map_or_else(|| "case".to_owned(), show);
    let (offer, back_off) = (&firm.offer, &firm.offer.back_off);
    let by_channel: Vec<_> = offer.by_channel.iter().map(|(channel, span)| (channel, show(*span))).collect();
    let weight = |weight: &Weight| match weight {
        Weight::All => "all".to_owned(),
        Weight::Units(units) => units.to_string(),
    };
    let weights: Vec<_> = firm.weights.iter().map(|(channel, units)| (channel, weight(units))).collect();
    let facts = vec![
        ("offer.accept_within", show(offer.accept_within)),
        ("offer.by_channel", pairs(&by_channel)),
        ("offer.misses_until_away", offer.misses_until_away.to_string()),
        ("offer.back_off.busy", case(back_off.busy)),
        ("offer.back_off.not_qualified", case(back_off.not_qualified)),
        ("offer.back_off.language", case(back_off.language)),
        ("offer.back_off.recused", case(back_off.recused)),
        ("offer.back_off.other", case(back_off.other)),
        ("waiting.relax", spans(&firm.waiting.relax)),
        ("waiting.max_wait", show(firm.waiting.max_wait)),
        ("ownership.owner_grace", show(firm.ownership.owner_grace)),
        ("ownership.manager_grace", show(firm.ownership.manager_grace)),
        ("ownership.max_transfers", firm.ownership.max_transfers.to_string()),
        ("ownership.max_declines", firm.ownership.max_declines.to_string()),
        ("callback.short_abandon", show(firm.callback.short_abandon)),
        ("callback.retry", spans(&firm.callback.retry)),
        ("skills.hard", list(&firm.hard_skills)),
        ("skills.languages", list(&firm.languages)),
        ("presence.grace", show(firm.presence_grace)),
        ("weights", pairs(&weights)),
    ];
    vec![(String::new(), facts)]
}
