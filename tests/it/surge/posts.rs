//! What comes in: the night's call-backs, two waves, incidents, walk-ins, calls put through.
//!
//! In: the clients. Out: contacts, each client's first but where a caller tries again.
//! Never here: what becomes of them.

use anyhow::{Context, Result};
use it::{clients::Clients, rest::Rest, until};
use serde_json::{Value, json};

use crate::town::close;

/// Callers who gave up; every third of them twice.
const GAVE_UP: u32 = 34;
/// What waits after the first wave: the incident before it, owed calls, messages, mails.
pub(super) const FIRST_WAVE_OPEN: usize = 1 + 4 + 34 + 45 + 30 + 10 + 6;

/// The night's four call-backs and 160 contacts more, for whom nobody is there.
pub(super) async fn first_wave(clients: &Clients) -> Result<()> {
    tokio::try_join!(
        calls(clients),
        wechat(clients, 100..145),
        app(clients, 0..30),
        sms(clients, 0..10),
        mails(clients)
    )?;
    Ok(())
}

/// Fourteen who cannot trade; with the one before they are fifteen.
pub(super) async fn incidents(clients: &Clients) -> Result<()> {
    for n in 0..7 {
        clients.wechat(10 + n, &format!("oFollowerWhoCannotTrade{n}"), "委托提交不了 急").await?;
    }
    for n in 0..5 {
        clients.app(&format!("i-{n}"), &format!("user-who-cannot-cancel-{n}"), "这个单子撤不了").await?;
    }
    for n in 0..2 {
        clients.sms(&format!("i-{n}"), &format!("1360000000{n}"), "委托提交不了了").await?;
    }
    Ok(())
}

/// A hundred contacts more, while people work.
pub(super) async fn second_wave(clients: &Clients) -> Result<()> {
    tokio::try_join!(
        queueing(clients),
        served_elsewhere(clients),
        wechat(clients, 145..182),
        app(clients, 30..55),
        sms(clients, 10..18)
    )?;
    Ok(())
}

/// Five walk in, one after the other, and are served by the clerk who registers them.
pub(super) async fn at_the_counter(clients: &Clients, clerk: &Rest) -> Result<()> {
    for n in 0..5 {
        clients.walk_in(clerk, &format!("1350000000{n}"), "想咨询一下手续费").await?;
        finish(clerk, "huang").await?;
    }
    Ok(())
}

/// Fifteen calls that the exchange puts through by itself to one who has no screen open.
pub(super) async fn put_through(clients: &Clients, hotline: &Rest) -> Result<()> {
    for n in 0..15 {
        let (id, from) = (format!("p-{n}"), format!("134000000{n:02}"));
        clients.call(&id, &from, json!({ "event": "answered", "agent": "liu" })).await?;
        clients.call(&id, &from, json!({ "event": "ended", "agent": "liu" })).await?;
        finish(hotline, "liu").await?;
    }
    Ok(())
}

/// Closes by REST what an agent has before him.
async fn finish(agent: &Rest, name: &str) -> Result<()> {
    let case = until(&format!("{name} has his case"), || async {
        let cases = agent.all(&format!("cases?agent={name}&state=active")).await.ok()?;
        cases.into_iter().next()
    })
    .await;
    let id = case["id"].as_str().context("a case without id")?;
    close(agent, id).await
}

async fn calls(clients: &Clients) -> Result<()> {
    let gave_up = |wait_s: u32| json!({ "event": "abandoned", "wait_s": wait_s });
    for n in 0..4 {
        clients.call(&format!("n-{n}"), &format!("1330000000{n}"), gave_up(50)).await?;
    }
    for n in 0..GAVE_UP {
        let from = format!("131000000{n:02}");
        clients.call(&format!("a-{n}"), &from, gave_up(40)).await?;
        if n % 3 == 0 {
            clients.call(&format!("b-{n}"), &from, gave_up(20)).await?;
        }
    }
    for n in 0..10 {
        clients.call(&format!("s-{n}"), &format!("1300000000{n}"), gave_up(2)).await?;
    }
    for n in 0..5 {
        clients.call(&format!("h-{n}"), "anonymous", gave_up(30)).await?;
    }
    Ok(())
}

async fn queueing(clients: &Clients) -> Result<()> {
    for n in 0..25 {
        clients.ring(&format!("q-{n}"), &format!("132000000{n:02}"), "enquiries").await?;
    }
    Ok(())
}

/// Calls that a colleague outside of the firm file answers.
async fn served_elsewhere(clients: &Clients) -> Result<()> {
    for n in 0..15 {
        let (id, from) = (format!("e-{n}"), format!("138000000{n:02}"));
        for event in ["answered", "ended"] {
            clients.call(&id, &from, event_of(event)).await?;
        }
    }
    Ok(())
}

fn event_of(event: &str) -> Value {
    json!({ "event": event })
}

async fn wechat(clients: &Clients, numbers: std::ops::Range<u64>) -> Result<()> {
    for n in numbers {
        let text = if n % 4 == 0 { "请问开户要带什么" } else { "请问几点能查到对账单" };
        clients.wechat(n, &format!("oFollowerOfTheSurge{n}"), text).await?;
    }
    Ok(())
}

async fn app(clients: &Clients, numbers: std::ops::Range<u32>) -> Result<()> {
    for n in numbers {
        let text = if n % 3 == 0 { "科创板怎么开通" } else { "怎么看我的持仓成本" };
        clients.app(&format!("x-{n}"), &format!("user-of-the-surge-{n}"), text).await?;
    }
    Ok(())
}

async fn sms(clients: &Clients, numbers: std::ops::Range<u32>) -> Result<()> {
    for n in numbers {
        clients.sms(&format!("m-{n}"), &format!("139000000{n:02}"), "你们营业到几点").await?;
    }
    Ok(())
}

async fn mails(clients: &Clients) -> Result<()> {
    for n in 0..6 {
        let (id, from) = (format!("<{n}@client.example>"), format!("client-{n}@client.example"));
        clients.mail(&id, &from, "please send my statement").await?;
    }
    Ok(())
}
