//! What an adapter decoded, as ids, a body and large parts.
//!
//! In: `Incoming`. Out: a body that fits into a message, the parts that do not, the ids that
//! every repeat gets again. Never here: chance, a clock, sealing.

use contract::{
    BlobId, CaseId, ContactId, InputId, Timestamp,
    id::derived,
    inbound::{
        Body, ID_BYTES_MAX, IDS_MAX, INLINE_BYTES_MAX, MEDIA_TYPE_BYTES_MAX, Matter, NAME_BYTES_MAX, Part, PartPlace,
        SUBJECT_BYTES_MAX, TEXT_BYTES_MAX,
    },
    seal::Keys,
};

use crate::{
    account::Account,
    incoming::{Content as Kind, Incoming, IncomingPart, PartSource},
};

/// A contact before it is sealed.
pub(super) struct Content {
    pub(super) contact: ContactId,
    pub(super) input: InputId,
    pub(super) mark: [u8; 32],
    /// Without salt.
    pub(super) body: Body,
    pub(super) large: Vec<(BlobId, Vec<u8>)>,
    pub(super) matter: Matter,
    pub(super) received_at: Option<Timestamp>,
    pub(super) case: Option<CaseId>,
}

impl Content {
    pub(super) fn of(account: &Account, mut incoming: Incoming, keys: &Keys) -> Self {
        let says_nothing = incoming.says_nothing();
        let parts = parts(&mut incoming);
        let (distinction, matter) = (incoming.distinction, matter(incoming.content, says_nothing));
        let mut body = Body {
            from: incoming.from,
            from_name: incoming.from_name.map(|name| cut(name, NAME_BYTES_MAX)),
            to: ids(incoming.to),
            subject: incoming.subject.map(|subject| cut(subject, SUBJECT_BYTES_MAX)),
            text: cut(incoming.text, TEXT_BYTES_MAX),
            provider_id: incoming.provider_id,
            thread: ids(incoming.thread),
            parts: Vec::new(),
            salt: Vec::new(),
        };
        let marks: Vec<[u8; 32]> = parts.iter().map(|part| part_mark(part, keys)).collect();
        let contact = contact_id(account, &body, &marks, incoming.received_at, keys);
        let mut large = Vec::new();
        let mut room = INLINE_BYTES_MAX;
        for (part, mark) in parts.into_iter().zip(&marks) {
            body.parts.push(place(part, contact, mark, &mut room, &mut large));
        }
        // It takes the room that is left, so that its size changes nothing about the others.
        if let Some(original) = incoming.original {
            let mark = part_mark(&original, keys);
            let part = place(original, contact, &mark, &mut room, &mut large);
            body.parts.insert(0, Part { original: true, ..part });
        }
        let input = InputId::of_contact(contact, &distinction);
        let mark = body.mark(keys);
        let (received_at, case) = (incoming.received_at, incoming.case);
        Self { contact, input, mark, body, large, matter, received_at, case }
    }

    /// Says whether it is something written, of which two contents under one id are two
    /// contacts; calls and menus repeat their ids by nature.
    pub(super) const fn is_written(&self) -> bool {
        matches!(self.matter, Matter::Message | Matter::Automatic)
    }

    /// Says whether the sender's quota counts it: not what a telephone system tells of calls,
    /// for it is true however often it happens, and not what an agent registers.
    pub(super) const fn is_limited(&self) -> bool {
        matches!(self.matter, Matter::Message | Matter::Automatic | Matter::Menu(_))
    }
}

/// Tells what the router is to make of it. A message that says nothing is kept like one of a
/// machine: nobody could answer it.
fn matter(content: Kind, says_nothing: bool) -> Matter {
    match content {
        Kind::Message if says_nothing => Matter::Automatic,
        Kind::Message => Matter::Message,
        Kind::Menu(key) => Matter::Menu(cut(key, ID_BYTES_MAX)),
        Kind::Automatic => Matter::Automatic,
        Kind::Call(event) => Matter::Call(event),
        Kind::Leg(leg) => Matter::Leg(leg),
        Kind::Counter(agent) => Matter::Counter(agent),
    }
}

/// Gives the parts, the whole of a text that has to be cut among them.
fn parts(incoming: &mut Incoming) -> Vec<IncomingPart> {
    let mut parts = std::mem::take(&mut incoming.parts);
    if incoming.text.len() > TEXT_BYTES_MAX {
        let source = PartSource::Bytes(incoming.text.clone().into_bytes());
        parts.push(IncomingPart { name: None, media_type: "text/plain; charset=utf-8".to_owned(), source });
    }
    parts
}

/// Derives the contact's id from the provider's, or from all that was sent and when.
fn contact_id(
    account: &Account,
    body: &Body,
    marks: &[[u8; 32]],
    sent_at: Option<Timestamp>,
    keys: &Keys,
) -> ContactId {
    if let Some(provider_id) = &body.provider_id {
        return ContactId::derive(account.channel, &account.id, provider_id);
    }
    let sent_at = sent_at.map_or([0; 8], |at| at.as_ms().to_be_bytes());
    let whole = keys.mark("whole", &[&body.mark(keys), marks.as_flattened(), &sent_at]);
    let mut digest = String::from("content:");
    digest.extend(whole.iter().map(|byte| format!("{byte:02x}")));
    ContactId::derive(account.channel, &account.id, &digest)
}

fn part_mark(part: &IncomingPart, keys: &Keys) -> [u8; 32] {
    let (kind, bytes): (&[u8], &[u8]) = match &part.source {
        PartSource::Bytes(bytes) => (b"bytes", bytes),
        PartSource::Provider(place) => (b"provider", place.as_bytes()),
    };
    keys.mark("part", &[part.name.as_deref().unwrap_or_default().as_bytes(), part.media_type.as_bytes(), kind, bytes])
}

fn place(
    part: IncomingPart,
    contact: ContactId,
    mark: &[u8; 32],
    room: &mut usize,
    large: &mut Vec<(BlobId, Vec<u8>)>,
) -> Part {
    let (bytes, place) = match part.source {
        PartSource::Provider(place) => (0, PartPlace::Provider(place)),
        PartSource::Bytes(bytes) if bytes.len() <= *room => {
            *room -= bytes.len();
            (bytes.len(), PartPlace::Inline(bytes))
        }
        PartSource::Bytes(bytes) => {
            let blob = BlobId::new(derived(&[b"part", &contact.to_bytes(), mark]));
            let len = bytes.len();
            large.push((blob, bytes));
            (len, PartPlace::Blob(blob))
        }
    };
    Part {
        name: part.name.map(|name| cut(name, NAME_BYTES_MAX)),
        media_type: cut(part.media_type, MEDIA_TYPE_BYTES_MAX),
        bytes: bytes as u64,
        place,
        original: false,
    }
}

/// Keeps the last ids: of a mail's references they are the nearest.
fn ids(mut ids: Vec<String>) -> Vec<String> {
    ids.drain(..ids.len().saturating_sub(IDS_MAX));
    ids.into_iter().map(|id| cut(id, ID_BYTES_MAX)).collect()
}

fn cut(mut text: String, bytes_max: usize) -> String {
    if text.len() > bytes_max {
        let end = (0..=bytes_max).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests;
