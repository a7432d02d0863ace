//! Tests of the core: scenarios as text, rebuilding by `apply` alone, simulation with faults.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

#[path = "core/render.rs"]
mod render;
#[path = "core/scenario.rs"]
mod scenario;
#[path = "core/world.rs"]
mod world;
