//! The words of the sample firm.

use contract::{ContactId, consent::Source};

use super::*;

fn book() -> Book {
    firm::read(firm::SAMPLE_FILE, firm::SAMPLE).unwrap().0
}

fn topic(id: &str) -> TopicId {
    id.parse().unwrap()
}

fn said(asks: Asks, effect: Effect, left: &[&str]) -> String {
    let after = Permits { topics: left.iter().map(|id| topic(id)).collect(), ..Permits::default() };
    let by = Source::Contact(ContactId::new(1));
    confirmation(&book(), &Asked { asks, by, before: Permits::default(), after, effect, wording: None })
}

#[test]
fn an_order_says_how_it_is_cancelled() {
    let text = said(Asks::Order(topic("morning")), Effect::Done, &["morning"]);
    assert_eq!(text, "【首问证券】您已订阅早盘建议。回复“退订 早盘”取消本项，回复TD取消全部。");
    let text = said(Asks::Order(topic("margincall")), Effect::Done, &["margincall"]);
    assert_eq!(text, "【首问证券】您已订阅追保与强平通知。");
}

#[test]
fn a_cancel_says_what_ends_and_what_does_not() {
    let text = said(Asks::Cancel(topic("flash")), Effect::Done, &[]);
    assert_eq!(text, "【首问证券】已为您退订盘间快讯，不再发送此类信息。风险提示和业务通知不受影响。");
    let text = said(Asks::Cancel(topic("risk")), Effect::Done, &[]);
    assert_eq!(text, "【首问证券】已为您退订盘中风险警示，不再发送此类信息。其他订阅不受影响。");
    let text = said(Asks::Cancel(topic("margincall")), Effect::Refused, &[]);
    assert_eq!(text, "【首问证券】“追保与强平通知”是必须送达的通知，不能退订。");
    let text = said(Asks::CancelAll, Effect::Done, &["margincall"]);
    assert_eq!(
        text,
        "【首问证券】已为您退订全部，不再发送订阅、营销信息和投资建议。追保与强平通知不能退订，仍会发送。与您账户有关的风险提示和业务通知不受影响。"
    );
    assert!(!said(Asks::CancelAll, Effect::Done, &[]).contains("不能退订"));
}

#[test]
fn a_topic_that_left_the_firm_file_is_called_by_its_id() {
    assert!(said(Asks::Cancel(topic("gone")), Effect::Done, &[]).contains("已为您退订gone"));
}

#[test]
fn who_asks_for_his_subscriptions_gets_them_with_a_link_where_there_is_one() {
    let permits = Permits { topics: vec![topic("flash"), topic("morning")], ..Permits::default() };
    let text = list(&book(), &permits, Some("https://kf.example/s/x"));
    assert!(
        text.starts_with("【首问证券】您已订阅：盘间快讯、早盘建议。") && text.ends_with("：https://kf.example/s/x")
    );
    assert!(list(&book(), &Permits::default(), None).contains("没有订阅。回复“订阅 关键字”"));
}

#[test]
fn other_words_are_another_version() {
    assert_eq!(version("a"), version("a"));
    assert_ne!(version("a"), version("b"));
    assert_eq!(version("a").len(), 16);
}
