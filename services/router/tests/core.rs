//! Tests of the core: scenarios as text, rebuilding by `apply` alone, simulation with faults.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "these are tests"
)]

#[path = "core/chance.rs"]
mod chance;
#[path = "core/checks.rs"]
mod checks;
#[path = "core/clients.rs"]
mod clients;
#[path = "core/desks.rs"]
mod desks;
#[path = "core/house.rs"]
mod house;
#[path = "core/kept.rs"]
mod kept;
#[path = "core/rebuild.rs"]
mod rebuild;
#[path = "core/render.rs"]
mod render;
#[path = "core/scenario.rs"]
mod scenario;
#[path = "core/simulation.rs"]
mod simulation;
#[path = "core/town.rs"]
mod town;
#[path = "core/world.rs"]
mod world;
