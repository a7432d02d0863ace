//! The store: every record of the house that must survive, behind small rooms.
//!
//! In: commits of the journal and what they change, the client book, blobs. Out: the same,
//! read back as contract types. Only this crate knows SQL. Never here: a decision; personal
//! data outside of sealed columns.

pub mod answered;
pub mod blob;
pub mod consent;
pub mod deliveries;
pub mod directory;
pub mod error;
pub mod folder;
pub mod journal;
pub mod leases;
pub mod notice;
pub mod owed;
pub mod page;
pub mod users;
pub mod view;

mod check;
mod checkpoint;
mod connection;
mod dialect;
mod hourly;
mod migration;
mod parked;
mod row;
mod rows;
mod store;
mod writer;

pub use check::check;
pub use connection::postgres::Postgres;
pub use error::StoreError;
pub use folder::{Ballast, Folder, FolderError, HouseKeys};
pub use parked::ParkedCalls;
pub use store::{Engine, Store, StoreConfig};
pub use writer::Working;
