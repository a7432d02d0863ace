//! The wire: protobuf encodings of the contract, generated from `proto/shouwen/v1`.
//!
//! In: contract values or bytes. Out: bytes or contract values; what does not parse is a
//! `WireError`, never a panic. Every message of the contract is one line in a room below;
//! a field that a room forgets does not compile. Never here: meaning.

mod access;
mod audit;
mod command;
mod consent;
mod delivery;
mod firm;
mod inbound;
mod journal;
pub mod json;
mod live;
mod notice;
mod parked;
mod scalar;
mod view;

use prost::Message as _;

/// Generated from `proto/shouwen/v1`.
#[expect(missing_docs, reason = "generated code")]
#[allow(clippy::all, clippy::doc_markdown, reason = "generated code")]
#[allow(clippy::allow_attributes, reason = "what of the generated code a lint finds differs by version")]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/shouwen.v1.rs"));
}

/// Says why bytes are no such message; never what stands in them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes are no protobuf, or not of this message.
    #[error("not an encoded message")]
    Damaged,
    /// A field that every message of the kind has is absent.
    #[error("a required field is absent")]
    Absent,
    /// A field holds a value outside its meaning.
    #[error("a field is {0}")]
    Invalid(&'static str),
}

/// A contract type that has a protobuf shape `P`.
pub trait Wire<P>: Sized {
    /// Gives the protobuf shape.
    fn put(&self) -> P;
    /// Reads the protobuf shape.
    fn take(shape: P) -> Result<Self, WireError>;
}

/// A contract type that travels or rests as a message of its own.
pub trait Envelope: Wire<Self::Shape> {
    /// The generated message.
    type Shape: prost::Message + Default;
}

/// Encodes a message.
#[must_use]
pub fn encode<T: Envelope>(value: &T) -> Vec<u8> {
    value.put().encode_to_vec()
}

/// Decodes a message.
pub fn decode<T: Envelope>(bytes: &[u8]) -> Result<T, WireError> {
    T::take(T::Shape::decode(bytes).map_err(|_| WireError::Damaged)?)
}

/// Maps structs to messages field by field: `Own => Shape { field, … }`.
macro_rules! messages {
    ($($own:path => $shape:ident { $($field:ident),* $(,)? })*) => {$(
        impl $crate::wire::Wire<$crate::wire::v1::$shape> for $own {
            fn put(&self) -> $crate::wire::v1::$shape {
                $crate::wire::v1::$shape { $($field: $crate::wire::Wire::put(&self.$field),)* }
            }
            fn take(shape: $crate::wire::v1::$shape) -> Result<Self, $crate::wire::WireError> {
                Ok(Self { $($field: $crate::wire::Wire::take(shape.$field)?,)* })
            }
        }
        $crate::wire::required!($own => $shape);
    )*};
}

/// Maps tuples to messages: `(A, B) => Shape { a, b }`.
macro_rules! pairs {
    ($(($a:ty, $b:ty) => $shape:ident { $first:ident, $second:ident })*) => {$(
        impl $crate::wire::Wire<$crate::wire::v1::$shape> for ($a, $b) {
            fn put(&self) -> $crate::wire::v1::$shape {
                $crate::wire::v1::$shape { $first: $crate::wire::Wire::put(&self.0), $second: $crate::wire::Wire::put(&self.1) }
            }
            fn take(shape: $crate::wire::v1::$shape) -> Result<Self, $crate::wire::WireError> {
                Ok(($crate::wire::Wire::take(shape.$first)?, $crate::wire::Wire::take(shape.$second)?))
            }
        }
    )*};
}

/// Maps enums to messages with one `oneof what`:
/// `Own => Shape in module { Unit, …; One(…), …; Pair(…), … }`.
macro_rules! choices {
    ($($own:path => $shape:ident in $module:ident { $($unit:ident),* ; $($one:ident),* ; $($pair:ident),* $(,)? })*) => {$(
        impl $crate::wire::Wire<$crate::wire::v1::$shape> for $own {
            fn put(&self) -> $crate::wire::v1::$shape {
                use $crate::wire::v1::$module::What;
                let what = match self {
                    $(Self::$unit => What::$unit($crate::wire::v1::Empty {}),)*
                    $(Self::$one(value) => What::$one($crate::wire::Wire::put(value)),)*
                    $(Self::$pair(a, b) => What::$pair($crate::wire::Wire::put(&(a.clone(), b.clone()))),)*
                };
                $crate::wire::v1::$shape { what: Some(what) }
            }
            fn take(shape: $crate::wire::v1::$shape) -> Result<Self, $crate::wire::WireError> {
                use $crate::wire::v1::$module::What;
                Ok(match shape.what.ok_or($crate::wire::WireError::Absent)? {
                    $(What::$unit(_) => Self::$unit,)*
                    $(What::$one(value) => Self::$one($crate::wire::Wire::take(value)?),)*
                    $(What::$pair(value) => {
                        let (a, b) = $crate::wire::Wire::take(value)?;
                        Self::$pair(a, b)
                    })*
                })
            }
        }
        $crate::wire::required!($own => $shape);
    )*};
}

/// Maps a nested message that must be present.
macro_rules! required {
    ($own:path => $shape:ident) => {
        impl $crate::wire::Wire<Option<$crate::wire::v1::$shape>> for $own {
            fn put(&self) -> Option<$crate::wire::v1::$shape> {
                Some($crate::wire::Wire::put(self))
            }
            fn take(shape: Option<$crate::wire::v1::$shape>) -> Result<Self, $crate::wire::WireError> {
                $crate::wire::Wire::take(shape.ok_or($crate::wire::WireError::Absent)?)
            }
        }
    };
}

/// Names the messages that travel or rest alone.
macro_rules! envelopes {
    ($($own:path => $shape:ident),* $(,)?) => {$(
        impl $crate::wire::Envelope for $own {
            type Shape = $crate::wire::v1::$shape;
        }
    )*};
}

use {choices, envelopes, messages, pairs, required};

#[cfg(test)]
mod tests;
