//! A follower of the official account writes, is answered, and the ways in which WeChat refuses.

use anyhow::{Context, Result, ensure};
use it::{
    desk::Desk,
    house::House,
    rest::Rest,
    sign::unix_s,
    until,
    wechat::{self, Wechat},
};
use serde_json::{Value, json};

use crate::desk;

const FOLLOWER: &str = "oFollowerOfTheStories000001";

/// Makes a call as WeChat does; gives status and body.
pub(crate) async fn call(house: &House, account: &str, query: &str, body: Option<String>) -> Result<(u16, String)> {
    let client = reqwest::Client::new();
    let url = format!("{}/channels/wechat/{account}?{query}", house.url());
    let request = match body {
        Some(body) => client.post(url).header("content-type", "text/xml").body(body),
        None => client.get(url),
    };
    let answer = request.send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

/// Posts a message in safe mode, which must be taken.
async fn say(house: &House, body: &str) -> Result<()> {
    let (query, sealed) = wechat::safe(body);
    let (status, answer) = call(house, "main", &query, Some(sealed)).await?;
    ensure!(status == 200 && answer == "success", "{status} {answer}");
    Ok(())
}

async fn accept(desk: &mut Desk) -> Result<String> {
    let offer = desk.next("offer").await?;
    desk.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    Ok(offer["case"]["id"].as_str().context("a case without id")?.to_owned())
}

async fn delivery_that(reader: &Rest, case: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    until(what, || async {
        let items = reader.all(&format!("deliveries?case_id={case}")).await.ok()?;
        items.into_iter().find(|delivery| fits(delivery))
    })
    .await
}

#[tokio::test]
async fn a_follower_is_answered() -> Result<()> {
    let platform = Wechat::start().await?;
    let house = House::start(desk::FIRM, &platform.account()).await?;
    let mut lin = desk::ready(&house, "lin").await?;
    let reader = house.user(&["--name", "auditor", "--role", "compliance"]).await?;

    let message = wechat::text(FOLLOWER, u64::MAX, "银证转账转不出来");
    say(&house, &message).await?;
    say(&house, &message).await?;
    let case = accept(&mut lin).await?;
    ensure!(reader.all("contacts").await?.len() == 1, "a repeat became a contact");

    lin.must("reply", json!({ "case_id": case, "text": "您好 \"请稍候\" 😀" })).await?;
    let sent = platform.wait(1).await?;
    ensure!(sent[0].to == FOLLOWER && sent[0].text == "您好 \"请稍候\" 😀", "{sent:?}");
    delivery_that(&reader, &case, "the answer is sent", |delivery| delivery["state"] == "sent").await;

    platform.expire_token();
    lin.must("reply", json!({ "case_id": case, "text": "已为您处理" })).await?;
    ensure!(platform.wait(2).await?[1].text == "已为您处理", "a refused token was not fetched anew");

    platform.refuse(45015);
    lin.must("reply", json!({ "case_id": case, "text": "还有问题吗" })).await?;
    delivery_that(&reader, &case, "the closed window is told", |delivery| {
        delivery["state"] == "failed" && delivery.to_string().contains("window_closed")
    })
    .await;
    ensure!(platform.sent().len() == 2, "a refused answer went out");
    let log = house.log();
    ensure!(
        !log.contains(FOLLOWER) && !log.contains("银证转账") && !log.contains("access-token"),
        "secrets in the log:\n{log}"
    );
    Ok(())
}

#[tokio::test]
async fn the_platforms_calls_are_checked() -> Result<()> {
    let platform = Wechat::start().await?;
    let house = House::start(desk::FIRM, &platform.account()).await?;
    let reader = house.user(&["--name", "auditor", "--role", "compliance"]).await?;
    let text = wechat::text(FOLLOWER, 7, "你好");
    let now = unix_s();

    let (status, echo) = call(&house, "main", &format!("{}&echostr=58%2B9", wechat::plain_query(now)), None).await?;
    ensure!(status == 200 && echo == "58+9", "{status} {echo}");
    let plain = wechat::plain_query(now);
    let doctype = format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{text}");
    let refused = [
        (401, "main", plain.replace("nonce=n1", "nonce=n2"), text.clone()),
        (401, "main", wechat::plain_query(now - 301), text.clone()),
        (401, "main", wechat::plain_query(now + 330), text.clone()),
        (401, "main", String::new(), text.clone()),
        (401, "main", wechat::safe(&text).0, wechat::safe("another").1),
        (404, "other", plain.clone(), text.clone()),
        (400, "main", plain.clone(), doctype),
        (400, "main", plain.clone(), text.replace("</xml>", "")),
        (400, "main", plain.clone(), format!("<xml>{}{}</xml>", "<a>".repeat(500), "</a>".repeat(500))),
        (413, "main", plain.clone(), "x".repeat(2 << 20)),
    ];
    for (expected, account, query, body) in refused {
        let (status, answer) = call(&house, account, &query, Some(body)).await?;
        ensure!(status == expected, "{expected} was expected, not {status} {answer}");
    }
    ensure!(reader.all("contacts").await?.is_empty(), "something refused was stored");

    let (status, answer) = call(&house, "main", &plain, Some(text)).await?;
    ensure!(status == 200 && answer == "success", "plaintext mode: {status} {answer}");
    until("the contact is there", || async { (reader.all("contacts").await.ok()?.len() == 1).then_some(()) }).await;

    let (status, answer) = call(&house, "main", &plain, Some("<xml><Unknown>1</Unknown></xml>".to_owned())).await?;
    ensure!(status == 200 && answer == "success", "what is not understood: {status} {answer}");
    until("it is parked", || async { (!reader.all("dead-letters").await.ok()?.is_empty()).then_some(()) }).await;
    Ok(())
}

#[tokio::test]
async fn a_menu_key_is_routed_and_an_event_is_no_matter() -> Result<()> {
    let platform = Wechat::start().await?;
    let firm = format!(
        "{}\n[[rule]]\nwhen = {{ menu = [\"TOUSU\"] }}\nthen = {{ kind = \"complaint\", queue = \"complaints\" }}\n",
        desk::FIRM
    );
    let house = House::start(&firm, &platform.account()).await?;
    let mut chen = desk::ready(&house, "chen").await?;
    say(&house, &wechat::event(FOLLOWER, "LOCATION", "")).await?;
    say(&house, &wechat::event(FOLLOWER, "unsubscribe", "")).await?;
    say(&house, &wechat::event(FOLLOWER, "CLICK", "TOUSU")).await?;
    let offer = chen.next("offer").await?;
    ensure!(offer["case"]["kind"] == "complaint" && offer["case"]["queue"] == "complaints", "{offer}");
    let reader = house.user(&["--name", "auditor", "--role", "compliance"]).await?;
    let cases = reader.all("cases").await?;
    ensure!(cases.len() == 1, "an event that asks for nothing opened a matter: {cases:?}");
    Ok(())
}
