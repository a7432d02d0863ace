//! Judging every agent for a case: `explain --all`, and the sweep that proves I-3.
//!
//! In: a State at rest. Out: a verdict per agent, pairs that should not be. It asks cases and
//! desks only, never the indexes, so that it can find a fault in them.

use std::fmt;

use contract::{AgentId, CaseId, SkillId, Timestamp};

use super::{
    arena::{CaseNo, DeskNo, Number},
    case::{Case, Phase},
    state::State,
};

/// Pairs that a sweep names; it counts all.
const NAMED_MAX: usize = 100;

/// What stands between an agent and a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    May,
    /// He has it already.
    Holds,
    /// He is away.
    Away,
    /// He does not take cases of the queue.
    OtherQueue,
    /// He must not get it; until when, if it ends.
    Excluded(Option<Timestamp>),
    /// His level of a skill is too low.
    Lacks(SkillId),
    /// He holds too much.
    Full,
    /// It waits for somebody else alone.
    Reserved(AgentId),
    /// It does not wait.
    NotWaiting,
}

/// A waiting case that faces a free agent who may take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idle {
    /// The case.
    pub case: CaseId,
    /// How many agents could take it.
    pub agents: usize,
}

/// What a sweep found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sweep {
    /// Waiting cases looked at.
    pub waiting: usize,
    /// Waiting cases that face a free agent who may take them.
    pub violations: usize,
    /// The first of them.
    pub named: Vec<Idle>,
}

/// Looks for waiting cases that face a free agent who may take them (I-3).
#[must_use]
pub fn sweep(state: &State) -> Sweep {
    let mut free: Vec<Vec<DeskNo>> = vec![Vec::new(); state.book.queues.len()];
    for (number, desk) in state.desks.iter().filter(|(number, _)| state.room(*number) > 0) {
        for (queue, _) in &desk.queues {
            free.get_mut(queue.at()).expect("a row per queue").push(number);
        }
    }
    let mut sweep = Sweep::default();
    for (number, case) in state.cases.iter().filter(|(_, case)| matches!(case.phase, Phase::Waiting { .. })) {
        sweep.waiting += 1;
        let alone = case.alone().map(|(desk, _)| desk);
        let queue = free.get(case.queue.at()).expect("a row per queue").iter().filter(|_| alone.is_none());
        let agents = queue.chain(&alone).filter(|desk| judge(state, number, **desk) == Verdict::May).count();
        if agents > 0 {
            sweep.violations += 1;
            if sweep.named.len() < NAMED_MAX {
                sweep.named.push(Idle { case: case.id, agents });
            }
        }
    }
    sweep
}

/// Judges every agent of the branch for a case, in the order of the firm file; `None` when
/// the State does not hold the case.
#[must_use]
pub fn explain_all(state: &State, case: CaseId) -> Option<Vec<(AgentId, Verdict)>> {
    let number = state.case_no(case)?;
    let employed = state.desks.iter().filter(|(_, desk)| desk.employed);
    Some(employed.map(|(desk_no, desk)| (desk.id.clone(), judge(state, number, desk_no))).collect())
}

fn judge(state: &State, number: CaseNo, desk_no: DeskNo) -> Verdict {
    let case = &state.cases[number];
    let desk = &state.desks[desk_no];
    let Phase::Waiting { alone, .. } = case.phase else {
        return if case.holder() == Some(desk_no) { Verdict::Holds } else { Verdict::NotWaiting };
    };
    let known = case.excluded.iter().find(|one| one.desk == desk_no);
    if let Some(one) = known.filter(|one| one.until.is_none_or(|until| until > state.now)) {
        return Verdict::Excluded(one.until);
    }
    if let Some((reserved, _)) = alone
        && reserved != desk_no
    {
        return Verdict::Reserved(state.desks[reserved].id.clone());
    }
    if !desk.ready() {
        return Verdict::Away;
    }
    if alone.is_none() {
        if !desk.queues.iter().any(|(queue, _)| *queue == case.queue) {
            return Verdict::OtherQueue;
        }
        if let Some(skill) = lacking(state, case, desk_no) {
            return Verdict::Lacks(skill);
        }
    }
    if fits(state, case, desk_no) { Verdict::May } else { Verdict::Full }
}

fn lacking(state: &State, case: &Case, desk: DeskNo) -> Option<SkillId> {
    let (needs, _) = state.needs(case);
    let lacks = needs.iter().find(|(skill, level)| state.desks[desk].level(*skill) < *level);
    lacks.map(|(skill, _)| state.book.skills[*skill].id.clone())
}

fn fits(state: &State, case: &Case, desk: DeskNo) -> bool {
    let desk = &state.desks[desk];
    match state.book.weight(case.channel) {
        _ if desk.units == 0 => false,
        _ if desk.used == 0 => true,
        contract::firm::Weight::All => false,
        contract::firm::Weight::Units(units) => desk.used.saturating_add(units.max(1)) <= desk.units,
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::May => f.write_str("may take it"),
            Self::Holds => f.write_str("has it"),
            Self::Away => f.write_str("away"),
            Self::OtherQueue => f.write_str("not in the queue"),
            Self::Excluded(Some(until)) => write!(f, "excluded until {until}"),
            Self::Excluded(None) => f.write_str("excluded"),
            Self::Lacks(skill) => write!(f, "lacks {skill}"),
            Self::Full => f.write_str("full"),
            Self::Reserved(agent) => write!(f, "it is kept for {agent} alone"),
            Self::NotWaiting => f.write_str("does not wait"),
        }
    }
}
