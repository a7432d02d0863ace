//! Commands: each does one thing and says so.
//!
//! In: the parsed command line. Out: text or JSON, and an exit code.
//! Never here: parsing of arguments.

mod backup;
mod cases;
mod check;
mod dead;
mod demo;
mod explain;
pub(crate) mod firm_file;
mod import;
mod journal;
mod load;
mod queues;
mod user;

use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory;

use crate::{
    cli::{Cli, Command, Firm, Import},
    config, out, serve,
};

/// Does what the command line asks.
pub(crate) fn run(cli: Cli) -> Result<ExitCode> {
    let common = cli.common;
    match cli.command {
        Command::Check { defaults: true, .. } => {
            out::line(config::default_file().trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Command::Check { firm, .. } => block_on(check::run(&common, firm)),
        Command::Firm(Firm::Check { file }) => firm_file::check(&common, &file),
        Command::Firm(Firm::Diff { file, from }) => block_on(firm_file::diff(&common, &file, from.as_deref())),
        Command::Firm(Firm::Apply { file }) => block_on(firm_file::apply(&common, &file)),
        Command::User(what) => block_on(user::run(&common, &what)),
        Command::Queues { watch } => block_on(queues::run(&common, watch)),
        Command::Cases(filters) => block_on(cases::run(&common, &filters)),
        Command::Explain { case, all } => block_on(explain::run(&common, case, all)),
        Command::Import(Import::Clients { file }) => block_on(import::clients(&common, &file)),
        Command::Dead(what) => block_on(dead::run(&common, &what)),
        Command::Serve(options) => block_on(serve::run(&common, options)),
        Command::Load(options) => block_on(load::run(&common, &options)),
        Command::Demo(options) => block_on(demo::run(&common, &options)),
        Command::Journal(what) => block_on(journal::run(&common, what)),
        Command::Backup { dir, keys_to } => block_on(backup::run(&common, &dir, keys_to.as_deref())),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "shouwen", &mut script);
            out::line(String::from_utf8_lossy(&script).trim_end());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Runs what waits for the world.
fn block_on(work: impl Future<Output = Result<ExitCode>>) -> Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
