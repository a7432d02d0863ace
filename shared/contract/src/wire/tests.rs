//! What is encoded comes back equal, whatever arrives is refused without a panic, and the
//! enums of the proto files follow the word lists.

use proptest::prelude::*;

use super::{Envelope, Wire, decode, encode, v1};
use crate::{
    Address, AddressKind, AgentState, CaseState, Cause, ChannelKind, Choice, ClientClass, DeclineReason, DeliveryState,
    Joining, Kind, Lane, Millis, OfferState, Outcome, Priority, PromiseKind, PromiseState, Role, Stage, Timestamp,
    access::Look,
    audit::{AlertEnded, AlertPosted, Deed, FirmApplied, Letter, SignInsRefused, TokenOf, UserMade, What},
    command::{Actor, Command, TransferTo, Verb},
    delivery::{DeliveryView, Due},
    firm::{Agent, Branch, Conditions, Consequence, Firm, Queue, Rule, Target, Weight},
    inbound::{BlindAddress, Body, CallEvent, CallLeg, CallWhat, Inbound, Matter, Part, PartPlace},
    journal::{
        Candidate, Event, Forwarded, Moved, MovedClock, MovedExclusion, MovedIn, MovedLast, MovedPromise,
        REASON_BYTES_MAX, Reason, Record, Saying, TargetSet, Who,
    },
    live::{
        BranchFigures, Broadcast, Committed, CountReport, DepthReport, Head, PartReport, ProcessReport, Said, Standing,
    },
    parked::{Parked, ParkedCall, ParkedPlace},
    seal::Sealed,
    view::{Change, OutcomeView, QueueView, ReplyView, SaidView, Told},
};

fn slug<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().unwrap()
}

fn back<T: Envelope + PartialEq + Clone>(value: &T) {
    let again: T = decode(&encode(value)).unwrap();
    assert!(again == *value);
}

fn inbound(matter: Matter, thread: Option<u128>) -> Inbound {
    Inbound {
        input: crate::InputId::new(1),
        contact: crate::ContactId::new(u128::MAX),
        branch: slug("hq"),
        channel: ChannelKind::Sms,
        account: slug("main"),
        received_at: Timestamp::from_ms(-5),
        accepted_at: Timestamp::from_ms(1_762_650_840_000),
        sender: Some(BlindAddress { kind: AddressKind::Phone, hash: [7; 16] }),
        sealed: Sealed::from_bytes(vec![1, 2, 3]),
        digest: vec![0; 32],
        thread: thread.map(crate::CaseId::new),
        matter,
        hop: 1,
    }
}

#[test]
fn contacts_come_back_equal() {
    let event = CallEvent {
        what: CallWhat::Abandoned,
        at: Timestamp::from_ms(9),
        queue: Some(slug("enquiries")),
        agent: None,
        ring: None,
        wait: Some(Millis::from_secs(4)),
        language: Some(slug("cantonese")),
    };
    let leg = CallLeg {
        leg: "b-1".to_owned(),
        inbound: true,
        started_at: Timestamp::from_ms(1),
        answered_at: None,
        ended_at: Timestamp::from_ms(2),
        queued_at: Some(Timestamp::from_ms(0)),
        queue: None,
        agent: Some(slug("lin")),
        ring: Some(Millis::ZERO),
        abandoned: true,
        language: None,
    };
    for matter in [
        Matter::Message,
        Matter::Menu("TOUSU".to_owned()),
        Matter::Automatic,
        Matter::Call(event),
        Matter::Leg(leg),
        Matter::Counter(slug("lin")),
    ] {
        back(&inbound(matter.clone(), None));
        back(&inbound(matter, Some(3)));
    }
    back(&Body {
        from: Some(Address::parse(AddressKind::Email, "a@Example.COM").unwrap().within("app")),
        from_name: None,
        to: vec!["kf@example.com".to_owned()],
        subject: Some(String::new()),
        text: "首问".to_owned(),
        provider_id: None,
        thread: vec!["<1@example.com>".to_owned()],
        parts: [
            PartPlace::Inline(vec![1]),
            PartPlace::Blob(crate::BlobId::new(4)),
            PartPlace::Provider("m".to_owned()),
        ]
        .map(|place| Part { name: None, media_type: "image/jpeg".to_owned(), bytes: 1, place, original: true })
        .to_vec(),
        salt: vec![9; 16],
    });
}

