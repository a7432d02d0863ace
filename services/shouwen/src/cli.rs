//! The command line, as clap reads it.
//!
//! In: arguments. Out: one command with its options. Never here: what a command does.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

/// 首问: routes what clients say to the right agent in time, and carries the answers back.
#[derive(Debug, Parser)]
#[command(name = "shouwen", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// The data folder [default: ./data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the house
    Serve(Serve),
    /// Check configuration and firm, and show what would hold
    Check {
        /// The firm file, or `sample`
        #[arg(long, value_name = "FILE|sample")]
        firm: Option<String>,
        /// Print the default configuration, commented, and check nothing
        #[arg(long)]
        defaults: bool,
    },
    /// Check, compare or apply a firm file
    #[command(subcommand)]
    Firm(Firm),
    /// The journal: verified, exported
    #[command(subcommand)]
    Journal(Journal),
    /// Copy the data while the house runs, the keys apart
    Backup {
        /// An empty folder, or one to be made
        dir: PathBuf,
        /// Copy the key file too, to this path outside of the backup
        #[arg(long, value_name = "FILE")]
        keys_to: Option<PathBuf>,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The firm file, or `sample`
    #[arg(long, value_name = "FILE|sample")]
    pub(crate) firm: Option<String>,
    /// Where HTTP listens [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Roles that run in this process
    #[arg(long, value_name = "ROLE", default_value = "all")]
    pub(crate) role: Vec<RoleName>,
}

/// A role of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleName {
    /// The whole house
    All,
}

/// What is done with a firm file.
#[derive(Debug, Subcommand)]
pub(crate) enum Firm {
    /// Name file, line and key of every fault
    Check {
        /// The firm file, or `sample`
        file: String,
    },
    /// Show what would change
    Diff {
        /// The firm file to be, or `sample`
        file: String,
        /// The firm file it is compared with
        #[arg(long, value_name = "FILE|sample")]
        from: String,
    },
}

/// What is done with the journal; it is only read.
#[derive(Debug, Subcommand)]
pub(crate) enum Journal {
    /// Compute every hash anew, and compare with the anchors
    Verify {
        /// Only this stream, `branch/hq`
        stream: Option<String>,
    },
    /// Print records, one JSON object a line
    Export {
        /// The stream, `branch/hq`
        stream: String,
        /// From this record on
        #[arg(long, default_value_t = 1)]
        from: u64,
    },
}
