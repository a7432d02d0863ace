//! The socket: frames in order, results, readings anew, and how connections end.

use contract::{
    AgentState, CaseState, DeliveryState, Millis, OfferState, Role,
    command::Verb,
    problem::Code,
    view::{AgentView, Change, PromiseView, QueueView},
};
use coord::{BranchFigures, Standing};
use serde_json::{Value, json};

use super::house::{House, Screen, agent, case, changed, hq, id, now, offer, reference};

async fn with_lin() -> (House, Screen, Value) {
    let house = House::open().await;
    let token = house.token("lin", Role::Agent).await;
    let (screen, hello) = house.screen(&token).await;
    (house, screen, hello)
}

/// Puts case 1 before lin and waits until he was shown it.
async fn offered(house: &House, screen: &mut Screen) -> Value {
    let (said, inbound) = house.said(11, contract::CaseId::new(1), "转账转不出来");
    let case = case(1, CaseState::Offered, "chen", None);
    house.commit(vec![said, changed(case), offer(5, 1, "lin", OfferState::Open)], vec![inbound], vec![]).await;
    screen.frame_of("offer").await
}

#[tokio::test]
async fn hello_comes_first_and_tells_the_whole_desk() {
    let house = House::open().await;
    let token = house.token("lin", Role::Agent).await;
    let state = sample::agent("lin", AgentState::Ready);
    house.contact(11, case(1, CaseState::Active, "lin", Some("lin")), "一").await;
    house.contact(12, case(2, CaseState::Offered, "chen", None), "二").await;
    house.contact(13, case(3, CaseState::Pending, "lin", None), "三").await;
    house.contact(14, case(4, CaseState::Waiting, "lin", None), "a lead's queue is no desk").await;
    house.commit(vec![offer(5, 2, "lin", OfferState::Open), Change::Agent(state)], vec![], vec![]).await;
    let (_screen, hello) = house.screen(&token).await;
    assert_eq!((&hello["seq"], &hello["state"]), (&json!(1), &json!("ready")));
    let cases: Vec<&str> = hello["cases"].as_array().unwrap().iter().map(|case| case["id"].as_str().unwrap()).collect();
    assert_eq!(cases, [id(1), id(3)]);
    assert_eq!(hello["cases"][0]["contacts"][0]["text"], "一");
    assert_eq!((&hello["offers"][0]["offer_id"], &hello["offers"][0]["case"]["id"]), (&json!(id(5)), &json!(id(2))));
    assert_eq!(house.command().await.verb, Verb::OffersShown(vec![contract::OfferId::new(5)]));
}

#[tokio::test]
async fn an_offer_is_shown_told_accepted_and_worked_on() {
    let (house, mut screen, hello) = with_lin().await;
    assert_eq!((&hello["state"], &hello["cases"], &hello["offers"]), (&json!("away"), &json!([]), &json!([])));
    let frame = offered(&house, &mut screen).await;
    assert_eq!((&frame["seq"], &frame["offer_id"]), (&json!(2), &json!(id(5))));
    assert_eq!(frame["case"]["contacts"][0]["text"], "转账转不出来");
    assert!(house.looks().await.is_empty(), "the offer is the record of this look");
    assert_eq!(frame["expires_at"], (now() + Millis::from_secs(20)).to_string());
    assert_eq!(house.command().await.verb, Verb::OffersShown(vec![contract::OfferId::new(5)]));

    screen.send(json!({"type": "accept", "ref": reference(1), "offer_id": id(5)})).await;
    let accept = house.command().await;
    assert_eq!(accept.verb, Verb::Accept(contract::OfferId::new(5)));
    let active = case(1, CaseState::Active, "lin", Some("lin"));
    house.decide(&accept, None, vec![offer(5, 1, "lin", OfferState::Accepted), changed(active)]).await;
    let (result, shown) = both(&mut screen, "result", "case").await;
    assert_eq!(house.looks().await.len(), 1, "what lies on the desk is looked at");
    assert_eq!((&result["ref"], &result["ok"]), (&reference(1), &json!(true)));
    assert_eq!((&shown["case"]["id"], &shown["case"]["state"]), (&json!(id(1)), &json!("active")));

    let (said, inbound) = house.said(12, contract::CaseId::new(1), "还在吗");
    house.commit(vec![said], vec![inbound], vec![]).await;
    let message = screen.frame_of("message").await;
    assert_eq!((&message["case_id"], &message["contact"]["text"]), (&json!(id(1)), &json!("还在吗")));

    screen.send(json!({"type": "reply", "ref": reference(2), "case_id": id(1), "text": "在"})).await;
    let reply = house.command().await;
    let Verb::Reply(of, delivery) = reply.verb else { panic!("not a reply") };
    let view = sample::reply(delivery, of, 12);
    house.decide(&reply, None, vec![Change::Reply(view)]).await;
    let (result, message) = both(&mut screen, "result", "message").await;
    assert_eq!((&result["ok"], &result["delivery_id"]), (&json!(true), &json!(delivery.to_string())));
    assert_eq!((&message["delivery"]["id"], &message["delivery"]["text"]), (&result["delivery_id"], &json!("在")));
}

