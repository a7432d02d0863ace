//! The spool of a house on servers: what a door keeps while the broker does not take it.
//!
//! In: the data folder, the house's bus. Out: a spool where WeChat has its doors, which gives up
//! after its retries. Never here: a spool in a house of one process, whose bus is its own disk.

use anyhow::{Context, Result};
use bus::Bus;
use channel::{Account, Spool};
use contract::ChannelKind;
use runtime::Tasks;

use super::{parts::Parts, rooms, rooms::Rooms};
use crate::{config::Config, private};

/// The folder within the data folder; whoever empties it loses what waits there.
const FOLDER: &str = "spool";

/// Opens the spool where this process needs one; its tasks are to end last.
pub(super) async fn open(config: &Config, parts: &Parts, rooms: &Rooms, tasks: &Tasks) -> Result<Option<Spool>> {
    if !rooms.shared || !parts.has(ChannelKind::Wechat) {
        return Ok(None);
    }
    let folder = config.data.join(FOLDER);
    private::folder(&folder)?;
    let own = Bus::embedded(&folder, rooms::limits(config), rooms.clock.clone(), tasks);
    let own = own.await.with_context(|| format!("opening the spool in {}", folder.display()))?;
    Ok(Some(Spool::new(own, rooms.bus.clone())))
}

/// Says whether what an account brings is kept: other providers repeat until they are answered.
pub(super) fn keeps(account: &Account) -> bool {
    account.channel == ChannelKind::Wechat
}
