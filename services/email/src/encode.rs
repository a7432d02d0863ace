//! An answer becomes a mail.
//!
//! In: a delivery in plain words. Out: the bytes to submit, their envelope, and the id by
//! which reports about it are known again. Whatever stands in subject, text or addresses, no
//! header but ours comes out. Promotion says where a reader's mailer cancels it (RFC 2369, RFC 8058). A person's answer is not marked as automatic; one of the house is,
//! and goes to no machine (RFC 3834).
//! Never here: sending.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use channel::{Outbound, Unsendable};
use contract::{Address, AddressKind, Timestamp, seal::Keys};
use lettre::{
    Message,
    address::Envelope,
    message::{
        Mailbox as Named, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};

use crate::{
    Mailbox, automatic,
    mail::{header, word},
    thread::{self, Token},
};

/// The longest text in bytes that is sent.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;
/// References that an answer repeats, the last ones.
const REFERENCES_MAX: usize = 20;
/// What a mailer posts to where a mail says that it is cancelled.
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";
/// The longest subject in characters, before its mark.
const SUBJECT_CHARS_MAX: usize = 200;
/// Words before a subject that already say that it is an answer.
const ANSWER_WORDS: [&str; 6] = ["re:", "re：", "回复:", "回复：", "答复:", "答复："];

/// A mail ready to be submitted.
#[derive(Clone)]
pub struct Letter {
    /// Who sends it to whom.
    pub envelope: Envelope,
    /// The mail, with lines ended by CR LF.
    pub bytes: Vec<u8>,
    /// The id that reports will tell of it.
    pub provider_id: String,
}

/// Writes the mail of a delivery.
pub fn encode(mailbox: &Mailbox, keys: &Keys, outbound: &Outbound, now: Timestamp) -> Result<Letter, Unsendable> {
    if outbound.to.kind() != AddressKind::Email {
        return Err(Unsendable::WrongAddress);
    }
    if outbound.text.len() > TEXT_BYTES_MAX {
        return Err(Unsendable::TooLong);
    }
    if outbound.automatic && (automatic::is_machine(&outbound.to) || mailbox.takes(&outbound.to)) {
        return Err(Unsendable::Machine);
    }
    let from = mailbox.answers_from(outbound.from.as_deref()).ok_or(Unsendable::NoSender)?;
    let (from, to) = (lettre_address(&from)?, lettre_address(&outbound.to)?);
    // Nobody answers an automatic answer, and no bounce of it comes back.
    let sender = (!outbound.automatic).then(|| from.clone());
    let envelope = Envelope::new(sender, vec![to.clone()]).map_err(|_| Unsendable::WrongAddress)?;
    let token = Token { case: outbound.case, delivery: outbound.delivery };
    let name = mailbox.from_name.as_deref().map(word::one_line).filter(|name| !name.is_empty());
    let mut builder = Message::builder()
        .from(Named::new(name, from))
        .to(Named::new(None, to))
        .subject(subject(keys, outbound))
        .date(system_time(now))
        .message_id(Some(format!("<{}>", thread::message_id(keys, token, mailbox.domain()))))
        .envelope(envelope.clone());
    if outbound.automatic {
        builder = builder.raw_header(raw("Auto-Submitted", "auto-replied".to_owned()));
    }
    if let Some(url) = &outbound.unsubscribe {
        builder = builder.raw_header(raw("List-Unsubscribe", format!("<{url}>")));
        // Mailers post nothing in the clear.
        if url.starts_with("https://") {
            builder = builder.raw_header(raw("List-Unsubscribe-Post", ONE_CLICK.to_owned()));
        }
    }
    let quoted: Vec<String> = outbound.thread.iter().filter_map(|id| header::id(id)).collect();
    if let Some(last) = quoted.last() {
        let tail = quoted.get(quoted.len().saturating_sub(REFERENCES_MAX)..).unwrap_or_default();
        let references: Vec<String> = tail.iter().map(|id| format!("<{id}>")).collect();
        builder = builder.in_reply_to(format!("<{last}>")).references(references.join(" "));
    }
    let text: String = outbound.text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')).collect();
    let message = builder.singlepart(SinglePart::plain(text)).map_err(|_| Unsendable::WrongAddress)?;
    Ok(Letter { envelope, bytes: message.formatted(), provider_id: thread::provider_id(keys, token) })
}

fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// Writes the subject: one line, marked as an answer, with the case's mark at its end for
/// mailers that drop the thread.
fn subject(keys: &Keys, outbound: &Outbound) -> String {
    let plain = word::one_line(&thread::without_tags(keys, outbound.subject.as_deref().unwrap_or_default()));
    let plain: String = plain.chars().take(SUBJECT_CHARS_MAX).collect();
    let folded = plain.to_lowercase();
    let answers = outbound.thread.is_empty() || ANSWER_WORDS.iter().any(|word| folded.starts_with(word));
    let mark = outbound.case.map(|case| thread::subject_tag(keys, case));
    let words = [(!answers).then_some("Re:"), Some(plain.as_str()), mark.as_deref()];
    words.into_iter().flatten().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn lettre_address(address: &Address) -> Result<lettre::Address, Unsendable> {
    address.value().parse().map_err(|_| Unsendable::WrongAddress)
}

fn system_time(now: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(now.as_ms()).unwrap_or(0))
}

#[cfg(test)]
mod tests;
