//! The console: REST and the agents' socket; who may see and do what.
//!
//! In: HTTP calls of people and programs, commits from the fan-out. Out: answers, frames,
//! commands on the bus, a journal of looks at personal data. Never here: a decision of a
//! branch; those are the router's.

pub mod access;
pub mod api;
pub mod board;
pub mod caller;
pub mod check;
pub mod commands;
pub mod door;
pub mod feed;
pub mod house;
pub mod password;
pub mod picture;
pub mod ports;
pub mod rights;
pub mod screen;
pub mod secret;
pub mod sign_in;
pub mod socket;
