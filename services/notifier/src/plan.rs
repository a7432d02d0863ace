//! The plan: what becomes of an answer, how much a road takes, when to look again.
//!
//! In: answers, figures, a time. Out: wishes, numbers, spans. Never here: a clock, a row, the
//! bus; when a refused submit is due again, which the sender knows best (`channel::retry`).

use contract::{AccountId, BranchId, ChannelKind, Lane, Millis, Timestamp, view::ReplyView};
use store::{
    deliveries::{Addressed, Wish},
    notice::Way,
};

/// How long after it was given an answer may still be submitted.
pub const ANSWER_LIFE: Millis = Millis::from_secs(24 * 3600);
/// After this much silence nobody knows what became of a submit.
pub const SUBMIT_SILENCE: Millis = Millis::from_secs(120);
/// After this long a claim that nobody began comes to nothing: its notifier is gone, or its
/// message.
pub const CLAIM_LIFE: Millis = Millis::from_secs(600);
/// How long a receipt waits for the delivery it belongs to.
pub const RECEIPT_LIFE: Millis = Millis::from_secs(3600);
/// How long the receipt of what nobody knows about is waited for before a risk warning goes out
/// once more.
pub const DOUBT_LIFE: Millis = Millis::from_secs(60);
/// How long the counts of a day's notices are kept.
pub const COUNT_LIFE: Millis = Millis::from_secs(3 * 24 * 3600);
/// Windows of a sender that may be on the bus; the rest waits as rows, so that urgent
/// overtakes and what is withdrawn stays here.
const WINDOWS_CLAIMED: u64 = 2;
/// Of a window, the lanes behind a busy one keep one in so many.
const LEFT_OVER: u64 = 8;
/// The longest time between two looks.
const LOOK_MAX: Millis = Millis::from_secs(1);
/// The time between two looks while more is due than a road takes.
const LOOK_BUSY: Millis = Millis::new(20);

/// An account that deliveries can leave by, and how many of its submits run at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlet {
    /// The channel.
    pub channel: ChannelKind,
    /// The channel's account.
    pub account: AccountId,
    /// The branch that it serves.
    pub branch: BranchId,
    /// Submits at once, as its sender has it.
    pub window: u64,
}

/// How a road stands after a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ahead {
    /// There is more to do at once.
    More,
    /// More is due than it takes.
    Busy,
    /// The next one is due then.
    At(Timestamp),
    /// Nothing waits.
    Nothing,
}

impl Outlet {
    /// Gives it as a way out of its branch.
    #[must_use]
    pub fn way(&self) -> Way {
        Way { branch: self.branch.clone(), channel: self.channel, account: self.account.clone() }
    }
}

/// Makes an answer a delivery, of the id the answer has; where its account has no way out it
/// fails at once.
#[must_use]
pub fn wish(reply: &ReplyView, outlets: &[Outlet]) -> Wish {
    let known = outlets.iter().any(|outlet| outlet.channel == reply.channel && outlet.account == reply.account);
    Wish {
        id: reply.delivery,
        case: Some(reply.case),
        contact: Some(reply.contact),
        channel: reply.channel,
        account: reply.account.clone(),
        lane: Lane::Normal,
        made_at: reply.at,
        due_at: reply.at,
        expires_at: reply.at + ANSWER_LIFE,
        refused: (!known).then_some("no_reply_channel"),
        addressed: Addressed::default(),
        words: None,
    }
}

/// Gives the part of a window that the lanes behind a busy one may use: they go on, and give way.
#[must_use]
pub const fn left_over(window: u64) -> u64 {
    let part = window / LEFT_OVER;
    if part == 0 { 1 } else { part }
}

/// Gives how many more a road takes: up to two windows' worth together with those claimed.
#[must_use]
pub fn room(window: u64, claimed: u64) -> u32 {
    u32::try_from((window * WINDOWS_CLAIMED).saturating_sub(claimed)).unwrap_or(u32::MAX)
}

/// Gives how long to wait before the next look, after how the roads stand.
#[must_use]
pub fn wait(roads: impl IntoIterator<Item = Ahead>, now: Timestamp) -> Millis {
    let spans = roads.into_iter().map(|ahead| match ahead {
        Ahead::More => Millis::ZERO,
        Ahead::Busy => LOOK_BUSY,
        Ahead::At(at) => at.since(now).max(Millis::ZERO),
        Ahead::Nothing => LOOK_MAX,
    });
    spans.fold(LOOK_MAX, Millis::min)
}

#[cfg(test)]
mod tests;
