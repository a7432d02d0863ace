//! The contract of the store: one suite, run on every backend.
//!
//! In: stores on disk and in memory. Out: the promises of the rooms, kept. Never here: a
//! table's name, except where the journal is attacked.

mod house;
mod journal;