#[test]
fn what_is_due_comes_back_equal() {
    back(&Due { delivery: crate::DeliveryId::new(7), attempt: 3 });
}

#[test]
fn parked_calls_come_back_equal() {
    for place in [ParkedPlace::Inline(Sealed::from_bytes(vec![1])), ParkedPlace::Blob(crate::BlobId::new(2))] {
        back(&Parked { accepted_at: Timestamp::from_ms(3), place });
    }
    back(&ParkedCall {
        method: "POST".to_owned(),
        tail: String::new(),
        query: "nonce=1".to_owned(),
        headers: vec![("a".to_owned(), "b".to_owned()), ("a".to_owned(), "c".to_owned())],
        body: vec![0, 255],
    });
}

#[test]
fn the_salt_decides_the_digest_and_the_content_alone_the_mark() {
    let keys = crate::seal::Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]);
    let body = |text: &str, salt: u8| Body { text: text.to_owned(), salt: vec![salt; 16], ..Body::default() };
    assert_eq!(body("a", 1).mark(&keys), body("a", 2).mark(&keys));
    assert_ne!(body("a", 1).mark(&keys), body("b", 1).mark(&keys));
    assert_ne!(body("a", 1).digest(), body("a", 2).digest());
    assert_ne!(body("a", 1).digest(), body("b", 1).digest());
}

#[test]
fn the_message_as_it_came_enters_the_digest_and_not_the_mark() {
    let keys = crate::seal::Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]);
    let body = |bytes: &[u8], original: bool| {
        let place = PartPlace::Inline(bytes.to_vec());
        let part = Part { name: None, media_type: "message/rfc822".to_owned(), bytes: 1, place, original };
        Body { parts: vec![part], ..Body::default() }
    };
    assert_eq!(body(b"by one way", true).mark(&keys), body(b"by another", true).mark(&keys));
    assert_ne!(body(b"by one way", true).digest(), body(b"by another", true).digest());
    assert_ne!(body(b"by one way", false).mark(&keys), body(b"by another", false).mark(&keys));
}

#[test]
fn commands_come_back_equal() {
    let case = crate::CaseId::new(5);
    let promise = crate::PromiseId::new(6);
    let offer = crate::OfferId::new(7);
    let time = Timestamp::from_ms(8);
    let verbs = [
        Verb::Ready(slug("lin")),
        Verb::Away(slug("lin"), "lunch".to_owned()),
        Verb::OffersShown(vec![offer, offer]),
        Verb::Accept(offer),
        Verb::Decline(offer, DeclineReason::Language),
        Verb::Reply(case, crate::DeliveryId::new(9)),
        Verb::Transfer(case, TransferTo::Queue(slug("funds"))),
        Verb::Transfer(case, TransferTo::Agent(slug("zhao"))),
        Verb::Callback(case, time),
        Verb::Keep(promise),
        Verb::Tried(promise),
        Verb::Drop(promise),
        Verb::Pend(case, None),
        Verb::Pend(case, Some(time)),
        Verb::Close(case, Outcome::Solved),
        Verb::Done(case),
        Verb::Recuse(case, slug("lin")),
        Verb::Rekind(case, Kind::Incident, None),
        Verb::Assign(case, slug("lin")),
        Verb::Raise(case),
        Verb::Note(case),
        Verb::Upset(case),
        Verb::Dialect(case, slug("cantonese")),
        Verb::MoveIn(Box::new(moved())),
        Verb::MoveDone(case, 2),
    ];
    for verb in verbs {
        back(&Command {
            id: crate::InputId::new(2),
            digest: vec![1],
            branch: slug("hq"),
            given_at: time,
            by: Actor { user: slug("lin"), role: Role::Agent, agent: Some(slug("lin")) },
            verb,
            sealed: None,
        });
    }
}

