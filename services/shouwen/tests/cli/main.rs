//! The command line as its users meet it: output, exit codes, a house that starts and stops.
//!
//! In: the real binary. Out: what it said. Never here: a story of the desk; those are in `tests/`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod commands;
mod demo;
mod ending;
mod firm_file;
mod full;
mod house;
mod journal;
mod load;
mod log;
mod queues;
mod usage;
mod watch;
