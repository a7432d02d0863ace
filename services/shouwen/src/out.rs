//! What commands print: lines, rows, JSON.
//!
//! In: texts and values. Out: standard output, and errors on standard error.
//! Never here: a log line; those go through telemetry.

use std::io::{ErrorKind, Write};

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

/// Prints a line, or several.
///
/// A reader that went away (`| head`) ends nothing: there is nobody left to tell.
pub(crate) fn line(text: &str) {
    is_read(text);
}

/// Prints a line, or several; says whether anybody may have read it.
pub(crate) fn is_read(text: &str) -> bool {
    let mut out = std::io::stdout().lock();
    let done = writeln!(out, "{text}").and_then(|()| out.flush());
    if let Err(error) = &done
        && error.kind() != ErrorKind::BrokenPipe
    {
        tracing::warn!(%error, "standard output cannot be written");
    }
    done.is_ok()
}

/// Prints an error, or several lines of them.
pub(crate) fn error(text: &str) {
    // Nobody could be told of a failure here.
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

/// Prints a value as JSON.
pub(crate) fn json(value: &Value) {
    line(&format!("{value:#}"));
}

/// Prints items as rows: under each head what the item holds at the key.
pub(crate) fn rows(items: &[Value], columns: &[(&str, &str)]) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|(head, _)| *head));
    table.add_rows(items.iter().map(|item| columns.iter().map(|(_, key)| cell(item.get(*key)))));
    let lines: Vec<_> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    line(&lines.join("\n"));
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "–".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
