//! `shouwen check`: configuration and firm together, and the servers the house stands on.
//!
//! In: both. Out: every fault of both at once, then what a look at the servers found, and the
//! effective configuration with its secrets hidden. Never here: what is wrong with a server;
//! its own crate knows.

mod servers;

use std::process::ExitCode;

use anyhow::Result;
use firm::{Book, Fault, Faults};
use runtime::{Finding, Weight};
use serde_json::{Value, json};

use super::firm_file;
use crate::{
    cli::Common,
    config::{self, Config},
    out, sources,
};

pub(super) async fn run(common: &Common, file: Option<String>) -> Result<ExitCode> {
    let sources = sources::gather(common, file, None)?;
    let (config, mut faults) = config::look(&sources);
    let found = match &config {
        Some(config) if faults.errors.is_empty() => look(config).await,
        _ => None,
    };
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
    print(common, sound.as_ref(), book.as_ref(), &faults, found.as_deref());
    let is_bad = found.iter().flatten().any(|finding| finding.weight == Weight::Fault);
    Ok(if is_bad { ExitCode::from(1) } else { firm_file::code(&faults) })
}

/// Looks at the servers, where the house stands on any.
async fn look(config: &Config) -> Option<Vec<Finding>> {
    let servers = config.servers.as_ref()?;
    // The clients of three servers are much to keep on a stack.
    Some(Box::pin(servers::check(config, servers)).await)
}

fn firm(config: &Config, faults: &mut Faults) -> Option<Book> {
    if config.servers.is_some() && config.firm.is_missing() {
        let what = "is not there; that is right where the database has the firm already";
        faults.warnings.push(Fault { file: "firm".into(), line: 0, key: String::new(), what: what.to_owned() });
        return None;
    }
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

fn print(common: &Common, config: Option<&Config>, book: Option<&Book>, faults: &Faults, found: Option<&[Finding]>) {
    if common.json {
        let (faults, servers) = (firm_file::shown(faults), found.map(shown));
        return out::json(&json!({ "faults": faults, "servers": servers, "config": config.map(config::show) }));
    }
    firm_file::say(faults);
    found.iter().for_each(|found| say(found));
    if let Some(config) = config {
        out::line(config::show(config).trim());
    }
    if let Some(book) = book {
        out::line(&format!("\n# firm: {}", firm_file::summary(book)));
    }
    if found.is_some_and(<[Finding]>::is_empty) {
        out::line("# servers: RabbitMQ, PostgreSQL and Redis answer, and nothing is wrong with them");
    }
}

fn say(found: &[Finding]) {
    for finding in found {
        match finding.weight {
            Weight::Fault => out::line(&finding.words),
            Weight::Warning => out::line(&format!("warning: {}", finding.words)),
        }
    }
}

fn shown(found: &[Finding]) -> Value {
    let list = |weight| -> Vec<&str> {
        found.iter().filter(|finding| finding.weight == weight).map(|finding| finding.words.as_str()).collect()
    };
    json!({ "errors": list(Weight::Fault), "warnings": list(Weight::Warning) })
}
