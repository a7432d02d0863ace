//! What commands print: lines, JSON.
//!
//! In: texts and values. Out: standard output, and errors on standard error.
//! Never here: a log line; those go through telemetry.

use std::io::{ErrorKind, Write};

/// Prints a line, or several.
///
/// A reader that went away (`| head`) ends nothing: there is nobody left to tell.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let done = writeln!(out, "{text}").and_then(|()| out.flush());
    if let Err(error) = done
        && error.kind() != ErrorKind::BrokenPipe
    {
        tracing::warn!(%error, "standard output cannot be written");
    }
}

/// Prints an error, or several lines of them.
pub(crate) fn error(text: &str) {
    // Nobody could be told of a failure here.
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

/// Prints a value as JSON.
pub(crate) fn json(value: &serde_json::Value) {
    line(&format!("{value:#}"));
}
