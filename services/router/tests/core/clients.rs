//! Clients of the simulation: contacts of every sort, calls in every order.

use contract::{
    ChannelKind, ClientClass, ContactId, InputId, Kind, Millis, Priority, Timestamp,
    id::derived,
    inbound::{CallEvent, CallLeg, CallWhat, Matter},
    journal::{ContactFacts, Fact},
};

use crate::{chance::Chance, house::Message, world::client_id};

const CLIENTS: usize = 12;
const AGENTS: [&str; 8] = ["lin", "chen", "wang", "xu", "he", "sun", "qin", "gao"];

/// Makes what one client does: one message, or all events or legs of one call.
pub(crate) fn contacts(chance: &mut Chance, now: Timestamp) -> Vec<Message> {
    let facts = facts(chance, now);
    match chance.below(10) {
        0 | 1 => call(chance, facts, now),
        2 => legs(chance, facts, now),
        3 => vec![message(chance, ContactFacts { matter: Matter::Automatic, ..facts }, "")],
        4 => {
            let agent = chance.pick(&AGENTS).parse().unwrap();
            let facts = ContactFacts { channel: ChannelKind::Counter, matter: Matter::Counter(agent), ..facts };
            vec![message(chance, facts, "")]
        }
        _ => vec![message(chance, facts, "")],
    }
}

fn message(_: &mut Chance, facts: ContactFacts, distinction: &str) -> Message {
    Message { id: InputId::of_contact(facts.contact, distinction), fact: Fact::Contact(Box::new(facts)) }
}

fn facts(chance: &mut Chance, now: Timestamp) -> ContactFacts {
    let (kind, queue) = *chance.pick(&[
        (Kind::Enquiry, "enquiries"),
        (Kind::Enquiry, "enquiries"),
        (Kind::Enquiry, "enquiries"),
        (Kind::Complaint, "complaints"),
        (Kind::Report, "complaints"),
        (Kind::Enquiry, "advice"),
        (Kind::Followup, "care"),
    ]);
    let skills = match chance.below(5) {
        0 => vec![("cantonese".parse().unwrap(), 3)],
        1 if queue == "advice" => vec![("adviser".parse().unwrap(), 1)],
        _ => Vec::new(),
    };
    let name = chance.below(CLIENTS).to_string();
    ContactFacts {
        contact: ContactId::new(derived(&[&chance.bits().to_be_bytes()])),
        channel: *chance.pick(&[ChannelKind::Sms, ChannelKind::Wechat, ChannelKind::Email]),
        account: "main".parse().unwrap(),
        received_at: now - Millis::new(i64::try_from(chance.below(90_000)).unwrap()),
        accepted_at: now,
        client: (!chance.once_in(15)).then(|| client_id(&name)),
        class: *chance.pick(ClientClass::ALL),
        manager: chance.once_in(4).then(|| chance.pick(&AGENTS).parse().unwrap()),
        kind,
        queue: queue.parse().unwrap(),
        priority: if chance.once_in(12) { Priority::First } else { Priority::Normal },
        skills,
        rules: vec!["default".parse().unwrap()].into(),
        named: if chance.once_in(6) { vec![chance.pick(&AGENTS).parse().unwrap()] } else { Vec::new() },
        thread: None,
        answerable: !chance.once_in(10),
        matter: Matter::Message,
        hop: 0,
        elsewhere: None,
        asks: None,
    }
}

fn call(chance: &mut Chance, facts: ContactFacts, now: Timestamp) -> Vec<Message> {
    let facts = ContactFacts { channel: ChannelKind::Phone, answerable: false, ..facts };
    let agent = chance.pick(&AGENTS).parse().ok();
    let courses: [&[CallWhat]; 6] = [
        &[CallWhat::Ringing, CallWhat::Answered, CallWhat::Ended],
        &[CallWhat::Ringing, CallWhat::Missed],
        &[CallWhat::Ringing, CallWhat::Abandoned, CallWhat::Ended],
        &[CallWhat::Abandoned],
        &[CallWhat::Ringing, CallWhat::Missed, CallWhat::Voicemail, CallWhat::Ended],
        &[CallWhat::Missed, CallWhat::Ringing, CallWhat::Answered],
    ];
    let course = *chance.pick(&courses);
    let wait = Some(Millis::new(i64::try_from(chance.below(60_000)).unwrap()));
    let event = |place: usize, what: CallWhat| {
        let event = CallEvent {
            what,
            at: now + Millis::from_secs(i64::try_from(place).unwrap() * 5),
            queue: Some("enquiries".parse().unwrap()),
            agent: if what == CallWhat::Answered || place == 0 { agent.clone() } else { None },
            ring: None,
            wait,
            language: None,
        };
        ContactFacts { matter: Matter::Call(event), ..facts.clone() }
    };
    let events: Vec<ContactFacts> = course.iter().enumerate().map(|(place, what)| event(place, *what)).collect();
    let parted = events.into_iter().enumerate();
    parted.map(|(place, facts)| message(chance, facts, &format!("event {place}"))).collect()
}

fn legs(chance: &mut Chance, facts: ContactFacts, now: Timestamp) -> Vec<Message> {
    let facts = ContactFacts { channel: ChannelKind::Phone, answerable: false, ..facts };
    let answered = chance.once_in(2);
    let leg = |name: &str| {
        let inbound = name == "a";
        let leg = CallLeg {
            leg: name.to_owned(),
            inbound,
            started_at: now - Millis::from_secs(30),
            answered_at: (answered && !inbound).then_some(now - Millis::from_secs(20)),
            ended_at: now,
            queued_at: inbound.then_some(now - Millis::from_secs(30)),
            queue: Some("enquiries".parse().unwrap()),
            agent: (!inbound).then(|| "lin".parse().unwrap()),
            ring: None,
            abandoned: !answered && inbound,
            language: None,
        };
        ContactFacts { matter: Matter::Leg(leg), ..facts.clone() }
    };
    let both = [leg("a"), leg("b")];
    both.into_iter().zip(["a", "b"]).map(|(facts, name)| message(chance, facts, name)).collect()
}
