//! What ops and compliance do: dead letters, the journal, why a case went where it went.

use bus::{Message, QueueName};
use contract::{
    CaseId, CaseState, ChannelKind, Millis, Role,
    live::{BranchFigures, CountReport, DepthReport, PartReport, ProcessReport},
    parked::ParkedCall,
    view::{CaseView, QueueView},
};
use serde_json::json;

use super::house::{House, case, changed, hq, id, now};

#[tokio::test]
async fn a_dead_letter_is_listed_without_its_body_replayed_and_dropped() {
    let house = House::open().await;
    let (ops, hegui) = (house.token("ops1", Role::Ops).await, house.token("hegui", Role::Compliance).await);
    let route = QueueName::Route(hq());
    for number in [1_u128, 2] {
        let letter = Message::new(number, b"secret words".to_vec());
        house.bus.dead().park(&route, "not an inbound message", letter).await.unwrap();
    }
    let list = house.get(&ops, "dead-letters?limit=1").await;
    let first = &list.body["items"][0];
    assert_eq!((&first["source"], &first["body_bytes"]), (&json!("route.hq"), &json!(12)));
    assert_eq!(first["reason"], "not an inbound message");
    assert!(!list.body.to_string().contains("secret"));
    let next = list.body["next"].as_str().unwrap();
    let rest = house.get(&ops, &format!("dead-letters?cursor={next}")).await;
    assert_eq!((rest.body["items"].as_array().map(Vec::len), &rest.body["next"]), (Some(1), &json!(null)));

    let path = format!("dead-letters/{}", first["id"].as_str().unwrap());
    assert_eq!(house.get(&hegui, &path).await.body["id"], first["id"]);
    assert_eq!(house.post(&hegui, &format!("{path}/replay"), json!({})).await.status, 403);
    assert_eq!(house.post(&ops, &format!("{path}/replay"), json!({})).await.status, 200);
    assert_eq!(house.post(&ops, &format!("{path}/replay"), json!({})).await.problem(), (404, "not_found"));
    let back = house.bus.consume(&route, 10, 1).await.unwrap().next_batch(10).await.unwrap();
    assert_eq!((back.len(), back[0].message.id, &back[0].message.body[..]), (1, 1, b"secret words".as_slice()));

    let other = format!("dead-letters/{}/drop", rest.body["items"][0]["id"].as_str().unwrap());
    assert_eq!(house.post(&ops, &other, json!({})).await.status, 200);
    assert_eq!(house.get(&ops, "dead-letters").await.body["items"], json!([]));

    let deeds = house.store.records().from(&store::journal::Stream::audit("house"), 1, 100).await.unwrap();
    let deeds = deeds.iter().map(|record| contract::wire::decode::<contract::audit::Deed>(&record.body).unwrap());
    let deeds: Vec<_> = deeds.filter(|deed| deed.by.as_str() == "ops1").map(|deed| deed.what.to_string()).collect();
    let letter = |item: &serde_json::Value| item["id"].as_str().unwrap().to_owned();
    let expected = [
        format!("dead letter {} put back into route.hq", letter(first)),
        format!("dead letter {} from route.hq dropped", letter(&rest.body["items"][0])),
    ];
    assert_eq!(deeds, expected, "and nothing of what was refused or not there");
}

