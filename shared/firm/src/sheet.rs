//! A TOML file read by hand, so that every fault is found and says where it stands.
//!
//! In: text, and values laid over it from the environment. Out: tables and fields that
//! know file, line and key; faults gathered as they are met. Never here: what a key means.

mod bracket;
mod field;
mod node;
mod table;

use std::{cell::RefCell, sync::Arc};

use node::Node;

pub use field::Field;
pub use table::Table;

use crate::fault::{Fault, Faults};

/// The largest file that is read: 4 MiB.
pub const FILE_BYTES_MAX: usize = 4 << 20;

/// A file as a tree of nodes, and the faults found in it so far.
#[derive(Debug)]
pub struct Sheet {
    file: Arc<str>,
    root: Node,
    faults: RefCell<Faults>,
    /// Whether the file is TOML from its first line to its last.
    is_whole: bool,
}

impl Sheet {
    /// Parses a text. What is no TOML becomes a fault, and no other is reported of that file:
    /// what stands behind it may mean something else than it seems.
    #[must_use]
    pub fn parse(file: &str, text: &str) -> Self {
        let file: Arc<str> = file.into();
        if text.len() > FILE_BYTES_MAX {
            let what = format!("is larger than {} MiB", FILE_BYTES_MAX >> 20);
            let faults = Faults {
                errors: vec![Fault { file: file.clone(), line: 0, key: String::new(), what }],
                warnings: Vec::new(),
            };
            let root = Node::empty_table(&file);
            return Self { file, root, faults: RefCell::new(faults), is_whole: false };
        }
        let (root, error) = node::parse(&file, text);
        let is_whole = error.is_none();
        let faults = Faults { errors: error.into_iter().collect(), warnings: Vec::new() };
        Self { file, root, faults: RefCell::new(faults), is_whole }
    }

    /// Lays a value over the file at `path`; `from` names where it comes from.
    pub fn lay_over(&mut self, path: &[String], from: &str, text: &str) {
        self.root.put(path, from, text);
    }

    /// Gives the root table.
    #[must_use]
    pub fn root(&self) -> Table<'_> {
        Table::new(self, &self.root, String::new())
    }

    /// Says whether the file is TOML from its first line to its last.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Gives all faults, sorted.
    #[must_use]
    pub fn into_faults(self) -> Faults {
        self.faults.into_inner().sorted()
    }

    fn error(&self, node: &Node, key: &str, what: impl Into<String>) {
        if self.is_judged(node) {
            self.faults.borrow_mut().errors.push(node.fault(key, what.into()));
        }
    }

    fn warning(&self, node: &Node, key: &str, what: impl Into<String>) {
        if self.is_judged(node) {
            self.faults.borrow_mut().warnings.push(node.fault(key, what.into()));
        }
    }

    /// A variable that lies over a broken file is judged all the same.
    fn is_judged(&self, node: &Node) -> bool {
        self.is_whole || !node.stands_in(&self.file)
    }
}

fn below(key: &str, name: &str) -> String {
    if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") }
}

#[cfg(test)]
mod tests;
