//! The black-box stories: one file each, over the public interfaces of the real binary.

#![expect(clippy::indexing_slicing, reason = "an absent field of a JSON answer reads as null")]
#![expect(clippy::print_stdout, reason = "a fault test prints its account")]

mod alerts;
mod bad_hour;
mod browser;
mod complaint;
mod consent;
mod desk;
mod doors;
mod embedded;
mod ending;
mod faults;
mod full;
mod ledger;
mod mail;
mod matters;
mod moves;
mod phone;
mod poison;
mod presence;
mod promised;
mod sms;
mod suitability;
mod surge;
mod tidy;
mod town;
mod webhook;
mod wechat;
