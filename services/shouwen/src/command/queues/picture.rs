//! The picture of a house in lines: its queues, what is on its way to clients, dead letters.
//!
//! In: `GET /api/v1/figures`. Out: lines. Never here: a figure that is not in there.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use super::grid::{Cell, Paint, Tone, coloured, lines as grid_lines};

/// Attainment below this is worth a look.
const ATTAINMENT_LOW: f64 = 0.8;

/// Writes all of it, and why it is old where it is. What is wrong stands at the top, where the
/// lowest of screens shows it.
pub(super) fn lines(figures: &Value, away: Option<&str>, paint: Paint) -> Vec<String> {
    let count = |key: &str| figures.get(key).and_then(Value::as_u64).unwrap_or_default();
    let at = moment(text(figures, "at"));
    let alarm = |what: &str, number: u64| {
        let tone = if number > 0 { Tone::Alarm } else { Tone::Plain };
        Cell::number(format!("{what} {number}"), tone)
    };
    let head = vec![Cell::text(at), alarm("dead letters", count("dead")), alarm("violations", count("violations"))];
    let mut lines = grid_lines(&[head], paint);
    lines.extend(away.map(|away| coloured(away, Tone::Alarm, paint)));
    let hindered: Vec<_> = list(figures, "processes").iter().flat_map(hindered).collect();
    lines.extend(grid_lines(&hindered, paint));
    lines.push(String::new());
    lines.extend(grid_lines(&queues(list(figures, "queues")), paint));
    let lanes = lanes(list(figures, "channels"));
    if lanes.len() > 1 {
        lines.push(String::new());
        lines.extend(grid_lines(&lanes, paint));
    }
    lines
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn heads(names: &[&str], texts: usize) -> Vec<Cell> {
    names.iter().enumerate().map(|(place, name)| Cell::head(name, place >= texts)).collect()
}

fn queues(queues: &[Value]) -> Vec<Vec<Cell>> {
    let names = ["branch", "queue", "name", "waiting", "oldest", "predicted", "attainment", "ready", "late"];
    let mut rows = vec![heads(&names, 3)];
    rows.extend(queues.iter().map(queue));
    rows
}

fn queue(queue: &Value) -> Vec<Cell> {
    let count = |key: &str| queue.get(key).and_then(Value::as_u64).unwrap_or_default();
    let (waiting, late, endangered) = (count("waiting"), count("late"), count("endangered"));
    let urgent = match (late, endangered) {
        (0, 0) => Tone::Plain,
        (0, _) => Tone::Watch,
        _ => Tone::Alarm,
    };
    let nobody = if waiting > 0 && count("ready_agents") == 0 { Tone::Alarm } else { Tone::Plain };
    let attainment = queue.get("attainment").and_then(Value::as_f64);
    let low = if attainment.is_some_and(|share| share < ATTAINMENT_LOW) { Tone::Watch } else { Tone::Plain };
    vec![
        Cell::text(text(queue, "branch")),
        Cell::text(text(queue, "id")),
        Cell::text(text(queue, "name")),
        Cell::number(waiting.to_string(), urgent),
        Cell::number(span(queue.get("oldest_s")), urgent),
        Cell::number(span(queue.get("predicted_wait_s")), Tone::Plain),
        Cell::number(attainment.map_or_else(|| "-".to_owned(), percent), low),
        Cell::number(count("ready_agents").to_string(), nobody),
        Cell::number(late.to_string(), urgent),
    ]
}

fn lanes(channels: &[Value]) -> Vec<Vec<Cell>> {
    let names = ["account", "lane", "in/min", "queued", "sending", "oldest", "sent/min", "failed/h"];
    let mut rows = vec![heads(&names, 2)];
    for channel in channels {
        let account = format!("{}/{}", text(channel, "channel"), text(channel, "account"));
        let mut came = channel.get("in_minute").and_then(Value::as_u64);
        let lanes = list(channel, "lanes");
        for lane in lanes {
            // What came in belongs to the account, not to one of its lanes.
            rows.push(lane_row(&account, lane, came.take()));
        }
        if let Some(came) = came {
            rows.push(vec![Cell::text(account), Cell::text(""), Cell::number(came.to_string(), Tone::Plain)]);
        }
    }
    rows
}

fn lane_row(account: &str, lane: &Value, came: Option<u64>) -> Vec<Cell> {
    let count = |key: &str| lane.get(key).and_then(Value::as_u64).unwrap_or_default();
    let bad = count("failed_hour") + count("unknown_hour");
    vec![
        Cell::text(account),
        Cell::text(text(lane, "lane")),
        Cell::number(came.map_or_else(String::new, |came| came.to_string()), Tone::Plain),
        Cell::number(count("queued").to_string(), Tone::Plain),
        Cell::number(count("submitting").to_string(), Tone::Plain),
        Cell::number(span(lane.get("oldest_s")), Tone::Plain),
        Cell::number(count("sent_minute").to_string(), Tone::Plain),
        Cell::number(bad.to_string(), if bad > 0 { Tone::Watch } else { Tone::Plain }),
    ]
}

/// Names the parts of a process that are not well.
fn hindered(process: &Value) -> Vec<Vec<Cell>> {
    let ill = list(process, "parts").iter().filter(|part| text(part, "state") != "well");
    ill.map(|part| {
        let place = format!("{}: {}", text(process, "name"), text(part, "name"));
        vec![Cell::text(place), Cell::number(text(part, "state"), Tone::Alarm), Cell::text(text(part, "why"))]
    })
    .collect()
}

/// Writes a moment as clocks on this machine's wall show it.
fn moment(at: &str) -> String {
    let zoned = at.parse::<Timestamp>().map(|at| at.to_zoned(TimeZone::system()));
    zoned.map_or_else(|_| at.to_owned(), |zoned| zoned.strftime("%F %T").to_string())
}

/// Writes a share as people read it.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Writes seconds as people read them.
fn span(seconds: Option<&Value>) -> String {
    let Some(seconds) = seconds.and_then(Value::as_i64) else { return "-".to_owned() };
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_house_is_shown_with_queues_lanes_and_what_is_not_well() {
        let figures = json!({
            "at": "just now", "dead": 1, "violations": 0,
            "queues": [{ "branch": "hq", "id": "trading", "name": "交易异常", "waiting": 3, "oldest_s": 130,
                "predicted_wait_s": 45, "attainment": 0.75, "ready_agents": 0, "late": 1, "endangered": 2 }],
            "channels": [{ "channel": "sms", "account": "main", "in_minute": 12, "lanes": [
                { "lane": "normal", "queued": 4, "submitting": 1, "oldest_s": 2, "sent_minute": 9, "failed_hour": 0, "unknown_hour": 0 },
                { "lane": "bulk", "queued": 400, "submitting": 0, "oldest_s": null, "sent_minute": 0, "failed_hour": 2, "unknown_hour": 1 },
            ] }, { "channel": "phone", "account": "main", "in_minute": 2, "lanes": [] }],
            "processes": [{ "name": "house", "parts": [
                { "name": "bus", "state": "well", "why": null },
                { "name": "sms/main", "state": "hindered", "why": "the provider answers 503" } ] }],
        });
        let expected = [
            "just now  dead letters 1  violations 0",
            "no house answers",
            "house: sms/main  hindered  the provider answers 503",
            "",
            "branch  queue    name      waiting   oldest  predicted  attainment  ready  late",
            "hq      trading  交易异常        3    2 min       45 s        75 %      0     1",
            "",
            "account     lane      in/min  queued  sending  oldest  sent/min  failed/h",
            "sms/main    normal        12       4        1     2 s         9         0",
            "sms/main    bulk                 400        0       -         0         3",
            "phone/main                 2",
        ];
        let shown = lines(&figures, Some("no house answers"), Paint::None);
        assert_eq!(shown.len(), expected.len(), "{shown:#?}");
        assert_eq!(shown[..3], expected[..3], "what is wrong stands above what grows");
        assert_eq!(shown[5].split_whitespace().collect::<Vec<_>>(), expected[5].split_whitespace().collect::<Vec<_>>());
        assert_eq!(shown[9].split_whitespace().collect::<Vec<_>>(), expected[9].split_whitespace().collect::<Vec<_>>());
        let coloured = lines(&figures, Some("no house answers"), Paint::Colours);
        assert_eq!(coloured[1], "\u{1b}[1;31mno house answers\u{1b}[0m");
        assert!(coloured[5].contains("\u{1b}[1;31m3\u{1b}[0m"));
    }
}
