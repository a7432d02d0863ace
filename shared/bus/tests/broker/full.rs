//! All of it needs servers.

mod cluster;
mod dead;
mod gone;
mod lost;
mod refused;
mod shared;
