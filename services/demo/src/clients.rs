//! The firm's clients on a morning: they write, ring, come by, order and cancel.
//!
//! In: the morning's acts. Out: calls of the doors, lines of the tale. What the house refuses is
//! tried again by the next client. Never here: a wait that has no end.

use std::time::Duration;

use runtime::{Chance, Stop};
use serde_json::{Value, json};
use tokio::{
    sync::{Semaphore, mpsc},
    time::timeout,
};

use crate::{
    agent::Player,
    cast::{self, follower, mailbox, phone},
    doors::Doors,
    gateway::{Got, LOOK},
    morning::{Act, CLIENTS, Morning, Way},
    pace::{Pace, between, one_of},
    rest::Rest,
    sign::{ahead, unix_s},
    tale::{Line, Tale},
    trouble::Trouble,
    words,
    world::DOMAIN,
};

/// How long an act may take.
const PATIENCE: Duration = Duration::from_secs(12);
/// Of so many clients who got an answer one writes again.
const ANSWERS_ONE_OF: u64 = 14;
/// Messages that clients look at, at the same time.
const LOOKS_MAX: usize = 64;
/// Clients whose margin runs short at a time.
const MARGIN_CALLS: u64 = 8;
/// How long an alert is worth sending.
const ALERT_LASTS: Duration = Duration::from_secs(600);
/// Clients who are known to have ordered, at most.
const ORDERED_MAX: usize = 32;
/// The topic that is ordered, with the word for it.
const TOPIC: &str = "早盘";
/// The word for the topic that the risk system warns of.
const RISK_TOPIC: &str = "风险";

/// The clients of one house.
#[derive(Debug)]
pub struct Clients {
    /// Their doors.
    pub doors: Doors,
    /// Agents at whose counters they come by.
    pub clerks: Vec<Player>,
    /// The firm's risk system.
    pub risk: Rest,
    /// How fast they are.
    pub pace: Pace,
    /// The number of this run, which no other has.
    pub run: u64,
    /// Where they tell.
    pub tale: Tale,
}

/// Plays mornings until `stop`.
pub async fn live(clients: Clients, got: mpsc::Receiver<Got>, stop: Stop) {
    let chance = Chance::machine();
    let mut day = Day { clients: &clients, chance: chance.clone(), number: 0, ordered: Vec::new() };
    let play = async {
        let mut morning = Morning::new(chance.clone());
        loop {
            let (pause, act) = morning.turn();
            tokio::time::sleep(clients.pace.of(pause)).await;
            // Nobody stands at a door for ever; what the house cannot take at the moment is lost
            // to the tale only, for real clients try again.
            drop(timeout(PATIENCE, day.act(act)).await);
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = play => {}
        () = look(&clients, got, &chance) => {}
    }
}

/// Lets clients read what they got; some answer.
async fn look(clients: &Clients, mut got: mpsc::Receiver<Got>, chance: &Chance) {
    let places = Semaphore::new(LOOKS_MAX);
    let mut number = 0_u64;
    while let Some(message) = got.recv().await {
        if chance.below(ANSWERS_ONE_OF) != 0 || message.text.contains("回复") {
            continue;
        }
        let Ok(_place) = places.acquire().await else { return };
        tokio::time::sleep(clients.pace.of(LOOK)).await;
        let words = one_of(chance, words::THANKS).copied().unwrap_or_default();
        number += 1;
        let id = format!("a{}-{number}", clients.run);
        let doors = &clients.doors;
        let answered = match message.channel {
            "sms" => timeout(PATIENCE, doors.sms(&id, &message.to, words)).await,
            "webhook" => timeout(PATIENCE, doors.app(&id, &message.to, words)).await,
            "wechat" => timeout(PATIENCE, doors.wechat(id_of(clients.run, number, 1), &message.to, words)).await,
            _ => continue,
        };
        // Like every act, it may come to nothing.
        drop(answered);
    }
}

struct Day<'a> {
    clients: &'a Clients,
    chance: Chance,
    number: u64,
    /// Clients who ordered and have not cancelled.
    ordered: Vec<u64>,
}

