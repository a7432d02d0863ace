//! The binary: what is asked for on the command line, done in this process.
//!
//! In: arguments, environment, files. Out: an exit code: 0 done, 1 failed, 2 wrong usage.
//! Never here: a rule of the domain.

mod cli;
mod client;
mod command;
mod config;
mod file;
mod out;
mod private;
mod process;
mod serve;
mod sources;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    runtime::http::install_tls();
    let cli = cli::Cli::parse();
    match command::run(cli) {
        Ok(code) => code,
        Err(error) => {
            out::error(&told(&error));
            ExitCode::from(1)
        }
    }
}

/// Tells an error with its causes; what a cause's own words hold already is not said twice.
fn told(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}
