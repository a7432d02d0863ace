//! A branch's live figures, per queue.

use contract::{Millis, Timestamp, view::QueueView};

use super::{arena::QueueNo, state::State};

/// Gives the figures of every queue in the firm file; `midnight` is the branch's last one.
#[must_use]
pub fn figures(state: &State, now: Timestamp, midnight: Timestamp) -> Vec<QueueView> {
    let book = &state.book;
    let queues = book.firm.queues.iter().filter_map(|queue| book.open_queue(&queue.id));
    queues.map(|number| figure(state, number, now, midnight)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a share for eyes; nothing is decided by it")]
fn figure(state: &State, number: QueueNo, now: Timestamp, midnight: Timestamp) -> QueueView {
    let tally = &state.tallies[number];
    let roster = &state.pool.rosters[number];
    let waiting = u64::try_from(tally.line.len()).unwrap_or(u64::MAX);
    let (met, late) = tally.answers_since(midnight);
    let predicted = if roster.free > 0 { Some(Millis::ZERO) } else { tally.predicted(waiting, now) };
    QueueView {
        id: state.book.queues[number].id.clone(),
        branch: state.book.branch.clone().expect("a queue in the file has a branch"),
        waiting,
        oldest: tally.line.first().map(|(since, _, _)| now.since(since).max(Millis::ZERO)),
        predicted_wait: predicted,
        attainment: (met + late > 0).then(|| met as f64 / (met + late) as f64),
        ready_agents: u64::from(roster.free),
    }
}
