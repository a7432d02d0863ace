//! A matter in the State: where it stands, what it asks for, what time it owes.
//!
//! In: events, through `apply`. Out: its order among the waiting, its next due time, who is
//! excluded. Never here: who gets it.

use contract::{
    AccountId, BranchId, CaseId, ChannelKind, ClientClass, ClientId, ContactId, Kind, Mark, Millis, OfferId, Outcome,
    Priority, PromiseId, SkillId, Stage, Timestamp,
    journal::{TargetSet, Who},
};

use super::arena::{CaseNo, DeskNo, QueueNo, WantNo};

/// How long a closed case can be reopened.
pub const REOPEN_WITHIN: Millis = Millis::from_secs(24 * 3600);
/// The factor between one missed deadline and the next.
const LADDER: i64 = 4;

/// A matter.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) id: CaseId,
    /// Counts cases in the order they were opened; breaks ties.
    pub(crate) number: u64,
    pub(crate) kind: Kind,
    pub(crate) queue: QueueNo,
    pub(crate) priority: Priority,
    pub(crate) class: ClientClass,
    pub(crate) channel: ChannelKind,
    pub(crate) account: AccountId,
    pub(crate) client: Option<ClientId>,
    pub(crate) manager: Option<DeskNo>,
    pub(crate) owner: Who,
    /// The owner's desk, once he took the matter.
    pub(crate) owner_desk: Option<DeskNo>,
    pub(crate) skills: Vec<(SkillId, u8)>,
    /// The client's language, where nobody understood him; no waiting lowers it.
    pub(crate) language: Option<SkillId>,
    pub(crate) marks: Vec<Mark>,
    /// Whether the client has a receipt of it.
    pub(crate) receipted: bool,
    pub(crate) excluded: Vec<Exclusion>,
    pub(crate) linked: Option<CaseId>,
    pub(crate) opened_at: Timestamp,
    pub(crate) phase: Phase,
    pub(crate) target: TargetSet,
    pub(crate) rungs: Vec<Millis>,
    pub(crate) clock: Option<Clock>,
    pub(crate) answered_at: Option<Timestamp>,
    pub(crate) on_time: Option<bool>,
    /// Levels by which waiting lowered what it asks for.
    pub(crate) relaxed: u32,
    /// Whether it waited as long as any may.
    pub(crate) lifted: bool,
    pub(crate) transfers: u32,
    pub(crate) declines: u32,
    pub(crate) contacts: u32,
    /// How often it came from another branch, and from which last.
    pub(crate) moves: u32,
    pub(crate) came_from: Option<BranchId>,
    pub(crate) last: Last,
    pub(crate) promises: Vec<PromiseId>,
    /// The same client's case before this one.
    pub(crate) older: Option<CaseNo>,
    // What the indexes hold of it; never decides.
    pub(crate) want: Option<WantNo>,
    pub(crate) place: Place,
    pub(crate) due: Option<Timestamp>,
    pub(crate) in_line: Option<(QueueNo, Timestamp)>,
    pub(crate) dirty: bool,
}

/// The contact that an answer goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Last {
    pub(crate) contact: ContactId,
    pub(crate) channel: ChannelKind,
    pub(crate) account: AccountId,
    pub(crate) answerable: bool,
}

/// Where a matter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// For whom it waits, and since when it does in this way.
    Waiting { stage: Stage, alone: Option<(DeskNo, Timestamp)>, entered: Timestamp },
    /// Before an agent.
    Offered { offer: Offer, entered: Timestamp },
    /// An agent works on it.
    Active { desk: DeskNo, held: u32 },
    /// Ended; the agent wraps up.
    WrapUp { desk: DeskNo, held: u32, until: Timestamp, outcome: Outcome },
    /// Laid aside.
    Pending { until: Timestamp },
    /// On its way to another branch, which has not said yet that it has it.
    Moving,
    /// Ended.
    Closed { at: Timestamp, outcome: Outcome },
}

