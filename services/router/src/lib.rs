//! Decides which agent gets which contact, when, and why.

pub mod classify;
pub mod core;
