//! What a callback means: messages, menu choices and events, receipts.
//!
//! In: a read message. Out: arrivals. A type that is not known is kept under its own name;
//! only what names neither a type nor an event is undecodable.
//! Never here: XML, signatures.

use channel::{
    Arrival, Content, Incoming, Receipt, ReceiptStatus,
    incoming::{IncomingPart, PartSource},
};
use contract::{Address, AddressKind, Millis, Timestamp, inbound::EVENT_KEY};
use sha2::{Digest, Sha256};

use crate::wire::Message;

/// The longest menu key and event name that is kept, in characters; WeChat allows 128 bytes.
const KEY_CHARS_MAX: usize = 128;
/// Bytes of the hash that names an event.
const EVENT_ID_BYTES: usize = 16;

/// Tells what a message brings.
pub(crate) fn arrivals(message: &Message) -> Vec<Arrival> {
    let msg_type = message.text("MsgType").unwrap_or_default();
    let event = message.text("Event").or(message.text("InfoType"));
    match (msg_type, event) {
        ("" | "event" | "device_event", Some(event)) => of_event(message, event),
        ("" | "event" | "device_event", None) => {
            vec![Arrival::Undecodable("neither a message type nor an event".to_owned())]
        }
        (msg_type, _) => vec![contact(of_message(message, msg_type))],
    }
}

fn contact(incoming: Incoming) -> Arrival {
    Arrival::Contact(Box::new(incoming))
}

fn of_message(message: &Message, msg_type: &str) -> Incoming {
    let field = |name| message.text(name).unwrap_or_default();
    let (text, part) = match msg_type {
        "text" => (field("Content").to_owned(), None),
        "image" => ("[图片]".to_owned(), media(message, "image/jpeg".to_owned())),
        "voice" => (voice_text(field("Recognition")), media(message, voice_type(field("Format")))),
        "video" => ("[视频]".to_owned(), media(message, "video/mp4".to_owned())),
        "shortvideo" => ("[小视频]".to_owned(), media(message, "video/mp4".to_owned())),
        "location" => (location_text(field("Label"), field("Location_X"), field("Location_Y")), None),
        "link" => (joined("[链接]", &[field("Title"), field("Description"), field("Url")]), None),
        other => (joined(&format!("[{}]", short(other)), &[field("Content")]), media(message, String::new())),
    };
    Incoming { provider_id: message_id(message), text, parts: part.into_iter().collect(), ..sender(message) }
}

fn of_event(message: &Message, event: &str) -> Vec<Arrival> {
    let receipts = match event {
        "TEMPLATESENDJOBFINISH" => receipts(message, "Status"),
        "subscribe_msg_sent_event" => receipts(message, "ErrorStatus"),
        _ => Vec::new(),
    };
    if !receipts.is_empty() {
        return receipts;
    }
    let key = message.text("EventKey").unwrap_or_default();
    let menu = match event {
        "CLICK" | "click" if !key.is_empty() => short(key),
        _ => format!("{EVENT_KEY}{}", short(event)),
    };
    let details = ["EventKey", "Latitude", "Longitude", "KfAccount", "Status"];
    let details = details.map(|name| message.text(name).unwrap_or_default());
    let head = if menu.starts_with(EVENT_KEY) { format!("[事件] {}", short(event)) } else { "[菜单]".to_owned() };
    vec![contact(Incoming {
        provider_id: Some(event_id(message, event, key)),
        text: joined(&head, &details),
        content: Content::Menu(menu),
        ..sender(message)
    })]
}

/// Pairs the ids of sent notices with what became of them.
fn receipts(message: &Message, status_field: &str) -> Vec<Arrival> {
    let ids = message.all("MsgID");
    let told = message.all(status_field);
    let receipt = |(id, told): (&str, &str)| {
        let status = if told == "success" { ReceiptStatus::Delivered } else { ReceiptStatus::Failed };
        let error = (told != "success").then(|| short(told));
        Some(Arrival::Receipt(Receipt { provider_id: number(id)?.to_string(), status, error }))
    };
    ids.into_iter().zip(told).filter_map(receipt).collect()
}

fn sender(message: &Message) -> Incoming {
    let from = message.text("FromUserName").and_then(|id| Address::parse(AddressKind::Wechat, id).ok());
    Incoming {
        to: message.text("ToUserName").map(str::to_owned).into_iter().collect(),
        received_at: message.text("CreateTime").and_then(time),
        ..Incoming::message(from)
    }
}

/// A message's own id is a 64-bit number; without one its content is its id.
fn message_id(message: &Message) -> Option<String> {
    number(message.text("MsgId")?).map(|id| id.to_string())
}

/// Events have no id. Sender and second are not enough, for following and scanning can share
/// one. The hash keeps the sender out of an id that is not sealed.
fn event_id(message: &Message, event: &str, key: &str) -> String {
    let mut hash = Sha256::new();
    for part in [message.text("FromUserName"), message.text("CreateTime"), Some(event), Some(key)] {
        let part = part.unwrap_or_default();
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest: [u8; 32] = hash.finalize().into();
    format!("event-{}", hex::encode(digest.split_at(EVENT_ID_BYTES).0))
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

fn time(text: &str) -> Option<Timestamp> {
    let seconds = text.parse::<u32>().ok().filter(|seconds| *seconds > 0)?;
    Some(Timestamp::from_ms(Millis::from_secs(i64::from(seconds)).get()))
}

fn media(message: &Message, media_type: String) -> Option<IncomingPart> {
    let id = message.text("MediaId")?.to_owned();
    let media_type = if media_type.is_empty() { "application/octet-stream".to_owned() } else { media_type };
    Some(IncomingPart { name: None, media_type, source: PartSource::Provider(id) })
}

fn voice_text(recognised: &str) -> String {
    if recognised.is_empty() { "[语音]".to_owned() } else { recognised.to_owned() }
}

fn voice_type(format: &str) -> String {
    let known = !format.is_empty() && format.bytes().all(|byte| byte.is_ascii_alphanumeric());
    format!("audio/{}", if known { short(&format.to_ascii_lowercase()) } else { "amr".to_owned() })
}

fn location_text(label: &str, latitude: &str, longitude: &str) -> String {
    joined("[位置]", &[label, latitude, longitude])
}

fn joined(head: &str, details: &[&str]) -> String {
    let details = details.iter().filter(|detail| !detail.is_empty());
    details.fold(head.to_owned(), |text, detail| format!("{text} {detail}"))
}

fn short(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control()).take(KEY_CHARS_MAX).collect()
}
