//! Branches: what people and programs of one branch get where another branch's things are named,
//! at every address.

use std::collections::BTreeSet;

use contract::{
    Address, AddressKind, CaseId, CaseState, ChannelKind, ClientClass, ClientId, DeliveryId, OfferState, Role, about,
    view::{CaseView, Change},
};
use serde_json::{Value, json};
use store::{directory::Entry, journal::Text, notice::Way};

use super::{
    house::{Answer, House, case, changed, hq, id, now, offer},
    openapi::addresses,
};

/// What those of `sz` get of `hq`: a shift leader, an agent, compliance, a program. A code, or
/// `nothing`: a list without items, or `own`: an answer without a mark of `hq`.
const TABLE: &[(&str, &str, [&str; 4])] = &[
    ("GET", "contacts", ["nothing", "nothing", "nothing", "nothing"]),
    ("GET", "contacts?branch=hq", ["not_yours", "not_yours", "not_yours", "not_yours"]),
    ("GET", "contacts?case_id={case}", ["nothing", "nothing", "nothing", "nothing"]),
    ("GET", "contacts?client_id={client}", ["nothing", "nothing", "nothing", "nothing"]),
    ("GET", "contacts?client_id={anybodys}", ["nothing", "nothing", "nothing", "nothing"]),
    ("POST", "contacts", ["forbidden", "not_yours", "forbidden", "not_yours"]),
    ("GET", "contacts/{contact}", ["not_yours", "not_yours", "not_yours", "not_yours"]),
    ("GET", "cases", ["nothing", "nothing", "nothing", "forbidden"]),
    ("GET", "cases?branch=hq", ["not_yours", "not_yours", "not_yours", "forbidden"]),
    ("GET", "cases?agent=lin", ["nothing", "nothing", "nothing", "forbidden"]),
    ("GET", "cases?client_id={anybodys}", ["nothing", "nothing", "nothing", "forbidden"]),
    ("GET", "cases/due", ["nothing", "forbidden", "nothing", "forbidden"]),
    ("GET", "cases/due?branch=hq", ["not_yours", "forbidden", "not_yours", "forbidden"]),
    ("GET", "cases/{case}", ["not_yours", "not_yours", "not_yours", "forbidden"]),
    ("GET", "cases/{case}/explain", ["not_yours", "not_yours", "not_yours", "forbidden"]),
    ("GET", "cases/{case}/notes", ["not_yours", "not_yours", "not_yours", "forbidden"]),
    ("POST", "cases/{case}/reply", ["not_yours", "not_yours", "forbidden", "forbidden"]),
    ("POST", "cases/{case}/transfer", ["not_yours", "not_yours", "forbidden", "forbidden"]),
    ("POST", "cases/{case}/callback", ["not_yours", "not_yours", "forbidden", "forbidden"]),
    ("POST", "cases/{case}/pend", ["not_yours", "not_yours", "forbidden", "forbidden"]),
    ("POST", "cases/{case}/close", ["not_yours", "not_yours", "forbidden", "forbidden"]),
    ("POST", "cases/{case}/done", ["not_yours", "not_yours", "forbidden", "forbidden"]),
    ("POST", "cases/{case}/note", ["not_yours", "not_yours", "forbidden", "forbidden"]),
    ("POST", "cases/{case}/rekind", ["not_yours", "not_yours", "forbidden", "forbidden"]),
    ("POST", "cases/{case}/recuse", ["not_yours", "forbidden", "forbidden", "forbidden"]),
    ("POST", "cases/{case}/assign", ["not_yours", "forbidden", "forbidden", "forbidden"]),
    ("POST", "cases/{case}/raise", ["not_yours", "forbidden", "forbidden", "forbidden"]),
    ("POST", "cases/{case}/upset", ["not_yours", "not_yours", "forbidden", "forbidden"]),
    ("POST", "cases/{case}/dialect", ["not_yours", "not_yours", "forbidden", "forbidden"]),
    // Of his own case whoever leads names nobody of another branch; a transfer may.
    ("POST", "cases/{own}/recuse", ["invalid", "forbidden", "forbidden", "forbidden"]),
    ("POST", "cases/{own}/assign", ["invalid", "forbidden", "forbidden", "forbidden"]),
    ("GET", "offers?agent=lin", ["not_yours", "not_yours", "not_yours", "forbidden"]),
    ("GET", "offers/{offer}", ["not_yours", "not_yours", "not_yours", "forbidden"]),
    ("POST", "offers/{offer}/accept", ["forbidden", "not_yours", "forbidden", "forbidden"]),
    ("POST", "offers/{offer}/decline", ["forbidden", "not_yours", "forbidden", "forbidden"]),
    ("GET", "queues", ["nothing", "nothing", "nothing", "forbidden"]),
    ("GET", "queues?branch=hq", ["not_yours", "not_yours", "not_yours", "forbidden"]),
    ("GET", "figures", ["own", "forbidden", "own", "forbidden"]),
    ("GET", "figures/history", ["own", "forbidden", "own", "forbidden"]),
    ("GET", "agents", ["own", "own", "own", "forbidden"]),
    ("GET", "agents?branch=hq", ["not_yours", "not_yours", "not_yours", "forbidden"]),
    ("GET", "agents/lin", ["not_yours", "not_yours", "not_yours", "forbidden"]),
    ("POST", "agents/lin/ready", ["forbidden", "not_yours", "forbidden", "forbidden"]),
    ("POST", "agents/lin/away", ["not_yours", "not_yours", "forbidden", "forbidden"]),
    ("GET", "told", ["nothing", "nothing", "nothing", "forbidden"]),
    ("GET", "told?case_id={case}", ["nothing", "nothing", "nothing", "forbidden"]),
    ("GET", "told?branch=hq", ["not_yours", "not_yours", "not_yours", "forbidden"]),
    ("GET", "promises", ["nothing", "nothing", "nothing", "forbidden"]),
    ("GET", "promises?branch=hq", ["not_yours", "not_yours", "not_yours", "forbidden"]),
    ("GET", "promises?case_id={case}", ["nothing", "nothing", "nothing", "forbidden"]),
    ("POST", "promises/{promise}/keep", ["not_yours", "not_yours", "forbidden", "forbidden"]),
    ("POST", "promises/{promise}/tried", ["not_yours", "not_yours", "forbidden", "forbidden"]),
    ("POST", "promises/{promise}/drop", ["not_yours", "not_yours", "forbidden", "forbidden"]),
    ("GET", "clients?number=100", ["nothing", "nothing", "nothing", "nothing"]),
    ("GET", "clients?address=13800001234", ["nothing", "nothing", "nothing", "nothing"]),
    ("GET", "clients/{client}", ["not_yours", "not_yours", "not_yours", "not_yours"]),
    ("GET", "clients/{client}/addresses", ["not_yours", "not_yours", "not_yours", "not_yours"]),
    ("GET", "clients/{client}/history", ["not_yours", "not_yours", "not_yours", "not_yours"]),
    ("GET", "clients/{client}/history?masked=true", ["not_yours", "not_yours", "not_yours", "not_yours"]),
    // Of whom no branch is named, everybody may look; not at what another branch works on.
    ("GET", "clients/{anybodys}", ["own", "own", "own", "own"]),
    ("GET", "clients/{anybodys}/addresses", ["own", "own", "own", "own"]),
    ("GET", "clients/{anybodys}/history", ["own", "own", "own", "not_yours"]),
    ("GET", "clients/{client}/subscriptions", ["not_yours", "not_yours", "not_yours", "not_yours"]),
    ("PUT", "clients/{client}/subscriptions/ipo", ["not_yours", "not_yours", "forbidden", "not_yours"]),
    ("DELETE", "clients/{client}/subscriptions/ipo", ["not_yours", "not_yours", "forbidden", "not_yours"]),
    ("GET", "clients/{client}/consents", ["not_yours", "not_yours", "not_yours", "forbidden"]),
    ("DELETE", "clients/{client}/consents", ["not_yours", "not_yours", "forbidden", "not_yours"]),
    ("DELETE", "clients/{client}/consents/hold", ["not_yours", "not_yours", "forbidden", "not_yours"]),
    ("GET", "clients/{client}/consents/page", ["not_yours", "not_yours", "not_yours", "forbidden"]),
    ("POST", "clients/{client}/link", ["forbidden", "forbidden", "forbidden", "not_yours"]),
    ("POST", "clients/import", ["forbidden", "forbidden", "forbidden", "not_yours"]),
    ("GET", "deliveries?case_id={case}", ["not_yours", "not_yours", "not_yours", "not_yours"]),
    ("GET", "deliveries/{delivery}", ["not_yours", "not_yours", "not_yours", "not_yours"]),
    ("GET", "alerts", ["nothing", "forbidden", "nothing", "nothing"]),
    ("GET", "alerts?branch=hq", ["not_yours", "forbidden", "not_yours", "not_yours"]),
    ("POST", "alerts", ["not_yours", "forbidden", "forbidden", "not_yours"]),
    ("POST", "alerts/preview", ["not_yours", "forbidden", "forbidden", "not_yours"]),
    ("GET", "alerts/{alert}", ["not_yours", "forbidden", "not_yours", "not_yours"]),
    ("GET", "alerts/{alert}/deliveries", ["not_yours", "forbidden", "not_yours", "not_yours"]),
    ("POST", "alerts/{alert}/pause", ["not_yours", "forbidden", "forbidden", "not_yours"]),
    ("POST", "alerts/{alert}/resume", ["not_yours", "forbidden", "forbidden", "not_yours"]),
    ("POST", "alerts/{alert}/stop", ["not_yours", "forbidden", "forbidden", "not_yours"]),
    ("GET", "journal", ["forbidden", "forbidden", "nothing", "forbidden"]),
    ("GET", "journal/verify?stream=branch/hq", ["forbidden", "forbidden", "not_yours", "forbidden"]),
    ("GET", "journal/deeds", ["forbidden", "forbidden", "not_yours", "forbidden"]),
    ("GET", "journal/export?stream=branch/hq", ["forbidden", "forbidden", "not_yours", "forbidden"]),
];

