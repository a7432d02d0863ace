//! The line as a whole: calls as exchanges make them.

mod access;
mod freeswitch;
mod generic;
mod handbook;
mod real;
mod robust;

use bytes::Bytes;
use channel::{Arrival, Channel, Content, Incoming, Raw, Received, Refusal, signature};
use contract::{Timestamp, inbound::CallLeg};

use crate::{Phone, Profile};

const SECRET: &str = "s3cret";
const NOW: Timestamp = Timestamp::from_ms(1_700_000_000_000);

fn line(profile: Profile) -> Phone {
    Phone::new(profile, "main".parse().unwrap(), SECRET.to_owned()).unwrap()
}

fn raw(tail: &str, headers: &[(&str, &str)], body: &[u8]) -> Raw {
    Raw {
        method: "POST".to_owned(),
        tail: tail.to_owned(),
        query: String::new(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: Bytes::copy_from_slice(body),
    }
}

/// Gives a call that bears our signature.
fn signed(tail: &str, body: &[u8]) -> Raw {
    let value = signature::sign(SECRET.as_bytes(), NOW, body);
    raw(tail, &[(signature::HEADER, &value)], body)
}

/// Gives the one arrival of a well-signed body.
fn arrival(profile: Profile, tail: &str, body: &[u8]) -> Arrival {
    let received = line(profile).receive(&signed(tail, body), NOW).unwrap();
    assert_eq!(received.answer, None, "an exchange gets the contact's id");
    <[Arrival; 1]>::try_from(received.arrivals).unwrap().into_iter().next().unwrap()
}

fn contact(profile: Profile, tail: &str, body: &[u8]) -> Incoming {
    match arrival(profile, tail, body) {
        Arrival::Contact(incoming) => *incoming,
        other @ (Arrival::Receipt(_) | Arrival::Undecodable(_)) => panic!("no contact: {other:?}"),
    }
}

fn undecodable(profile: Profile, body: &[u8]) -> bool {
    matches!(arrival(profile, "", body), Arrival::Undecodable(_))
}

fn reason_of(profile: Profile, body: &[u8]) -> String {
    match arrival(profile, "", body) {
        Arrival::Undecodable(reason) => reason,
        other @ (Arrival::Contact(_) | Arrival::Receipt(_)) => panic!("not undecodable: {other:?}"),
    }
}

fn leg(incoming: &Incoming) -> CallLeg {
    match &incoming.content {
        Content::Leg(leg) => leg.clone(),
        other @ (Content::Message | Content::Menu(_) | Content::Automatic | Content::Call(_) | Content::Counter(_)) => {
            panic!("no leg: {other:?}")
        }
    }
}

fn refused(result: Result<Received, Refusal>) -> Refusal {
    result.unwrap_err()
}
