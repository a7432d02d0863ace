//! The contract: every word that two rooms of the house exchange, as types.
//!
//! In: nothing. Out: ids, times, addresses, contacts, commands, journal records and the
//! views of them, each parsed at the door and valid ever after; and their encoding
//! (`wire`). Never here: IO, tokio, a clock, chance.

pub mod about;
pub mod access;
pub mod address;
pub mod audit;
pub mod command;
pub mod consent;
pub mod delivery;
pub mod firm;
pub mod given;
pub mod id;
pub mod inbound;
pub mod journal;
pub mod link;
pub mod live;
pub mod notice;
pub mod parked;
pub mod problem;
pub mod seal;
pub mod text;
pub mod time;
pub mod view;
pub mod wire;
pub mod word;

pub use address::Address;
pub use id::*;
pub use time::{Millis, Timestamp};
pub use word::*;
