//! `shouwen check`: configuration and firm together.
//!
//! In: both. Out: every fault of both at once, and the effective configuration with its
//! secrets hidden. Never here: a connection to anything.

use std::process::ExitCode;

use anyhow::Result;
use firm::{Book, Fault, Faults};
use serde_json::json;

use super::firm_file;
use crate::{
    cli::Common,
    config::{self, Config},
    out, sources,
};

pub(super) fn run(common: &Common, file: Option<String>) -> Result<ExitCode> {
    let sources = sources::gather(common, file, None)?;
    let (config, mut faults) = config::look(&sources);
    let is_known = |key: &str| faults.errors.iter().all(|fault| fault.key != key);
    let book = match &config {
        Some(config) if is_known("firm") => firm(config, &mut faults),
        _ => None,
    };
    if let (Some(config), Some(book)) = (&config, &book) {
        faults.errors.extend(config::strays(config, &book.firm));
    }
    let faults = faults.sorted();
    let sound = config.filter(|_| faults.errors.is_empty());
    print(common, sound.as_ref(), book.as_ref(), &faults);
    Ok(firm_file::code(&faults))
}

fn firm(config: &Config, faults: &mut Faults) -> Option<Book> {
    let (book, more) = match firm_file::read(&config.firm) {
        Ok(Ok((book, more))) => (Some(book), more),
        Ok(Err(more)) => (None, more),
        Err(error) => {
            let what = error.to_string();
            let fault = Fault { file: "firm".into(), line: 0, key: String::new(), what };
            (None, Faults { errors: vec![fault], warnings: Vec::new() })
        }
    };
    faults.errors.extend(more.errors);
    faults.warnings.extend(more.warnings);
    book
}

fn print(common: &Common, config: Option<&Config>, book: Option<&Book>, faults: &Faults) {
    if common.json {
        return out::json(&json!({ "faults": firm_file::shown(faults), "config": config.map(config::show) }));
    }
    firm_file::say(faults);
    if let Some(config) = config {
        out::line(config::show(config).trim());
    }
    if let Some(book) = book {
        out::line(&format!("\n# firm: {}", firm_file::summary(book)));
    }
}
