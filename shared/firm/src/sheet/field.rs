//! One value, asked for as what it should be.
//!
//! In: a node and its key. Out: the value, or `None` and a fault.
//! Never here: a default; the caller knows it.

use std::{fmt::Display, str::FromStr};

use contract::Millis;

use super::{
    Sheet, Table, below,
    node::{Node, Value},
};
use crate::{fault::Fault, span};

/// A value with its key.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    sheet: &'a Sheet,
    node: &'a Node,
    key: String,
}

impl<'a> Field<'a> {
    pub(super) const fn new(sheet: &'a Sheet, node: &'a Node, key: String) -> Self {
        Self { sheet, node, key }
    }

    /// Reports a fault at this place.
    pub fn error(&self, what: impl Into<String>) {
        self.sheet.error(self.node, &self.key, what);
    }

    /// Makes a fault of this place without reporting it: for checks that come later.
    #[must_use]
    pub fn fault(&self, what: impl Into<String>) -> Fault {
        self.node.fault(&self.key, what.into())
    }

    /// Reports a warning at this place.
    pub fn warning(&self, what: impl Into<String>) {
        self.sheet.warning(self.node, &self.key, what);
    }

    /// Gives the file or the variable it stands in.
    #[must_use]
    pub fn file(&self) -> String {
        self.node.fault("", String::new()).file.as_ref().to_owned()
    }

    /// Says whether the value is a table.
    #[must_use]
    pub const fn is_table(&self) -> bool {
        matches!(self.node.value, Value::Table(_))
    }

    /// Says whether the value is a list.
    #[must_use]
    pub const fn is_list(&self) -> bool {
        matches!(self.node.value, Value::List(_))
    }

    /// Gives the text if it is one; anything else is no fault.
    #[must_use]
    pub fn peek_text(&self) -> Option<&'a str> {
        if let Value::Text(text) | Value::Loose(text) = &self.node.value { Some(text) } else { None }
    }

    /// Gives the whole number if it is one; anything else is no fault.
    #[must_use]
    pub const fn peek_whole(&self) -> Option<i64> {
        if let Value::Whole(number) = &self.node.value { Some(*number) } else { None }
    }

    /// Reads a text.
    #[must_use]
    pub fn text(&self) -> Option<&'a str> {
        self.peek_text().or_else(|| self.wrong("a text"))
    }

    /// Reads a text that is not empty.
    #[must_use]
    pub fn filled(&self) -> Option<&'a str> {
        let text = self.text()?;
        if text.trim().is_empty() {
            self.error("is empty");
            return None;
        }
        Some(text)
    }

    /// Reads a text of a form that a type checks.
    #[must_use]
    pub fn parse<T>(&self) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        let text = self.text()?;
        text.parse().map_err(|error| self.error(format!("“{text}” is {error}"))).ok()
    }

    /// Reads one word of a closed list.
    #[must_use]
    pub fn word<T: Copy + Display>(&self, all: &[T]) -> Option<T> {
        let text = self.text()?;
        let found = all.iter().copied().find(|word| word.to_string() == text);
        if found.is_none() {
            let known: Vec<_> = all.iter().map(ToString::to_string).collect();
            self.error(format!("“{text}” is none of {}", known.join(", ")));
        }
        found
    }

    /// Reads a whole number within bounds.
    #[must_use]
    pub fn whole(&self, from: i64, to: i64) -> Option<i64> {
        let loose = if let Value::Loose(text) = &self.node.value { text.trim().parse().ok() } else { None };
        let number = self.peek_whole().or(loose);
        match number {
            Some(number) if (from..=to).contains(&number) => Some(number),
            Some(number) => {
                self.error(format!("{number} is not within {from} and {to}"));
                None
            }
            None => self.wrong("a whole number"),
        }
    }

    /// Reads `true` or `false`.
    #[must_use]
    pub fn flag(&self) -> Option<bool> {
        let loose = if let Value::Loose(text) = &self.node.value { text.trim().parse().ok() } else { None };
        let flag = if let Value::Flag(flag) = &self.node.value { Some(*flag) } else { loose };
        flag.or_else(|| self.wrong("true or false"))
    }

    /// Reads a span of time that may be nothing.
    #[must_use]
    pub fn span(&self) -> Option<Millis> {
        let text = self.text()?;
        let read = span::span(text);
        if read.is_none() {
            self.error(format!("“{text}” is no span of time such as 20s, 15m, 2h, 1d"));
        }
        read
    }

    /// Reads a span of time longer than nothing.
    #[must_use]
    pub fn lasting(&self) -> Option<Millis> {
        let span = self.span()?;
        if span == Millis::ZERO {
            self.error("must be longer than nothing");
            return None;
        }
        Some(span)
    }

    /// Reads a list; each item is a field of its own.
    #[must_use]
    pub fn list(&self) -> Vec<Self> {
        let Value::List(items) = &self.node.value else { return self.wrong("a list").unwrap_or_default() };
        let named = |at: usize| format!("{}[{}]", self.key, at + 1);
        items.iter().enumerate().map(|(at, node)| Self::new(self.sheet, node, named(at))).collect()
    }

    /// Reads a table.
    #[must_use]
    pub fn table(&self) -> Option<Table<'a>> {
        if self.is_table() { Some(Table::new(self.sheet, self.node, self.key.clone())) } else { self.wrong("a table") }
    }

    /// Names the field after an id, so that faults say `queue.trading` and not `queue[3]`.
    #[must_use]
    pub fn named(mut self, parent: &str) -> Self {
        if let Value::Table(entries) = &self.node.value
            && let Some(Value::Text(id)) = entries.get("id").map(|node| &node.value)
        {
            self.key = below(parent, id);
        }
        self
    }

    fn wrong<T>(&self, wanted: &str) -> Option<T> {
        self.error(format!("is {}, not {wanted}", self.node.sort()));
        None
    }
}
