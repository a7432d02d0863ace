//! Connections: how each engine is reached, with its limits and time-outs.
//!
//! In: a file or an address. Out: pools that sea-orm works on. Never here: a table.

pub(crate) mod postgres;
pub(crate) mod sqlite;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// To make what is not there yet, and write.
    Makes,
    /// To write.
    Writes,
    /// To read.
    Reads,
}
