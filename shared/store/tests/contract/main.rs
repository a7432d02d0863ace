//! The contract of the store: one suite, run on every backend.
//!
//! In: stores on disk, in memory and, in modules named `full`, on PostgreSQL. Out: the promises of the rooms, kept. Never here: a
//! table's name, except where the journal is attacked.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

#[macro_use]
mod house;

mod attack;
mod blob;
mod call;
mod consent;
mod crash;
mod delivery;
mod directory;
mod folder;
mod full;
mod journal;
mod lease;
mod notice;
mod page;
mod users;
mod view;
mod write;
