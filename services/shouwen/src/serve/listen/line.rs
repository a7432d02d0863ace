//! A line: one connection, with its place among those that may be open.
//!
//! In: a stream. Out: the same stream, broken off when the other end takes nothing for too long:
//! who asks and never reads holds no place for ever. Never here: what is said on it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

use super::places::Held;

/// How long the other end may take nothing of what is written to it.
pub(super) const STALL_LIMIT: Duration = Duration::from_secs(30);

/// A connection.
pub(super) struct Line<S> {
    stream: S,
    /// When a write that waits is given up; kept between writes, and asked only while one waits.
    stalled: Option<Pin<Box<Sleep>>>,
    waits: bool,
    _held: Held,
}

impl<S> Line<S> {
    pub(super) const fn new(stream: S, held: Held) -> Self {
        Self { stream, stalled: None, waits: false, _held: held }
    }

    /// Passes on what a write came to; one that waits too long is an error.
    fn watched<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waits = false;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(STALL_LIMIT)));
        if !self.waits {
            self.waits = true;
            stalled.as_mut().reset(Instant::now() + STALL_LIMIT);
        }
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Line<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Line<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let line = self.get_mut();
        let written = Pin::new(&mut line.stream).poll_write(cx, buf);
        line.watched(cx, written)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let line = self.get_mut();
        let flushed = Pin::new(&mut line.stream).poll_flush(cx);
        line.watched(cx, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let line = self.get_mut();
        let shut = Pin::new(&mut line.stream).poll_shutdown(cx);
        line.watched(cx, shut)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let line = self.get_mut();
        let written = Pin::new(&mut line.stream).poll_write_vectored(cx, parts);
        line.watched(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
