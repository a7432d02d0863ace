//! All of it needs servers.

mod dead;
mod lost;
mod refused;
mod shared;
