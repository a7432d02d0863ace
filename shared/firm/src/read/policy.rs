//! The tables that say how offers, waiting, owners, call-backs and weights are treated.
//!
//! In: the root table. Out: the firm's policies, each key over its default.
//! Never here: a default of its own, but the grace of presence.

use contract::{
    ChannelKind, Millis,
    firm::{BackOff, Firm, Weight},
};

use super::agent::UNITS_MAX;
use crate::sheet::{Field, Table};

/// How long an agent may be unseen where the file does not say.
const PRESENCE_GRACE: Millis = Millis::from_secs(30);
/// The largest count of misses, transfers, declines.
const COUNT_MAX: i64 = 1000;

pub(super) fn read(root: &Table<'_>, firm: &mut Firm) {
    offer(root, firm);
    waiting(root, firm);
    ownership(root, firm);
    callback(root, firm);
    skills(root, firm);
    presence(root, firm);
    weights(root, firm);
}

fn section<'a>(root: &Table<'a>, name: &'static str) -> Option<Table<'a>> {
    root.get(name)?.table()
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn count(table: &Table<'_>, key: &'static str) -> Option<u32> {
    u32::try_from(table.get(key)?.whole(1, COUNT_MAX)?).ok()
}

fn span(table: &Table<'_>, key: &'static str) -> Option<Millis> {
    table.get(key)?.span()
}

fn lasting(table: &Table<'_>, key: &'static str) -> Option<Millis> {
    table.get(key)?.lasting()
}

fn offer(root: &Table<'_>, firm: &mut Firm) {
    let Some(table) = section(root, "offer") else { return };
    set(&mut firm.offer.accept_within, lasting(&table, "accept_within"));
    set(&mut firm.offer.misses_until_away, count(&table, "misses_until_away"));
    if let Some(by_channel) = table.get("by_channel") {
        firm.offer.by_channel = channels(&by_channel, |field| field.lasting());
    }
    if let Some(table) = table.get("back_off").and_then(|field| field.table()) {
        back_off(&table, &mut firm.offer.back_off);
        table.close();
    }
    table.close();
}

fn back_off(table: &Table<'_>, back_off: &mut BackOff) {
    set(&mut back_off.busy, one_back_off(table, "busy"));
    set(&mut back_off.not_qualified, one_back_off(table, "not_qualified"));
    set(&mut back_off.language, one_back_off(table, "language"));
    set(&mut back_off.recused, one_back_off(table, "recused"));
    set(&mut back_off.other, one_back_off(table, "other"));
}

/// Reads a span, or `"case"` for the whole case; the outer `None` leaves the default.
#[expect(clippy::option_option, reason = "`case` is a value of its own beside every span")]
fn one_back_off(table: &Table<'_>, key: &'static str) -> Option<Option<Millis>> {
    let field = table.get(key)?;
    if field.text()? == "case" { Some(None) } else { field.span().map(Some) }
}

fn waiting(root: &Table<'_>, firm: &mut Firm) {
    let Some(table) = section(root, "waiting") else { return };
    if let Some(field) = table.get("relax") {
        let relax: Vec<_> = field.list().iter().filter_map(|step| step.lasting()).collect();
        if relax.windows(2).any(|two| matches!(two, [first, second] if first >= second)) {
            field.error("does not rise from step to step");
        }
        firm.waiting.relax = relax;
    }
    set(&mut firm.waiting.max_wait, lasting(&table, "max_wait"));
    table.close();
}

fn ownership(root: &Table<'_>, firm: &mut Firm) {
    let Some(table) = section(root, "ownership") else { return };
    set(&mut firm.ownership.owner_grace, span(&table, "owner_grace"));
    set(&mut firm.ownership.manager_grace, span(&table, "manager_grace"));
    set(&mut firm.ownership.max_transfers, count(&table, "max_transfers"));
    set(&mut firm.ownership.max_declines, count(&table, "max_declines"));
    table.not_built(&["prospect_touch"]);
    table.close();
}

fn callback(root: &Table<'_>, firm: &mut Firm) {
    let Some(table) = section(root, "callback") else { return };
    if let Some(field) = table.get("retry") {
        firm.callback.retry = field.list().iter().filter_map(|wait| wait.lasting()).collect();
    }
    set(&mut firm.callback.short_abandon, span(&table, "short_abandon"));
    table.not_built(&["spread", "late_after", "resume"]);
    table.close();
}

fn skills(root: &Table<'_>, firm: &mut Firm) {
    let Some(table) = section(root, "skills") else { return };
    firm.hard_skills = table.list("hard").iter().filter_map(|skill| skill.parse()).collect();
    firm.languages = table.list("languages").iter().filter_map(|skill| skill.parse()).collect();
    table.close();
}

fn presence(root: &Table<'_>, firm: &mut Firm) {
    firm.presence_grace = PRESENCE_GRACE;
    let Some(table) = section(root, "presence") else { return };
    set(&mut firm.presence_grace, lasting(&table, "grace"));
    table.close();
}

fn weights(root: &Table<'_>, firm: &mut Firm) {
    if let Some(field) = root.get("weights") {
        firm.weights = channels(&field, weight);
    }
}

fn weight(field: &Field<'_>) -> Option<Weight> {
    if field.peek_text() == Some("all") {
        return Some(Weight::All);
    }
    u32::try_from(field.whole(1, UNITS_MAX)?).ok().map(Weight::Units)
}

/// Reads a table whose keys are channels.
fn channels<T>(field: &Field<'_>, read: impl Fn(&Field<'_>) -> Option<T>) -> Vec<(ChannelKind, T)> {
    let Some(table) = field.table() else { return Vec::new() };
    let mut found = Vec::new();
    for (name, field) in table.entries() {
        match name.parse() {
            Ok(channel) => found.extend(read(&field).map(|value| (channel, value))),
            Err(_) => field.error("is no channel"),
        }
    }
    found
}