/// Waits for two frames of these types in either order.
async fn both(screen: &mut Screen, one: &str, other: &str) -> (Value, Value) {
    let (first, second) = (screen.frame().await, screen.frame().await);
    if first["type"] == one {
        assert_eq!(second["type"], other);
        (first, second)
    } else {
        assert_eq!((&first["type"], &second["type"]), (&json!(other), &json!(one)));
        (second, first)
    }
}

#[tokio::test]
async fn a_refusal_comes_as_a_result_with_its_problem() {
    let (house, mut screen, _) = with_lin().await;
    screen.send(json!({"type": "ready", "ref": reference(1)})).await;
    let command = house.command().await;
    house.decide(&command, Some(Code::OverCapacity), vec![]).await;
    let result = screen.frame_of("result").await;
    assert_eq!((&result["ok"], &result["problem"]["code"]), (&json!(false), &json!("over_capacity")));
    screen.send(json!({"type": "accept", "ref": reference(2), "offer_id": id(99)})).await;
    assert_eq!(screen.frame_of("result").await["problem"]["code"], "not_found");
    screen.send(json!({"type": "raise", "ref": reference(3), "case_id": id(1)})).await;
    assert_eq!(screen.frame_of("result").await["problem"]["code"], "forbidden");
}

#[tokio::test]
async fn the_same_ref_is_one_command_and_another_content_is_invalid() {
    let (house, mut screen, _) = with_lin().await;
    let frame = json!({"type": "away", "ref": reference(1), "reason": "lunch"});
    screen.send(frame.clone()).await;
    let command = house.command().await;
    house.decide(&command, None, vec![]).await;
    assert_eq!(screen.frame_of("result").await["ok"], true);
    screen.send(frame).await;
    assert_eq!(screen.frame_of("result").await["ok"], true);
    screen.send(json!({"type": "ready", "ref": reference(1)})).await;
    let result = screen.frame_of("result").await;
    assert_eq!((&result["ok"], &result["problem"]["status"]), (&json!(false), &json!(422)));
    assert_eq!(house.bus.figures().published, 1, "the branch was asked once");
}

#[tokio::test]
async fn malformed_frames_get_a_result_and_the_socket_stays() {
    let (_house, mut screen, _) = with_lin().await;
    for text in ["", "{", "[]", "7", r#"{"type":"ready"}"#, r#"{"type":"fly","ref":"x"}"#, "\u{0}"] {
        screen.raw(text.to_owned()).await;
        let result = screen.frame_of("result").await;
        assert_eq!((&result["ok"], &result["problem"]["code"]), (&json!(false), &json!("invalid")), "{text:?}");
    }
}

#[tokio::test]
async fn a_frame_over_the_limit_ends_the_socket_with_a_reason() {
    let (_house, mut screen, _) = with_lin().await;
    screen.raw("x".repeat(64 * 1024 + 1)).await;
    let (code, reason) = screen.closed().await;
    assert_eq!(code, 1009);
    assert!(reason.contains("64 KiB"), "{reason}");
}

#[tokio::test]
async fn whatever_was_missed_is_read_anew() {
    let (house, mut screen, _) = with_lin().await;
    offered(&house, &mut screen).await;
    house.store_only(vec![offer(5, 1, "lin", OfferState::TimedOut)], vec![], vec![]).await;
    house.contact(12, case(2, CaseState::Active, "lin", Some("lin")), "直接给你").await;
    let hello = screen.frame_of("hello").await;
    assert_eq!((&hello["seq"], &hello["offers"]), (&json!(3), &json!([])));
    assert_eq!(hello["cases"][0]["id"], id(2));
}