/// An open offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) id: OfferId,
    pub(crate) desk: DeskNo,
    pub(crate) held: u32,
    pub(crate) made_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) shown: bool,
}

/// The time that runs for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) since: Timestamp,
    pub(crate) within: Millis,
    pub(crate) warn: Millis,
    /// Whether it runs for the first answer.
    pub(crate) first: bool,
    /// Steps of warning and breach that were told: 1 warned, 2 breached, 3 twice, 4 four times.
    pub(crate) told: u32,
    /// Deadlines missed in the waiting order.
    pub(crate) rung: u32,
    /// The deadline that counts in the waiting order.
    pub(crate) order_at: Timestamp,
    /// When the order changes next.
    pub(crate) ladder_at: Timestamp,
}

/// Who must not get a case, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exclusion {
    pub(crate) desk: DeskNo,
    /// `None` = for the whole case.
    pub(crate) until: Option<Timestamp>,
    /// Whether he must not even see it.
    pub(crate) recused: bool,
}

/// Where the indexes hold a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nowhere: it does not wait.
    Nowhere,
    /// Among those that ask for the same.
    Pool(WantNo, u128),
    /// Among those that wait for one agent alone.
    Own(DeskNo, u128),
}

impl Clock {
    /// Starts a clock.
    pub(crate) fn new(
        since: Timestamp,
        within: Millis,
        warn: Millis,
        first: bool,
        rungs: &[Millis],
        now: Timestamp,
    ) -> Self {
        let mut clock =
            Self { since, within, warn, first, told: 0, rung: 0, order_at: since + within, ladder_at: since + within };
        // A contact that comes old starts on the ladder where its age puts it.
        clock.climb(rungs, now);
        clock
    }

    /// Gives the end of the promised time.
    pub(crate) fn due_at(&self) -> Timestamp {
        self.since + self.within
    }

    /// Moves to the deadlines that a case of this age has: the next one at four times the
    /// missed one, of the slowest of the targets that count.
    pub(crate) fn climb(&mut self, rungs: &[Millis], now: Timestamp) {
        let age = now.since(self.since);
        let own = [self.within];
        let targets = if rungs.is_empty() { own.as_slice() } else { rungs };
        let next = |within: &Millis| {
            let mut point = *within;
            while point <= age && point.get() < i64::MAX / LADDER {
                point = point.times(LADDER);
            }
            point
        };
        let points = targets.iter().map(next);
        let (low, high) =
            points.fold((Millis::new(i64::MAX), Millis::ZERO), |(low, high), p| (low.min(p), high.max(p)));
        self.order_at = self.since + high;
        self.ladder_at = self.since + low;
    }

    /// Gives when somebody is told next, if anybody is.
    pub(crate) fn told_at(&self) -> Option<Timestamp> {
        let span = match self.told {
            0 => self.warn,
            1 => self.within,
            2 => self.within.times(2),
            3 => self.within.times(4),
            _ => return None,
        };
        Some(self.since + span)
    }
}

impl Case {
    /// Gives its order among the waiting: smaller comes first. Rank, deadline on the ladder,
    /// clients before prospects, age, opening order.
    pub(crate) fn order(&self) -> u128 {
        let rank: u128 = match (self.priority, self.lifted) {
            (Priority::First, _) => 0,
            (Priority::Normal, true) => 1,
            (Priority::Normal, false) => 2,
        };
        let (order_at, since) = self.clock.map_or((self.opened_at, self.opened_at), |c| (c.order_at, c.since));
        let prospect = u128::from(self.class == ClientClass::Prospect);
        let number = u128::from(self.number) & 0x1f_ffff_ffff;
        rank << 126 | packed(order_at) << 82 | prospect << 81 | packed(since) << 37 | number
    }

    /// Says whether an agent is excluded at a time.
    pub(crate) fn excludes(&self, desk: DeskNo, now: Timestamp) -> bool {
        self.excluded.iter().any(|one| one.desk == desk && one.until.is_none_or(|until| until > now))
    }

