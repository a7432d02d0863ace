//! A simulated agent at his desk: sits down, does what his mind says, sits down again after a fall.
//!
//! In: who he is. Out: keys pressed over his socket. Never here: what to press.

use std::time::Duration;

use runtime::{Chance, Clock, Stop};
use serde_json::{Value, json};

use crate::{
    desk::Desk,
    mind::{Mind, Press},
    pace::Pace,
    rest::Rest,
    sign,
    tale::{Line, Tale},
    trouble::Trouble,
};

/// How long he waits before he sits down again.
const PAUSE: Duration = Duration::from_secs(1);

/// An agent who is played.
#[derive(Debug, Clone)]
pub struct Player {
    /// His id in the firm.
    pub id: String,
    /// His name.
    pub name: String,
    /// The house, under his name.
    pub rest: Rest,
}

/// Works until `stop`.
pub async fn work(player: Player, pace: Pace, tale: Tale, stop: Stop) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            // A fall of the house ends a sitting; he sits down again.
            _ = sit(&player, pace, &tale) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

async fn sit(player: &Player, pace: Pace, tale: &Tale) -> Result<(), Trouble> {
    let mut desk = Desk::open(&player.rest).await?;
    let clock = Clock::machine();
    let now = || u64::try_from(clock.monotonic().as_ms()).unwrap_or_default();
    let mut mind = Mind::new(&player.id, pace, Chance::machine(), now());
    loop {
        let wait = Duration::from_millis(mind.due().saturating_sub(now()));
        // Both arms may be dropped midway: a frame that was not read stays in the socket.
        tokio::select! {
            frame = desk.next() => {
                let frame = frame?;
                if frame.get("reason").is_some_and(|reason| reason == "missed_offers") {
                    let zh = format!("{}连续漏接,系统置忙", player.name);
                    tale.tell(Line::story(zh, format!("{} missed three offers; the house sets him away", player.id)));
                }
                mind.hear(now(), &frame);
            }
            () = tokio::time::sleep(wait) => {
                while let Some(press) = mind.act(now()) {
                    tell(tale, player, &press);
                    desk.press(press.kind, body(press)).await?;
                }
            }
        }
    }
}

fn body(press: Press) -> Value {
    let Press { mut body, ahead, .. } = press;
    if let (Some((field, span)), Some(fields)) = (ahead, body.as_object_mut()) {
        fields.insert(field.to_owned(), json!(sign::ahead(span)));
    }
    body
}

fn tell(tale: &Tale, player: &Player, press: &Press) {
    let name = &player.name;
    let (zh, en) = match press.kind {
        "decline" => (format!("{name}拒接一次,工单回到队列"), "declines an offer; it goes back with its age"),
        "rekind" => {
            (format!("{name}识别为交易异常,转交专岗"), "sees a trading incident and hands it to the trading desk")
        }
        "callback" => (format!("{name}登记回电承诺"), "promises to call back"),
        "upset" => (format!("{name}标记客户情绪激动,已提醒班长"), "marks an upset client; the shift leader is told"),
        "away" => (format!("{name}小休"), "takes a short break"),
        _ => return,
    };
    tale.tell(Line::aside(zh, format!("{} {en}", player.id)));
}
