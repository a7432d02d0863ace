//! `shouwen import clients`: the client book as CSV.
//!
//! In: a file, checked whole before anything of it is sent. Out: portions for the house, and
//! how many clients it took; or every fault with its line. Never here: a cell in a message.

use std::{path::Path, process::ExitCode};

use anyhow::Result;
use contract::Role;
use serde_json::{Value, json};
use store::directory::import::{LineFault, read};

use crate::{cli::Common, client::Client, out};

/// Lines that one portion has at most.
const PORTION_LINES_MAX: usize = 500;
/// Bytes after which a portion is sent.
const PORTION_BYTES_MAX: usize = 256 << 10;

pub(super) async fn clients(common: &Common, file: &Path) -> Result<ExitCode> {
    let bytes = crate::file::bytes("client book", file)?;
    let client = Client::connect(common, Role::Admin).await?;
    let done = bring(common, &client, file, &bytes).await;
    client.close().await;
    done
}

async fn bring(common: &Common, client: &Client, file: &Path, bytes: &[u8]) -> Result<ExitCode> {
    let in_force = client.get("firm").await?;
    let text = in_force.get("text").and_then(Value::as_str).unwrap_or_default();
    // Before the first start there is no firm to check managers and branches against.
    let firm = firm::read("the firm in force", text).ok().map(|(book, _)| book.firm);
    if let Err(faults) = read(bytes, firm.as_ref()) {
        return Ok(refuse(common, file, &faults));
    }
    let mut entries = 0;
    for csv in portions(bytes)? {
        let taken = client.post("clients/import", &json!({ "csv": csv })).await?;
        entries += taken.get("entries").and_then(Value::as_u64).unwrap_or_default();
    }
    if common.json {
        out::json(&json!({ "entries": entries }));
    } else {
        out::line(&format!("{entries} clients"));
    }
    Ok(ExitCode::SUCCESS)
}

fn refuse(common: &Common, file: &Path, faults: &[LineFault]) -> ExitCode {
    if common.json {
        let one = |fault: &LineFault| json!({ "line": fault.line, "column": fault.column, "what": fault.what });
        out::json(&json!({ "errors": faults.iter().map(one).collect::<Vec<_>>() }));
    } else {
        faults.iter().for_each(|fault| out::line(&format!("{}: {fault}", file.display())));
    }
    ExitCode::from(1)
}

/// Cuts a book into books of some hundred lines, each with the header.
fn portions(bytes: &[u8]) -> Result<Vec<String>> {
    let (text, _, _) = match std::str::from_utf8(bytes) {
        Ok(_) => encoding_rs::UTF_8.decode(bytes),
        Err(_) => encoding_rs::GB18030.decode(bytes),
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    let fresh = || -> Result<csv::Writer<Vec<u8>>> {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        writer.write_record(&header)?;
        Ok(writer)
    };
    let (mut portions, mut portion, mut lines, mut size) = (Vec::new(), fresh()?, 0, 0);
    for record in reader.records() {
        let record = record?;
        size += record.as_slice().len();
        lines += 1;
        portion.write_record(&record)?;
        if lines == PORTION_LINES_MAX || size >= PORTION_BYTES_MAX {
            portions.push(String::from_utf8(std::mem::replace(&mut portion, fresh()?).into_inner()?)?);
            (lines, size) = (0, 0);
        }
    }
    if lines > 0 {
        portions.push(String::from_utf8(portion.into_inner()?)?);
    }
    Ok(portions)
}

#[cfg(test)]
mod tests;
