//! The console: REST and the agents' socket; who may see and do what.
//!
//! In: HTTP calls of people and programs, commits from the fan-out. Out: answers, frames,
//! commands on the bus, a journal of looks at personal data. Never here: a decision of a
//! branch; those are the router's.

pub mod api;
pub mod feed;
pub mod password;
pub mod rights;
pub mod screen;
