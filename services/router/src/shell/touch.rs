//! First touch: what another program published becomes what a door would have published, before
//! anything of it is stored, logged or decided; what cannot be read is sealed whole.
//!
//! In: deliveries of `route.<branch>` and `command.<branch>`, in the clear or not. Out: the same
//! without a clear word, decoded, or with the reason why not. Never here: a decision.

use bus::{CONTENT_TYPE, Delivery, Message, TRACE, limits::MESSAGE_BYTES_MAX};
use contract::{
    BranchId,
    command::Command,
    given::{GIVEN_BYTES_MAX, Touch},
    id::derived,
    inbound::Inbound,
    parked::{KIND, PARKED, ParkedCall},
    wire::{self, Wire, json, v1},
};
use prost::Message as _;
use store::StoreError;

use super::Ports;

/// Headers of a message that stay with it.
const KEPT: [&str; 2] = [TRACE, "tracestate"];
/// The longest of them in bytes.
const KEPT_BYTES_MAX: usize = 512;
/// Of a body that cannot be read so much is kept, in bytes.
const UNREAD_BYTES_MAX: usize = 1024 * 1024;
/// What stands for the method of a call that came over the bus.
const METHOD: &str = "AMQP";

/// A delivery that holds nothing in the clear.
pub(super) enum Touched<T> {
    /// It is read.
    Read(Delivery, T),
    /// It cannot be read, and why in words that repeat nothing of it.
    Unread(Delivery, String),
}

/// How a body is written.
enum Form {
    Protobuf,
    Json,
    Unknown,
}

/// Reads a contact; what came in the clear is sealed from here on.
pub(super) async fn contact(
    ports: &Ports,
    branch: &BranchId,
    mut delivery: Delivery,
) -> Result<Touched<Inbound>, StoreError> {
    let reopened = reopened(ports, &delivery.message).await?;
    let is_as_it_was = reopened.is_none();
    let read = match reopened {
        Some(Ok(call)) => inbound(ports, branch, content_type(&call), &call.body),
        Some(Err(why)) => Err(why),
        None => inbound(ports, branch, delivery.message.header(CONTENT_TYPE), &delivery.message.body),
    };
    Ok(match read {
        Ok((inbound, true)) if is_as_it_was => {
            delivery.message.headers.retain(is_kept);
            Touched::Read(delivery, inbound)
        }
        Ok((inbound, _)) => {
            let message = Message::new(inbound.input.bits(), wire::encode(&inbound));
            Touched::Read(Delivery { message: traced(message, &delivery.message), ..delivery }, inbound)
        }
        Err(why) => unread(ports, delivery, why).await?,
    })
}

/// Reads a command. Others than the house itself give theirs by REST, which knows who may what.
pub(super) async fn command(ports: &Ports, delivery: Delivery) -> Result<Touched<Command>, StoreError> {
    let read = match reopened(ports, &delivery.message).await? {
        Some(Ok(call)) => given_command(content_type(&call), &call.body),
        Some(Err(why)) => Err(why),
        None => given_command(delivery.message.header(CONTENT_TYPE), &delivery.message.body),
    };
    match read {
        Ok(command) => Ok(Touched::Read(delivery, command)),
        Err(why) => unread(ports, delivery, why).await,
    }
}

fn given_command(content_type: Option<&str>, body: &[u8]) -> Result<Command, String> {
    match form(content_type) {
        Form::Protobuf => wire::decode(body).map_err(|_| "the command does not decode".to_owned()),
        Form::Json | Form::Unknown => Err("commands of other programs are given by REST".to_owned()),
    }
}

