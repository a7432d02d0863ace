//! The notifier: what is to reach a client becomes deliveries, each brought to an end.
//!
//! In: committed answers of agents, what the house itself tells clients, alerts, what contacts ask of
//! subscriptions. Out: rows, and what is due on the senders' lanes. Never here: an address, a text, a call to
//! a provider (that is `channel::Sender`).

pub mod notifier;
pub mod plan;
pub mod saying;
pub mod words;

pub use notifier::{Notifier, Ports};
pub use plan::Outlet;
