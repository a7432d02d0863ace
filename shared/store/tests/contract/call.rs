//! A call is one contact with several inputs: the one that tells most is what is shown.
//!
//! In: legs and events of one call, in any order. Out: its message. Never here: settling.

use contract::{
    ChannelKind, ContactId, InputId, Timestamp,
    inbound::{CallEvent, CallLeg, CallWhat, Inbound, Matter},
    seal::Sealed,
};
use store::journal::{Commit, Record, Stream};

const CALL: ContactId = ContactId::new(7);

fn input(name: &str, matter: Matter) -> Inbound {
    Inbound {
        input: InputId::of_contact(CALL, name),
        contact: CALL,
        branch: "hq".parse().unwrap(),
        channel: ChannelKind::Phone,
        account: "main".parse().unwrap(),
        received_at: Timestamp::from_ms(1),
        accepted_at: Timestamp::from_ms(2),
        sender: None,
        sealed: Sealed::from_bytes(name.as_bytes().to_vec()),
        digest: vec![1],
        thread: None,
        matter,
        hop: 0,
    }
}

fn leg(name: &str, inbound: bool) -> Inbound {
    let leg = CallLeg {
        leg: name.to_owned(),
        inbound,
        started_at: Timestamp::from_ms(1),
        answered_at: None,
        ended_at: Timestamp::from_ms(2),
        queued_at: None,
        queue: None,
        agent: None,
        ring: None,
        abandoned: false,
        language: None,
    };
    input(name, Matter::Leg(leg))
}

fn event(name: &str, what: CallWhat) -> Inbound {
    let at = Timestamp::from_ms(1);
    let call = CallEvent { what, at, queue: None, agent: None, ring: None, wait: None, language: None };
    input(name, Matter::Call(call))
}

/// Commits inputs one by one and gives what is then shown of the call.
async fn shown(store: &store::Store, inputs: Vec<Inbound>) -> Vec<u8> {
    let stream = Stream::parse("branch/hq").unwrap();
    let lease = store.journal().take_lease(&stream).await.unwrap();
    let mut hash = lease.head_hash;
    for (seq, inbound) in (lease.head_seq + 1..).zip(inputs) {
        let body = seq.to_be_bytes().to_vec();
        hash = store.keys().chain(&hash, &body);
        let commit = Commit {
            stream: stream.clone(),
            epoch: lease.epoch,
            old_seq: seq - 1,
            new_seq: seq,
            new_hash: hash,
            reader: contract::journal::READER,
            records: vec![Record { seq, hash, body }],
            changes: vec![],
            contacts: vec![inbound],
            inputs: vec![],
            texts: vec![],
            newcomers: vec![],
            touched: vec![],
        };
        store.journal().commit(commit).await.unwrap();
    }
    store.views().message(CALL).await.unwrap().unwrap().sealed.as_bytes().to_vec()
}

async fn the_callers_leg_is_shown_whichever_comes_first(store: store::Store) {
    assert_eq!(shown(&store, vec![leg("agent", false)]).await, b"agent");
    assert_eq!(shown(&store, vec![leg("caller", true), leg("second agent", false)]).await, b"caller");
}

async fn a_voice_message_is_shown_before_the_ringing(store: store::Store) {
    let events = vec![
        event("ringing", CallWhat::Ringing),
        event("abandoned", CallWhat::Abandoned),
        event("voicemail", CallWhat::Voicemail),
        event("ended", CallWhat::Ended),
    ];
    assert_eq!(shown(&store, events).await, b"voicemail");
}

every_backend! {
    the_callers_leg_is_shown_whichever_comes_first,
    a_voice_message_is_shown_before_the_ringing,
}
