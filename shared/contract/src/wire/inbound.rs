//! `inbound.proto`: contacts on their way to a branch.

use super::{Wire, WireError, choices, envelopes, messages, v1};
use crate::{
    address::Address,
    inbound::{BlindAddress, Body, CallEvent, CallLeg, Inbound, Matter, Part, PartPlace},
};

messages! {
    Inbound => Inbound {
        input, contact, branch, channel, account, received_at, accepted_at, sender, sealed, digest, thread, matter, hop,
    }
    BlindAddress => BlindAddress { kind, hash }
    CallEvent => CallEvent { what, at, queue, agent, ring, wait, language }
    CallLeg => CallLeg {
        leg, inbound, started_at, answered_at, ended_at, queued_at, queue, agent, ring, abandoned, language,
    }
    Body => Body { from, from_name, to, subject, text, provider_id, thread, parts, salt }
    Part => Part { name, media_type, bytes, place, original }
}

choices! {
    Matter => Matter in matter { Message, Automatic; Menu, Call, Leg, Counter; }
    PartPlace => PartPlace in part_place { ; Inline, Blob, Provider; }
}

envelopes!(Inbound => Inbound, Body => Body);

impl Wire<v1::Address> for Address {
    fn put(&self) -> v1::Address {
        let (value, namespace) = (self.value().to_owned(), self.namespace().to_owned());
        v1::Address { kind: self.kind().put(), value, namespace }
    }
    fn take(shape: v1::Address) -> Result<Self, WireError> {
        let parsed = Self::parse(Wire::take(shape.kind)?, &shape.value);
        parsed.map(|address| address.within(&shape.namespace)).map_err(|_| WireError::Invalid("no address of its kind"))
    }
}
