//! The client book as CSV: `id,name,class,risk_class,risk_valid_until,manager,branch,phone,email,wechat`.
//!
//! In: the bytes of a file (UTF-8, or GB18030 as spreadsheets write it), header required, any
//! order, cells may be empty. Out: entries, or every fault at once by line and column. Never
//! here: a cell's content in a fault; a half-taken file.

use std::{collections::BTreeMap, fmt, str::FromStr};

use contract::{Address, AddressKind, ClientClass, firm::Firm};

use super::{Directory, Entry};
use crate::StoreError;

/// Columns that a file may have; `id` must be there.
pub const COLUMNS: [&str; 10] =
    ["id", "name", "class", "risk_class", "risk_valid_until", "manager", "branch", "phone", "email", "wechat"];
/// The largest file that is taken, in bytes.
pub const FILE_BYTES_MAX: usize = 512 * 1024 * 1024;
/// Signs of a number or a name at most.
const CELL_CHARS_MAX: usize = 128;
/// Entries that one transaction takes.
const BATCH_ENTRIES: usize = 500;
/// Faults that are named before the rest is only counted.
const FAULTS_MAX: usize = 1_000;
/// Signs that part several addresses in one cell.
const BETWEEN_ADDRESSES: [char; 2] = [';', '；'];

/// Something wrong with a line; it never repeats what the cell says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFault {
    /// The line in the file, from 1.
    pub line: u64,
    /// The column's name; empty when the whole line is meant.
    pub column: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for LineFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column.as_str() {
            "" => write!(f, "line {}: {}", self.line, self.what),
            column => write!(f, "line {}, column {column}: {}", self.line, self.what),
        }
    }
}

/// Reads a file; with a firm, managers and branches must be in it.
pub fn read(bytes: &[u8], firm: Option<&Firm>) -> Result<Vec<Entry>, Vec<LineFault>> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(vec![LineFault { line: 1, column: String::new(), what: "the file is too large".to_owned() }]);
    }
    let text = decode(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut faults = Faults::default();
    let columns = match reader.headers() {
        Ok(header) => header_of(header, &mut faults),
        Err(_) => {
            faults.add(1, "", "the header cannot be read");
            Vec::new()
        }
    };
    if !faults.list.is_empty() {
        return Err(faults.list);
    }
    let mut entries = Vec::new();
    let mut seen = BTreeMap::new();
    for record in reader.records() {
        let (line, cells) = match &record {
            Ok(record) => (record.position().map_or(0, csv::Position::line), Cells::of(record, &columns)),
            Err(error) => {
                faults.add(error.position().map_or(0, csv::Position::line), "", "the line cannot be read");
                continue;
            }
        };
        if record.as_ref().is_ok_and(|record| record.len() > columns.len()) {
            faults.add(line, "", "more cells than the header has");
        }
        let entry = entry_of(line, &cells, firm, &mut faults);
        if let Some(earlier) = seen.insert(entry.number.clone(), line).filter(|_| !entry.number.is_empty()) {
            faults.add(line, "id", &format!("stands already in line {earlier}"));
        }
        entries.push(entry);
    }
    if faults.list.is_empty() { Ok(entries) } else { Err(faults.list) }
}

impl Directory {
    /// Enters a whole book in portions; repeating it changes nothing. Gives how many entries.
    pub async fn import(&self, entries: Vec<Entry>) -> Result<usize, StoreError> {
        let all = entries.len();
        for portion in entries.chunks(BATCH_ENTRIES) {
            self.enter(portion.to_vec()).await?;
        }
        Ok(all)
    }
}

fn decode(bytes: &[u8]) -> String {
    let (text, _, _) = match std::str::from_utf8(bytes) {
        Ok(_) => encoding_rs::UTF_8.decode(bytes),
        Err(_) => encoding_rs::GB18030.decode(bytes),
    };
    text.into_owned()
}

fn header_of(header: &csv::StringRecord, faults: &mut Faults) -> Vec<&'static str> {
    let mut columns = Vec::new();
    if !header.iter().any(|name| COLUMNS.contains(&name)) {
        faults.add(1, "", &format!("is no header, which names columns of {}", COLUMNS.join(", ")));
        return columns;
    }
    for (place, name) in header.iter().enumerate() {
        match COLUMNS.iter().find(|known| **known == name) {
            Some(known) if columns.contains(known) => faults.add(1, known, "stands twice in the header"),
            Some(known) => columns.push(*known),
            // Its name is not shown: it may be a client's.
            None => faults.add(1, "", &format!("column {} of the header is none of those known", place + 1)),
        }
    }
    if !columns.contains(&"id") {
        faults.add(1, "id", "is missing in the header");
    }
    columns
}