fn moved() -> Moved {
    let case = crate::CaseId::new(5);
    let time = Timestamp::from_ms(8);
    Moved {
        case,
        moves: 2,
        from: slug("hq"),
        to: slug("sz"),
        whom: TransferTo::Agent(slug("huang")),
        kind: Kind::Enquiry,
        priority: Priority::First,
        class: ClientClass::Important,
        channel: ChannelKind::Sms,
        account: slug("main"),
        client: Some(crate::ClientId::new(6)),
        manager: Some(slug("sun")),
        owner: Who::new("lin"),
        taken: true,
        skills: vec![(slug("cantonese"), 2)],
        excluded: vec![MovedExclusion { agent: slug("chen"), until: Some(time), recused: true }],
        linked: Some(crate::CaseId::new(7)),
        opened_at: time,
        target: TargetSet {
            within: Millis::from_secs(60),
            warn: Millis::from_secs(40),
            next: Millis::from_secs(120),
            rule: u32::MAX,
        },
        rungs: vec![Millis::from_secs(10)],
        clock: Some(MovedClock {
            since: time,
            within: Millis::from_secs(60),
            warn: Millis::from_secs(40),
            first: true,
            told: 1,
            rung: 3,
        }),
        answered_at: Some(time),
        on_time: Some(false),
        lifted: true,
        transfers: 4,
        declines: 5,
        contacts: 6,
        last: MovedLast {
            contact: crate::ContactId::new(8),
            channel: ChannelKind::Wechat,
            account: slug("main"),
            answerable: true,
        },
        promises: vec![MovedPromise {
            promise: crate::PromiseId::new(9),
            kind: PromiseKind::Callback,
            made_at: time,
            due_at: time,
            state: PromiseState::Open,
            tries: 1,
            told: 2,
            by: Some(crate::ContactId::new(10)),
            soon: true,
        }],
        marks: vec![crate::Mark::Upset],
        language: Some(slug("cantonese")),
        receipted: true,
    }
}

#[test]
fn what_goes_between_branches_comes_back_equal_and_is_known_again() {
    let (moved, at) = (moved(), Timestamp::from_ms(8));
    back(&Event::MovedOut(Box::new(moved.clone())));
    back(&Event::MovedIn(Box::new(MovedIn { moved: moved.clone(), queue: slug("sz-desk") })));
    back(&Event::MoveDone(moved.case));
    for saying in [Saying::Receipt(at), Saying::Owed(at), Saying::Moved(at, Timestamp::from_ms(9)), Saying::Kept] {
        let said = crate::journal::Said {
            delivery: crate::DeliveryId::new(3),
            case: moved.case,
            saying,
            kind: moved.kind,
            owner: moved.owner.clone(),
            client: moved.client,
            last: moved.last.clone(),
        };
        back(&SaidView { said: said.clone(), branch: slug("hq"), at });
        back(&Event::Said(Box::new(said)));
    }
    back(&Event::Forwarded(Box::new(Forwarded {
        contact: crate::ContactId::new(1),
        input: crate::InputId::new(2),
        client: None,
        to: slug("sz"),
        case: moved.case,
    })));
    let (out, done) = (Command::move_in(&moved, at), Command::move_done(&moved, at));
    assert_eq!((out.branch.as_str(), done.branch.as_str()), ("sz", "hq"));
    assert_eq!(out.id, Command::move_in(&moved, Timestamp::from_ms(9)).id);
    let next = Moved { moves: 3, ..moved };
    let ids = [out.id, done.id, Command::move_in(&next, at).id, Command::move_done(&next, at).id];
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
    let input = crate::InputId::new(2);
    assert_ne!(input.forwarded(), input);
}

