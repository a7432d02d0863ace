//! Mail in by SMTP and LMTP, out by submission.
//!
//! In: SMTP and LMTP connections, deliveries to submit. Out: contacts for the intake,
//! receipts, mail. Rooms, in: `mailbox` (who we are), `smtp` (the conversation), `listener`
//! (its sockets), `door` (from mail to intake), `decode`, `mail` (bytes read leniently),
//! `report` and `automatic` (machines told from people), `thread` (tokens). Out: `encode`,
//! `submission`. Never here: a case, a decision, a queue.

pub mod automatic;
pub mod decode;
pub mod door;
pub mod encode;
pub mod listener;
pub mod mail;
pub mod mailbox;
pub mod report;
pub mod smtp;
pub mod submission;
pub mod thread;

pub use door::MailDoor;
pub use mailbox::Mailbox;
pub use smtp::Dialect;
pub use submission::Submission;