/// Addresses that name nothing of a branch, are the whole firm's, are no role's above, or are
/// tried elsewhere (`rights`: users, dead letters).
const ELSEWHERE: &[&str] =
    &["session", "tickets", "setup", "desk", "topics", "firm", "users", "dead-letters", "mine", "agent", "audit"];

/// What of `hq` may stand in no answer.
const MARKS: &[&str] = &[
    "陈大文",
    "\"hq\"",
    "\"lin\"",
    "我的账户",
    "记一笔",
    "已处理",
    "-000000000001\"",
    "-00000000000b\"",
    "-00000000000c\"",
];

#[test]
fn the_table_holds_every_address_that_can_name_another_branch() {
    let of = |path: &str| path.split('?').next().unwrap().replace("{own}", "{case}").replace("{anybodys}", "{client}");
    let plain = |path: &str| {
        let parts = path.split('/').enumerate();
        let part = |(place, part): (usize, &str)| {
            if place % 2 == 1 && part.starts_with('{') { "{id}".to_owned() } else { part.to_owned() }
        };
        parts.map(part).collect::<Vec<_>>().join("/")
    };
    let table: BTreeSet<(String, String)> = TABLE
        .iter()
        .map(|(method, path, _)| {
            ((*method).to_owned(), plain(&of(path)).replace("agents/lin", "agents/{id}").replace("/ipo", "/{topic}"))
        })
        .collect();
    let missing: Vec<_> = addresses()
        .into_iter()
        .map(|(method, path)| (method, path.trim_start_matches("/api/v1/").to_owned()))
        .filter(|(_, path)| !ELSEWHERE.contains(&path.split('/').next().unwrap()))
        .filter(|address| !table.contains(address))
        .collect();
    assert!(missing.is_empty(), "what does somebody of another branch get there? {missing:?}");
}