/// The cells of a line by column; empty ones are absent.
struct Cells<'a>(BTreeMap<&'static str, &'a str>);

impl<'a> Cells<'a> {
    fn of(record: &'a csv::StringRecord, columns: &[&'static str]) -> Self {
        Self(columns.iter().copied().zip(record).filter(|(_, cell)| !cell.is_empty()).collect())
    }
    fn get(&self, column: &str) -> Option<&'a str> {
        self.0.get(column).copied()
    }
}

#[derive(Default)]
struct Faults {
    list: Vec<LineFault>,
}

impl Faults {
    fn add(&mut self, line: u64, column: &str, what: &str) {
        if self.list.len() < FAULTS_MAX {
            self.list.push(LineFault { line, column: column.to_owned(), what: what.to_owned() });
        }
    }
}

fn entry_of(line: u64, cells: &Cells<'_>, firm: Option<&Firm>, faults: &mut Faults) -> Entry {
    let mut line = Line { line, cells, faults };
    let number = line.short("id");
    if number.is_none() {
        line.fault("id", "is empty");
    }
    let manager = line.parsed("manager", "is no id of an agent");
    if let (Some(firm), Some(id)) = (firm, &manager)
        && !firm.agents.iter().any(|agent| agent.id == *id)
    {
        line.fault("manager", "is no agent of the firm");
    }
    let branch = line.parsed("branch", "is no id of a branch");
    if let (Some(firm), Some(id)) = (firm, &branch)
        && !firm.branches.iter().any(|branch| branch.id == *id)
    {
        line.fault("branch", "is no branch of the firm");
    }
    Entry {
        number: number.unwrap_or_default(),
        name: line.short("name"),
        class: line.parsed("class", "is none of important, ordinary, prospect").unwrap_or(ClientClass::Ordinary),
        risk_class: line.checked("risk_class", "is none of C1 to C5", is_risk_class),
        risk_valid_until: line.checked("risk_valid_until", "is no day as 2027-05-31", is_day),
        manager,
        branch,
        addresses: [AddressKind::Phone, AddressKind::Email, AddressKind::Wechat]
            .into_iter()
            .flat_map(|kind| line.addresses(kind))
            .collect(),
    }
}

struct Line<'a> {
    line: u64,
    cells: &'a Cells<'a>,
    faults: &'a mut Faults,
}

impl Line<'_> {
    fn fault(&mut self, column: &str, what: &str) {
        self.faults.add(self.line, column, what);
    }

    fn checked(&mut self, column: &str, what: &str, fine: impl Fn(&str) -> bool) -> Option<String> {
        let cell = self.cells.get(column)?;
        if !fine(cell) {
            self.fault(column, what);
        }
        Some(cell.to_owned())
    }

    fn short(&mut self, column: &str) -> Option<String> {
        self.checked(column, "is too long, or holds a control sign", |cell| {
            cell.chars().count() <= CELL_CHARS_MAX && !cell.chars().any(char::is_control)
        })
    }

    fn parsed<T: FromStr>(&mut self, column: &str, what: &str) -> Option<T> {
        let parsed = self.cells.get(column)?.parse().ok();
        if parsed.is_none() {
            self.fault(column, what);
        }
        parsed
    }

    fn addresses(&mut self, kind: AddressKind) -> Vec<Address> {
        let cell = self.cells.get(kind.as_str()).unwrap_or_default();
        let texts = cell.split(BETWEEN_ADDRESSES).map(str::trim).filter(|text| !text.is_empty());
        let mut addresses = Vec::new();
        for text in texts {
            match Address::parse(kind, text) {
                Ok(address) if addresses.contains(&address) => {}
                Ok(address) => addresses.push(address),
                Err(error) => self.fault(kind.as_str(), &error.to_string()),
            }
        }
        addresses
    }
}

fn is_risk_class(cell: &str) -> bool {
    matches!(cell, "C1" | "C2" | "C3" | "C4" | "C5")
}

fn is_day(cell: &str) -> bool {
    cell.len() == "2027-05-31".len() && cell.parse::<jiff::civil::Date>().is_ok()
}

#[cfg(test)]
mod tests;