#[test]
fn a_firm_comes_back_equal() {
    back(&Firm::default());
    back(&Firm {
        branches: vec![Branch {
            id: slug("hq"),
            time_zone: "Asia/Shanghai".to_owned(),
            levels: vec!["xie".to_owned(), "du".to_owned()],
        }],
        queues: vec![Queue {
            id: slug("enquiries"),
            branch: slug("hq"),
            kinds: Kind::ALL.to_vec(),
            within: None,
            wrap_up: Millis::ZERO,
            lead: "lin".to_owned(),
            deputy: None,
        }],
        targets: vec![Target {
            queue: None,
            channel: Some(ChannelKind::Counter),
            kind: Some(Kind::Callback),
            class: Some(ClientClass::Prospect),
            within: Millis::from_secs(60),
            warn: None,
            next: Some(Millis::from_secs(120)),
        }],
        rules: vec![Rule {
            id: slug("r1"),
            when: Conditions { words: vec!["投诉".to_owned()], ..Conditions::default() },
            then: Consequence { skills: vec![(slug("calm"), 2)], ..Consequence::default() },
        }],
        agents: vec![Agent {
            id: slug("lin"),
            branch: slug("hq"),
            queues: vec![slug("enquiries")],
            skills: vec![(slug("mandarin"), 3)],
            units: 6,
        }],
        weights: vec![(ChannelKind::Phone, Weight::All), (ChannelKind::Sms, Weight::Units(2))],
        ..Firm::default()
    });
}

#[test]
fn changes_come_back_equal() {
    let reply = ReplyView {
        delivery: crate::DeliveryId::new(1),
        case: crate::CaseId::new(2),
        contact: crate::ContactId::new(3),
        channel: ChannelKind::Wechat,
        account: slug("main"),
        agent: None,
        at: Timestamp::from_ms(4),
    };
    back(&reply);
    back(&Change::Reply(reply));
    back(&Change::Outcome(OutcomeView {
        input: crate::InputId::new(1),
        digest: vec![],
        problem: Some(crate::problem::Code::NotYours),
        at: Timestamp::from_ms(0),
        seq: u64::MAX,
    }));
}

#[test]
fn a_reason_is_bounded_whatever_the_ids() {
    for length in [1, 3, 20, 64] {
        let candidate = Candidate { agent: slug(&"a".repeat(length)), shortfall: 9, idle: Millis::new(i64::MAX) };
        let mut reason = Reason::new(Choice::BestAgent, u64::MAX).with_best(vec![candidate; 9]);
        for count in [
            &mut reason.candidates,
            &mut reason.away,
            &mut reason.busy,
            &mut reason.unskilled,
            &mut reason.excluded,
            &mut reason.waiting,
        ] {
            *count = 1_000_000;
        }
        reason.slack = Some(Millis::new(-1));
        assert!(!reason.best().is_empty());
        assert!(encode(&reason).len() <= REASON_BYTES_MAX);
        back(&reason);
    }
}

#[test]
fn a_look_is_kept_whole() {
    back(&Look {
        at: Timestamp::from_ms(7),
        user: slug("lin"),
        role: Role::Agent,
        place: "case".to_owned(),
        case: Some(crate::CaseId::new(1)),
        contacts: vec![crate::ContactId::new(2), crate::ContactId::new(3)],
        deliveries: vec![crate::DeliveryId::new(4)],
        clients: vec![crate::ClientId::new(5)],
        letters: vec![crate::DeadId::new(6)],
    });
}

/// The name that a proto enum gives to a word.
fn named(prefix: &str, word: &str) -> String {
    format!("{prefix}_{}", word.to_uppercase())
}