/// Nobody but who may read all sees what a letter holds, and his look stands in the journal.
#[tokio::test]
async fn what_a_dead_letter_holds_is_for_who_may_read_all() {
    let house = House::open().await;
    let account = channel::Account { channel: ChannelKind::Sms, id: "main".parse().unwrap(), branch: hq() };
    let call = |body: &[u8]| ParkedCall {
        method: "POST".to_owned(),
        tail: String::new(),
        query: "n=1".to_owned(),
        headers: vec![("authorization".into(), "the secret".into()), ("content-type".into(), "text/x".into())],
        body: body.to_vec(),
    };
    let at = house.clock.now();
    house.intake.park(&account, &call("我的电话".as_bytes()), at, "not JSON").await.unwrap();
    house.intake.park(&account, &call(&[0xff; 100_000]), at, "not JSON").await.unwrap();
    house.contact_letter(7, "没人收的话").await;
    house.clock.advance(Millis::from_secs(61));
    for (name, role) in [("ops1", Role::Ops), ("root", Role::Admin)] {
        let token = house.token(name, role).await;
        for letter in house.get(&token, "dead-letters").await.body["items"].as_array().unwrap() {
            let shown = house.get(&token, &format!("dead-letters/{}", letter["id"].as_str().unwrap())).await;
            assert_eq!((shown.status, &shown.body), (200, letter), "{name}");
            assert_eq!((letter["content"].is_null(), &letter["age_s"]), (true, &json!(61)));
            assert_eq!(letter["digest"].as_str().map(str::len), Some(64));
        }
    }
    let hegui = house.token("hegui", Role::Compliance).await;
    let letters = house.get(&hegui, "dead-letters").await.body["items"].clone();
    assert!(letters.as_array().unwrap().iter().all(|letter| letter["content"].is_null()), "a list holds no content");
    let mut seen = Vec::new();
    for letter in letters.as_array().unwrap() {
        let path = format!("dead-letters/{}", letter["id"].as_str().unwrap());
        let content = house.get(&hegui, &path).await.body["content"].clone();
        assert!(!content.to_string().contains("the secret"), "a provider's secret is shown");
        seen.push(content);
    }
    let [small, large, contact] = seen.as_slice() else { panic!("three letters") };
    assert_eq!((&small["text"], &small["path"]), (&json!("我的电话"), &json!("/channels/sms/main")));
    assert_eq!((&small["media_type"], &small["query"]), (&json!("text/x"), &json!("n=1")));
    assert!(large["text"].is_null() && large["base64"].as_str().is_some_and(|text| text.starts_with("////")));
    assert_eq!((&contact["text"], &contact["from"]), (&json!("没人收的话"), &json!("+8613800001234")));
    assert_eq!(letters[0]["account"], "sms.main");

    let looks = crate::access::looks(&house.store, &store::journal::Stream::access("test"), 1, 100).await.unwrap();
    let looks: Vec<_> =
        looks.iter().map(|(_, look)| (look.user.as_str(), look.place.as_str(), look.letters.len())).collect();
    assert_eq!(looks, [("hegui", "dead_letter", 1); 3]);
    let of_sz = house.token_of("hegui-sz", Role::Compliance, Some("sz")).await;
    let path = format!("dead-letters/{}", letters[0]["id"].as_str().unwrap());
    assert_eq!(house.get(&of_sz, &path).await.problem(), (409, "not_yours"));
}

#[tokio::test]
async fn the_journal_shows_its_heads_and_whether_it_is_whole() {
    let house = House::open().await;
    let (ops, hegui) = (house.token("ops1", Role::Ops).await, house.token("hegui", Role::Compliance).await);
    for number in 1..=3 {
        house.commit(vec![changed(case(number, CaseState::Active, "lin", None))], vec![], vec![]).await;
    }
    let hq = |list: &serde_json::Value| {
        let items = list["items"].as_array().unwrap();
        items.iter().find(|item| item["stream"] == "branch/hq").unwrap().clone()
    };
    let head = hq(&house.get(&ops, "journal").await.body);
    assert_eq!(head["seq"], 3);
    let verdict = hq(&house.get(&ops, "journal/verify").await.body);
    assert_eq!((&verdict["ok"], &verdict["seq"]), (&json!(true), &json!(3)));
    let all = house.get(&ops, "journal/verify").await;
    assert!(all.body["items"].as_array().unwrap().iter().all(|item| item["ok"] == true), "{}", all.body);
    assert_eq!(house.get(&ops, "journal/verify?stream=diary/x").await.problem(), (422, "invalid"));

    assert_eq!(house.get(&ops, "journal/verify?stream=branch/nope").await.problem(), (404, "not_found"));
    assert_eq!(house.get(&hegui, "journal/export?stream=access/nope").await.problem(), (404, "not_found"));

    let page = house.get(&hegui, "journal/export?stream=branch/hq&limit=2").await;
    assert_eq!(page.body["items"].as_array().map(Vec::len), Some(2));
    let from = page.body["next"].as_str().unwrap();
    let rest = house.get(&hegui, &format!("journal/export?stream=branch/hq&from={from}")).await;
    assert_eq!((&rest.body["items"][0]["seq"], &rest.body["next"]), (&json!(3), &json!(null)));
    let beyond = house.get(&hegui, "journal/export?stream=branch/hq&from=18446744073709551615").await;
    assert_eq!((beyond.status, &beyond.body["items"]), (200, &json!([])));
}

