//! Rows on their way into a table, and lists on their way into a query.
//!
//! In: cells in the order of the table's columns; ids. Out: values for statements of fixed
//! text. Never here: SQL.

use sea_orm::Value;

/// Collects rows, cell by cell.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    cells: Vec<Value>,
    count: usize,
}

/// One row being filled; every column gets exactly one cell.
#[derive(Debug)]
pub(crate) struct Row<'a>(&'a mut Vec<Value>);

impl Rows {
    /// Adds a row that `fill` gives its cells.
    pub(crate) fn add(&mut self, fill: impl FnOnce(&mut Row<'_>)) {
        fill(&mut Row(&mut self.cells));
        self.count += 1;
    }

    /// Gives the number of rows and all their cells, row after row.
    pub(crate) fn into_cells(self) -> (usize, Vec<Value>) {
        (self.count, self.cells)
    }
}

impl Row<'_> {
    /// Adds bytes.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.push(bytes.to_vec().into());
    }
    /// Adds bytes or nothing.
    pub(crate) fn bytes_or_null(&mut self, bytes: Option<&[u8]>) {
        self.0.push(bytes.map(<[u8]>::to_vec).into());
    }
    /// Adds an id or nothing.
    pub(crate) fn id_or_null(&mut self, id: Option<[u8; 16]>) {
        self.0.push(id.map(|id| id.to_vec()).into());
    }
    /// Adds a number.
    pub(crate) fn int(&mut self, number: i64) {
        self.0.push(number.into());
    }
    /// Adds a number or nothing.
    pub(crate) fn int_or_null(&mut self, number: Option<i64>) {
        self.0.push(number.into());
    }
    /// Adds a count, which never reaches the sign bit.
    pub(crate) fn count(&mut self, number: u64) {
        self.int(i64::try_from(number).unwrap_or(i64::MAX));
    }
    /// Adds a text.
    pub(crate) fn text(&mut self, text: &str) {
        self.0.push(text.into());
    }
    /// Adds a text or nothing.
    pub(crate) fn text_or_null(&mut self, text: Option<&str>) {
        self.0.push(text.map(str::to_owned).into());
    }
}

/// Gives ids as a JSON list of hexadecimal texts, for `Dialect::ids_of`.
pub(crate) fn id_list<const N: usize>(ids: impl IntoIterator<Item = [u8; N]>) -> Value {
    serde_json::Value::from_iter(ids.into_iter().map(hex::encode)).to_string().into()
}
