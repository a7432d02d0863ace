//! Call records of telephone exchanges become contacts.
//!
//! In: events of calls (`generic`) and records of legs (`freeswitch`). Out: one contact per
//! call, its legs as several inputs of it; the core settles them.
//! Never here: what a missed call entails, an answer to the caller (there is no way out).

mod access;
mod decode;
mod freeswitch;
mod line;
mod wire;

pub use line::{Phone, Profile, SettingsError};

#[cfg(test)]
mod tests;
