//! The command line, as clap reads it.
//!
//! In: arguments. Out: one command with its options. Never here: what a command does.

use std::{net::SocketAddr, path::PathBuf, str::FromStr};

use clap::{Args, Parser, Subcommand, ValueEnum};
use contract::{AccountId, AgentId, BranchId, CaseId, CaseState, DeadId, QueueId, Role, UserId};
use demo::load::Dialect;

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
    /// The data folder [default: ./data; of a demo ./demo]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// A running house elsewhere; its token comes from `SHOUWEN_TOKEN`
    #[arg(long, global = true, value_name = "URL", value_parser = house)]
    pub(crate) url: Option<String>,
    /// The bearer token for --url
    #[arg(long, global = true, env = "SHOUWEN_TOKEN", hide = true, hide_env_values = true)]
    pub(crate) token: Option<String>,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the house
    Serve(Serve),
    /// Show a house of the sample firm at work: simulated clients and agents, links to sign in
    Demo(Demo),
    /// Check configuration, firm and servers, and show what would hold
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
    /// People and programs that sign in
    #[command(subcommand)]
    User(User),
    /// How the queues stand
    Queues {
        /// Show them anew every second, until interrupted
        #[arg(long)]
        watch: bool,
    },
    /// Post to a running house at a constant rate, and say how long answers took
    Load(Load),
    /// Cases, newest first
    Cases(Cases),
    /// Why a case is where it is
    Explain {
        /// The case's id
        case: CaseId,
        /// Judge every agent, and not only the best
        #[arg(long)]
        all: bool,
    },
    /// The journal: verified, exported, decided anew
    #[command(subcommand)]
    Journal(Journal),
    /// Messages that nobody could take
    #[command(subcommand)]
    Dead(Dead),
    /// Bring data in
    #[command(subcommand)]
    Import(Import),
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
    /// Roles that run in this process; several of them by several --role
    #[arg(long, value_name = "ROLE", default_value = "all")]
    pub(crate) role: Vec<RoleName>,
}

/// Options of `demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// How many times faster than life simulated people are; the house's clock stays real
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) speed: demo::Pace,
    /// Where HTTP listens, on this machine alone [default: 127.0.0.1:8080, or a free port]
    #[arg(long, value_name = "ADDRESS", value_parser = loopback)]
    pub(crate) listen: Option<SocketAddr>,
    /// Open the agent's page in the browser
    #[arg(long)]
    pub(crate) open: bool,
}

/// Options of `load`.
#[derive(Debug, Args)]
pub(crate) struct Load {
    /// Messages a second
    #[arg(long, value_name = "N", default_value = "20", value_parser = rate)]
    pub(crate) rate: f64,
    /// For how many seconds
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) seconds: u32,
    /// Channels with their shares; an account other than the usual one as `sms/second:0.5`
    #[arg(long, value_name = "LIST", default_value = "sms:0.5,webhook:0.5", value_delimiter = ',')]
    pub(crate) channels: Vec<LoadDoor>,
    /// What posts are signed with: for every channel, or for one as `sms=FILE` [default: the
    /// secrets that the house made in its data folder]
    #[arg(long, value_name = "FILE|CHANNEL=FILE")]
    pub(crate) secret_file: Vec<SecretFile>,
    /// Post to a house that is not on this machine
    #[arg(long)]
    pub(crate) yes_it_is_mine: bool,
}

/// A door of `load` with its share.
#[derive(Debug, Clone)]
pub(crate) struct LoadDoor {
    /// How it is spoken to.
    pub(crate) dialect: Dialect,
    /// Its account.
    pub(crate) account: AccountId,
    /// Its share.
    pub(crate) share: f64,
}

/// A file with a secret.
#[derive(Debug, Clone)]
pub(crate) struct SecretFile {
    /// The channel it is for; `None` = all.
    pub(crate) channel: Option<Dialect>,
    /// The file.
    pub(crate) path: PathBuf,
}

/// The highest rate of `load`.
const RATE_MAX: f64 = 50_000.0;

/// Reads a rate.
fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| *rate > 0.0 && *rate <= RATE_MAX);
    rate.ok_or_else(|| format!("a number above 0, at most {RATE_MAX}"))
}

/// Reads a channel that `load` speaks.
fn dialect(text: &str) -> Result<Dialect, String> {
    match text {
        "sms" => Ok(Dialect::Sms),
        "webhook" => Ok(Dialect::Webhook),
        _ => Err(format!("“{text}” is neither sms nor webhook")),
    }
}

