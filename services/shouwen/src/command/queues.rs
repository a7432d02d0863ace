//! `shouwen queues [--watch]`: how the queues stand, once or until interrupted.
//!
//! In: a running house. Out: its live figures; while they are watched also what is on its way to
//! clients, and dead letters. Never here: a figure computed here.

mod grid;
mod picture;
mod screen;

use std::{io::IsTerminal, process::ExitCode, time::Duration};

use anyhow::Result;
use contract::Role;
use serde_json::Value;
use tokio::time::{MissedTickBehavior, interval};

use crate::{cli::Common, client::Client, out, serve::Signals};
use grid::Paint;
use screen::Screen;

/// How often the figures are shown anew.
const EVERY: Duration = Duration::from_secs(1);
/// Columns with the keys of a queue's shape.
const COLUMNS: [(&str, &str); 8] = [
    ("branch", "branch"),
    ("queue", "id"),
    ("name", "name"),
    ("waiting", "waiting"),
    ("oldest s", "oldest_s"),
    ("predicted s", "predicted_wait_s"),
    ("attainment", "attainment"),
    ("ready", "ready_agents"),
];

pub(super) async fn run(common: &Common, watch: bool) -> Result<ExitCode> {
    let client = Client::connect_running(common, Role::Admin).await?;
    let shown = if watch { follow(common, &client).await } else { once(common, &client).await };
    client.close().await;
    shown.map(|()| ExitCode::SUCCESS)
}

async fn once(common: &Common, client: &Client) -> Result<()> {
    let queues = client.get("queues").await?;
    if common.json {
        out::json(&queues);
    } else {
        out::rows(&readable(&queues), &COLUMNS);
    }
    Ok(())
}

/// Gives queues with their shares as people read them.
fn readable(queues: &Value) -> Vec<Value> {
    let mut items = queues.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    for share in items.iter_mut().filter_map(|item| item.get_mut("attainment")) {
        if let Some(number) = share.as_f64() {
            *share = picture::percent(number).into();
        }
    }
    items
}

/// Shows figures every second until a signal, or until nobody reads them. A house that is away
/// for a while is asked again.
async fn follow(common: &Common, client: &Client) -> Result<()> {
    let mut signals = Signals::listen()?;
    let mut figures = client.get("figures").await?;
    let mut view = View::of(common);
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    let mut away = None;
    loop {
        if !view.show(&figures, away.as_deref()) {
            return Ok(());
        }
        tokio::select! {
            () = signals.next() => return Ok(()),
            _ = ticks.tick() => {}
        }
        match client.get("figures").await {
            Ok(fresh) => (figures, away) = (fresh, None),
            Err(error) => away = Some(format!("{error:#}")),
        }
    }
}

/// Where figures are shown.
enum View {
    /// On a terminal, in place.
    Screen(Screen),
    /// One table after the other.
    Tables,
    /// One JSON object a line.
    Json,
}

impl View {
    fn of(common: &Common) -> Self {
        if common.json {
            Self::Json
        } else if std::io::stdout().is_terminal() {
            Self::Screen(Screen::open())
        } else {
            Self::Tables
        }
    }

    /// Shows figures, or says why they are old; says whether anybody still reads.
    fn show(&mut self, figures: &Value, away: Option<&str>) -> bool {
        match (self, away) {
            (Self::Screen(screen), _) => screen.show(&picture::lines(figures, away, Paint::Colours)),
            (Self::Tables | Self::Json, Some(away)) => {
                out::error(away);
                true
            }
            (Self::Tables, None) => {
                out::is_read(&format!("{}\n", picture::lines(figures, None, Paint::None).join("\n")))
            }
            (Self::Json, None) => out::is_read(&figures.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shares_are_percents() {
        let queues =
            json!({ "items": [{ "id": "a", "attainment": 0.380_952_380_952_381 }, { "id": "b", "attainment": null }] });
        let expected = [json!({ "id": "a", "attainment": "38 %" }), json!({ "id": "b", "attainment": null })];
        assert_eq!(readable(&queues), expected);
    }
}
