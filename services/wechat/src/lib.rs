//! WeChat official account: callbacks in, customer-service messages out.
//!
//! In: WeChat's calls, answers to deliver. Out: contacts, receipts, calls to WeChat.
//! Never here: IO, a clock, a stored token; the channel host has those.

mod decode;
mod encode;
mod envelope;
mod official;
mod outcome;
mod query;
mod wire;

pub use official::{Settings, SettingsError, Wechat};

#[cfg(test)]
mod tests;
