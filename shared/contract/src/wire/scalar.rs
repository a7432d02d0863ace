//! How single values travel: ids as bytes, slugs as text, times and spans as milliseconds,
//! words as enum numbers.

use std::sync::Arc;

use prost::bytes::Bytes;

use super::{Wire, WireError, pairs};
use crate::{
    id::{
        AccountId, AddressId, AgentId, BlobId, BranchId, CaseId, ClientId, ContactId, DeadId, DeliveryId, EvidenceId,
        InputId, NoticeId, OfferId, PromiseId, QueueId, RuleId, SkillId, TopicId, UserId,
    },
    inbound::CallWhat,
    problem::Code,
    seal::Sealed,
    time::{Millis, Timestamp},
    word::{
        AddressKind, AgentState, CaseState, Category, Cause, ChannelKind, Choice, ClientClass, DeclineReason,
        DeliveryState, Effect, Granted, Joining, Kind, Lane, Mark, OfferState, Outcome, Priority, PromiseKind,
        PromiseState, Role, Stage,
    },
};

impl<T: Wire<P>, P> Wire<Option<P>> for Option<T> {
    fn put(&self) -> Option<P> {
        self.as_ref().map(T::put)
    }
    fn take(shape: Option<P>) -> Result<Self, WireError> {
        shape.map(T::take).transpose()
    }
}

impl<T: Wire<P>, P> Wire<Vec<P>> for Vec<T> {
    fn put(&self) -> Vec<P> {
        self.iter().map(T::put).collect()
    }
    fn take(shape: Vec<P>) -> Result<Self, WireError> {
        shape.into_iter().map(T::take).collect()
    }
}

impl<T: Wire<P>, P> Wire<P> for Box<T> {
    fn put(&self) -> P {
        T::put(self)
    }
    fn take(shape: P) -> Result<Self, WireError> {
        T::take(shape).map(Self::new)
    }
}

impl<T: Wire<P>, P> Wire<P> for Arc<T> {
    fn put(&self) -> P {
        T::put(self)
    }
    fn take(shape: P) -> Result<Self, WireError> {
        T::take(shape).map(Self::new)
    }
}

impl<T: Wire<P>, P> Wire<Vec<P>> for Arc<[T]> {
    fn put(&self) -> Vec<P> {
        self.iter().map(T::put).collect()
    }
    fn take(shape: Vec<P>) -> Result<Self, WireError> {
        shape.into_iter().map(T::take).collect()
    }
}

impl Wire<Bytes> for Arc<[u8]> {
    fn put(&self) -> Bytes {
        Bytes::copy_from_slice(self)
    }
    fn take(shape: Bytes) -> Result<Self, WireError> {
        Ok(Self::from(&*shape))
    }
}

macro_rules! plain {
    ($($name:ty),*) => {$(
        impl Wire<$name> for $name {
            fn put(&self) -> $name { self.clone() }
            fn take(shape: $name) -> Result<Self, WireError> { Ok(shape) }
        }
    )*};
}
plain!(bool, u32, u64, f64, String);

impl Wire<u32> for u8 {
    fn put(&self) -> u32 {
        u32::from(*self)
    }
    fn take(shape: u32) -> Result<Self, WireError> {
        Self::try_from(shape).map_err(|_| WireError::Invalid("a number above 255"))
    }
}

impl Wire<Bytes> for Vec<u8> {
    fn put(&self) -> Bytes {
        Bytes::copy_from_slice(self)
    }
    fn take(shape: Bytes) -> Result<Self, WireError> {
        Ok(shape.into())
    }
}

impl Wire<Bytes> for u128 {
    fn put(&self) -> Bytes {
        Bytes::copy_from_slice(&self.to_be_bytes())
    }
    fn take(shape: Bytes) -> Result<Self, WireError> {
        <[u8; 16]>::try_from(&*shape).map(Self::from_be_bytes).map_err(|_| WireError::Invalid("not 16 bytes long"))
    }
}

impl Wire<Bytes> for [u8; 16] {
    fn put(&self) -> Bytes {
        Bytes::copy_from_slice(self)
    }
    fn take(shape: Bytes) -> Result<Self, WireError> {
        Self::try_from(&*shape).map_err(|_| WireError::Invalid("not 16 bytes long"))
    }
}

impl Wire<Bytes> for Sealed {
    fn put(&self) -> Bytes {
        Bytes::copy_from_slice(self.as_bytes())
    }
    fn take(shape: Bytes) -> Result<Self, WireError> {
        Ok(Self::from_bytes(shape.into()))
    }
}

impl Wire<i64> for Timestamp {
    fn put(&self) -> i64 {
        self.as_ms()
    }
    fn take(shape: i64) -> Result<Self, WireError> {
        Ok(Self::from_ms(shape))
    }
}

impl Wire<i64> for Millis {
    fn put(&self) -> i64 {
        self.get()
    }
    fn take(shape: i64) -> Result<Self, WireError> {
        Ok(Self::new(shape))
    }
}

impl Wire<String> for Code {
    fn put(&self) -> String {
        self.as_str().to_owned()
    }
    fn take(shape: String) -> Result<Self, WireError> {
        shape.parse().map_err(|_| WireError::Invalid("no problem code"))
    }
}

macro_rules! ids {
    ($($name:ident),* $(,)?) => {$(
        impl Wire<Bytes> for $name {
            fn put(&self) -> Bytes { Bytes::copy_from_slice(&self.to_bytes()) }
            fn take(shape: Bytes) -> Result<Self, WireError> {
                Self::from_bytes(&shape).map_err(|_| WireError::Invalid("not 16 bytes long"))
            }
        }
    )*};
}
ids!(
    ContactId, CaseId, OfferId, PromiseId, ClientId, AddressId, DeliveryId, InputId, BlobId, DeadId, NoticeId,
    EvidenceId
);

macro_rules! slugs {
    ($($name:ident),* $(,)?) => {$(
        impl Wire<String> for $name {
            fn put(&self) -> String { self.as_str().to_owned() }
            fn take(shape: String) -> Result<Self, WireError> {
                shape.parse().map_err(|_| WireError::Invalid("no id of the firm file"))
            }
        }
    )*};
}
slugs!(BranchId, QueueId, AgentId, AccountId, SkillId, RuleId, TopicId, UserId);

macro_rules! words {
    ($($name:ident),* $(,)?) => {$(
        impl Wire<i32> for $name {
            fn put(&self) -> i32 { i32::from(*self as u8) + 1 }
            fn take(shape: i32) -> Result<Self, WireError> {
                let place = usize::try_from(shape).ok().and_then(|number| number.checked_sub(1));
                place.and_then(|place| Self::ALL.get(place)).copied().ok_or(WireError::Invalid("no word of its list"))
            }
        }
    )*};
}
words!(
    ChannelKind,
    AddressKind,
    Kind,
    Priority,
    CaseState,
    Outcome,
    OfferState,
    DeclineReason,
    AgentState,
    PromiseKind,
    PromiseState,
    ClientClass,
    Role,
    Stage,
    Joining,
    Cause,
    Choice,
    CallWhat,
    Lane,
    Granted,
    Effect,
    Category,
    DeliveryState,
    Mark,
);

pairs! {
    (SkillId, u8) => Skill { id, level }
}
