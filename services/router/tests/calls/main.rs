//! Calls through the core in virtual time.
//!
//! In: legs and events of calls, made up or of a real call centre. Out: who is owed what.
//! Never here: a clock, a sleep, a store.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "figures, and what was skipped, are to be seen")]

mod callcenter;
mod legs;
mod world;
