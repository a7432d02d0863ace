//! Mail in by SMTP and LMTP, out by submission.
//!
//! In: SMTP and LMTP connections, deliveries to submit. Out: contacts for the intake,
//! receipts, mail. The rooms in reading order: `mailbox` (who we are), `mail` (bytes read
//! leniently), `report` and `automatic` (machines told from people), `thread` (tokens),
//! `decode`. Never here: a case, a decision, a queue.

pub mod automatic;
pub mod decode;
pub mod encode;
pub mod mail;
pub mod mailbox;
pub mod report;
pub mod smtp;
pub mod submission;
pub mod thread;

pub use mailbox::Mailbox;
pub use submission::Submission;
