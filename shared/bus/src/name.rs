//! The names of queues.
//!
//! In: ids of the firm. Out: a closed list of names and their texts. Never here: a queue.

use std::{fmt, str::FromStr, sync::Arc};

use contract::{AccountId, BranchId, ChannelKind, IdError, Lane, id};

/// Names a queue of the bus.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QueueName {
    /// Contacts for a branch: `route.<branch>`.
    Route(BranchId),
    /// Commands for a branch: `command.<branch>`.
    Command(BranchId),
    /// Deliveries to submit: `send.<channel>.<account>.<lane>`.
    Send(ChannelKind, AccountId, Lane),
    /// Provider's calls to decode again: `raw.<channel>.<account>`.
    Raw(ChannelKind, AccountId),
    /// Events for one reader: `events.<reader>`.
    Events(Reader),
    /// Letters that nobody could take: `dead`. It is never consumed, see `Bus::dead`.
    Dead,
}

/// Names a reader of events, for example `notifier`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reader(Arc<str>);

impl QueueName {
    /// Names the queue of the reader of events called `reader`.
    pub fn events(reader: &str) -> Result<Self, IdError> {
        reader.parse().map(Self::Events)
    }
}

impl fmt::Display for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Reader {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        if id::is_slug(text) { Ok(Self(text.into())) } else { Err(IdError { what: "reader of events" }) }
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Route(branch) => write!(f, "route.{branch}"),
            Self::Command(branch) => write!(f, "command.{branch}"),
            Self::Send(channel, account, lane) => write!(f, "send.{channel}.{account}.{lane}"),
            Self::Raw(channel, account) => write!(f, "raw.{channel}.{account}"),
            Self::Events(reader) => write!(f, "events.{reader}"),
            Self::Dead => f.write_str("dead"),
        }
    }
}

impl FromStr for QueueName {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let bad = || IdError { what: "queue name" };
        let parts: Vec<&str> = text.split('.').collect();
        match parts.as_slice() {
            ["route", branch] => Ok(Self::Route(branch.parse()?)),
            ["command", branch] => Ok(Self::Command(branch.parse()?)),
            ["send", channel, account, lane] => {
                Ok(Self::Send(channel.parse().map_err(|_| bad())?, account.parse()?, lane.parse().map_err(|_| bad())?))
            }
            ["raw", channel, account] => Ok(Self::Raw(channel.parse().map_err(|_| bad())?, account.parse()?)),
            ["events", reader] => Self::events(reader),
            ["dead"] => Ok(Self::Dead),
            _ => Err(bad()),
        }
    }
}

#[cfg(test)]
mod tests;
