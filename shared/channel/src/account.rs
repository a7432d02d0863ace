//! An account of a channel: the `main` of `[channels.sms.main]`, and the branch it feeds.
//!
//! In: configuration. Out: the name by which logs, figures and health speak of it.
//! Never here: its secrets, which its adapter keeps.

use std::fmt;

use contract::{AccountId, BranchId, ChannelKind};

/// One account of one channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// The channel.
    pub channel: ChannelKind,
    /// Its id, unique within the channel.
    pub id: AccountId,
    /// The branch that what it brings is routed in.
    pub branch: BranchId,
}

impl fmt::Display for Account {
    /// Writes `sms.main`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.channel, self.id)
    }
}
