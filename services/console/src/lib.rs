//! The console: REST, the agents' socket and the pages; who may see and do what.
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
pub mod explain;
pub mod feed;
pub mod house;
pub mod looker;
pub mod pages;
pub mod password;
pub mod peer;
pub mod picture;
pub mod ports;
pub mod pulse;
pub mod reached;
pub mod rights;
pub mod screen;
pub mod secret;
pub mod sign_in;
pub mod site;
pub mod socket;
mod subscribing;

#[cfg(test)]
mod tests;

use axum::Router;

pub use api::routes::document;
pub use password::PasswordError;
pub use ports::{Accounts, FirmChange, FirmDesk, FirmInForce, FirmTaken, FirstStart, Ports, Settings};

/// Gives the console's routes and starts its tasks among those of the ports.
///
/// Serve it with the peer's address (`into_make_service_with_connect_info`), by which
/// guessing passwords is slowed down.
pub fn router(ports: Ports) -> Result<Router, PasswordError> {
    Ok(api::routes::router(house::House::open(ports, commands::Patience::default())?))
}
