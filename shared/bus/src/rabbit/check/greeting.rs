//! What a node says of itself before anybody signs in: the library reads it and keeps it.
//!
//! In: an address. Out: the version. Never here: a user, a password.

use futures_util::{AsyncReadExt as _, AsyncWriteExt as _};
use lapin::{
    tcp::{AMQPUriTcpExt as _, OwnedTLSConfig},
    types::{AMQPValue, parsing::parse_field_table},
    uri::AMQPUri,
};

/// How a client of AMQP 0-9-1 begins.
const HEADER: &[u8] = b"AMQP\x00\x00\x09\x01";
/// Type, channel and size of a frame.
const FRAME_HEAD_BYTES: usize = 7;
/// The longest greeting that is read: 64 KiB.
const GREETING_BYTES_MAX: usize = 64 << 10;
/// Class, method and two versions come before what the server says of itself.
const BEFORE_BYTES: usize = 6;

/// Gives the version, where the node tells one.
pub(super) async fn version(uri: &AMQPUri, tls: &OwnedTLSConfig) -> Option<String> {
    let runtime = lapin::runtime::default_runtime().ok()?;
    let mut stream = uri.connect_with_config_async(tls.as_ref(), &runtime).await.ok()?;
    stream.write_all(HEADER).await.ok()?;
    let mut head = [0; FRAME_HEAD_BYTES];
    stream.read_exact(&mut head).await.ok()?;
    let [_, _, _, size @ ..] = head;
    let size = usize::try_from(u32::from_be_bytes(size)).ok().filter(|size| *size <= GREETING_BYTES_MAX)?;
    let mut payload = vec![0; size];
    stream.read_exact(&mut payload).await.ok()?;
    let (_, told) = parse_field_table(payload.get(BEFORE_BYTES..)?).ok()?;
    let AMQPValue::LongString(version) = told.inner().get("version")? else { return None };
    Some(version.to_string())
}
