//! `inbound.proto`: contacts on their way to a branch.

use super::{Wire, WireError, choices, envelopes, messages, v1};
use crate::{
    address::Address,
    inbound::{BlindAddress, Body, CallEvent, CallLeg, Inbound, Matter, Part, PartPlace},
};

messages! {
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

/// What is in the clear is no `Inbound` yet: see `given`.
impl Wire<v1::Inbound> for Inbound {
    fn put(&self) -> v1::Inbound {
        v1::Inbound {
            input: self.input.put(),
            contact: self.contact.put(),
            branch: self.branch.put(),
            channel: self.channel.put(),
            account: self.account.put(),
            received_at: self.received_at.put(),
            accepted_at: self.accepted_at.put(),
            sender: self.sender.put(),
            sealed: self.sealed.put(),
            digest: self.digest.put(),
            thread: self.thread.put(),
            matter: self.matter.put(),
            hop: self.hop,
            body: None,
        }
    }
    fn take(shape: v1::Inbound) -> Result<Self, WireError> {
        if shape.body.is_some() {
            return Err(WireError::Invalid("in the clear"));
        }
        Ok(Self {
            input: Wire::take(shape.input)?,
            contact: Wire::take(shape.contact)?,
            branch: Wire::take(shape.branch)?,
            channel: Wire::take(shape.channel)?,
            account: Wire::take(shape.account)?,
            received_at: Wire::take(shape.received_at)?,
            accepted_at: Wire::take(shape.accepted_at)?,
            sender: Wire::take(shape.sender)?,
            sealed: Wire::take(shape.sealed)?,
            digest: Wire::take(shape.digest)?,
            thread: Wire::take(shape.thread)?,
            matter: Wire::take(shape.matter)?,
            hop: shape.hop,
        })
    }
}

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
