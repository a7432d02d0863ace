//! What only a database that many processes share has to keep: promises under races, under
//! faults, and between versions.
//!
//! In: several stores of one database, servers of a test's own. Out: nothing lost, nothing done
//! twice. Never here: what every backend keeps; that is in the rooms' own files.

mod away;
mod crash;
mod month;
mod plan;
mod race;
mod schema;
mod small;
