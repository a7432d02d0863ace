//! What every process needs from the world: a clock, chance, tasks that are watched,
//! telemetry, an HTTP client, health, whom a limit counts as one.
//!
//! In: nothing of the domain but its times and ids. Out: handles that are passed down.
//! Never here: a global that code below `shouwen` reads.

pub mod chance;
pub mod client;
pub mod clock;
pub mod finding;
pub mod health;
pub mod http;
pub mod tally;
pub mod tasks;
pub mod telemetry;

pub use chance::Chance;
pub use clock::{Clock, Monotonic};
pub use finding::{Finding, Weight};
pub use health::{Health, Part};
pub use tally::Tally;
pub use tasks::{Stop, Tasks};
