//! Thread tokens: how an answer to our mail finds its case again.
//!
//! In: ids of cases and deliveries, or what a mail quotes. Out: message ids and subject
//! marks that only this house can make (`case.<case>.<delivery>.<mark>@domain`, `[#…]`), and
//! the ids back out of them once the mark is checked. A forged or changed token is none.
//! Never here: a look-up; a token guessed from a subject line alone.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use contract::{CaseId, DeliveryId, seal::Keys};

/// Bytes of the mark in a message id: 20 hex digits.
const MARK_BYTES: usize = 10;
/// Bytes of the mark in a subject, where every sign is seen by the client.
const TAG_MARK_BYTES: usize = 8;
/// Bytes of an id.
const ID_BYTES: usize = 16;

/// What a message id of ours tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// The case it belongs to; `None` for a notice.
    pub case: Option<CaseId>,
    /// The delivery it is.
    pub delivery: DeliveryId,
}

/// Writes the message id of a delivery, without angle brackets.
#[must_use]
pub fn message_id(keys: &Keys, token: Token, domain: &str) -> String {
    format!("{}@{domain}", provider_id(keys, token))
}

/// Writes the id by which receipts find the delivery: the message id without its domain,
/// which some systems change.
#[must_use]
pub fn provider_id(keys: &Keys, token: Token) -> String {
    let delivery = hex::encode(token.delivery.to_bytes());
    let mark = hex::encode(mark(keys, token));
    match token.case {
        Some(case) => format!("case.{}.{delivery}.{mark}", hex::encode(case.to_bytes())),
        None => format!("note.{delivery}.{mark}"),
    }
}

/// Reads a message id, with or without angle brackets; `None` unless we made it.
#[must_use]
pub fn read_message_id(keys: &Keys, id: &str) -> Option<Token> {
    let local = id.trim().trim_start_matches('<').split('@').next()?.to_ascii_lowercase();
    let words: Vec<&str> = local.split('.').collect();
    let (case, delivery, given) = match words.as_slice() {
        ["case", case, delivery, mark] => (Some(CaseId::from_bytes(&hex::decode(case).ok()?).ok()?), delivery, mark),
        ["note", delivery, mark] => (None, delivery, mark),
        _ => return None,
    };
    let delivery = DeliveryId::from_bytes(&hex::decode(delivery).ok()?).ok()?;
    let token = Token { case, delivery };
    same(&mark(keys, token), &hex::decode(given).ok()?).then_some(token)
}

/// Writes the mark of a case for a subject line, `[#…]`.
#[must_use]
pub fn subject_tag(keys: &Keys, case: CaseId) -> String {
    let bytes: Vec<u8> = case.to_bytes().into_iter().chain(tag_mark(keys, case)).collect();
    format!("[#{}]", BASE64.encode(bytes))
}

/// Finds the case whose mark stands in a subject line; the last good one counts.
#[must_use]
pub fn read_subject(keys: &Keys, subject: &str) -> Option<CaseId> {
    let tags = subject.split("[#").skip(1).filter_map(|rest| rest.split(']').next());
    tags.filter_map(|tag| read_tag(keys, tag)).last()
}

/// Takes every subject mark away, so that an answer carries it once.
#[must_use]
pub fn without_tags(keys: &Keys, subject: &str) -> String {
    let mut text = subject.to_owned();
    for tag in subject.split("[#").skip(1).filter_map(|rest| rest.split(']').next()) {
        if read_tag(keys, tag).is_some() {
            text = text.replace(&format!("[#{tag}]"), "");
        }
    }
    text.trim().to_owned()
}

/// Finds every token of ours in a text, as bounces quote them in many ways.
#[must_use]
pub fn search(keys: &Keys, text: &str) -> Option<Token> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '@' | '-')));
    words.filter(|word| word.contains("case.") || word.contains("note.")).find_map(|word| read_message_id(keys, word))
}

fn read_tag(keys: &Keys, tag: &str) -> Option<CaseId> {
    let bytes = BASE64.decode(tag.trim()).ok()?;
    let (id, given) = bytes.split_at_checked(ID_BYTES)?;
    let case = CaseId::from_bytes(id).ok()?;
    same(&tag_mark(keys, case), given).then_some(case)
}

fn mark(keys: &Keys, token: Token) -> [u8; MARK_BYTES] {
    let case = token.case.map_or([0; ID_BYTES], CaseId::to_bytes);
    let mut mark = [0; MARK_BYTES];
    mark.copy_from_slice(keys.mark("mail thread", &[&case, &token.delivery.to_bytes()]).split_at(MARK_BYTES).0);
    mark
}

fn tag_mark(keys: &Keys, case: CaseId) -> [u8; TAG_MARK_BYTES] {
    let mut mark = [0; TAG_MARK_BYTES];
    mark.copy_from_slice(keys.mark("mail subject", &[&case.to_bytes()]).split_at(TAG_MARK_BYTES).0);
    mark
}

/// Compares without telling by its time how much was right.
fn same(ours: &[u8], given: &[u8]) -> bool {
    ours.len() == given.len() && ours.iter().zip(given).fold(0, |diff, (a, b)| diff | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(seed: u8) -> Keys {
        Keys::new(vec![(1, [seed; 32])], [seed; 32], [seed; 32])
    }

    #[test]
    fn a_token_comes_back_from_its_message_id() {
        let keys = keys(7);
        for case in [Some(CaseId::new(5)), None] {
            let token = Token { case, delivery: DeliveryId::new(9) };
            let id = message_id(&keys, token, "kf.example");
            assert_eq!(read_message_id(&keys, &id), Some(token));
            assert_eq!(read_message_id(&keys, &format!("<{}>", id.to_uppercase())), Some(token));
            assert_eq!(search(&keys, &format!("Message-ID: <{id}>\nfailed")), Some(token));
        }
    }

    #[test]
    fn a_forged_token_is_none() {
        let token = Token { case: Some(CaseId::new(5)), delivery: DeliveryId::new(9) };
        let id = message_id(&keys(7), token, "kf.example");
        assert_eq!(read_message_id(&keys(8), &id), None);
        assert_eq!(read_message_id(&keys(7), &id.replacen("05.", "06.", 1)), None);
        let cut = id.split_once('@').unwrap().0;
        assert_eq!(read_message_id(&keys(7), &format!("{}@kf.example", &cut[..cut.len() - 2])), None);
        assert_eq!(read_subject(&keys(8), &subject_tag(&keys(7), CaseId::new(5))), None);
    }

    #[test]
    fn the_subject_carries_the_case_once() {
        let keys = keys(7);
        let (case, other) = (CaseId::new(5), CaseId::new(6));
        let subject = format!("回复: 转账 {} [#nonsense] {}", subject_tag(&keys, other), subject_tag(&keys, case));
        assert_eq!(read_subject(&keys, &subject), Some(case));
        assert_eq!(without_tags(&keys, &subject), "回复: 转账  [#nonsense]");
        assert_eq!(read_subject(&keys, "[#]"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,120}") {
            let keys = keys(1);
            let _seen = (read_message_id(&keys, &text), read_subject(&keys, &text), search(&keys, &text));
            let _text = without_tags(&keys, &text);
        }
    }
}
