//! Rows on their way into a table: one JSON text that a statement of fixed text unpacks.
//!
//! In: cells in the order of the table's columns. Out: the text, the ids as a JSON list.
//! Never here: SQL.

use std::fmt::Write;

use sea_orm::Value;

/// Collects rows, cell by cell.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    text: String,
    count: usize,
}

/// One row being filled; every column gets exactly one cell.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    text: &'a mut String,
    first: bool,
}

impl Rows {
    /// Adds a row that `fill` gives its cells.
    pub(crate) fn add(&mut self, fill: impl FnOnce(&mut Row<'_>)) {
        self.text.push(if self.count == 0 { '[' } else { ',' });
        self.text.push('[');
        fill(&mut Row { text: &mut self.text, first: true });
        self.text.push(']');
        self.count += 1;
    }

    /// Says whether there is no row.
    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Gives the text as a statement's value.
    pub(crate) fn into_value(mut self) -> Value {
        if self.count == 0 {
            self.text.push('[');
        }
        self.text.push(']');
        self.text.into()
    }
}

impl Row<'_> {
    /// Adds bytes.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.part();
        push_hex(self.text, bytes);
    }
    /// Adds bytes or nothing.
    pub(crate) fn bytes_or_null<const N: usize>(&mut self, bytes: Option<[u8; N]>) {
        match bytes {
            Some(bytes) => self.bytes(&bytes),
            None => self.null(),
        }
    }
    /// Adds a number.
    pub(crate) fn int(&mut self, number: i64) {
        self.part();
        write!(self.text, "{number}").expect("a String takes any text");
    }
    /// Adds a number or nothing.
    pub(crate) fn int_or_null(&mut self, number: Option<i64>) {
        match number {
            Some(number) => self.int(number),
            None => self.null(),
        }
    }
    /// Adds a count, which never reaches the sign bit.
    pub(crate) fn count(&mut self, number: u64) {
        self.int(i64::try_from(number).unwrap_or(i64::MAX));
    }
    /// Adds a text.
    pub(crate) fn text(&mut self, text: &str) {
        self.part();
        self.text.push_str(&serde_json::Value::from(text).to_string());
    }
    /// Adds a text or nothing.
    pub(crate) fn text_or_null(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.null(),
        }
    }

    fn null(&mut self) {
        self.part();
        self.text.push_str("null");
    }

    fn part(&mut self) {
        if !self.first {
            self.text.push(',');
        }
        self.first = false;
    }
}

/// Gives ids as a JSON list of hexadecimal texts, for `Dialect::ids_of`.
pub(crate) fn id_list<const N: usize>(ids: impl IntoIterator<Item = [u8; N]>) -> Value {
    let mut text = String::from("[");
    for (at, id) in ids.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        push_hex(&mut text, &id);
    }
    text.push(']');
    text.into()
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    text.push('"');
    text.push_str(&hex::encode(bytes));
    text.push('"');
}