impl Day<'_> {
    async fn act(&mut self, act: Act) -> Result<(), Trouble> {
        self.number += 1;
        let id = format!("d{}-{}", self.clients.run, self.number);
        let client = self.chance.below(CLIENTS);
        let doors = &self.clients.doors;
        match act {
            Act::Opens(part) => {
                self.tell(Line::story(format!("【{}】", part.zh), part.en));
                Ok(())
            }
            Act::Writes(way, words) => self.write(&id, way, client, words).await,
            Act::Rings(queue) => {
                doors.ring(&id, &phone(client), queue).await?;
                self.aside("一位客户来电,排队等候", "a call queues");
                Ok(())
            }
            Act::HangsUp => {
                let wait_s = between(&self.chance, 15_000, 70_000).as_secs();
                doors
                    .call(&id, &phone(client), json!({ "event": "abandoned", "queue": "enquiries", "wait_s": wait_s }))
                    .await?;
                self.story("客户等不及挂断,系统欠他一个回电", "a caller gave up; a call-back is owed");
                Ok(())
            }
            Act::WalksIn(clerk) => self.walk_in(clerk, client).await,
            Act::Orders => {
                for topic in [TOPIC, RISK_TOPIC] {
                    doors.sms(&format!("{id}-{topic}"), &phone(client), &format!("订阅 {topic}")).await?;
                }
                if self.ordered.len() < ORDERED_MAX {
                    self.ordered.push(client);
                }
                self.story("客户短信「订阅 早盘」", "a client orders the morning piece by SMS");
                Ok(())
            }
            Act::Cancels => {
                let Some(client) = self.ordered.pop() else { return Ok(()) };
                doors.sms(&id, &phone(client), &format!("退订 {TOPIC}")).await?;
                self.story("客户短信「退订 早盘」", "the client cancels it by SMS");
                Ok(())
            }
            Act::Complains => {
                let words = one_of(&self.chance, words::COMPLAINTS).copied().unwrap_or_default();
                let to = format!("tousu@{DOMAIN}");
                doors.mail(&id, &mailbox(client), &to, "投诉", words).await?;
                self.story("投诉邮件到达 tousu@", "a complaint comes by mail");
                Ok(())
            }
            Act::Shouts => {
                doors.ring(&id, &phone(client), "complaints").await?;
                self.story("一位客户在电话里很激动", "an upset client rings");
                Ok(())
            }
            Act::Warns => self.warn().await,
        }
    }

    async fn write(&self, id: &str, way: Way, client: u64, words: &str) -> Result<(), Trouble> {
        let doors = &self.clients.doors;
        let (zh, en) = match way {
            Way::Sms => {
                doors.sms(id, &phone(client), words).await?;
                ("短信", "SMS")
            }
            Way::Wechat => {
                doors.wechat(id_of(self.clients.run, self.number, 0), &follower(client), words).await?;
                ("微信", "WeChat")
            }
            Way::App => {
                doors.app(id, &format!("app-user-{client:04}"), words).await?;
                ("APP", "the app")
            }
            Way::Mail => {
                doors.mail(id, &mailbox(client), &format!("kf@{DOMAIN}"), words, words).await?;
                ("邮件", "mail")
            }
        };
        self.aside(&format!("{zh}「{words}」"), &format!("a question by {en}"));
        Ok(())
    }

    async fn walk_in(&self, clerk: &str, client: u64) -> Result<(), Trouble> {
        let Some(clerk) = self.clients.clerks.iter().find(|player| player.id == clerk) else { return Ok(()) };
        let words = one_of(&self.chance, words::AT_THE_COUNTER).copied().unwrap_or_default();
        let from = json!({ "kind": "phone", "value": phone(client) });
        clerk.rest.must("contacts", &json!({ "from": from, "text": words })).await?;
        let zh = format!("客户走进营业部柜台,{}接待", clerk.name);
        self.story(&zh, &format!("somebody walks into a branch; {} takes it down", clerk.id));
        Ok(())
    }

    /// Warns some clients of their margin, and all who ordered it of the market.
    async fn warn(&self) -> Result<(), Trouble> {
        let first = self.chance.below(CLIENTS);
        let named: Vec<_> = (first..first + MARGIN_CALLS).map(|client| cast::number(client % CLIENTS)).collect();
        let text = "{{ client.name }}您好,您的信用账户维持担保比例已低于追保线,请及时补足担保物。";
        self.alert(&json!({ "clients": named, "title": "追保提醒", "text": text })).await?;
        let text = "盘中波动较大,请关注持仓风险,合理控制仓位。";
        // Outside of the topic's hours the house refuses it, as it should.
        drop(self.alert(&json!({ "topic": "risk", "title": "盘中风险提示", "text": text })).await);
        self.story(
            "风控系统发出追保提醒与盘中风险提示",
            "the risk system sends margin warnings, and an alert to all who ordered it",
        );
        Ok(())
    }

    async fn alert(&self, about: &Value) -> Result<(), Trouble> {
        let mut alert = json!({ "branch": "hq", "category": "risk", "expires_at": ahead(ALERT_LASTS) });
        if let (Some(alert), Some(about)) = (alert.as_object_mut(), about.as_object()) {
            alert.extend(about.clone());
        }
        self.clients.risk.must("alerts", &alert).await.map(drop)
    }

    fn story(&self, zh: &str, en: &str) {
        self.tell(Line::story(zh, en));
    }

    fn aside(&self, zh: &str, en: &str) {
        self.tell(Line::aside(zh, en));
    }

    fn tell(&self, line: Line) {
        self.clients.tale.tell(line);
    }
}

/// Gives the id of a message of the official account: of this run, of this number, of this kind.
fn id_of(run: u64, number: u64, kind: u64) -> u64 {
    unix_s().unsigned_abs() * 10_000_000 + run % 100 * 100_000 + number % 50_000 * 2 + kind
}
