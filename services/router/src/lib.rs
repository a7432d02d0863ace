//! The router: decides which agent gets which contact, when, and why.
//!
//! In: contacts and commands from the bus. Out: committed decisions. `core` decides, purely;
//! `classify` reads words; `shell` does the IO; `replay` proves and explains afterwards.
//! Never here: a channel's dialect, a page.

pub mod classify;
pub mod core;
pub mod replay;
pub mod shell;
