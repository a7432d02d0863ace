//! A value of a file with the place it stands at.
//!
//! In: what the TOML parser found, or a variable of the environment. Out: an owned tree.
//! Never here: a judgement on a value.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::bracket;
use crate::fault::Fault;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    file: Arc<str>,
    line: usize,
}

/// A value as the file has it.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    /// From the environment: whatever the reader wants it to be.
    Loose(String),
    Whole(i64),
    Flag(bool),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
    /// A value of a sort that no key takes: a float, a date, an integer too large.
    Foreign(&'static str),
}

impl Node {
    pub(super) fn empty_table(file: &Arc<str>) -> Self {
        Self { value: Value::Table(BTreeMap::new()), file: file.clone(), line: 0 }
    }

    pub(super) fn stands_in(&self, file: &str) -> bool {
        *self.file == *file
    }

    pub(super) fn fault(&self, key: &str, what: String) -> Fault {
        Fault { file: self.file.clone(), line: self.line, key: key.to_owned(), what }
    }

    /// Puts a loose value at `path`, making tables on the way.
    pub(super) fn put(&mut self, path: &[String], from: &str, text: &str) {
        let Some((first, rest)) = path.split_first() else {
            *self = Self { value: loose(from, text), file: from.into(), line: 0 };
            return;
        };
        if !matches!(self.value, Value::Table(_)) {
            *self = Self::empty_table(&from.into());
        }
        if let Value::Table(entries) = &mut self.value {
            entries.entry(first.clone()).or_insert_with(|| Self::empty_table(&from.into())).put(rest, from, text);
        }
    }

    pub(super) const fn sort(&self) -> &'static str {
        match &self.value {
            Value::Text(_) | Value::Loose(_) => "text",
            Value::Whole(_) => "a whole number",
            Value::Flag(_) => "true or false",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Foreign(name) => name,
        }
    }
}

/// A variable that looks like a list or a table is read as TOML, the rest stays text.
fn loose(from: &str, text: &str) -> Value {
    if !text.trim_start().starts_with(['[', '{']) {
        return Value::Loose(text.to_owned());
    }
    let (root, error) = parse(&from.into(), &format!("value = {text}"));
    let read = if let Value::Table(mut entries) = root.value { entries.remove("value") } else { None };
    read.filter(|_| error.is_none()).map_or_else(|| Value::Loose(text.to_owned()), |node| node.value)
}

/// Parses a text; gives the first place that is no TOML, for the others follow from it.
pub(super) fn parse(file: &Arc<str>, text: &str) -> (Node, Option<Fault>) {
    let lines = Lines::of(file, text);
    let (root, errors) = DeTable::parse_recoverable(text);
    let first = errors.iter().min_by_key(|error| error.span().map_or(0, |span| span.start));
    let fault = first.map(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let (line, what) = bracket::left_open(text, at)
            .map_or_else(|| (lines.line(at), error.message().to_owned()), |(start, what)| (lines.line(start), what));
        Fault { file: file.clone(), line, key: String::new(), what }
    });
    let span = root.span();
    (lines.table(root.into_inner(), &span), fault)
}

/// A file's name, and where its lines end: every value asks for its line.
struct Lines<'a> {
    file: &'a Arc<str>,
    ends: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(file: &'a Arc<str>, text: &str) -> Self {
        Self { file, ends: text.match_indices('\n').map(|(at, _)| at).collect() }
    }

    fn line(&self, start: usize) -> usize {
        self.ends.partition_point(|end| *end < start) + 1
    }

    fn node(&self, value: Spanned<DeValue<'_>>) -> Node {
        let span = value.span();
        let value = match value.into_inner() {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Value::Whole(number),
                Err(_) => Value::Foreign("a number too large"),
            },
            DeValue::Boolean(flag) => Value::Flag(flag),
            DeValue::Array(list) => Value::List(list.into_iter().map(|item| self.node(item)).collect()),
            DeValue::Table(table) => return self.table(table, &span),
            DeValue::Float(_) => Value::Foreign("a fraction"),
            DeValue::Datetime(_) => Value::Foreign("a date"),
        };
        Node { value, file: self.file.clone(), line: self.line(span.start) }
    }

    fn table(&self, table: DeTable<'_>, span: &Range<usize>) -> Node {
        // A table that is only implied, by `[a.b]`, stands where its first key does.
        let first = table.keys().map(|key| key.span().start).min();
        let start = if span.is_empty() { first.unwrap_or(span.start) } else { span.start };
        let line = self.line(start);
        let entries = table.into_iter().map(|(key, value)| (key.into_inner().into_owned(), self.node(value))).collect();
        Node { value: Value::Table(entries), file: self.file.clone(), line }
    }
}