/// Gives a contact, and whether it is written as we write it.
fn inbound(
    ports: &Ports,
    branch: &BranchId,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<(Inbound, bool), String> {
    let (given, is_ours) = match form(content_type) {
        Form::Protobuf if body.len() > MESSAGE_BYTES_MAX => return Err(too_large(MESSAGE_BYTES_MAX)),
        Form::Protobuf => (v1::Inbound::decode(body).map_err(|_| "the contact does not decode")?, true),
        Form::Json if body.len() > GIVEN_BYTES_MAX => return Err(too_large(GIVEN_BYTES_MAX)),
        Form::Json => (json::inbound(body).map_err(|error| error.to_string())?, false),
        Form::Unknown => return Err("it is neither application/x-protobuf nor application/json".to_owned()),
    };
    if given.body.is_none() {
        if given.sealed.is_empty() {
            return Err("body is absent".to_owned());
        }
        let sealed = Inbound::take(given).map_err(|error| format!("the contact does not decode: {error}"))?;
        return Ok((sealed, is_ours));
    }
    if body.len() > GIVEN_BYTES_MAX {
        return Err(too_large(GIVEN_BYTES_MAX));
    }
    let (nonce, salt) = (ports.chance.nonce(), ports.chance.bytes());
    let touch = Touch { keys: ports.store.keys(), branch, now: ports.clock.now(), nonce, salt };
    touch.seal(given).map(|sealed| (sealed, false)).map_err(|unfit| unfit.to_string())
}

fn too_large(max: usize) -> String {
    format!("it has more than {max} bytes")
}

fn form(content_type: Option<&str>) -> Form {
    let named = content_type.and_then(|named| named.split(';').next()).unwrap_or_default();
    match named.trim().to_ascii_lowercase().as_str() {
        "" | "application/x-protobuf" | "application/protobuf" => Form::Protobuf,
        "application/json" => Form::Json,
        _ => Form::Unknown,
    }
}

/// Opens what was sealed whole, once it is replayed; `None` for what never was.
async fn reopened(ports: &Ports, message: &Message) -> Result<Option<Result<ParkedCall, String>>, StoreError> {
    if message.header(KIND) != Some(PARKED) {
        return Ok(None);
    }
    let call = ports.store.parked_calls().open(message.id, &message.body).await?.map(|(call, _)| call);
    Ok(Some(call.ok_or_else(|| "what was parked cannot be opened".to_owned())))
}

/// Seals a message whole, with its content type; what is sealed so already stays as it is.
async fn unread<T>(ports: &Ports, delivery: Delivery, mut why: String) -> Result<Touched<T>, StoreError> {
    let Message { id: _, headers: _, body } = &delivery.message;
    if delivery.message.header(KIND) == Some(PARKED) {
        return Ok(Touched::Unread(delivery, why));
    }
    let kept = body.split_at_checked(UNREAD_BYTES_MAX).map_or(body.as_ref(), |(head, _)| head);
    if kept.len() < body.len() {
        why = format!("{why}; of {} bytes the first {} are kept", body.len(), kept.len());
    }
    let content_type = delivery.message.header(CONTENT_TYPE);
    let mark = ports.store.keys().mark("unread", &[content_type.unwrap_or_default().as_bytes(), body]);
    let id = derived(&[b"unread", &mark]);
    let call = ParkedCall {
        method: METHOD.to_owned(),
        tail: String::new(),
        query: String::new(),
        headers: content_type.map(|named| (CONTENT_TYPE.to_owned(), named.to_owned())).into_iter().collect(),
        body: kept.to_vec(),
    };
    let parked = ports.store.parked_calls().seal(id, &call, ports.clock.now()).await?;
    let message = traced(Message::new(id, parked).with(KIND, PARKED), &delivery.message);
    Ok(Touched::Unread(Delivery { message, ..delivery }, why))
}

/// Takes over where a message belongs in its producer's traces; of its other headers nobody
/// knows what they hold.
fn traced(mut message: Message, from: &Message) -> Message {
    message.headers.extend(from.headers.iter().filter(|header| is_kept(header)).cloned());
    message
}

fn is_kept((name, value): &(String, String)) -> bool {
    KEPT.contains(&name.as_str()) && value.len() <= KEPT_BYTES_MAX && value.bytes().all(|byte| byte.is_ascii_graphic())
}

fn content_type(call: &ParkedCall) -> Option<&str> {
    call.headers.iter().find(|(name, _)| name == CONTENT_TYPE).map(|(_, named)| named.as_str())
}
