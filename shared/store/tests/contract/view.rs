//! Projections keep their promises: what a commit changes is read back, the last view of it.
//!
//! In: changes, bodies, texts. Out: views. Never here: a State.

use contract::{
    AddressKind, AgentState, CaseId, CaseState, ChannelKind, ClientClass, ClientId, ContactId, DeliveryId, InputId,
    Kind, Millis, OfferId, OfferState, Outcome, Priority, PromiseId, PromiseKind, PromiseState, Timestamp,
    inbound::{BlindAddress, Inbound, Matter},
    journal::Elsewhere,
    problem::Code,
    seal::Sealed,
    view::{AgentView, CaseView, Change, ContactView, OfferView, OutcomeView, PromiseView, ReplyView, Told},
};
use store::{
    Store,
    journal::{Commit, Lease, Stream, Text},
};

use crate::journal::next;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn case(id: u128, state: CaseState) -> CaseView {
    CaseView {
        id: CaseId::new(id),
        branch: "hq".parse().unwrap(),
        state,
        kind: Kind::Complaint,
        queue: "complaints".parse().unwrap(),
        priority: Priority::First,
        channel: ChannelKind::Sms,
        account: "main".parse().unwrap(),
        client: Some(ClientId::new(5)),
        class: ClientClass::Important,
        owner: "xu".to_owned(),
        agent: Some("xu".parse().unwrap()),
        opened_at: at(1_000),
        waiting_since: None,
        due_at: Some(at(2_000)),
        target: Millis::from_secs(60),
        target_rule: "3 \"引\"号".to_owned(),
        answered_at: Some(at(1_500)),
        on_time: Some(true),
        until: None,
        closed_at: None,
        outcome: (state == CaseState::Closed).then_some(Outcome::Solved),
        linked: Some(CaseId::new(9)),
        skills: vec![("cantonese".parse().unwrap(), 1), ("calm".parse().unwrap(), 9)],
        language: Some("cantonese".parse().unwrap()),
        marks: vec![contract::Mark::Upset],
        recused: vec!["he".parse().unwrap(), "lin".parse().unwrap()],
        transfers: 2,
        declines: 3,
        moves: 0,
        came_from: None,
        seq: 1,
    }
}

fn inbound(contact: u128, sealed: &[u8]) -> Inbound {
    Inbound {
        input: InputId::new(70),
        contact: ContactId::new(contact),
        branch: "hq".parse().unwrap(),
        channel: ChannelKind::Sms,
        account: "main".parse().unwrap(),
        received_at: at(900),
        accepted_at: at(950),
        sender: Some(BlindAddress { kind: AddressKind::Phone, hash: [8; 16] }),
        sealed: Sealed::from_bytes(sealed.to_vec()),
        digest: vec![1, 2, 3],
        thread: None,
        matter: Matter::Message,
        hop: 0,
    }
}

async fn commit(store: &Store, lease: &mut Lease, changes: Vec<Change>, more: impl FnOnce(&mut Commit)) {
    let mut commit = Commit { changes, ..next(store, lease, 1) };
    more(&mut commit);
    (lease.head_seq, lease.head_hash) = (commit.new_seq, commit.new_hash);
    store.journal().commit(commit).await.unwrap();
}

async fn lease(store: &Store) -> Lease {
    store.journal().take_lease(&Stream::parse("branch/hq").unwrap()).await.unwrap()
}

async fn a_case_is_read_back_as_it_was_last(store: Store) {
    let (mut lease, views) = (lease(&store).await, store.views());
    let (active, waiting) = (case(1, CaseState::Active), case(1, CaseState::Waiting));
    let other = CaseView { agent: None, client: None, linked: None, on_time: None, ..case(2, CaseState::Waiting) };
    let changes = [&waiting, &other, &active].map(|view| Change::Case(Box::new(view.clone())));
    commit(&store, &mut lease, changes.to_vec(), |_| {}).await;
    assert_eq!(views.case(active.id).await.unwrap(), Some(active.clone()));
    assert_eq!(views.cases(&[other.id, CaseId::new(3)]).await.unwrap(), std::slice::from_ref(&other));
    assert_eq!(views.open_cases(&active.branch).await.unwrap(), [active.clone(), other.clone()]);
    assert_eq!(views.cases_of_agent(&"xu".parse().unwrap()).await.unwrap(), std::slice::from_ref(&active));
    let elsewhere = Elsewhere { case: active.id, branch: active.branch.clone(), kind: active.kind };
    let sz = "sz".parse().unwrap();
    assert_eq!(views.open_elsewhere(&sz, &[ClientId::new(5)]).await.unwrap(), [(ClientId::new(5), elsewhere)]);
    assert!(views.open_elsewhere(&active.branch, &[ClientId::new(5)]).await.unwrap().is_empty());
    let closed = case(1, CaseState::Closed);
    commit(&store, &mut lease, vec![Change::Case(Box::new(closed.clone()))], |_| {}).await;
    assert_eq!(views.open_cases(&active.branch).await.unwrap(), [other]);
    assert_eq!(views.cases_of_client(ClientId::new(5), 10).await.unwrap(), [closed]);
    assert!(views.open_elsewhere(&sz, &[ClientId::new(5)]).await.unwrap().is_empty());
}

