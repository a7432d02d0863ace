//! The router: decides which agent gets which contact, when, and why.
//!
//! In: contacts and commands from the bus. Out: committed decisions. `core` decides, purely;
//! `classify` reads words; `share` says which branches this process routes; `shell` does the
//! IO; `replay` proves and explains afterwards.
//! Never here: a channel's dialect, a page.

pub mod classify;
pub mod core;
pub mod replay;
mod share;
pub mod shell;
