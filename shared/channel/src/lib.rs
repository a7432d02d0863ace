//! What every channel adapter shares.
//!
//! In: the calls of providers, and deliveries to make. Out: contacts on the bus, calls to
//! providers, outcomes in the store. An adapter is a `Channel`: pure and synchronous, it
//! knows one provider's dialect and nothing of bus, store or HTTP servers.

pub mod account;
pub mod adapter;
pub mod host;
pub mod incoming;
pub mod intake;
pub mod letter;
pub mod neutral;
pub mod outbound;
pub mod parts;
pub mod receipts;
pub mod retry;
pub mod sender;
pub mod signature;
pub mod spool;
pub mod submit;

pub use account::Account;
pub use adapter::{Answer, Arrival, Channel, Raw, Received, Refusal};
pub use host::{Door, Host};
pub use incoming::{Content, Incoming, Receipt, ReceiptStatus};
pub use intake::{Accepted, Intake, NotAccepted};
pub use outbound::{Call, CallBody, Outbound, Reply, SendOutcome, Unsendable};
pub use receipts::{ReceiptBook, ReceiptSink};
pub use sender::{Sender, Way};
pub use spool::Spool;
pub use submit::Submitter;

#[cfg(test)]
mod house;
