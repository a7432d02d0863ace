//! The bus: durable queues between the rooms of the house.
//!
//! In: messages for a queue or for every reader of events. Out: the same messages, in order,
//! at least once, with the number of earlier deliveries; and letters that nobody could take.
//! Never here: what a message means, a retry after a time (that is a row in the store), a
//! dropped message.

pub mod bus;
pub mod consumer;
pub mod dead;
pub mod embedded;
pub mod error;
pub mod limits;
pub mod message;
pub mod name;
pub mod rabbit;

pub use bus::{Bus, Depth, Figures, Refused, Target, Trouble};
pub use consumer::Consumer;
pub use dead::{Dead, DeadLetter};
pub use error::BusError;
pub use limits::{Limit, Limits};
pub use message::{CONTENT_TYPE, Delivery, Message, TRACE, Tag};
pub use name::{QueueName, Reader};
