//! A mail as bytes, read leniently.
//!
//! In: what came over SMTP. Out: its headers, the tree of its parts, its text and its
//! attachments. Never here: an error, a panic, a meaning (see `decode` and `automatic`).

pub mod charset;
pub mod entity;
pub mod header;
pub mod html;
pub mod param;
pub mod quote;
pub mod text;
pub mod transfer;
pub mod word;

pub use entity::Entity;
pub use header::Headers;
