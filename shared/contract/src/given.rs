//! A contact that another program of the firm publishes in the clear, for it cannot seal: it may
//! lie so on `route.<branch>` until the router first touches it.
//!
//! In: the message as it came. Out: the `Inbound` that a door would have made of it, under ids
//! that every repeat gets again. What does not fit is told by its field, in words that repeat
//! nothing of it. Never here: IO, a clock, chance; an encoding.

use crate::{
    id::{BranchId, ContactId, InputId},
    inbound::{
        Body, ID_BYTES_MAX, IDS_MAX, INLINE_BYTES_MAX, Inbound, MEDIA_TYPE_BYTES_MAX, Matter, NAME_BYTES_MAX,
        PARTS_MAX, PROVIDER_ID_BYTES_MAX, Part, PartPlace, SUBJECT_BYTES_MAX, TEXT_BYTES_MAX,
    },
    seal::{Keys, NONCE_BYTES},
    text,
    time::Timestamp,
    wire::{self, Wire, WireError, v1},
};

/// The largest message in bytes, so that it fits on the bus sealed, too.
pub const GIVEN_BYTES_MAX: usize = 240 * 1024;
/// Bytes of salt beside a body.
pub const SALT_BYTES: usize = 16;
/// The earliest time that anything is said to have been sent: 1970.
const EPOCH: Timestamp = Timestamp::from_ms(0);

/// What a message in the clear is sealed with.
#[derive(Debug)]
pub struct Touch<'a> {
    /// The house's keys.
    pub keys: &'a Keys,
    /// The branch on whose queue it lay.
    pub branch: &'a BranchId,
    /// The time.
    pub now: Timestamp,
    /// Random bytes for the seal.
    pub nonce: [u8; NONCE_BYTES],
    /// Random bytes that lie with the body.
    pub salt: [u8; SALT_BYTES],
}

/// Says which field does not fit, and why; never what stands in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} {1}")]
pub struct Unfit(&'static str, String);

impl Touch<'_> {
    /// Seals what came in the clear.
    pub fn seal(&self, mut given: v1::Inbound) -> Result<Inbound, Unfit> {
        let body = given.body.take().ok_or_else(|| absent("body"))?;
        self.made_here(&given, &body)?;
        let mut body = read_body(body)?;
        let account = field("account", std::mem::take(&mut given.account))?;
        let channel = field("channel", given.channel)?;
        let matter = matter(field("matter", given.matter.take())?, &body)?;
        let accepted_at = time(given.accepted_at).map_or(self.now, |at| at.clamp(EPOCH, self.now));
        let received_at = time(given.received_at);
        let contact = match std::mem::take(&mut given.contact) {
            none if none.is_empty() => {
                let told = body.provider_id.clone().unwrap_or_else(|| self.content_id(&body, received_at));
                ContactId::derive(channel, &account, &told)
            }
            contact => field("contact", contact)?,
        };
        let input = match std::mem::take(&mut given.input) {
            none if none.is_empty() => InputId::of_contact(contact, &distinction(&matter)),
            input => field("input", input)?,
        };
        let sender = body.from.as_ref().map(|from| self.keys.blind(from));
        body.salt = self.salt.to_vec();
        Ok(Inbound {
            input,
            contact,
            branch: self.branch.clone(),
            channel,
            account,
            received_at: received_at.map_or(accepted_at, |at| at.clamp(EPOCH, accepted_at)),
            accepted_at,
            sender,
            sealed: self.keys.seal(self.nonce, &crate::about::contact(contact), &wire::encode(&body)),
            digest: body.digest().to_vec(),
            thread: field("thread", given.thread.take())?,
            matter,
            hop: 0,
        })
    }

    /// Refuses what the house makes of a clear body by itself, and another branch's.
    fn made_here(&self, given: &v1::Inbound, body: &v1::Body) -> Result<(), Unfit> {
        let made = [
            ("sealed", !given.sealed.is_empty()),
            ("digest", !given.digest.is_empty()),
            ("sender", given.sender.is_some()),
            ("hop", given.hop != 0),
            ("body.salt", !body.salt.is_empty()),
        ];
        if let Some((name, _)) = made.iter().find(|(_, is_given)| *is_given) {
            return Err(unfit(name, "is made by the house, and does not come with a body in the clear"));
        }
        if !given.branch.is_empty() && given.branch != self.branch.as_str() {
            return Err(unfit("branch", "is not the branch of the queue"));
        }
        Ok(())
    }

    /// Gives what stands for the id of a message that has none: all that was sent, and when.
    fn content_id(&self, body: &Body, received_at: Option<Timestamp>) -> String {
        let sent_at = received_at.map_or([0; 8], |at| at.as_ms().to_be_bytes());
        let whole = self.keys.mark("given", &[&body.mark(self.keys), &sent_at]);
        whole.iter().fold(String::from("content:"), |text, byte| text + &format!("{byte:02x}"))
    }
}