fn entry(number: &str, name: &str, branch: Option<contract::BranchId>, phone: &str) -> Entry {
    Entry {
        number: number.to_owned(),
        name: Some(name.to_owned()),
        class: ClientClass::Ordinary,
        risk_class: None,
        risk_valid_until: None,
        manager: None,
        branch,
        addresses: vec![Address::parse(AddressKind::Phone, phone).unwrap()],
    }
}

/// A house in which `hq` works for a client of its own and for one of no branch, whom `sz` knows too.
struct Two {
    house: House,
    names: Vec<(&'static str, String)>,
}

impl Two {
    async fn open() -> Self {
        let house = House::open().await;
        let (client, anybodys) =
            (entry("100", "陈大文", Some(hq()), "13800001234"), entry("200", "王某", None, "13900001234"));
        let ids = (client.id(), anybodys.id());
        house.store.directory().enter(vec![client, anybodys]).await.unwrap();
        for (number, client) in [(1, ids.0), (2, ids.1)] {
            Self::works_on(&house, number, client, case(number, CaseState::Active, "lin", Some("lin"))).await;
        }
        let more = vec![offer(5, 1, "lin", OfferState::Open), Change::Promise(sample::promise(7, 1, now()))];
        house.commit(more, vec![], vec![]).await;
        let own = CaseView { branch: "sz".parse().unwrap(), ..case(0xabc, CaseState::Closed, "huang", None) };
        Self::own(&house, ids.1, own).await;
        let risk = house.token("risk", Role::Integration).await;
        let alert =
            json!({"branch": "hq", "category": "risk", "clients": ["100"], "title": "盘中", "text": "请注意风险"});
        let alert = house.post(&risk, "alerts", alert).await.body["id"].as_str().unwrap().to_owned();
        let names = vec![
            ("{case}", id(1)),
            ("{contact}", id(11)),
            ("{delivery}", id(21)),
            ("{offer}", id(5)),
            ("{promise}", id(7)),
            ("{own}", id(0xabc)),
            ("{client}", ids.0.to_string()),
            ("{anybodys}", ids.1.to_string()),
            ("{alert}", alert),
        ];
        Self { house, names }
    }

