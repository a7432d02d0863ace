//! Mail in by SMTP and LMTP, out by submission.

pub mod account;
pub mod automatic;
pub mod mail;
pub mod report;
pub mod thread;