fn read_body(shape: v1::Body) -> Result<Body, Unfit> {
    let body = Body {
        from: field("body.from", shape.from)?,
        from_name: shape.from_name,
        to: shape.to,
        subject: shape.subject,
        text: shape.text,
        provider_id: shape.provider_id.filter(|id| !id.trim().is_empty()),
        thread: shape.thread,
        parts: shape.parts.into_iter().map(part).collect::<Result<_, _>>()?,
        salt: Vec::new(),
    };
    let longest = |ids: &[String]| ids.iter().map(String::len).max().unwrap_or(0);
    let len = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let inline: usize = body.parts.iter().map(inline_bytes).sum();
    let bounds = [
        ("body.text", body.text.len(), TEXT_BYTES_MAX),
        ("body.subject", len(&body.subject), SUBJECT_BYTES_MAX),
        ("body.from_name", len(&body.from_name), NAME_BYTES_MAX),
        ("body.provider_id", len(&body.provider_id), PROVIDER_ID_BYTES_MAX),
        ("body.to", longest(&body.to), ID_BYTES_MAX),
        ("body.thread", longest(&body.thread), ID_BYTES_MAX),
        ("body.parts.place.inline", inline, INLINE_BYTES_MAX),
    ];
    bounds.iter().try_for_each(|(name, bytes, max)| within(name, *bytes, *max, "bytes"))?;
    let counts = [
        ("body.to", body.to.len(), IDS_MAX),
        ("body.thread", body.thread.len(), IDS_MAX),
        ("body.parts", body.parts.len(), PARTS_MAX),
    ];
    counts.iter().try_for_each(|(name, count, max)| within(name, *count, *max, "entries"))?;
    Ok(body)
}

fn part(shape: v1::Part) -> Result<Part, Unfit> {
    let place = field("body.parts.place", shape.place)?;
    let bytes = match &place {
        PartPlace::Inline(bytes) => bytes.len() as u64,
        PartPlace::Provider(place) => {
            within("body.parts.place.provider", place.len(), ID_BYTES_MAX, "bytes")?;
            shape.bytes
        }
        PartPlace::Blob(_) => return Err(unfit("body.parts.place.blob", "is a place of the house's own")),
    };
    within("body.parts.media_type", shape.media_type.len(), MEDIA_TYPE_BYTES_MAX, "bytes")?;
    within("body.parts.name", shape.name.as_ref().map_or(0, String::len), NAME_BYTES_MAX, "bytes")?;
    Ok(Part { name: shape.name, media_type: shape.media_type, bytes, place, original: shape.original })
}

const fn inline_bytes(part: &Part) -> usize {
    if let PartPlace::Inline(bytes) = &part.place { bytes.len() } else { 0 }
}

/// A message that says nothing is kept like one of a machine: nobody could answer it. What is
/// journalled as it is has to be short.
fn matter(matter: Matter, body: &Body) -> Result<Matter, Unfit> {
    let says_nothing = || {
        body.parts.is_empty()
            && text::is_blank(&body.text)
            && text::is_blank(body.subject.as_deref().unwrap_or_default())
    };
    let (name, key) = match &matter {
        Matter::Message if says_nothing() => return Ok(Matter::Automatic),
        Matter::Menu(key) => ("matter.menu", key.as_str()),
        Matter::Leg(leg) => ("matter.leg.leg", leg.leg.as_str()),
        Matter::Message | Matter::Automatic | Matter::Call(_) | Matter::Counter(_) => return Ok(matter),
    };
    within(name, key.len(), PROVIDER_ID_BYTES_MAX, "bytes")?;
    if key.trim().is_empty() || key.chars().any(char::is_control) {
        return Err(unfit(name, "is empty or holds a control character"));
    }
    Ok(matter)
}

/// Tells several inputs of one contact apart.
fn distinction(matter: &Matter) -> String {
    match matter {
        Matter::Call(call) => {
            let agent = call.agent.as_ref().map_or("", |agent| agent.as_str());
            format!("{}|{agent}|{}", call.what as u8, call.at.as_ms())
        }
        Matter::Leg(leg) => leg.leg.clone(),
        Matter::Message | Matter::Menu(_) | Matter::Automatic | Matter::Counter(_) => String::new(),
    }
}

fn time(ms: i64) -> Option<Timestamp> {
    Some(Timestamp::from_ms(ms)).filter(|at| *at != EPOCH)
}

fn field<T: Wire<P>, P>(name: &'static str, shape: P) -> Result<T, Unfit> {
    T::take(shape).map_err(|error| match error {
        WireError::Absent => absent(name),
        WireError::Damaged => unfit(name, "is no such message"),
        WireError::Invalid(what) => Unfit(name, format!("is {what}")),
    })
}

fn within(name: &'static str, count: usize, max: usize, unit: &str) -> Result<(), Unfit> {
    if count <= max { Ok(()) } else { Err(Unfit(name, format!("has more than {max} {unit}"))) }
}

fn absent(name: &'static str) -> Unfit {
    unfit(name, "is absent")
}

fn unfit(name: &'static str, what: &str) -> Unfit {
    Unfit(name, what.to_owned())
}

#[cfg(test)]
mod tests;
