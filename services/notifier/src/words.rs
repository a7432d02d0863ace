//! The words in which a client hears what became of an order or a cancel.
//!
//! In: the firm's names, what was asked and what it did. Out: one short text, with the firm's
//! signature, and the version of it. Never here: a row, an address, a clock.

use contract::{
    Effect, TopicId,
    consent::{Asked, Asks, Permits},
    id::derived,
};
use firm::{Book, Topic};

/// Gives the text that confirms an act.
#[must_use]
pub fn confirmation(book: &Book, asked: &Asked) -> String {
    let said = match (&asked.asks, asked.effect) {
        (Asks::Order(id), _) => ordered(book, id),
        (Asks::Cancel(id), Effect::Refused) => {
            format!("“{}”是必须送达的通知，不能退订。", name(book, id))
        }
        (Asks::Cancel(id), _) => cancelled(book, id),
        (Asks::CancelAll | Asks::Hold | Asks::Release | Asks::Show, _) => cancelled_all(book, &asked.after),
    };
    signed(book, &said)
}

/// Gives the text that answers who asks for his own subscriptions; with a link where there is one.
#[must_use]
pub fn list(book: &Book, permits: &Permits, link: Option<&str>) -> String {
    let mut said = if permits.topics.is_empty() {
        "您目前没有订阅。".to_owned()
    } else {
        format!("您已订阅：{}。", names(book, &permits.topics))
    };
    match link {
        Some(link) => {
            said.push_str("查看、订阅和退订（请勿转发）：");
            said.push_str(link);
        }
        None => said.push_str("回复“订阅 关键字”订阅，“退订 关键字”退订，回复TD取消全部。"),
    }
    signed(book, &said)
}

/// Gives the version of a text: a digest, the same as long as the words are.
#[must_use]
pub fn version(text: &str) -> String {
    format!("{:016x}", derived(&[b"wording", text.as_bytes()]) >> 64)
}

fn ordered(book: &Book, id: &TopicId) -> String {
    match book.topic(id) {
        Some(Topic { name, keyword, cancel: true, .. }) => {
            format!("您已订阅{name}。回复“退订 {keyword}”取消本项，回复TD取消全部。")
        }
        _ => format!("您已订阅{}。", name(book, id)),
    }
}

fn cancelled(book: &Book, id: &TopicId) -> String {
    let promotes = book.topic(id).is_some_and(|topic| topic.category.is_promotion());
    let rest = if promotes { "风险提示和业务通知不受影响。" } else { "其他订阅不受影响。" };
    format!("已为您退订{}，不再发送此类信息。{rest}", name(book, id))
}

fn cancelled_all(book: &Book, after: &Permits) -> String {
    let kept = match after.topics.as_slice() {
        [] => String::new(),
        topics => format!("{}不能退订，仍会发送。", names(book, topics)),
    };
    format!("已为您退订全部，不再发送订阅、营销信息和投资建议。{kept}与您账户有关的风险提示和业务通知不受影响。")
}

fn signed(book: &Book, said: &str) -> String {
    format!("{}{said}", book.names.signature)
}

fn name<'a>(book: &'a Book, id: &'a TopicId) -> &'a str {
    book.topic(id).map_or(id.as_str(), |topic| topic.name.as_str())
}

fn names(book: &Book, ids: &[TopicId]) -> String {
    ids.iter().map(|id| name(book, id)).collect::<Vec<_>>().join("、")
}

#[cfg(test)]
mod tests;