impl FromStr for LoadDoor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (door, share) = text.split_once(':').unwrap_or((text, "1"));
        let (channel, account) = door.split_once('/').unwrap_or((door, if door == "sms" { "main" } else { "app" }));
        let share = share.parse::<f64>().ok().filter(|share| *share > 0.0 && share.is_finite());
        Ok(Self {
            dialect: dialect(channel)?,
            account: account.parse().map_err(|_| format!("“{account}” is no account"))?,
            share: share.ok_or_else(|| format!("the share of {door} is no number above 0"))?,
        })
    }
}

impl FromStr for SecretFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text.split_once('=') {
            Some((channel, path)) => Self { channel: Some(dialect(channel)?), path: PathBuf::from(path) },
            None => Self { channel: None, path: PathBuf::from(text) },
        })
    }
}

/// A role of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleName {
    /// The whole house
    All,
    /// Calls: the doors of its accounts
    Phone,
    /// E-mail: its listeners, and the answers that leave
    Email,
    /// WeChat: its doors, and the answers that leave
    Wechat,
    /// Short messages: their doors, and the answers that leave
    Sms,
    /// Webhooks: their doors, and the answers that leave
    Webhook,
    /// Decides for branches
    Router,
    /// Plans what leaves
    Notifier,
    /// REST, and the agents' sockets
    Console,
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
        /// Compare with this file and not with the firm in force
        #[arg(long, value_name = "FILE|sample")]
        from: Option<String>,
    },
    /// Put a firm file in force in the running house
    Apply {
        /// The firm file, or `sample`
        file: String,
    },
}

/// What is done with users.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Make a user who signs in with a password, read from standard input
    Add(Person),
    /// Give a user another password, read from standard input
    Password {
        /// His name
        #[arg(long)]
        name: UserId,
    },
    /// Print a bearer token, once; the user is made if he is not there
    Token(Person),
}

/// Who signs in.
#[derive(Debug, Args)]
pub(crate) struct Person {
    /// The name to sign in with
    #[arg(long)]
    pub(crate) name: UserId,
    /// What he may do
    #[arg(long, value_parser = role)]
    pub(crate) role: Role,
    /// The agent he is; needed for the role `agent`
    #[arg(long, required_if_eq("role", "agent"))]
    pub(crate) agent: Option<AgentId>,
    /// The one branch he works in [default: all]
    #[arg(long)]
    pub(crate) branch: Option<BranchId>,
}

/// Which cases are listed.
#[derive(Debug, Args)]
pub(crate) struct Cases {
    /// Only in this state
    #[arg(long, value_parser = states())]
    pub(crate) state: Option<String>,
    /// Only in this queue
    #[arg(long)]
    pub(crate) queue: Option<QueueId>,
    /// Only in this branch
    #[arg(long)]
    pub(crate) branch: Option<BranchId>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
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
    /// Decide journals anew and compare
    Replay {
        /// Only this branch
        branch: Option<BranchId>,
    },
}

/// What is done with messages that nobody could take.
#[derive(Debug, Subcommand)]
pub(crate) enum Dead {
    /// List them, oldest first
    List,
    /// Show one; what it holds too, with the token of a user who may read all in `SHOUWEN_TOKEN`
    Show {
        /// Its id
        id: DeadId,
    },
    /// Put one back where it came from
    Replay {
        /// Its id
        id: DeadId,
    },
    /// End one for good
    Drop {
        /// Its id
        id: DeadId,
    },
}

/// What is brought in.
#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// The client book, CSV with a header
    Clients {
        /// The file
        file: PathBuf,
    },
}

/// Reads a role.
fn role(text: &str) -> Result<Role, String> {
    let known: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
    text.parse().map_err(|_| format!("one of {}", known.join(", ")))
}

/// Reads an address that only this machine reaches.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address = text.parse().ok().filter(|address: &SocketAddr| address.ip().is_loopback());
    address.ok_or_else(|| "an address of this machine with a port, such as 127.0.0.1:8080".to_owned())
}

/// Reads the address of a house, with or without what its API adds to it.
fn house(text: &str) -> Result<String, String> {
    let url = reqwest::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or("no address such as http://127.0.0.1:8080")?;
    let text = text.trim_end_matches('/');
    Ok(text.strip_suffix("/api/v1").unwrap_or(text).to_owned())
}

/// Knows the states of a case.
fn states() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(CaseState::ALL.iter().map(|state| state.as_str()))
}
