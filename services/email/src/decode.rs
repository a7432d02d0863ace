//! A mail becomes contacts: one for each of our addresses it was sent to.
//!
//! In: the mail's bytes and its envelope's sender. Out: what the intake takes, a thread's
//! case if a token of ours is found, and a receipt if it is a report about a mail of ours.
//! The mail as it came is always kept beside it, so that nothing of it is lost.
//! Never here: an error, for every mail can be taken; an id; IO.

use channel::{
    Content, Incoming, Receipt, ReceiptStatus,
    incoming::{IncomingPart, PartSource},
};
use contract::{Address, CaseId, seal::Keys};

use crate::{
    automatic::{self, Origin},
    mail::{Entity, Headers, charset, quote, text},
    report::{self, Fate, Report},
    thread,
};

/// Media type of an enclosed mail.
const MAIL_MEDIA_TYPE: &str = "message/rfc822";
/// Name of the part that holds the mail as it came.
const RAW_NAME: &str = "original.eml";

/// A mail, read once for all its recipients.
#[derive(Debug)]
pub struct Decoded {
    incoming: Incoming,
    message_id: Option<String>,
    /// What it tells about an earlier mail of ours.
    pub receipt: Option<Receipt>,
    /// Who wrote it.
    pub origin: Origin,
}

impl Decoded {
    /// Gives the contact of one recipient. The same mail to the same recipient has the same
    /// provider id, whatever the transaction it came in.
    #[must_use]
    pub fn contact_for(&self, recipient: &Address) -> Incoming {
        Incoming {
            provider_id: self.message_id.as_ref().map(|id| format!("<{id}> {}", recipient.value())),
            to: vec![recipient.value().to_owned()],
            ..self.incoming.clone()
        }
    }
}

/// Reads a mail; `sender` is the envelope's, `None` for the empty one.
#[must_use]
pub fn decode(raw: &[u8], sender: Option<&Address>, keys: &Keys) -> Decoded {
    let mail = Entity::parse(raw);
    let headers = &mail.headers;
    let case = thread_case(headers, keys);
    let origin = automatic::judge(&mail, Some(sender));
    let automatic = match origin {
        Origin::Person => false,
        // Somebody who answers us through a list is a person still.
        Origin::Mailing(_) => case.is_none(),
        Origin::Machine(_) | Origin::Report(_) => true,
    };
    let message_id = headers.ids("message-id").into_iter().next();
    let from = headers.people("from").into_iter().next();
    let mut shown = text::show(&mail);
    // What an answer to us repeats is in the case already; what is passed on to us is not.
    if case.is_some() && !is_passed_on(headers) {
        shown.text = quote::fresh(&shown.text).to_owned();
    }
    let incoming = Incoming {
        from_name: from.as_ref().and_then(|person| person.name.clone()),
        subject: headers.text("subject").filter(|subject| !subject.is_empty()),
        text: shown.text,
        received_at: headers.date("date"),
        thread: thread_ids(headers, message_id.as_deref()),
        case: case.filter(|_| !automatic),
        parts: shown.attachments.into_iter().map(part).collect(),
        original: Some(original(raw, sender)),
        content: if automatic { Content::Automatic } else { Content::Message },
        ..Incoming::message(from.map(|person| person.address).or_else(|| sender.cloned()))
    };
    Decoded { incoming, message_id, receipt: receipt(&mail, origin, keys), origin }
}

/// Takes a mail that could not be read: its sender by the envelope, its bytes as its text.
#[must_use]
pub fn undecoded(raw: &[u8], sender: Option<&Address>) -> Decoded {
    let head = raw.get(..text::TEXT_BYTES_MAX / 2).unwrap_or(raw);
    let incoming = Incoming {
        text: charset::undeclared(head),
        original: Some(original(raw, sender)),
        ..Incoming::message(sender.cloned())
    };
    Decoded { incoming, message_id: None, receipt: None, origin: Origin::Person }
}

/// Finds the case by a token of ours: what it answers, then its references, the last first,
/// then the subject.
fn thread_case(headers: &Headers, keys: &Keys) -> Option<CaseId> {
    let mut quoted = headers.ids("references");
    quoted.extend(headers.ids("in-reply-to"));
    let by_id = quoted.iter().rev().find_map(|id| thread::read_message_id(keys, id)?.case);
    by_id.or_else(|| thread::read_subject(keys, &headers.text("subject")?))
}

/// Tells whether the subject says that the mail is another's, passed on.
fn is_passed_on(headers: &Headers) -> bool {
    let subject = headers.text("subject").unwrap_or_default().to_lowercase();
    ["fw:", "fwd:", "fw：", "转发:", "转发：", "轉寄:"].iter().any(|word| subject.starts_with(word))
}

/// Lists the ids an answer refers to, the mail's own last.
fn thread_ids(headers: &Headers, message_id: Option<&str>) -> Vec<String> {
    let mut ids = headers.ids("references");
    for id in headers.ids("in-reply-to").into_iter().chain(message_id.map(str::to_owned)) {
        ids.retain(|known| *known != id);
        ids.push(id);
    }
    let surplus = ids.len().saturating_sub(crate::mail::header::IDS_MAX);
    ids.drain(..surplus);
    ids
}

/// Gives the mail as it came. The envelope's sender goes into it, as the last system on the
/// way does it.
fn original(raw: &[u8], sender: Option<&Address>) -> IncomingPart {
    let mut whole = format!("Return-Path: <{}>\r\n", sender.map_or("", Address::value)).into_bytes();
    whole.extend_from_slice(raw);
    IncomingPart {
        name: Some(RAW_NAME.to_owned()),
        media_type: MAIL_MEDIA_TYPE.to_owned(),
        source: PartSource::Bytes(whole),
    }
}

fn part(attachment: text::Attachment) -> IncomingPart {
    IncomingPart {
        name: attachment.name,
        media_type: attachment.media_type,
        source: PartSource::Bytes(attachment.bytes),
    }
}

/// Makes a receipt of a report whose subject is a mail of ours and whose word is final.
fn receipt(mail: &Entity<'_>, origin: Origin, keys: &Keys) -> Option<Receipt> {
    let Origin::Report(Report { fate, status }) = origin else { return None };
    let status_word = match fate {
        Fate::Failed => ReceiptStatus::Failed,
        Fate::Delivered => ReceiptStatus::Delivered,
        Fate::Delayed | Fate::Handled | Fate::Unclear => return None,
    };
    let mut quoted = mail.headers.ids("references");
    quoted.extend(mail.headers.ids("in-reply-to"));
    let token = thread::search(keys, &report::searched_text(mail))
        .or_else(|| quoted.iter().rev().find_map(|id| thread::read_message_id(keys, id)))?;
    Some(Receipt {
        provider_id: thread::provider_id(keys, token),
        status: status_word,
        error: status.map(|status| status.to_string()),
    })
}

#[cfg(test)]
mod tests;
