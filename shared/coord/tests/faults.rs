//! What a house keeps when Redis is killed, emptied, paused, cut off, failed over: it slows
//! down, is told of every gap, sends nobody away without evidence, and comes back by itself.

#[path = "faults/full.rs"]
mod full;
#[path = "faults/house.rs"]
mod house;