#[tokio::test]
async fn a_head_that_was_not_reached_is_read_anew() {
    let (house, mut screen, _) = with_lin().await;
    house.contact(11, case(1, CaseState::Active, "lin", Some("lin")), "一").await;
    screen.frame_of("case").await;
    let lost = house.store_only(vec![changed(case(2, CaseState::Active, "lin", Some("lin")))], vec![], vec![]).await;
    house.coord.fanout.tell_head(&hq(), lost.epoch, lost.seq);
    let hello = screen.frame_of("hello").await;
    assert_eq!(hello["cases"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn two_tabs_are_one_agent() {
    let house = House::open().await;
    let token = house.token("lin", Role::Agent).await;
    let (mut one, _) = house.screen(&token).await;
    let (mut two, _) = house.screen(&token).await;
    offered(&house, &mut one).await;
    assert_eq!(two.frame_of("offer").await["offer_id"], id(5));
    one.send(json!({"type": "decline", "ref": reference(1), "offer_id": id(5), "reason": "busy"})).await;
    let mut decline = house.command().await;
    // Both tabs showed it: once is told, or twice when they were far apart.
    while decline.verb == Verb::OffersShown(vec![contract::OfferId::new(5)]) {
        decline = house.command().await;
    }
    assert!(matches!(decline.verb, Verb::Decline(..)), "{:?}", decline.verb);
    house.decide(&decline, None, vec![offer(5, 1, "lin", OfferState::Declined)]).await;
    assert_eq!(one.frame().await["type"], "result", "the tab that declined needs no word about it");
    let taken_back = two.frame_of("rescinded").await;
    assert_eq!((&taken_back["offer_id"], &taken_back["reason"]), (&json!(id(5)), &json!("declined")));
}

#[tokio::test]
async fn a_case_that_excludes_the_agent_leaves_his_screen_unseen() {
    let (house, mut screen, _) = with_lin().await;
    let mut mine = case(1, CaseState::Active, "lin", Some("lin"));
    house.contact(11, mine.clone(), "一").await;
    screen.frame_of("case").await;
    mine.recused = vec![agent("lin")];
    mine.agent = None;
    let (said, inbound) = house.said(12, mine.id, "我要投诉林某");
    house.commit(vec![said, changed(mine)], vec![inbound], vec![]).await;
    let next = screen.frame().await;
    assert_eq!((&next["type"], &next["cases"]), (&json!("hello"), &json!([])), "nothing of what is said about him");
}

#[tokio::test]
async fn an_answer_on_its_way_is_told_to_who_has_the_case_or_wrote_it() {
    let (house, mut screen, _) = with_lin().await;
    house.contact(11, case(1, CaseState::Active, "lin", Some("lin")), "一").await;
    screen.frame_of("case").await;
    house.contact(12, case(2, CaseState::Closed, "zhao", None), "二").await;
    let mut about_him = case(3, CaseState::Active, "zhao", Some("zhao"));
    about_him.recused = vec![agent("lin")];
    house.contact(13, about_him, "三").await;
    let tell = |number, case, state, author: &str| {
        let delivery = sample::delivery(number, case, state);
        house.coord.fanout.tell_standing(&hq(), Standing { delivery, author: Some(agent(author)) });
    };
    tell(7, 1, DeliveryState::Sent, "chen");
    let sent = screen.frame_of("delivery").await;
    assert_eq!((&sent["case_id"], &sent["delivery"]["id"]), (&json!(id(1)), &json!(id(7))));
    assert_eq!((&sent["delivery"]["state"], &sent["delivery"]["text"]), (&json!("sent"), &Value::Null));
    tell(8, 3, DeliveryState::Failed, "lin");
    tell(9, 2, DeliveryState::Sent, "zhao");
    tell(9, 2, DeliveryState::Failed, "lin");
    let failed = screen.frame_of("delivery").await;
    assert_eq!((&failed["case_id"], &failed["delivery"]["state"]), (&json!(id(2)), &json!("failed")));
}

#[tokio::test]
async fn a_screen_is_shown_commits_while_outcomes_are_looked_for() {
    let (house, mut screen, _) = with_lin().await;
    house.contact(11, case(1, CaseState::Active, "lin", Some("lin")), "一").await;
    for number in 0..32 {
        screen.send(json!({"type": "note", "ref": reference(number), "case_id": id(1), "text": "x"})).await;
    }
    // Nobody decides them: each asks the store again and again, beside what is shown.
    let mut results = 0;
    while results < 32 {
        house.commit(vec![changed(case(1, CaseState::Active, "lin", Some("lin")))], vec![], vec![]).await;
        while results < 32 {
            let frame = screen.frame().await;
            if frame["type"] == "case" {
                break;
            }
            assert_eq!((&frame["type"], &frame["problem"]["code"]), (&json!("result"), &json!("outcome_unknown")));
            results += 1;
        }
    }
}

#[tokio::test]
async fn being_sent_away_is_told() {
    let (house, mut screen, _) = with_lin().await;
    let set = |state, reason: Option<&str>| {
        Change::Agent(AgentView { reason: reason.map(str::to_owned), ..sample::agent("lin", state) })
    };
    house.commit(vec![set(AgentState::Ready, None)], vec![], vec![]).await;
    assert_eq!(screen.frame_of("agent").await["state"], "ready");
    house.commit(vec![set(AgentState::Away, Some("missed_offers"))], vec![], vec![]).await;
    let away = screen.frame_of("agent").await;
    assert_eq!((&away["state"], &away["reason"]), (&json!("away"), &json!("missed_offers")));
}

#[tokio::test]
async fn figures_come_when_they_change_and_by_rest_too() {
    let (house, mut screen, _) = with_lin().await;
    let queue = QueueView {
        id: "enquiries".parse().unwrap(),
        branch: hq(),
        waiting: 3,
        oldest: Some(Millis::new(12_345)),
        predicted_wait: None,
        attainment: Some(0.5),
        ready_agents: 1,
    };
    house.coord.figures.put(&hq(), BranchFigures { at: now(), firm: None, queues: vec![queue], violations: 0 });
    let figures = screen.frame_of("figures").await;
    let told = &figures["queues"][0];
    assert_eq!((&told["waiting"], &told["oldest_s"], &told["name"]), (&json!(3), &json!(12), &json!("综合咨询")));
    assert_eq!((&told["predicted_wait_s"], &told["attainment"]), (&Value::Null, &json!(0.5)));
    let token = house.token("ops1", Role::Ops).await;
    let rest = house.get(&token, "queues").await;
    assert_eq!((&rest.body["items"][0], &rest.body["violations"]), (told, &json!(0)));
}

#[tokio::test]
async fn an_open_screen_is_a_present_agent() {
    let (house, _screen, _) = with_lin().await;
    let present = async || {
        let lin = [agent("lin")];
        house.clock.advance(Millis::from_secs(60));
        // Beats come every second; the clock that presence asks stands still in between.
        house
            .until("presence has seen lin", async || {
                house.coord.presence.unseen(&hq(), &lin, Millis::from_secs(30)).await.unwrap().is_empty()
            })
            .await;
    };
    present().await;
}

#[tokio::test]
async fn only_agents_hold_a_socket_and_only_by_websocket() {
    let house = House::open().await;
    let lead = house.token("xie", Role::Supervisor).await;
    let header = format!("Bearer {lead}");
    assert_eq!(house.socket("agent/socket", &[("authorization", &header)]).await.err(), Some(403));
    let lin = house.token("lin", Role::Agent).await;
    assert_eq!(house.get(&lin, "agent/socket").await.status, 426);
    let stranger = house.token("stranger", Role::Agent).await;
    let header = format!("Bearer {stranger}");
    assert_eq!(house.socket("agent/socket", &[("authorization", &header)]).await.err(), Some(409));
}

#[tokio::test]
async fn stopping_says_goodbye() {
    let (house, mut screen, _) = with_lin().await;
    house.tasks.stop().cancel();
    assert_eq!(screen.closed().await.0, 1001);
}

#[tokio::test]
async fn a_screen_hears_that_the_line_lives_and_what_time_it_is() {
    let (_house, mut screen, hello) = with_lin().await;
    assert_eq!(hello["at"], now().to_string());
    screen.send(json!({"type": "ping", "ref": reference(1)})).await;
    let result = screen.frame().await;
    assert_eq!((&result["ref"], &result["ok"]), (&json!(reference(1)), &json!(true)));
    screen.send(json!({"type": "ping", "ref": reference(2), "more": 1})).await;
    assert_eq!(screen.frame().await["problem"]["code"], "invalid");
}

#[tokio::test]
async fn what_an_agent_owes_is_told_when_it_changes() {
    let (house, mut screen, _) = with_lin().await;
    house.commit(vec![changed(case(1, CaseState::Waiting, "lin", None))], vec![], vec![]).await;
    let mine = PromiseView { owner: "lin".to_owned(), ..sample::promise(7, 1, now()) };
    let others = PromiseView { owner: "zhao".to_owned(), ..sample::promise(8, 1, now()) };
    house.commit(vec![Change::Promise(others), Change::Promise(mine)], vec![], vec![]).await;
    let frame = screen.frame_of("promise").await;
    assert_eq!((&frame["promise"]["id"], &frame["promise"]["owner"]), (&json!(id(7)), &json!("lin")));
}
