//! The stage: everybody plays around one running house.
//!
//! In: a house's address and its administrator's token, the world that was started before it.
//! Out: a morning that goes on until the stop signal, told line by line. Never here: the house.

use std::time::Duration;

use runtime::{Stop, Tasks};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::{
    agent,
    cast::Cast,
    clients::{self, Clients},
    doors::Doors,
    gateway::Got,
    pace::Pace,
    rest::Rest,
    tale::{Line, Tale},
};

/// How often figures are told.
const FIGURES_EVERY: Duration = Duration::from_secs(30);

/// What is played.
#[derive(Debug)]
pub struct Stage {
    /// The doors of the house.
    pub doors: Doors,
    /// Everybody who is played.
    pub cast: Cast,
    /// What clients get.
    pub got: mpsc::Receiver<Got>,
    /// How fast people are.
    pub pace: Pace,
    /// The number of this run, which no other has.
    pub run: u64,
}

/// Lets everybody begin; the tasks end with their stop signal.
pub fn perform(stage: Stage, tale: &Tale, tasks: &Tasks) {
    let Stage { doors, cast, got, pace, run } = stage;
    let clerks = cast.agents.iter().filter(|player| ["huang", "luo"].contains(&player.id.as_str()));
    let clients = Clients { doors, clerks: clerks.cloned().collect(), risk: cast.risk, pace, run, tale: tale.clone() };
    for player in cast.agents {
        let name = format!("demo.agent.{}", player.id);
        tasks.spawn(&name, agent::work(player, pace, tale.clone(), tasks.stop()));
    }
    tasks.spawn("demo.clients", clients::live(clients, got, tasks.stop()));
    tasks.spawn("demo.figures", figures(cast.reader, tale.clone(), tasks.stop()));
}

/// Tells how the queues stand, once in a while.
async fn figures(reader: Rest, tale: Tale, stop: Stop) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(FIGURES_EVERY) => {}
        }
        if let Ok((200, queues)) = reader.get("queues").await
            && let Some(line) = summary(&queues)
        {
            tale.tell(line);
        }
    }
}

/// Says in a line how the queues stand.
fn summary(queues: &Value) -> Option<Line> {
    let items = queues.get("items")?.as_array()?;
    let whole = |queue: &Value, key: &str| queue.get(key).and_then(Value::as_u64);
    let waiting: u64 = items.iter().filter_map(|queue| whole(queue, "waiting")).sum();
    let oldest = items.iter().filter_map(|queue| whole(queue, "oldest_s")).max();
    let attained: Vec<f64> = items.iter().filter_map(|queue| queue.get("attainment")?.as_f64()).collect();
    let lowest = attained.iter().copied().reduce(f64::min);
    let oldest_zh = oldest.map_or_else(String::new, |s| format!(",最长等待 {s} 秒"));
    let oldest_en = oldest.map_or_else(String::new, |s| format!(", the oldest for {s} s"));
    let lowest_zh = lowest.map_or_else(String::new, |share| format!(",最低达标率 {:.0}%", share * 100.0));
    let lowest_en = lowest.map_or_else(String::new, |share| format!(", lowest attainment {:.0} %", share * 100.0));
    Some(Line::story(
        format!("—— 排队 {waiting}{oldest_zh}{lowest_zh}"),
        format!("{waiting} waiting{oldest_en}{lowest_en}"),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_are_told_in_a_line() {
        let queues = json!({ "items": [
            { "waiting": 2, "oldest_s": 31, "attainment": 0.5 },
            { "waiting": 1, "oldest_s": null, "attainment": null },
        ] });
        let line = Line::story(
            "—— 排队 3,最长等待 31 秒,最低达标率 50%",
            "3 waiting, the oldest for 31 s, lowest attainment 50 %",
        );
        assert_eq!(summary(&queues), Some(line));
        assert_eq!(summary(&Value::Null), None);
    }
}
