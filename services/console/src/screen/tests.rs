//! Screens: each commit shows what concerns the agent, and nothing of a case he is excluded from.

use contract::DeliveryId;

use super::*;

fn lin() -> AgentId {
    "lin".parse().unwrap()
}

fn case(number: u128, state: CaseState, agent: Option<&str>) -> CaseView {
    CaseView { state, owner: "chen".to_owned(), agent: agent.map(sample::name), ..sample::case(number) }
}

fn offer(number: u128, agent: &str, state: OfferState, reason: Option<&str>) -> Change {
    Change::Offer(OfferView { reason: reason.map(str::to_owned), ..sample::offer(number, number, agent, state) })
}

fn contact(number: u128, case: u128) -> Change {
    Change::Contact(sample::contact(number, case))
}

fn reply(number: u128, case: u128) -> Change {
    Change::Reply(sample::reply(DeliveryId::new(number), CaseId::new(case), number))
}

/// Takes commits one by one and tells in words what each shows.
fn shown(screen: &mut Screen, commits: Vec<Vec<Change>>) -> Vec<String> {
    let mut words = Vec::new();
    for (at, changes) in commits.into_iter().enumerate() {
        let seq = at as u64 + 11;
        let commit = Committed { branch: sample::hq(), epoch: 1, first_seq: seq, seq, changes };
        let shows = screen.take(&commit);
        words.push(shows.iter().map(word).collect::<Vec<_>>().join(" "));
    }
    words
}

fn word(show: &Show) -> String {
    match show {
        Show::Offer(offer) => format!("offer-{}", offer.id.bits()),
        Show::Rescinded(offer, reason) => format!("rescinded-{}-{reason}", offer.bits()),
        Show::Case(case) => format!("case-{}-{}", case.id.bits(), case.state),
        Show::Contact(case, contact) => format!("contact-{}-in-{}", contact.bits(), case.bits()),
        Show::Delivery(reply) => format!("delivery-{}", reply.delivery.bits()),
        Show::Agent(agent) => format!("agent-{}", agent.state),
        Show::Promise(promise) => format!("promise {} of {}", promise.id, promise.owner),
        Show::Told(told) => format!("told-{}", told.why),
        Show::Reread => "reread".to_owned(),
    }
}

fn screen() -> Screen {
    let mut screen = Screen::new(lin());
    screen.read(10, AgentState::Ready, &[], &[]);
    screen
}

fn changed(case: CaseView) -> Change {
    Change::Case(Box::new(case))
}

#[test]
fn an_offer_is_shown_whole_then_the_case_then_what_is_said_in_it() {
    let words = shown(
        &mut screen(),
        vec![
            vec![
                contact(5, 1),
                changed(case(1, CaseState::Offered, Some("lin"))),
                offer(1, "lin", OfferState::Open, None),
            ],
            vec![offer(1, "lin", OfferState::Accepted, None), changed(case(1, CaseState::Active, Some("lin")))],
            vec![contact(6, 1)],
            vec![reply(7, 1)],
            vec![changed(case(1, CaseState::WrapUp, Some("lin")))],
            vec![changed(case(1, CaseState::Closed, None))],
            vec![contact(8, 1)],
        ],
    );
    assert_eq!(
        words,
        ["offer-1", "case-1-active", "contact-6-in-1", "delivery-7", "case-1-wrap_up", "case-1-closed", ""]
    );
}

#[test]
fn another_agents_work_is_not_shown() {
    let words = shown(
        &mut screen(),
        vec![vec![
            contact(5, 1),
            changed(case(1, CaseState::Active, Some("zhao"))),
            offer(1, "zhao", OfferState::Open, None),
            reply(7, 1),
        ]],
    );
    assert_eq!(words, [""]);
}

#[test]
fn an_offer_that_ends_without_him_is_taken_back_with_the_reason() {
    let open = || vec![offer(1, "lin", OfferState::Open, None)];
    let ends = |state, reason| shown(&mut screen(), vec![open(), vec![offer(1, "lin", state, reason)]]).remove(1);
    assert_eq!(ends(OfferState::TimedOut, None), "rescinded-1-timed_out");
    assert_eq!(ends(OfferState::Rescinded, Some("owner_back")), "rescinded-1-owner_back");
    assert_eq!(ends(OfferState::Declined, Some("busy")), "rescinded-1-declined", "in another tab");
    assert_eq!(ends(OfferState::Accepted, None), "");
}

#[test]
fn the_page_that_declined_needs_no_word_about_it() {
    let mut screen = screen();
    shown(&mut screen, vec![vec![offer(1, "lin", OfferState::Open, None)]]);
    screen.answered(OfferId::new(1));
    assert_eq!(shown(&mut screen, vec![vec![], vec![offer(1, "lin", OfferState::Declined, Some("busy"))]]), ["", ""]);
}

#[test]
fn a_case_that_excludes_the_agent_vanishes_without_being_shown() {
    let mut mine = case(1, CaseState::Active, Some("lin"));
    let mut screen = screen();
    assert_eq!(shown(&mut screen, vec![vec![changed(mine.clone())]]), ["case-1-active"]);
    mine.recused = vec![lin()];
    mine.agent = None;
    let excludes = vec![contact(8, 1), reply(8, 1), changed(mine.clone())];
    assert_eq!(shown(&mut screen, vec![vec![], excludes]), ["", "reread"]);
    mine.agent = Some(lin());
    let words = shown(&mut screen, vec![vec![], vec![], vec![changed(mine), contact(9, 1)]]);
    assert_eq!(words, ["", "", ""]);
}

#[test]
fn what_the_picture_holds_already_is_not_shown_again() {
    let mut screen = Screen::new(lin());
    screen.read(11, AgentState::Ready, &[case(1, CaseState::Active, Some("lin"))], &[]);
    let words = shown(&mut screen, vec![vec![contact(5, 1)], vec![contact(6, 1)]]);
    assert_eq!(words, ["", "contact-6-in-1"]);
}

#[test]
fn a_pending_case_stays_with_its_owner() {
    let mut pending = case(1, CaseState::Pending, None);
    pending.owner = "lin".to_owned();
    assert!(on_desk(&pending, &lin()));
    let mut led = case(2, CaseState::Waiting, None);
    led.owner = "lin".to_owned();
    assert!(!on_desk(&led, &lin()), "a lead's waiting queue is no desk");
    assert!(is_own(&led, &lin()));
}