    /// A case in `hq` with a contact, an answer and a note.
    async fn works_on(house: &House, number: u128, client: ClientId, view: CaseView) {
        let (mut said, inbound) = house.said(10 + number, view.id, "我的账户");
        if let Change::Contact(said) = &mut said {
            said.client = Some(client);
        }
        let text = |at: u128, words: &str| Text {
            id: at,
            case: Some(CaseId::new(number)),
            author: "lin".to_owned(),
            at: now(),
            sealed: house.keys.seal([7; 12], &about::text(at), words.as_bytes()),
        };
        let reply = Change::Reply(sample::reply(DeliveryId::new(20 + number), CaseId::new(number), 10 + number));
        let texts = vec![text(20 + number, "已处理"), text(30 + number, "记一笔")];
        house.commit(vec![said, changed(CaseView { client: Some(client), ..view }), reply], vec![inbound], texts).await;
    }

    /// A case of `sz` with the client of no branch, for which its agent sees his history.
    async fn own(house: &House, client: ClientId, view: CaseView) {
        house.commit(vec![changed(CaseView { client: Some(client), due_at: None, ..view })], vec![], vec![]).await;
    }

    fn path(&self, path: &str) -> String {
        self.names.iter().fold(path.to_owned(), |path, (name, id)| path.replace(name, id))
    }
}

fn body_of(path: &str) -> Value {
    match path.rsplit('/').next().unwrap() {
        "contacts" => json!({"text": "x", "branch": "hq"}),
        "reply" | "note" => json!({"text": "x"}),
        "transfer" => json!({"to": {"queue": "funds"}}),
        "callback" => json!({"at": "2026-11-09T11:00:00+08:00"}),
        "close" => json!({"outcome": "solved"}),
        "rekind" => json!({"kind": "complaint"}),
        "dialect" => json!({"language": "cantonese"}),
        "recuse" | "assign" => json!({"agent": "lin"}),
        "decline" => json!({"reason": "busy"}),
        "ipo" | "consents" | "hold" => json!({"wording": "好的"}),
        "import" => json!({"csv": ""}),
        "alerts" | "preview" => {
            json!({"category": "risk", "clients": ["200", "100"], "title": "盘中", "text": "请注意"})
        }
        _ => json!({}),
    }
}

fn word(answer: &Answer) -> String {
    if !(200..300).contains(&answer.status) {
        return answer.problem().1.to_owned();
    }
    if answer.body["items"].as_array().is_some_and(Vec::is_empty) {
        return "nothing".to_owned();
    }
    let text = answer.body.to_string();
    let mark = MARKS.iter().find(|mark| text.contains(**mark));
    mark.map_or_else(|| "own".to_owned(), |mark| format!("{mark} in {text}"))
}

#[tokio::test]
async fn who_works_in_one_branch_reaches_nothing_of_another_by_any_address() {
    let two = Two::open().await;
    let others = [
        two.house.token_of("qiu", Role::Supervisor, Some("sz")).await,
        two.house.token("huang", Role::Agent).await,
        two.house.token_of("law-sz", Role::Compliance, Some("sz")).await,
        two.house.token_of("crm-sz", Role::Integration, Some("sz")).await,
    ];
    let mut wrong = Vec::new();
    for (method, path, expected) in TABLE {
        for (token, expected) in others.iter().zip(expected) {
            let body = (*method != "GET").then(|| body_of(path));
            let answer = two.house.call(method.parse().unwrap(), token, &two.path(path), body, &[]).await;
            let got = word(&answer);
            // His own closed case is the one thing that a list may hold.
            let got =
                if got == "own" && *expected == "nothing" && is_own(&answer) { "nothing".to_owned() } else { got };
            if got != *expected {
                wrong.push(format!("{method} {path}: {got}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn is_own(answer: &Answer) -> bool {
    answer.body["items"].as_array().unwrap().iter().all(|item| item["branch"] == "sz")
}

#[tokio::test]
async fn a_topic_reaches_another_branchs_clients_without_saying_who_they_are() {
    let two = Two::open().await;
    let everywhere = two.house.token("du", Role::Supervisor).await;
    let word = Some(json!({"wording": "好的"}));
    let order = two.path("clients/{client}/subscriptions/notice");
    let ordered = two.house.call(reqwest::Method::PUT, &everywhere, &order, word, &[]).await;
    assert_eq!(ordered.status, 200, "{}", ordered.body);
    let here = two.house.token_of("qiu", Role::Supervisor, Some("sz")).await;
    let alert = json!({"category": "service", "topic": "notice", "title": "通知", "text": "系统维护"});
    let posted = two.house.post(&here, "alerts", alert).await;
    assert_eq!(posted.status, 202, "{}", posted.body);
    let way = Way { branch: "sz".parse().unwrap(), channel: ChannelKind::Sms, account: "main".parse().unwrap() };
    while two.house.store.notices().plan(std::slice::from_ref(&way), now()).await.unwrap().is_some() {}
    let path = format!("alerts/{}/deliveries", posted.body["id"].as_str().unwrap());
    for (token, shown) in [(&here, false), (&everywhere, true)] {
        let list = two.house.get(token, &path).await.body;
        let item = &list["items"][0];
        assert!(item["state"].is_string(), "{list}");
        for field in ["client_id", "number", "address"] {
            assert_eq!(item[field].is_string(), shown, "{field} in {list}");
        }
    }
}
