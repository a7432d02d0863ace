//! Parts: which roles of the house run in this process.
//!
//! In: the roles of the command line. Out: the channels, and whether it routes, notifies, is
//! a console. Never here: what a role does.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use contract::ChannelKind;

use crate::{cli::RoleName, config::Config};

/// Every channel.
const CHANNELS: [ChannelKind; 5] =
    [ChannelKind::Phone, ChannelKind::Email, ChannelKind::Wechat, ChannelKind::Sms, ChannelKind::Webhook];

/// Which roles run here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts {
    channels: BTreeSet<ChannelKind>,
    /// Whether branches are routed here.
    pub(super) router: bool,
    /// Whether deliveries are planned here.
    pub(super) notifier: bool,
    /// Whether REST and sockets are served here.
    pub(super) console: bool,
}

impl Parts {
    /// Takes the roles of the command line. A house that is not on servers has one process,
    /// and all of them run in it.
    pub(super) fn of(roles: &[RoleName], config: &Config) -> Result<Self> {
        let parts = Self::named(roles);
        ensure!(
            config.servers.is_some() || parts == Self::all(),
            "the bus is “embedded”, so all roles run in one process; \
             --role is for a house on servers: [bus], [store] and [coord] name them"
        );
        Ok(parts)
    }

    fn named(roles: &[RoleName]) -> Self {
        let mut parts = Self { channels: BTreeSet::new(), router: false, notifier: false, console: false };
        for role in roles {
            match role {
                RoleName::All => return Self::all(),
                RoleName::Phone => parts.adds(ChannelKind::Phone),
                RoleName::Email => parts.adds(ChannelKind::Email),
                RoleName::Wechat => parts.adds(ChannelKind::Wechat),
                RoleName::Sms => parts.adds(ChannelKind::Sms),
                RoleName::Webhook => parts.adds(ChannelKind::Webhook),
                RoleName::Router => parts.router = true,
                RoleName::Notifier => parts.notifier = true,
                RoleName::Console => parts.console = true,
            }
        }
        parts
    }

    fn all() -> Self {
        Self { channels: CHANNELS.into(), router: true, notifier: true, console: true }
    }

    fn adds(&mut self, channel: ChannelKind) {
        self.channels.insert(channel);
    }

    /// Says whether the accounts of a channel have their doors here.
    pub(super) fn has(&self, channel: ChannelKind) -> bool {
        self.channels.contains(&channel)
    }

    /// Says whether any channel has its doors here.
    pub(super) fn takes_calls(&self) -> bool {
        !self.channels.is_empty()
    }

    /// Says whether deliveries move here: are sent, confirmed, or ended.
    pub(super) fn moves_deliveries(&self) -> bool {
        self.notifier || self.takes_calls()
    }
}