#[test]
fn deeds_come_back_equal() {
    let made = |agent: Option<&str>| UserMade {
        user: slug("lin"),
        role: Role::Agent,
        agent: agent.map(slug),
        branch: agent.map(|_| slug("hq")),
    };
    let token = || TokenOf { user: slug("ops1"), token: vec![1; 8] };
    let letter = || Letter { letter: crate::DeadId::new(9), source: "route.hq".to_owned() };
    for what in [
        What::UserMade(made(Some("lin"))),
        What::UserMade(made(None)),
        What::UserEnded(slug("lin")),
        What::PasswordSet(slug("lin")),
        What::TokenMade(token()),
        What::TokenEnded(token()),
        What::FirmApplied(FirmApplied { version: 7, digest: vec![2; 32] }),
        What::LetterReplayed(letter()),
        What::LetterDropped(letter()),
        What::LinkMade(slug("lin")),
        What::SignedIn(vec![1; 8]),
        What::SignedInByLink(vec![1; 8]),
        What::SignedOut(vec![1; 8]),
        What::SignInsRefused(SignInsRefused { user: Some(slug("lin")), from: vec![1; 8] }),
        What::SignInsRefused(SignInsRefused { user: None, from: vec![1; 8] }),
        What::AlertPosted(AlertPosted {
            notice: crate::NoticeId::new(1),
            branch: slug("hq"),
            category: crate::Category::Risk,
            topic: Some(slug("risk")),
            asked: 20_000,
            digest: vec![3; 32],
            expires_at: Timestamp::from_ms(9),
            firm: 2,
        }),
        What::AlertPaused(crate::NoticeId::new(1)),
        What::AlertResumed(crate::NoticeId::new(1)),
        What::AlertStopped(crate::NoticeId::new(1)),
        What::AlertEnded(AlertEnded {
            notice: crate::NoticeId::new(1),
            total: 6,
            sent: 1,
            failed: 1,
            expired: 1,
            unknown: 1,
            withheld: 2,
        }),
    ] {
        for role in [None, Some(Role::Admin)] {
            back(&Deed { at: Timestamp::from_ms(5), by: slug("fan"), role, what: what.clone() });
        }
    }
}

#[test]
fn words_of_the_moment_come_back_equal() {
    let delivery = DeliveryView {
        id: crate::DeliveryId::new(1),
        case: Some(crate::CaseId::new(2)),
        contact: None,
        channel: ChannelKind::Wechat,
        account: slug("main"),
        lane: Lane::Urgent,
        state: DeliveryState::Withheld,
        attempt: 3,
        made_at: Timestamp::from_ms(1),
        due_at: Timestamp::from_ms(2),
        expires_at: Timestamp::from_ms(3),
        changed_at: Timestamp::from_ms(4),
        provider_id: Some("p-1".to_owned()),
        reason: None,
        notice: Some(crate::NoticeId::new(5)),
        client: Some(crate::ClientId::new(6)),
        address: Some(crate::AddressId::new(7)),
        category: Some(crate::Category::Advice),
        topic: Some(slug("desk")),
        repeat: true,
    };
    let told =
        Told { case: crate::CaseId::new(1), who: "lin".to_owned(), why: "warn".to_owned(), at: Timestamp::from_ms(7) };
    let commit = Committed {
        branch: slug("hq"),
        epoch: 3,
        first_seq: 8,
        seq: u64::MAX,
        changes: vec![Change::Told(told.clone()), Change::Told(told)],
    };
    let standing = Standing { delivery, author: Some(slug("lin")) };
    for said in [Said::Commit(commit.into()), Said::Head(Head { epoch: 1, seq: 2 }), Said::Standing(standing.into())] {
        back(&Broadcast { from: u128::MAX, said });
    }
    let queue = |attainment| QueueView {
        id: slug("enquiries"),
        branch: slug("hq"),
        waiting: 4,
        oldest: Some(Millis::from_secs(5)),
        predicted_wait: None,
        attainment,
        ready_agents: 2,
    };
    let queues = vec![queue(None), queue(Some(0.25))];
    back(&BranchFigures { at: Timestamp::from_ms(5), firm: Some(vec![1; 32]), queues, violations: 0 });
    let part = |why: Option<&str>| PartReport {
        name: "router.hq".to_owned(),
        state: "hindered".to_owned(),
        why: why.map(ToOwned::to_owned),
    };
    let count = CountReport {
        what: "sent".to_owned(),
        channel: "sms".to_owned(),
        account: "main".to_owned(),
        lane: "bulk".to_owned(),
        count: u64::MAX,
    };
    back(&ProcessReport {
        started_at: Timestamp::from_ms(6),
        version: "0.1.0".to_owned(),
        parts: vec![part(None), part(Some("waits"))],
        depths: vec![DepthReport { queue: "route.hq".to_owned(), messages: 3 }],
        counts: vec![count],
    });
}