async fn offers_promises_and_agents_are_read_back(store: Store) {
    let (mut lease, views, hq) = (lease(&store).await, store.views(), "hq".parse().unwrap());
    let offer = OfferView {
        id: OfferId::new(3),
        case: CaseId::new(1),
        agent: "lin".parse().unwrap(),
        branch: "hq".parse().unwrap(),
        made_at: at(1),
        expires_at: at(2),
        state: OfferState::Open,
        reason: None,
        seq: 1,
    };
    let promise = PromiseView {
        id: PromiseId::new(4),
        kind: PromiseKind::MissedCall,
        branch: "hq".parse().unwrap(),
        case: CaseId::new(1),
        client: Some(ClientId::new(5)),
        due_at: at(3),
        owner: "lin".to_owned(),
        state: PromiseState::Open,
        tries: 1,
        moves: 0,
        seq: 1,
    };
    let agent = AgentView {
        id: "lin".parse().unwrap(),
        branch: "hq".parse().unwrap(),
        state: AgentState::Away,
        reason: Some("lost".to_owned()),
        since: at(4),
        used: 2,
        units: 6,
        seq: 1,
    };
    let changes = vec![Change::Offer(offer.clone()), Change::Promise(promise.clone()), Change::Agent(agent.clone())];
    commit(&store, &mut lease, changes, |_| {}).await;
    assert_eq!(views.offer(offer.id).await.unwrap(), Some(offer.clone()));
    assert_eq!(views.open_offers(&agent.id).await.unwrap(), std::slice::from_ref(&offer));
    assert_eq!(views.promise(promise.id).await.unwrap(), Some(promise.clone()));
    assert_eq!(views.open_promises(&hq).await.unwrap(), std::slice::from_ref(&promise));
    assert_eq!(views.promises_of_case(promise.case).await.unwrap(), [promise]);
    assert_eq!(views.agents(&hq).await.unwrap(), std::slice::from_ref(&agent));
    assert_eq!(views.agent(&agent.id).await.unwrap(), Some(agent.clone()));
    let declined = OfferView { state: OfferState::Declined, reason: Some("busy".to_owned()), seq: 2, ..offer.clone() };
    commit(&store, &mut lease, vec![Change::Offer(declined.clone())], |_| {}).await;
    assert!(views.open_offers(&agent.id).await.unwrap().is_empty());
    assert_eq!(views.offers_of_case(offer.case).await.unwrap(), [declined]);
}

async fn a_contact_keeps_its_first_body_and_its_latest_view(store: Store) {
    let (mut lease, views) = (lease(&store).await, store.views());
    let view = |case: Option<u128>| ContactView {
        id: ContactId::new(6),
        input: InputId::new(70),
        branch: "hq".parse().unwrap(),
        case: case.map(CaseId::new),
        client: None,
        kind: Kind::Enquiry,
        seq: 1,
    };
    let bodies = vec![inbound(6, b"one"), inbound(6, b"two"), inbound(7, &[0xff; 100_000])];
    commit(&store, &mut lease, vec![Change::Contact(view(None))], |commit| {
        commit.contacts = bodies;
        commit.inputs = vec![(InputId::new(70), 1), (InputId::new(71), 1)];
    })
    .await;
    commit(&store, &mut lease, vec![Change::Contact(view(Some(1)))], |_| {}).await;
    assert_eq!(views.contact(ContactId::new(6)).await.unwrap(), Some(view(Some(1))));
    assert_eq!(views.contacts_of_case(CaseId::new(1)).await.unwrap(), [view(Some(1))]);
    let message = views.message(ContactId::new(6)).await.unwrap().unwrap();
    assert_eq!((message.sealed.as_bytes(), message.digest.as_slice()), (&b"one"[..], &[1, 2, 3][..]));
    assert_eq!(message.sender, inbound(6, b"").sender);
    let both = views.messages(&[ContactId::new(7), ContactId::new(6)]).await.unwrap();
    assert_eq!(both.iter().map(|message| message.id.bits()).collect::<Vec<_>>(), [6, 7]);
}

