//! The contract of the store: one suite, run on every backend.
//!
//! In: stores on disk and in memory. Out: the promises of the rooms, kept. Never here: a
//! table's name, except where the journal is attacked.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod attack;
mod blob;
mod call;
mod crash;
mod delivery;
mod directory;
mod folder;
mod house;
mod journal;
mod lease;
mod view;
mod write;
