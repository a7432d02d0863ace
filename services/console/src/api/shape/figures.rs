//! Shapes of the house's figures: queues with what is to be feared, channels with their lanes,
//! the bus, the processes.
//!
//! In: what the pulse found. Out: what serde writes. Never here: personal data.

use contract::live::PartReport;
use serde::Serialize;
use utoipa::ToSchema;

use super::QueueShape;

/// How the house stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Figures)]
pub struct FiguresShape {
    /// When this was so.
    #[schema(format = DateTime)]
    pub at: String,
    /// Since when this console counts what happens; at most an hour back counts.
    #[schema(format = DateTime)]
    pub since: String,
    /// Cases that waited although a free agent might have taken them: 0 unless the house has a
    /// fault.
    pub violations: u64,
    /// Its branches, in the firm's order.
    pub branches: Vec<BranchName>,
    /// Its queues, in the firm's order.
    pub queues: Vec<WatchedQueue>,
    /// Its accounts.
    pub channels: Vec<ChannelFigures>,
    /// What the queues of the bus hold, by name.
    pub bus: Vec<BusQueue>,
    /// Dead letters.
    pub dead: u64,
    /// Its processes, by name.
    pub processes: Vec<ProcessShape>,
}

/// A branch and what it is called.
#[derive(Debug, Serialize, ToSchema)]
pub struct BranchName {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The IANA name of its time zone.
    pub time_zone: String,
}

/// A queue's live figures, with what is to be feared.
#[derive(Debug, Serialize, ToSchema)]
pub struct WatchedQueue {
    /// As everybody sees them.
    #[serde(flatten)]
    pub queue: QueueShape,
    /// Cases that wait although their promised time has ended.
    pub late: u64,
    /// Cases that will wait longer than promised if it goes on like this.
    pub endangered: u64,
}

/// What comes and goes by an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelFigures {
    /// The channel.
    pub channel: String,
    /// The account.
    pub account: String,
    /// The branch it feeds.
    pub branch: Option<String>,
    /// Contacts accepted in the last minute.
    pub in_minute: u64,
    /// Contacts accepted in the last hour.
    pub in_hour: u64,
    /// Contacts that came again in the last hour.
    pub repeated_hour: u64,
    /// Calls that were refused in the last hour.
    pub refused_hour: u64,
    /// Its deliveries, most urgent lane first.
    pub lanes: Vec<LaneFigures>,
}

/// How the deliveries of a lane stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct LaneFigures {
    /// `urgent`, `normal` or `bulk`.
    pub lane: String,
    /// Deliveries that wait for their time or turn.
    pub queued: u64,
    /// Deliveries that the provider is being called for.
    pub submitting: u64,
    /// How long the first of them has been due; `null` when none is.
    pub oldest_s: Option<i64>,
    /// Taken by the provider in the last minute.
    pub sent_minute: u64,
    /// Taken by the provider in the last hour.
    pub sent_hour: u64,
    /// Said to have arrived in the last hour.
    pub delivered_hour: u64,
    /// Failed in the last hour.
    pub failed_hour: u64,
    /// Put off in the last hour.
    pub retried_hour: u64,
    /// Ended unsent because their time ran out, in the last hour.
    pub expired_hour: u64,
    /// Ended in the last hour without anybody knowing whether they were taken.
    pub unknown_hour: u64,
    /// Not sent in the last hour because they must not be.
    pub withheld_hour: u64,
}

/// What a queue of the bus holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct BusQueue {
    /// Its name, `route.hq`.
    pub queue: String,
    /// Messages.
    pub messages: u64,
}

/// A process of the house.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Process)]
pub struct ProcessShape {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// When it started.
    #[schema(format = DateTime)]
    pub started_at: String,
    /// Its parts, by name.
    pub parts: Vec<PartShape>,
}

/// A part of a process.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProcessPart)]
pub struct PartShape {
    /// Its name.
    pub name: String,
    /// `starting`, `well`, `hindered` or `failed`.
    pub state: String,
    /// Why, in words.
    pub why: Option<String>,
}

/// The hour that lies behind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = History)]
pub struct HistoryShape {
    /// When the last step ended.
    #[schema(format = DateTime)]
    pub at: String,
    /// How long a step is.
    pub step_s: i64,
    /// How many steps are known.
    pub steps: usize,
    /// The series; one that was 0 all the time is absent.
    pub series: Vec<SeriesShape>,
}

/// One series of an hour.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Series)]
pub struct SeriesShape {
    /// What its numbers are: of a queue `waiting` and `oldest_s`; of a lane of an account
    /// `queued`, and in each step `sent`, `delivered`, `failed`, `retry`, `expired`, `unknown`;
    /// of an account in each step `accepted`, `repeated`, `refused`.
    pub what: String,
    /// The queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The queue's branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The channel's account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The lane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane: Option<String>,
    /// The numbers, oldest first, as many as there are steps.
    pub values: Vec<u32>,
}

impl From<&PartReport> for PartShape {
    fn from(part: &PartReport) -> Self {
        Self { name: part.name.clone(), state: part.state.clone(), why: part.why.clone() }
    }
}