#[test]
fn the_enums_follow_the_word_lists() {
    macro_rules! follow {
        ($($list:ident $prefix:literal),* $(,)?) => {$(
            for word in $list::ALL {
                let number: i32 = word.put();
                let shape = v1::$list::try_from(number).unwrap();
                assert_eq!(shape.as_str_name(), named($prefix, word.as_str()));
            }
            assert!(v1::$list::try_from(i32::try_from($list::ALL.len()).unwrap() + 1).is_err());
        )*};
    }
    follow!(
        ChannelKind "CHANNEL_KIND", AddressKind "ADDRESS_KIND", Kind "KIND", Priority "PRIORITY",
        CaseState "CASE_STATE", Outcome "OUTCOME", OfferState "OFFER_STATE", DeclineReason "DECLINE_REASON",
        AgentState "AGENT_STATE", PromiseKind "PROMISE_KIND", PromiseState "PROMISE_STATE",
        ClientClass "CLIENT_CLASS", Role "ROLE", Stage "STAGE", Joining "JOINING", Cause "CAUSE", Choice "CHOICE",
        Lane "LANE", DeliveryState "DELIVERY_STATE",
    );
    for what in CallWhat::ALL {
        let number: i32 = what.put();
        let shape = v1::CallWhat::try_from(number).unwrap();
        assert_eq!(shape.as_str_name(), named("CALL_WHAT", &format!("{what:?}")));
    }
}

fn never_panics<T: Envelope>(bytes: &[u8]) {
    if let Ok(value) = decode::<T>(bytes) {
        let again = encode(&value);
        assert!(decode::<T>(&again).is_ok_and(|value| encode(&value) == again));
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
        never_panics::<Inbound>(&bytes);
        never_panics::<Body>(&bytes);
        never_panics::<Parked>(&bytes);
        never_panics::<ParkedCall>(&bytes);
        never_panics::<Command>(&bytes);
        never_panics::<Firm>(&bytes);
        never_panics::<Change>(&bytes);
        never_panics::<Record>(&bytes);
        never_panics::<Event>(&bytes);
        never_panics::<Look>(&bytes);
        never_panics::<Deed>(&bytes);
    }

    #[test]
    fn damaged_messages_are_refused_without_a_panic(at in 0usize..200, with in any::<u8>(), cut in 0usize..200) {
        let mut bytes = encode(&inbound(Matter::Menu("key".to_owned()), Some(9)));
        let at = at % bytes.len();
        bytes[at] = with;
        never_panics::<Inbound>(&bytes);
        bytes.truncate(cut % bytes.len());
        never_panics::<Inbound>(&bytes);
    }
}

#[test]
fn words_of_an_alert_come_back_equal() {
    let words = crate::notice::Words {
        title: "风险提示".to_owned(),
        texts: vec![("zh-CN".to_owned(), "注意".to_owned()), ("en".to_owned(), "mind".to_owned())],
        vars: vec![("stock".to_owned(), "600000".to_owned())],
        signature: "【首问证券】".to_owned(),
        cancel: String::new(),
    };
    back(&words);
    assert_eq!((words.text(Some("en")), words.text(Some("fr")), words.text(None)), ("mind", "注意", "注意"));
    assert_eq!(format!("{words:?}"), "Words(2 texts, hidden)");
}

/// Kinds of events, and of verbs, that a record may hold.
fn kinds_in(proto: &str, message: &str) -> usize {
    let (_, body) = proto.split_once(&format!("message {message} {{\n  oneof what {{\n")).unwrap();
    body.split_once("\n  }").unwrap().0.lines().count()
}

/// An older build cannot read a record with a kind that it does not know: who adds one raises
/// `READER`, so that it takes no lease there, and then writes the figures here.
#[test]
fn who_adds_a_kind_to_records_raises_the_reader() {
    let events = kinds_in(include_str!("../../../../proto/shouwen/v1/journal.proto"), "Event");
    let verbs = kinds_in(include_str!("../../../../proto/shouwen/v1/command.proto"), "Verb");
    assert_eq!((crate::journal::READER, events, verbs), (4, 42, 23));
}
