//! `shouwen firm check|diff`: a firm file, judged and compared.
//!
//! In: files. Out: faults, or lines of difference. Never here: the file's meaning.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use firm::{Book, Faults};
use serde_json::json;

use crate::{cli::Common, config::FirmFile, out};

/// A firm file that was read, or everything that is wrong with it.
pub(crate) type Read = std::result::Result<(Book, Faults), Faults>;

/// Reads a firm file.
pub(crate) fn read(place: &FirmFile) -> Result<Read> {
    let (name, text) = text(place)?;
    Ok(firm::read(&name, &text))
}

/// A firm file without fault.
pub(crate) struct Sound {
    /// Its text.
    pub(crate) text: String,
    /// What it says.
    pub(crate) book: Book,
    /// What works, but perhaps not as meant.
    pub(crate) warnings: Faults,
}

/// Reads a firm file that must be without fault.
pub(crate) fn sound(place: &FirmFile) -> Result<Sound> {
    let (name, text) = text(place)?;
    let (book, warnings) = firm::read(&name, &text)?;
    Ok(Sound { text, book, warnings })
}

fn text(place: &FirmFile) -> Result<(String, String)> {
    match place {
        FirmFile::Sample => Ok((firm::SAMPLE_FILE.to_owned(), firm::SAMPLE.to_owned())),
        FirmFile::File(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("firm file {}", path.display()))?;
            Ok((path.display().to_string(), text))
        }
    }
}

pub(super) fn check(common: &Common, file: &str) -> Result<ExitCode> {
    let read = read(&named(file))?;
    report(common, &read, file)
}

pub(super) fn diff(common: &Common, file: &str, from: &str) -> Result<ExitCode> {
    let (new, old) = (sound(&named(file))?, sound(&named(from))?);
    let lines = firm::diff(&old.book.firm, &new.book.firm);
    if common.json {
        out::json(&json!({ "changes": lines }));
    } else if lines.is_empty() {
        out::line("no difference");
    } else {
        out::line(&lines.join("\n"));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn named(file: &str) -> FirmFile {
    FirmFile::named(file, PathBuf::from(file))
}

fn report(common: &Common, read: &Read, file: &str) -> Result<ExitCode> {
    let faults = match read {
        Ok((_, faults)) | Err(faults) => faults,
    };
    if common.json {
        out::json(&shown(faults));
    } else {
        say(faults);
        if let Ok((book, _)) = read {
            out::line(&format!("{file}: {}", summary(book)));
        }
    }
    Ok(code(faults))
}

/// Prints errors, then warnings.
pub(crate) fn say(faults: &Faults) {
    for fault in &faults.errors {
        out::line(&fault.to_string());
    }
    for fault in &faults.warnings {
        out::line(&format!("warning: {fault}"));
    }
}

/// Prints warnings where they do not mix with a command's output.
pub(crate) fn warn(faults: &Faults) {
    for fault in &faults.warnings {
        out::error(&format!("warning: {fault}"));
    }
}

/// Faults as JSON.
pub(crate) fn shown(faults: &Faults) -> serde_json::Value {
    let list = |faults: &[firm::Fault]| -> Vec<_> {
        let one = |fault: &firm::Fault| json!({ "file": &*fault.file, "line": fault.line, "key": fault.key, "what": fault.what });
        faults.iter().map(one).collect()
    };
    json!({ "errors": list(&faults.errors), "warnings": list(&faults.warnings) })
}

/// Says in a line what a firm has.
pub(crate) fn summary(book: &Book) -> String {
    let firm = &book.firm;
    format!(
        "{} branches, {} queues, {} targets, {} rules, {} agents, {} topics",
        firm.branches.len(),
        firm.queues.len(),
        firm.targets.len(),
        firm.rules.len(),
        firm.agents.len(),
        book.topics.len()
    )
}

pub(crate) fn code(faults: &Faults) -> ExitCode {
    if faults.errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
