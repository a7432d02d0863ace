//! Stories of the embedded house alone: what its one process makes of its folder, its disk and
//! its firm file.

mod branches;
mod disk;
mod held;
