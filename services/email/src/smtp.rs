//! The receiving side of SMTP (RFC 5321) and LMTP (RFC 2033), without a socket.
//!
//! In: command lines, the bytes after DATA, verdicts of the door. Out: replies in order.
//! Never here: IO, time, a mail's content.

pub mod collect;
pub mod command;
pub mod reply;
pub mod session;

pub use collect::{Collector, Progress};
pub use reply::Reply;
pub use session::{Dialect, Envelope, Session, Step, Verdict};
