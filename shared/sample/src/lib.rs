//! Samples: usual views for tests, of branch `hq`, its queue `enquiries` and account `sms.main`.
//!
//! In: what a test tells apart, mostly a number. Out: a whole view; a test changes further
//! fields with `..`. Only tests and benchmarks use it. Never here: anything that is checked.

use std::{fmt::Debug, str::FromStr};

use contract::{
    AgentState, BranchId, CaseId, CaseState, ChannelKind, ClientClass, ContactId, DeliveryId, DeliveryState, InputId,
    Kind, Lane, Millis, OfferId, OfferState, Priority, PromiseId, PromiseKind, PromiseState, Timestamp,
    delivery::DeliveryView,
    inbound::{Inbound, Matter},
    seal::Sealed,
    view::{AgentView, CaseView, ContactView, OfferView, PromiseView, ReplyView},
};

/// The time at which samples happen: the epoch.
pub const AT: Timestamp = Timestamp::from_ms(0);

/// Gives the branch of every sample.
#[must_use]
pub fn hq() -> BranchId {
    name("hq")
}

/// Reads a name of the firm file.
#[must_use]
pub fn name<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().expect("a name as the firm file has them")
}

/// Gives an enquiry by SMS that `lin` owns and nobody has before him.
#[must_use]
pub fn case(number: u128) -> CaseView {
    CaseView {
        id: CaseId::new(number),
        branch: hq(),
        state: CaseState::Active,
        kind: Kind::Enquiry,
        queue: name("enquiries"),
        priority: Priority::Normal,
        channel: ChannelKind::Sms,
        account: name("main"),
        client: None,
        class: ClientClass::Prospect,
        owner: "lin".to_owned(),
        agent: None,
        opened_at: AT,
        waiting_since: None,
        due_at: None,
        target: Millis::from_secs(60),
        target_rule: "queue".to_owned(),
        answered_at: None,
        on_time: None,
        until: None,
        closed_at: None,
        outcome: None,
        linked: None,
        skills: Vec::new(),
        language: None,
        marks: Vec::new(),
        recused: Vec::new(),
        transfers: 0,
        declines: 0,
        moves: 0,
        came_from: None,
        seq: 1,
    }
}

/// Gives a contact of nobody known in a case.
#[must_use]
pub fn contact(number: u128, case: u128) -> ContactView {
    ContactView {
        id: ContactId::new(number),
        input: InputId::new(number),
        branch: hq(),
        case: Some(CaseId::new(case)),
        client: None,
        kind: Kind::Enquiry,
        seq: 1,
    }
}

/// Gives what was sent as a contact.
#[must_use]
pub fn inbound(number: u128, at: Timestamp, sealed: Sealed) -> Inbound {
    Inbound {
        input: InputId::new(number),
        contact: ContactId::new(number),
        branch: hq(),
        channel: ChannelKind::Sms,
        account: name("main"),
        received_at: at,
        accepted_at: at,
        sender: None,
        sealed,
        digest: vec![1],
        thread: None,
        matter: Matter::Message,
        hop: 0,
    }
}

/// Gives an offer of a case to an agent, for 20 seconds.
#[must_use]
pub fn offer(number: u128, case: u128, agent: &str, state: OfferState) -> OfferView {
    OfferView {
        id: OfferId::new(number),
        case: CaseId::new(case),
        agent: name(agent),
        branch: hq(),
        made_at: AT,
        expires_at: AT + Millis::from_secs(20),
        state,
        reason: None,
        seq: 1,
    }
}

/// Gives an answer of `lin` in a case.
#[must_use]
pub fn reply(delivery: DeliveryId, case: CaseId, contact: u128) -> ReplyView {
    ReplyView {
        delivery,
        case,
        contact: ContactId::new(contact),
        channel: ChannelKind::Sms,
        account: name("main"),
        agent: Some(name("lin")),
        at: AT,
    }
}

/// Gives an answer in a case on its way, tried once.
#[must_use]
pub fn delivery(number: u128, case: u128, state: DeliveryState) -> DeliveryView {
    DeliveryView {
        id: DeliveryId::new(number),
        case: Some(CaseId::new(case)),
        contact: None,
        channel: ChannelKind::Sms,
        account: name("main"),
        lane: Lane::Normal,
        state,
        attempt: 1,
        made_at: AT,
        due_at: AT,
        expires_at: AT + Millis::from_secs(3600),
        changed_at: AT,
        provider_id: None,
        reason: None,
        notice: None,
        client: None,
        address: None,
        category: None,
        topic: None,
        repeat: false,
    }
}

/// Gives a call-back that `lin` owes.
#[must_use]
pub fn promise(number: u128, case: u128, due_at: Timestamp) -> PromiseView {
    PromiseView {
        id: PromiseId::new(number),
        kind: PromiseKind::Callback,
        branch: hq(),
        case: CaseId::new(case),
        client: None,
        due_at,
        owner: "lin".to_owned(),
        state: PromiseState::Open,
        tries: 0,
        moves: 0,
        seq: 1,
    }
}

/// Gives an agent who holds nothing.
#[must_use]
pub fn agent(id: &str, state: AgentState) -> AgentView {
    AgentView { id: name(id), branch: hq(), state, reason: None, since: AT, used: 0, units: 6, seq: 1 }
}
