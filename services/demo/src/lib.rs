//! People and programs around a house: clients who call and write, providers who take what the
//! house sends, agents at their desks; and load.
//!
//! In: the addresses of a house, words and numbers that are all made up. Out: calls of the public
//! interfaces, and a tale of what happens. Never here: a part of the house; whoever acts here
//! knows no more of it than a provider, a browser or a client does.

pub mod agent;
pub mod cast;
pub mod clients;
pub mod desk;
pub mod doors;
pub mod gateway;
pub mod letters;
pub mod load;
pub mod mind;
pub mod morning;
pub mod pace;
pub mod rest;
pub mod sign;
pub mod stage;
pub mod tale;
pub mod trouble;
pub mod wechat;
pub mod words;
pub mod world;

pub use pace::Pace;
pub use stage::{Stage, perform};
pub use tale::{Line, Tale};
pub use trouble::Trouble;
pub use world::World;