async fn outcomes_are_found_for_seven_days(store: Store) {
    // The house itself forgets what is older than seven days by its clock.
    let start = store.clock().now();
    let (mut lease, views, input) = (lease(&store).await, store.views(), InputId::new(80));
    let outcome = OutcomeView { input, digest: vec![4; 32], problem: Some(Code::NotYours), at: start, seq: 1 };
    commit(&store, &mut lease, vec![Change::Outcome(outcome.clone())], |_| {}).await;
    assert_eq!(views.outcomes(&[input, InputId::new(81)]).await.unwrap(), [outcome]);
    assert_eq!(views.committed(&[input]).await.unwrap(), [input]);
    let week = store::view::OUTCOMES_KEPT;
    assert_eq!(views.prune_outcomes(start + week).await.unwrap(), 0);
    assert_eq!(views.prune_outcomes(start + Millis::new(1) + week).await.unwrap(), 1);
    assert!(views.committed(&[input]).await.unwrap().is_empty());
}

async fn answers_and_words_about_a_case_are_read_back(store: Store) {
    let (mut lease, views, case) = (lease(&store).await, store.views(), CaseId::new(1));
    let reply = ReplyView {
        delivery: DeliveryId::new(90),
        case,
        contact: ContactId::new(6),
        channel: ChannelKind::Sms,
        account: "main".parse().unwrap(),
        agent: Some("lin".parse().unwrap()),
        at: at(5),
    };
    let told = Told { case, who: "xie".to_owned(), why: "warn".to_owned(), at: at(6) };
    let text = Text {
        id: 90,
        case: Some(case),
        author: "lin".to_owned(),
        at: at(5),
        sealed: Sealed::from_bytes(vec![0, 1, 2]),
    };
    commit(&store, &mut lease, vec![Change::Reply(reply.clone()), Change::Told(told.clone())], |commit| {
        commit.texts = vec![text.clone()];
    })
    .await;
    assert_eq!(views.reply(reply.delivery).await.unwrap(), Some(reply.clone()));
    assert_eq!(views.replies_of_case(case).await.unwrap(), [reply]);
    assert_eq!(views.texts(&[90, 91]).await.unwrap(), std::slice::from_ref(&text));
    assert_eq!(views.texts_of_case(case).await.unwrap(), [text]);
    assert_eq!(views.told(case).await.unwrap(), [told]);
}

async fn a_case_that_moved_is_not_written_over_by_the_branch_it_left(store: Store) {
    let (mut hq, views) = (lease(&store).await, store.views());
    let mut sz = store.journal().take_lease(&Stream::parse("branch/sz").unwrap()).await.unwrap();
    let here = CaseView { seq: 900, ..case(1, CaseState::Waiting) };
    let there = CaseView {
        branch: "sz".parse().unwrap(),
        moves: 1,
        came_from: Some(here.branch.clone()),
        ..case(1, CaseState::Active)
    };
    let told = CaseView { seq: 901, on_time: Some(false), ..here.clone() };
    let changed = |view: &CaseView| vec![Change::Case(Box::new(view.clone()))];
    commit(&store, &mut hq, changed(&here), |_| {}).await;
    commit(&store, &mut sz, changed(&there), |_| {}).await;
    commit(&store, &mut hq, changed(&told), |_| {}).await;
    assert_eq!(views.case(here.id).await.unwrap().as_ref(), Some(&there));
    let back = CaseView { moves: 2, seq: 902, came_from: Some(there.branch.clone()), ..here.clone() };
    commit(&store, &mut hq, changed(&back), |_| {}).await;
    assert_eq!(views.case(here.id).await.unwrap(), Some(back));
}

every_backend! {
    a_case_is_read_back_as_it_was_last,
    a_case_that_moved_is_not_written_over_by_the_branch_it_left,
    offers_promises_and_agents_are_read_back,
    a_contact_keeps_its_first_body_and_its_latest_view,
    outcomes_are_found_for_seven_days,
    answers_and_words_about_a_case_are_read_back,
}
