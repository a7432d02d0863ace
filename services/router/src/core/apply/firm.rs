//! Applying another firm: who is employed, what he can, which queues there are.

use contract::journal::FirmChanged;

use crate::core::{desk::Desk, state::State};

/// Takes a firm and builds the indexes again.
pub(crate) fn firm_set(state: &mut State, changed: &FirmChanged) {
    state.book.take(changed);
    for number in state.desks.numbers() {
        state.desks[number].employed = false;
    }
    for agent in changed.firm.agents.iter().filter(|agent| agent.branch == changed.branch) {
        let number = state.desk_no(&agent.id).unwrap_or_else(|| {
            let number = state.desks.push(Desk::new(agent.id.clone(), state.now));
            state.desk_by_id.insert(agent.id.clone(), number);
            number
        });
        let skills = agent.skills.iter().map(|(skill, level)| (state.book.skill(skill), *level)).collect();
        let mut queues = Vec::new();
        for queue in agent.queues.iter().filter_map(|queue| state.book.open_queue(queue)) {
            if !queues.iter().any(|(known, _)| *known == queue) {
                queues.push((queue, crate::core::arena::Number::new(0)));
            }
        }
        let desk = &mut state.desks[number];
        desk.employed = true;
        desk.units = agent.units;
        desk.skills = skills;
        desk.queues = queues;
    }
    for number in state.desks.numbers() {
        if !state.desks[number].employed {
            state.desks[number].queues.clear();
        }
        state.eager_desks.push_back(number);
    }
    state.rebuild();
}
