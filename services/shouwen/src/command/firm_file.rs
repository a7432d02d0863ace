//! `shouwen firm check|diff|apply`: a firm file, judged and compared.
//!
//! In: files. Out: faults, or lines of difference. Never here: the file's meaning.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use contract::Role;
use firm::{Book, Faults};
use serde_json::{Value, json};

use crate::{cli::Common, client::Client, config::FirmFile, file, out};

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

/// Reads a firm file that must be without fault, if it is there.
pub(crate) fn if_there(place: &FirmFile) -> Result<Option<Sound>> {
    if place.is_missing() { Ok(None) } else { sound(place).map(Some) }
}

fn text(place: &FirmFile) -> Result<(String, String)> {
    match place {
        FirmFile::Sample => Ok((firm::SAMPLE_FILE.to_owned(), firm::SAMPLE.to_owned())),
        FirmFile::File(path) => Ok((path.display().to_string(), file::text("firm file", path)?)),
    }
}

pub(super) fn check(common: &Common, name: &str) -> Result<ExitCode> {
    let read = read(&named(name))?;
    report(common, &read, name)
}

/// Compares a file with another one, or with the firm in force.
pub(super) async fn diff(common: &Common, file: &str, from: Option<&str>) -> Result<ExitCode> {
    let new = sound(&named(file))?;
    let changes = match from {
        Some(from) => firm::diff(&sound(&named(from))?.book.firm, &new.book.firm),
        None => {
            let client = Client::connect(common, Role::Admin).await?;
            let in_force = client.get("firm").await;
            client.close().await;
            let in_force = in_force?;
            let text = in_force.get("text").and_then(Value::as_str).unwrap_or_default();
            let (old, _) = firm::read("the firm in force", text)?;
            firm::diff(&old.firm, &new.book.firm)
        }
    };
    differences(common, &changes);
    Ok(ExitCode::SUCCESS)
}

/// Puts a file in force in the running house.
pub(super) async fn apply(common: &Common, file: &str) -> Result<ExitCode> {
    let new = sound(&named(file))?;
    warn(&new.warnings);
    let client = Client::connect_running(common, Role::Admin).await?;
    let done = judge_and_apply(common, &client, &json!({ "text": new.text, "file": file })).await;
    client.close().await;
    done
}

/// The house judges the file by what it alone knows, its users among it.
async fn judge_and_apply(common: &Common, client: &Client, body: &Value) -> Result<ExitCode> {
    let judged = client.post("firm/check", body).await?;
    let errors = judged.get("errors").and_then(Value::as_array).cloned().unwrap_or_default();
    if !errors.is_empty() {
        if common.json {
            out::json(&json!({ "errors": errors }));
        } else {
            errors.iter().for_each(|fault| out::error(&told(fault)));
        }
        return Ok(ExitCode::from(1));
    }
    Ok(report_applied(common, &client.post("firm/apply", body).await?))
}

fn told(fault: &Value) -> String {
    let text = |key: &str| fault.get(key).and_then(Value::as_str).unwrap_or_default();
    let line = fault.get("line").and_then(Value::as_u64).unwrap_or_default();
    format!("{}:{line}: {}: {}", text("file"), text("key"), text("what"))
}

/// Prints what was applied; the command is done when every branch decides by it.
fn report_applied(common: &Common, applied: &Value) -> ExitCode {
    let list = |key: &str| applied.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let (version, branches) = (applied.get("version"), list("branches"));
    let is_taken = |branch: &Value| branch.get("taken").and_then(Value::as_bool).unwrap_or_default();
    if common.json {
        out::json(&json!({ "changes": list("changes"), "version": version, "branches": branches }));
    } else {
        let changes: Vec<_> = list("changes").iter().filter_map(Value::as_str).map(str::to_owned).collect();
        differences(common, &changes);
        out::line(&format!("version {} is in force", version.cloned().unwrap_or_default()));
        for branch in &branches {
            let id = branch.get("branch").and_then(Value::as_str).unwrap_or_default();
            out::line(&if is_taken(branch) {
                format!("branch {id} decides by it")
            } else {
                format!("stored, not yet taken by branch {id}")
            });
        }
    }
    if branches.iter().all(is_taken) { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn differences(common: &Common, changes: &[String]) {
    if common.json {
        out::json(&json!({ "changes": changes }));
    } else if changes.is_empty() {
        out::line("no difference");
    } else {
        out::line(&changes.join("\n"));
    }
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
pub(crate) fn shown(faults: &Faults) -> Value {
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
