//! The black-box stories: one file each, over the public interfaces of the real binary.

mod desk;
mod sms;
