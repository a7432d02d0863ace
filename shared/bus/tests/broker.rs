//! The bus on RabbitMQ where a broker shows what no other backend can: lost connections,
//! restarts, alarms, full queues, foreign settings, several processes.
//!
//! In: private brokers, a proxy that disturbs. Out: a verdict. Never here: what the contract
//! suite says already.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what fails in a step fails the test")]

#[path = "broker/address.rs"]
mod address;
#[path = "broker/full.rs"]
mod full;
#[path = "broker/house.rs"]
mod house;
