//! Messages and deliveries, and the bytes a message is kept as.
//!
//! In: id, headers and body. Out: the same after a stay on disk. Never here: a meaning.

use bytes::Bytes;

/// The header under which a body says that it is something else than our protobuf.
pub const CONTENT_TYPE: &str = "content-type";
/// The header that says where a message belongs in its producer's traces, as W3C writes it.
pub const TRACE: &str = "traceparent";

/// One message. Its id is the sender's; the bus never compares ids.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The sender's id of it.
    pub id: u128,
    /// Short words about it, such as `kind`; never personal data.
    pub headers: Vec<(String, String)>,
    /// The encoded content.
    pub body: Bytes,
}

/// A message handed to a consumer, until it is acknowledged, requeued or parked.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Names the delivery to its consumer; rises with every delivery.
    pub tag: Tag,
    /// How often it was, or may have been, delivered before.
    pub count: u32,
    /// The message.
    pub message: Message,
}

/// Names one delivery of one consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub(crate) u64);

impl Message {
    /// Makes a message without headers.
    #[must_use]
    pub fn new(id: u128, body: impl Into<Bytes>) -> Self {
        Self { id, headers: Vec::new(), body: body.into() }
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Gives the first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Gives the size of what `encode` writes.
    pub(crate) fn encoded_bytes(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| 8 + name.len() + value.len()).sum();
        20 + headers + self.body.len()
    }

    /// Appends id, number of headers, headers with their lengths, body.
    pub(crate) fn encode(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.id.to_be_bytes());
        put_len(self.headers.len(), to);
        for (name, value) in &self.headers {
            put_len(name.len(), to);
            to.extend_from_slice(name.as_bytes());
            put_len(value.len(), to);
            to.extend_from_slice(value.as_bytes());
        }
        to.extend_from_slice(&self.body);
    }

    /// Reads what `encode` wrote; `None` when it was damaged.
    pub(crate) fn decode(frame: Vec<u8>) -> Option<Self> {
        let frame = Bytes::from(frame);
        let (id, mut rest) = frame.split_at_checked(16)?;
        let id = u128::from_be_bytes(id.try_into().ok()?);
        let mut headers = Vec::new();
        for _ in 0..take_len(&mut rest)? {
            headers.push((take_text(&mut rest)?, take_text(&mut rest)?));
        }
        let body = frame.slice(frame.len() - rest.len()..);
        Some(Self { id, headers, body })
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({:032x}, {} headers, {} bytes)", self.id, self.headers.len(), self.body.len())
    }
}

fn put_len(len: usize, to: &mut Vec<u8>) {
    to.extend_from_slice(&u32::try_from(len).expect("messages above 256 KiB were refused").to_be_bytes());
}

fn take_len(rest: &mut &[u8]) -> Option<usize> {
    let (len, after) = rest.split_at_checked(4)?;
    *rest = after;
    usize::try_from(u32::from_be_bytes(len.try_into().ok()?)).ok()
}

fn take_text(rest: &mut &[u8]) -> Option<String> {
    let len = take_len(rest)?;
    let (text, after) = rest.split_at_checked(len)?;
    *rest = after;
    String::from_utf8(text.to_vec()).ok()
}

#[cfg(test)]
mod tests;
