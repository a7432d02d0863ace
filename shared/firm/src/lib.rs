//! The firm file: who works where, what is promised, which words lead where.
//!
//! In: the text of `firm.toml`. Out: the firm by ids for the cores, the names for screens,
//! the topics; or every fault at once with file, line and key; and the difference between
//! two firms in words. Never here: reading a file, personal data of clients, a decision.

pub mod day;
pub mod fault;
pub mod sheet;
pub mod span;

pub mod book;
mod check;
mod read;

pub mod diff;
pub mod digest;

pub use book::{Book, ConsentRules, Expiry, Names, Topic};
pub use day::{DayWindow, TimeOfDay};
pub use diff::diff;
pub use digest::digest;
pub use fault::{Fault, Faults};
pub use read::{read, read_knowing};

/// The sample firm that comes with the binary, `--firm sample`.
pub const SAMPLE: &str = include_str!("../../../deploy/sample/firm.toml");
/// The name under which faults of the sample firm are shown.
pub const SAMPLE_FILE: &str = "sample";