    /// Says whether an agent is excluded for good: a back-off does not bar who is named.
    pub(crate) fn bars(&self, desk: DeskNo) -> bool {
        self.excluded.iter().any(|one| one.desk == desk && one.until.is_none())
    }

    /// Gives the agent who has it before him.
    pub(crate) const fn holder(&self) -> Option<DeskNo> {
        match self.phase {
            Phase::Active { desk, .. } | Phase::WrapUp { desk, .. } => Some(desk),
            Phase::Offered { offer, .. } => Some(offer.desk),
            Phase::Waiting { .. } | Phase::Pending { .. } | Phase::Moving | Phase::Closed { .. } => None,
        }
    }

    /// Gives the open offer.
    pub(crate) const fn offer(&self) -> Option<Offer> {
        match self.phase {
            Phase::Offered { offer, .. } => Some(offer),
            Phase::Waiting { .. }
            | Phase::Active { .. }
            | Phase::WrapUp { .. }
            | Phase::Pending { .. }
            | Phase::Moving
            | Phase::Closed { .. } => None,
        }
    }

    /// Gives for whom it waits.
    pub(crate) const fn stage(&self) -> Option<Stage> {
        match self.phase {
            Phase::Waiting { stage, .. } => Some(stage),
            Phase::Offered { .. }
            | Phase::Active { .. }
            | Phase::WrapUp { .. }
            | Phase::Pending { .. }
            | Phase::Moving
            | Phase::Closed { .. } => None,
        }
    }

    /// Gives the one it waits for alone, and until when.
    pub(crate) const fn alone(&self) -> Option<(DeskNo, Timestamp)> {
        match self.phase {
            Phase::Waiting { alone, .. } => alone,
            Phase::Offered { .. }
            | Phase::Active { .. }
            | Phase::WrapUp { .. }
            | Phase::Pending { .. }
            | Phase::Moving
            | Phase::Closed { .. } => None,
        }
    }

    /// Says whether it waits or is put before somebody.
    pub(crate) const fn queues(&self) -> bool {
        matches!(self.phase, Phase::Waiting { .. } | Phase::Offered { .. })
    }

    /// Gives when it ended, if it was handled: not elsewhere, and as a client's matter.
    pub(crate) const fn handled_at(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Closed { at, outcome: Outcome::Solved | Outcome::Unsolved } => Some(at),
            Phase::Closed { .. }
            | Phase::Waiting { .. }
            | Phase::Offered { .. }
            | Phase::Active { .. }
            | Phase::WrapUp { .. }
            | Phase::Pending { .. }
            | Phase::Moving => None,
        }
    }

    /// Says whether a contact of the client may open it again at a time: within a day.
    pub(crate) fn reopens(&self, now: Timestamp) -> bool {
        self.handled_at().is_some_and(|at| at + REOPEN_WITHIN > now)
    }

    /// Says whether it is on its way to another branch.
    pub(crate) const fn moving(&self) -> bool {
        matches!(self.phase, Phase::Moving)
    }

    /// Says whether it ended.
    pub(crate) const fn closed(&self) -> bool {
        matches!(self.phase, Phase::Closed { .. })
    }

    /// Gives when it began to wait in the way that relaxes what it asks for.
    pub(crate) const fn entered(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Waiting { entered, .. } | Phase::Offered { entered, .. } => Some(entered),
            Phase::Active { .. }
            | Phase::WrapUp { .. }
            | Phase::Pending { .. }
            | Phase::Moving
            | Phase::Closed { .. } => None,
        }
    }

    /// Gives the span in which it was or is to be answered.
    pub(crate) fn within(&self) -> Millis {
        self.clock.map_or(self.target.within, |clock| clock.within)
    }
}

/// 44 bits of a time, in order, from 1970 to 2527.
fn packed(time: Timestamp) -> u128 {
    u128::try_from(time.as_ms().clamp(0, (1 << 44) - 1)).expect("clamped to positive")
}
