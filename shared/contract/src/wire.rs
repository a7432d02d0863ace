//! The wire: protobuf encodings of the contract, generated from `proto/shouwen/v1`.
//!
//! In: contract values or bytes. Out: bytes or contract values; what does not parse is a
//! `WireError`, never a panic. Never here: meaning.

/// Generated from `proto/shouwen/v1`.
#[expect(missing_docs, reason = "generated code")]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/shouwen.v1.rs"));
}
