//! The API's rooms: what comes in, what goes out, one room per resource.
//!
//! In: HTTP. Out: JSON. The only place of serde in this crate. Never here: a decision.

pub mod alert;
pub mod allowed;
pub mod ask;
pub mod body;
pub mod error;
pub mod frame;
pub mod key;
pub mod openapi;
pub mod page;
mod plain;
pub mod routes;
pub mod shape;
pub mod shown;
