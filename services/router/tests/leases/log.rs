//! The log of all routers of this test run.
//!
//! In: what they log from the first look on. Out: whether something stands in it. Never here: a
//! word that `/readyz` shows; a router may have its branches back before anybody asks.

use std::{
    io,
    sync::{Mutex, Once, PoisonError},
};

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static BEGUN: Once = Once::new();

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begins to listen, from an empty log on.
pub(crate) fn listen() {
    BEGUN.call_once(|| tracing_subscriber::fmt().with_ansi(false).with_writer(|| Writer).init());
    LOG.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

/// Says whether somebody said this.
pub(crate) fn has(words: &str) -> bool {
    String::from_utf8_lossy(&LOG.lock().unwrap_or_else(PoisonError::into_inner)).contains(words)
}
