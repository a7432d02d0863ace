//! A table whose keys are asked for by name; what nobody asked for is a fault.
//!
//! In: a node. Out: fields. Never here: an order of keys other than the alphabet's.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};

use super::{
    Sheet, below,
    field::Field,
    node::{Node, Value},
};

/// A table, and which of its keys were asked for.
#[derive(Debug)]
pub struct Table<'a> {
    sheet: &'a Sheet,
    node: &'a Node,
    key: String,
    asked: RefCell<BTreeSet<&'static str>>,
    spared: Cell<bool>,
}

impl<'a> Table<'a> {
    pub(super) const fn new(sheet: &'a Sheet, node: &'a Node, key: String) -> Self {
        Self { sheet, node, key, asked: RefCell::new(BTreeSet::new()), spared: Cell::new(false) }
    }

    /// Reports a fault of the table as a whole.
    pub fn error(&self, what: impl Into<String>) {
        self.sheet.error(self.node, &self.key, what);
    }

    /// Reports a warning about the table as a whole.
    pub fn warning(&self, what: impl Into<String>) {
        self.sheet.warning(self.node, &self.key, what);
    }

    /// Gives a key's field, if the file has it.
    #[must_use]
    pub fn get(&self, name: &'static str) -> Option<Field<'a>> {
        self.asked.borrow_mut().insert(name);
        self.entry(name)
    }

    /// Gives a key's field; its absence is a fault.
    #[must_use]
    pub fn need(&self, name: &'static str) -> Option<Field<'a>> {
        let field = self.get(name);
        if field.is_none() {
            self.sheet.error(self.node, &below(&self.key, name), "is missing");
        }
        field
    }

    /// Gives the tables of `[[name]]`, each called after its id.
    #[must_use]
    pub fn tables(&self, name: &'static str) -> Vec<Self> {
        let Some(field) = self.get(name) else { return Vec::new() };
        field.list().into_iter().filter_map(|item| item.named(&below(&self.key, name)).table()).collect()
    }

    /// Gives the items of a list; an absent key has none.
    #[must_use]
    pub fn list(&self, name: &'static str) -> Vec<Field<'a>> {
        self.get(name).map_or_else(Vec::new, |field| field.list())
    }

    /// Gives every key with its field: for tables whose keys are ids.
    #[must_use]
    pub fn entries(&self) -> Vec<(&'a str, Field<'a>)> {
        let Value::Table(entries) = &self.node.value else { return Vec::new() };
        entries
            .iter()
            .map(|(name, node)| (name.as_str(), Field::new(self.sheet, node, below(&self.key, name))))
            .collect()
    }

    /// Takes every key as asked for: what they mean cannot be told.
    pub fn spare(&self) {
        self.spared.set(true);
    }

    /// Counts the errors that were reported so far, anywhere.
    pub(crate) fn errors(&self) -> usize {
        self.sheet.faults.borrow().errors.len()
    }

    /// Warns of each of these keys that stands in the file: known, and not built yet.
    /// Says whether there was one.
    pub fn not_built(&self, names: &[&'static str]) -> bool {
        let found: Vec<_> = names.iter().filter_map(|name| self.get(name)).collect();
        for field in &found {
            field.warning("is not built yet and is ignored");
        }
        !found.is_empty()
    }

    /// Ends the reading: every key that nobody asked for is a fault.
    pub fn close(&self) {
        if self.spared.get() {
            return;
        }
        let asked = self.asked.borrow();
        for (name, field) in self.entries() {
            if !asked.contains(name) {
                field.error("is an unknown key");
            }
        }
    }

    fn entry(&self, name: &str) -> Option<Field<'a>> {
        let Value::Table(entries) = &self.node.value else { return None };
        entries.get(name).map(|node| Field::new(self.sheet, node, below(&self.key, name)))
    }
}
