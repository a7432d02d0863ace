//! Lines and bytes of one connection, with a limit on everything.
//!
//! In: a stream. Out: command lines, bytes of mail. Replies are held back while more commands
//! lie ready, so that a pipelining sender gets them at once. Never here: what a line means.

use std::time::Duration;

use runtime::Stop;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, timeout_at},
};

use crate::smtp::Reply;

/// The longest command line in bytes; RFC 5321 asks for 512 and more for extensions.
const LINE_BYTES_MAX: usize = 2048;
/// Bytes that are read at once.
const READ_BYTES: usize = 64 * 1024;
/// How long a command may be waited for (RFC 5321, 4.5.3.2.7).
const COMMAND_WAIT: Duration = Duration::from_secs(300);
/// How long the next bytes of a mail may be waited for (4.5.3.2.5).
const MAIL_WAIT: Duration = Duration::from_secs(180);
/// How long the other side may take to read a reply.
const WRITE_LIMIT: Duration = Duration::from_secs(60);
/// How long a connection may last.
const CONNECTION_LIMIT: Duration = Duration::from_secs(1800);
/// How long what the other side still sends is read after the last reply, so that it sees it.
const LINGER: Duration = Duration::from_secs(2);

/// One connection.
pub(super) struct Wire<'a, S> {
    stream: S,
    heard: Vec<u8>,
    owed: Vec<u8>,
    end: Instant,
    stop: &'a Stop,
}

/// Why there is no line or no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    /// The other side is gone.
    Gone,
    /// It took too long.
    Slow,
    /// The process ends.
    Stopping,
    /// A line is longer than a command can be.
    LongLine,
    /// A line ends otherwise than with CR LF.
    BareLineEnd,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Wire<'a, S> {
    pub(super) fn new(stream: S, stop: &'a Stop) -> Self {
        let end = Instant::now() + CONNECTION_LIMIT;
        Self { stream, heard: Vec::new(), owed: Vec::new(), end, stop }
    }

    /// Owes the other side a reply; it is written at the latest before the next wait.
    pub(super) fn say(&mut self, reply: &Reply) {
        self.owed.extend_from_slice(reply.wire().as_bytes());
    }

    /// Gives the next command line without its end.
    pub(super) async fn line(&mut self) -> Result<Vec<u8>, Silence> {
        let mut seen = 0;
        loop {
            let found = self.heard.get(seen..).and_then(|new| new.iter().position(|byte| *byte == b'\n'));
            if let Some(at) = found.map(|at| seen + at) {
                let line: Vec<u8> = self.heard.drain(..=at).collect();
                return match line.strip_suffix(b"\r\n") {
                    Some(line) if line.len() > LINE_BYTES_MAX => Err(Silence::LongLine),
                    Some(line) if !line.contains(&b'\r') => Ok(line.to_vec()),
                    _ => Err(Silence::BareLineEnd),
                };
            }
            seen = self.heard.len();
            if seen > LINE_BYTES_MAX {
                return Err(Silence::LongLine);
            }
            self.read(COMMAND_WAIT).await?;
        }
    }

    /// Gives what has been heard beyond the last line; more is waited for if there is nothing.
    pub(super) async fn bytes(&mut self) -> Result<Vec<u8>, Silence> {
        if self.heard.is_empty() {
            self.read(MAIL_WAIT).await?;
        }
        Ok(std::mem::take(&mut self.heard))
    }

    /// Gives back bytes that belong to what follows the mail.
    pub(super) fn give_back(&mut self, bytes: &[u8]) {
        self.heard.splice(..0, bytes.iter().copied());
    }

    /// Writes what is owed, ends the conversation, and listens a little, for a connection that
    /// is closed on unread bytes takes the last reply with it.
    pub(super) async fn hang_up(mut self) {
        if self.flush().await.is_err() || self.stream.shutdown().await.is_err() {
            return;
        }
        let end = Instant::now() + LINGER;
        let mut rest = vec![0; READ_BYTES];
        while matches!(timeout_at(end, self.stream.read(&mut rest)).await, Ok(Ok(1..))) {}
    }

    async fn read(&mut self, wait: Duration) -> Result<(), Silence> {
        self.flush().await?;
        let end = self.end.min(Instant::now() + wait);
        self.heard.reserve(READ_BYTES);
        // Either arm may be dropped midway: a read that did not finish took nothing.
        let read = tokio::select! {
            biased;
            read = timeout_at(end, self.stream.read_buf(&mut self.heard)) => read,
            () = self.stop.cancelled() => return Err(Silence::Stopping),
        };
        match read {
            Ok(Ok(1..)) => Ok(()),
            Ok(Ok(0) | Err(_)) => Err(Silence::Gone),
            Err(_) => Err(Silence::Slow),
        }
    }

    async fn flush(&mut self) -> Result<(), Silence> {
        let owed = std::mem::take(&mut self.owed);
        if owed.is_empty() {
            return Ok(());
        }
        let end = Instant::now() + WRITE_LIMIT;
        match timeout_at(end, self.stream.write_all(&owed)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Silence::Gone),
            Err(_) => Err(Silence::Slow),
        }
    }
}
