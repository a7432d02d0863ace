//! `firm.proto`: the firm as cores know it.

use super::{choices, envelopes, messages, pairs};
use crate::{
    firm::{
        Agent, BackOff, Branch, CallbackPolicy, Conditions, Consequence, Firm, OfferPolicy, OwnershipPolicy, Queue,
        Rule, Target, WaitingPolicy, Weight,
    },
    time::Millis,
    word::ChannelKind,
};

messages! {
    Firm => Firm {
        branches, queues, targets, rules, agents, offer, waiting, ownership, callback, hard_skills, languages,
        presence_grace, weights,
    }
    Branch => Branch { id, time_zone, levels }
    Queue => Queue { id, branch, kinds, within, wrap_up, lead, deputy }
    Target => Target { queue, channel, kind, class, within, warn, next }
    Rule => Rule { id, when, then }
    Conditions => Conditions { channel, branch, class, words, not, from, to, menu }
    Consequence => Consequence { kind, queue, priority, skills }
    Agent => Agent { id, branch, queues, skills, units }
    OfferPolicy => OfferPolicy { accept_within, by_channel, misses_until_away, back_off }
    BackOff => BackOff { busy, not_qualified, language, recused, other }
    WaitingPolicy => WaitingPolicy { relax, max_wait }
    OwnershipPolicy => OwnershipPolicy { owner_grace, manager_grace, max_transfers, max_declines }
    CallbackPolicy => CallbackPolicy { short_abandon, retry }
}

choices! {
    Weight => Weight in weight { All; Units; }
}

pairs! {
    (ChannelKind, Millis) => ChannelSpan { channel, span }
}

impl super::Wire<super::v1::ChannelWeight> for (ChannelKind, Weight) {
    fn put(&self) -> super::v1::ChannelWeight {
        super::v1::ChannelWeight { channel: self.0.put(), weight: self.1.put() }
    }
    fn take(shape: super::v1::ChannelWeight) -> Result<Self, super::WireError> {
        Ok((super::Wire::take(shape.channel)?, super::Wire::take(shape.weight)?))
    }
}

envelopes!(Firm => Firm);
