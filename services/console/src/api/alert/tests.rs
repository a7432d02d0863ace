//! Alerts by the firm's rules: topics, expiry, risk, texts, and what is refused.

use serde_json::{Value, json};

use super::*;
use crate::api::body::parse;

const FIRM: &str = r#"
[firm]
name = "首问证券"
signature = "【首问证券】"
[[branch]]
id = "hq"
name = "总部"
[[queue]]
id = "enquiries"
branch = "hq"
name = "咨询"
kinds = ["enquiry"]
lead = "lin"
[[agent]]
id = "lin"
name = "林"
branch = "hq"
queues = ["enquiries"]
[[topic]]
id = "risk"
name = "盘中风险警示"
keyword = "风险"
category = "risk"
expires = "15:00"
[[topic]]
id = "morning"
name = "早盘建议"
keyword = "早盘"
category = "advice"
risk = "R3"
window = "08:00-09:10"
[[topic]]
id = "flash"
name = "快讯"
keyword = "快讯"
category = "commercial"
expires = "30m"
"#;

fn draft_at(now: &str, body: Value) -> Result<Drafted, Problem> {
    let body: AlertBody = parse(body.to_string().as_bytes())?;
    body.draft(hq(), &firm(), at(now))
}

fn firm() -> FirmInForce {
    let (book, _) = firm::read("firm.toml", FIRM).unwrap();
    FirmInForce { version: 3, digest: vec![], text: String::new(), book }
}

fn hq() -> BranchId {
    "hq".parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn draft(body: Value) -> Result<Drafted, Problem> {
    draft_at("2026-11-09T14:52:00+08:00", body)
}

fn field(body: Value) -> String {
    let problem = draft(body).unwrap_err();
    assert_eq!(problem.status(), 422);
    problem.shape().field.unwrap_or_default()
}

#[test]
fn a_topics_rules_hold_where_the_alert_says_nothing() {
    let risk = draft(json!({"category": "risk", "topic": "risk", "title": "t", "text": "注意"})).unwrap().draft;
    assert_eq!(risk.expires_at, "2026-11-09T15:00:00+08:00".parse().unwrap());
    assert_eq!((risk.rules.quiet, risk.rules.per_day, risk.words.cancel.as_str()), (None, None, ""));
    let late =
        draft_at("2026-11-09T15:00:00+08:00", json!({"category": "risk", "topic": "risk", "title": "t", "text": "x"}));
    assert_eq!(late.unwrap_err().shape().field.as_deref(), Some("expires_at"));
    let flash = draft(json!({"category": "commercial", "topic": "flash", "title": "t", "text": "x"})).unwrap().draft;
    assert_eq!(flash.expires_at, "2026-11-09T15:22:00+08:00".parse().unwrap());
    assert_eq!(flash.words.cancel, "回复“退订 快讯”取消本项,回复TD取消全部");
    let morning = draft(json!({"category": "advice", "topic": "morning", "title": "t", "text": "x"})).unwrap().draft;
    assert_eq!(morning.rules.risk, Some(ProductRisk::R3));
    assert_eq!(morning.rules.window, Some(Stretch { from: 480, to: 550 }));
    assert_eq!((morning.rules.per_day, morning.rules.firm), (Some(3), 3));
}

#[test]
fn what_a_client_reads_is_signed_counted_and_plain() {
    let body = json!({"category": "commercial", "clients": ["8800012345"], "title": "t", "text": "培训\u{0}\u{202e}{{ day }}",
        "vars": {"day": "周四"}});
    let Drafted { draft, letter, parts } = draft(body).unwrap();
    assert_eq!(letter.text, "【首问证券】培训周四 回复TD退订");
    assert_eq!((parts.parts, parts.encoding.as_str()), (1, "ucs2"));
    assert_eq!((draft.clients.unwrap().len(), draft.personal), (1, false));
}

#[test]
fn what_is_wrong_is_named() {
    let with = |more: Value| {
        let mut body = json!({"category": "risk", "clients": ["1"], "title": "t", "text": "x"});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    for (more, named) in [
        (json!({"clients": []}), "clients"),
        (json!({"clients": null}), "clients"),
        (json!({"clients": ["1", ""]}), "clients[1]"),
        (json!({"topic": "weather"}), "topic"),
        (json!({"topic": "flash"}), "category"),
        (json!({"category": "spam"}), "category"),
        (json!({"category": "advice"}), "product_risk"),
        (json!({"product_risk": "R6"}), "product_risk"),
        (json!({"expires_at": "2026-11-09T14:52:00+08:00"}), "expires_at"),
        (json!({"expires_at": "2028-11-09T14:52:00+08:00"}), "expires_at"),
        (json!({"text": " \u{200b}"}), "text"),
        (json!({"text": "{{ nobody }}"}), "text"),
        (json!({"text": "风".repeat(700)}), "text"),
        (json!({"text": "x".repeat(20_000)}), "text"),
        (json!({"texts": {"en": "{% if %}"}}), "texts.en"),
        (json!({"texts": {"d e": "x"}}), "texts"),
        (json!({"title": "t".repeat(201)}), "title"),
        (json!({"vars": {"client": "x"}}), "vars"),
        (json!({"surprise": 1}), "surprise"),
    ] {
        assert_eq!(field(with(more.clone())), named, "{}", more.to_string().chars().take(60).collect::<String>());
    }
}