#[tokio::test]
async fn an_explanation_tells_each_step_with_its_reason() {
    use contract::{
        AgentId, Cause, Choice, InputId, Millis, OfferId, Stage,
        command::{Actor, Verb},
        journal::{Candidate, CommandFacts, Event, Fact, Input, Offered, Queued, Reason, Record},
        wire,
    };
    let at: contract::Timestamp = now();
    let lin: AgentId = "lin".parse().unwrap();
    let best = vec![Candidate { agent: lin.clone(), shortfall: 0, idle: Millis::from_secs(90) }];
    let mut reason = Reason::new(Choice::BestAgent, 4);
    (reason.candidates, reason.waiting, reason.slack) = (3, 7, Some(Millis::new(-1500)));
    let record = Record {
        seq: 9,
        epoch: 1,
        now: at,
        input: Input {
            id: InputId::new(1),
            fresh: 1,
            fact: Fact::Command(Box::new(CommandFacts {
                digest: Vec::new().into(),
                by: Actor { user: "chen".parse().unwrap(), role: Role::Agent, agent: None },
                verb: Verb::Raise(CaseId::new(1)),
                way_back: false,
            })),
        },
        events: vec![
            Event::Queued(Queued {
                case: CaseId::new(1),
                queue: "funds".parse().unwrap(),
                stage: Stage::Open,
                alone: None,
                cause: Cause::Transferred,
            }),
            Event::Raised(CaseId::new(2)),
            Event::Offered(Box::new(Offered {
                offer: OfferId::new(5),
                case: CaseId::new(1),
                agent: lin,
                expires_at: at,
                reason: reason.with_best(best),
            })),
        ],
        prev_hash: Vec::new(),
        reader: 1,
        rules: 1,
    };
    let stored = store::journal::Record { seq: 9, hash: [0; 32], body: wire::encode(&record) };
    let look = store::journal::Record { seq: 1, hash: [0; 32], body: b"no record of a branch".to_vec() };
    let streams = [store::journal::Stream::branch(&hq()), store::journal::Stream::access("test")];
    let [branch, access] = streams;
    let told = crate::explain::explain(CaseId::new(1), &[(access, look), (branch, stored)]);
    let told = serde_json::to_value(told).unwrap();
    assert_eq!(told["case_id"], id(1));
    let steps = told["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 2, "another case's step is left out");
    assert_eq!((&steps[0]["what"], &steps[0]["by"]), (&json!("queued"), &json!("chen")));
    assert_eq!(steps[0]["text"], "waits in funds (open, transferred)");
    let reason = &steps[1]["reason"];
    assert_eq!(
        (&reason["choice"], &reason["candidates"], &reason["slack_s"]),
        (&json!("best_agent"), &json!(3), &json!(-2))
    );
    assert_eq!((&reason["best"][0]["agent"], &reason["firm_version"]), (&json!("lin"), &json!(4)));
}

/// What the pulse says reaches who may watch, as far as his branch goes.
#[tokio::test]
async fn figures_show_queues_channels_bus_and_processes() {
    let house = House::open().await;
    let lead = house.token_of("lead", Role::Supervisor, Some("hq")).await;
    let other = house.token_of("other", Role::Supervisor, Some("south")).await;
    let queue = QueueView {
        id: "enquiries".parse().unwrap(),
        branch: hq(),
        waiting: 2,
        oldest: None,
        predicted_wait: None,
        attainment: Some(0.5),
        ready_agents: 0,
    };
    let told = BranchFigures { at: now(), firm: None, queues: vec![queue], violations: 0 };
    house.coord.figures.put(&hq(), told);
    let waits = |number, due_s: i64| {
        let due_at = Some(now() + Millis::from_secs(due_s));
        changed(CaseView {
            due_at,
            queue: "enquiries".parse().unwrap(),
            ..case(number, CaseState::Waiting, "lin", None)
        })
    };
    house.commit(vec![waits(1, 30), waits(2, -1)], Vec::new(), Vec::new()).await;
    let route = QueueName::Route(hq());
    house.bus.dead().park(&route, "not an inbound message", Message::new(9, vec![1])).await.unwrap();
    let count = |what: &str, lane: &str, count| CountReport {
        what: what.to_owned(),
        channel: "sms".to_owned(),
        account: "main".to_owned(),
        lane: lane.to_owned(),
        count,
    };
    let depth = |queue: &str, messages| DepthReport { queue: queue.to_owned(), messages };
    let report = ProcessReport {
        started_at: now(),
        version: "7".to_owned(),
        parts: vec![PartReport { name: "bus".to_owned(), state: "well".to_owned(), why: None }],
        depths: vec![depth("dead", 1), depth("route.hq", 4)],
        counts: vec![count("accepted", "", 5), count("sent", "normal", 3)],
    };
    house.coord.reports.put(&"main".to_owned(), report);
    let mut told = json!(null);
    let looked = async || {
        told = house.get(&lead, "figures").await.body;
        told["queues"][0]["late"] == 1 && told["dead"] == 1
    };
    house.until("the pulse has looked", looked).await;
    let hour = house.get(&lead, "figures/history").await.body;
    let queue = &told["queues"][0];
    assert_eq!((&queue["waiting"], &queue["endangered"], &queue["attainment"]), (&json!(2), &json!(1), &json!(0.5)));
    assert_eq!(told["bus"], json!([{ "queue": "route.hq", "messages": 4 }]));
    let process = json!({ "name": "main", "version": "7", "started_at": told["processes"][0]["started_at"],
        "parts": [{ "name": "bus", "state": "well", "why": null }] });
    assert_eq!(told["processes"], json!([process]));
    let accounts: Vec<_> = told["channels"].as_array().unwrap().iter().map(|one| &one["channel"]).collect();
    assert_eq!(accounts, ["phone", "sms"]);
    assert!(hour["steps"].as_u64().unwrap() >= 1, "{hour}");

    let due = house.get(&lead, "cases/due").await.body;
    let ids: Vec<_> = due["items"].as_array().unwrap().iter().map(|case| case["id"].clone()).collect();
    assert_eq!(ids, [json!(id(2)), json!(id(1))]);
    let elsewhere = house.get(&other, "figures").await.body;
    assert_eq!((&elsewhere["queues"], &elsewhere["channels"], &elsewhere["bus"]), (&json!([]), &json!([]), &json!([])));
    assert_eq!(house.get(&other, "cases/due").await.body["items"], json!([]));
}

#[tokio::test]
async fn the_upset_are_before_the_shift_leader_however_late_they_are_due() {
    let house = House::open().await;
    let lead = house.token("lead", Role::Supervisor).await;
    let owing = |number: u128| case(number, CaseState::Waiting, "lin", None);
    let upset =
        CaseView { due_at: Some(now() + Millis::from_secs(3600)), marks: vec![contract::Mark::Upset], ..owing(999) };
    let many = (1..=120).map(|number| changed(owing(number)));
    house.commit(many.chain([changed(upset)]).collect(), Vec::new(), Vec::new()).await;
    let due = house.get(&lead, "cases/due").await.body;
    let ids: Vec<_> = due["items"].as_array().unwrap().iter().map(|case| case["id"].clone()).collect();
    assert_eq!((ids.len(), &ids[0], &ids[1]), (100, &json!(id(999)), &json!(id(1))));
}
