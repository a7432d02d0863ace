//! The console over a real listener: store in memory, bus in a folder, commits by hand.

mod alerts;
mod branches;
mod cancels;
mod commands;
mod desk;
mod house;
mod looks;
mod openapi;
mod ops;
mod printed;
mod refusals;
mod rights;
mod sign_in;
mod socket;
mod zone;
