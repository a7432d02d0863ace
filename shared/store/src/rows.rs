//! Rows on their way into a table.
//!
//! In: cells in the order of the table's columns. Out: the same, row after row. Never here:
//! SQL.

use sea_orm::Value;

use crate::dialect::Table;

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
    pub(crate) fn into_cells(self, table: &Table) -> (usize, Vec<Value>) {
        assert_eq!(self.cells.len(), self.count * table.columns.len(), "every column of {} gets one cell", table.name);
        (self.count, self.cells)
    }

    /// Gives the rows one by one.
    pub(crate) fn into_rows(self, table: &Table) -> Vec<Vec<Value>> {
        let (count, cells) = self.into_cells(table);
        let mut cells = cells.into_iter();
        (0..count).map(|_| cells.by_ref().take(table.columns.len()).collect()).collect()
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
