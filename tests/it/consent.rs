//! S6: topics are ordered and cancelled, each with evidence and one word to the client.
//!
//! In: short messages, a menu, an agent at a client's word, a client's own page, his mailer. Out: what the
//! provider was given to send, and what proves it. Never here: how an alert is posted
//! (`alerts`).

use anyhow::{Context, Result, ensure};
use it::{
    PATIENCE,
    house::{House, free_port},
    http,
    post::Postbox,
    provider::{Mood, Provider, Submit},
    rest::Rest,
    until,
    wechat::{self, Wechat},
};
use serde_json::{Value, json};

use crate::{desk, wechat::call};

/// The topics of these stories.
pub(crate) const TOPICS: &str = r#"
[firm]
name = "首问证券"
signature = "【首问证券】"

[[topic]]
id = "morning"
name = "早盘建议"
keyword = "早盘"
category = "advice"

[[topic]]
id = "flash"
name = "盘间快讯"
keyword = "快讯"
category = "commercial"

[[topic]]
id = "margincall"
name = "追保通知"
keyword = "追保"
category = "risk"
cancel = false

[consent]
loose_words = ["别再发", "别再给我发"]
"#;

const FOLLOWER: &str = "oFollowerWhoSubscribes00001";
const PUBLIC: &str = "[http]\npublic_url = \"https://kf.example\"\n\n";

fn firm() -> String {
    format!("{}{TOPICS}", desk::FIRM)
}

/// Gives what went to a number, in order.
fn texts(calls: &[Submit], number: &str) -> Vec<String> {
    let to = format!("+86{number}");
    let texts = calls.iter().filter(|call| call.body["to"] == to.as_str());
    texts.map(|call| call.body["text"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Waits until so much went to a number.
async fn told(provider: &Provider, number: &str, count: usize) -> Vec<String> {
    until(&format!("{count} texts to a client"), || async {
        Some(texts(&provider.calls(), number)).filter(|texts| texts.len() >= count)
    })
    .await
}

async fn say(house: &House, id: &str, from: &str, text: &str) -> Result<()> {
    let (status, answer) = desk::sms(house, id, from, text).await?;
    ensure!(status == 200 || status == 202, "{status} {answer}");
    Ok(())
}

/// Finds the client behind a number.
async fn client(reader: &Rest, number: &str) -> Result<String> {
    let found = until("the client is known", || async {
        reader.all(&format!("clients?address={number}")).await.ok()?.into_iter().next()
    })
    .await;
    Ok(found["id"].as_str().context("a client without id")?.to_owned())
}

/// Waits until so many records prove what a client asked, the oldest first.
async fn evidence(reader: &Rest, client: &str, count: usize) -> Vec<Value> {
    let mut kept = until(&format!("{count} records of evidence"), || async {
        let kept = reader.all(&format!("clients/{client}/consents?limit=200")).await.ok()?;
        Some(kept).filter(|kept| kept.len() >= count)
    })
    .await;
    kept.reverse();
    kept
}

fn whats(kept: &[Value]) -> Vec<(&str, &str)> {
    kept.iter()
        .map(|one| (one["what"].as_str().unwrap_or_default(), one["effect"].as_str().unwrap_or_default()))
        .collect()
}

#[tokio::test]
async fn orders_and_cancels_by_short_message_are_proved_and_confirmed_once() -> Result<()> {
    let provider = Provider::start().await?;
    let house = House::start(&firm(), &desk::account(&provider)).await?;
    let reader = house.user(&["--name", "auditor", "--role", "compliance"]).await?;
    let (one, six) = ("13800138001", "13800138006");

    for _ in 0..3 {
        say(&house, "m-1", one, "订阅 早盘").await?;
    }
    let ordered = told(&provider, one, 1).await;
    ensure!(ordered == ["【首问证券】您已订阅早盘建议。回复“退订 早盘”取消本项，回复TD取消全部。"], "{ordered:?}");
    say(&house, "m-2", one, "訂閱【追保】").await?;
    told(&provider, one, 2).await;
    let of_one = client(&reader, one).await?;
    let kept = evidence(&reader, &of_one, 4).await;
    ensure!(whats(&kept) == [("order", "done"), ("confirmed", ""), ("order", "done"), ("confirmed", "")], "{kept:?}");
    ensure!(kept[0]["by"] == "contact" && kept[0]["contact_id"].is_string(), "{}", kept[0]);
    ensure!(kept[0]["before"]["advice"] == "none" && kept[0]["after"]["advice"] == "given", "{}", kept[0]);
    ensure!(kept[1]["confirms"] == kept[0]["id"] && kept[1]["wording_version"].is_string(), "{}", kept[1]);

    say(&house, "m-3", one, "「 ｔｄ。」").await?;
    let cancelled = told(&provider, one, 3).await;
    ensure!(cancelled[2].contains("已为您退订全部") && cancelled[2].contains("追保通知不能退订"), "{cancelled:?}");
    say(&house, "m-4", one, "退订").await?;
    let kept = evidence(&reader, &of_one, 7).await;
    ensure!(whats(&kept)[4..] == [("cancel_all", "done"), ("confirmed", ""), ("cancel_all", "nothing")], "{kept:?}");
    ensure!(
        kept[4]["after"]["topics"] == json!(["margincall"]) && kept[4]["after"]["advice"] == "withdrawn",
        "{}",
        kept[4]
    );

    say(&house, "m-5", six, "订阅早盘").await?;
    say(&house, "m-6", six, "订阅 快讯").await?;
    told(&provider, six, 2).await;
    say(&house, "m-7", six, "退订 快讯！").await?;
    let texts_of_six = told(&provider, six, 3).await;
    ensure!(texts_of_six[2].contains("已为您退订盘间快讯"), "{texts_of_six:?}");
    let of_six = client(&reader, six).await?;
    let left = reader.all(&format!("clients/{of_six}/subscriptions")).await?;
    let live = |topic: &str| left.iter().any(|one| one["topic"] == topic && one["live"] == true);
    ensure!(live("morning") && !live("flash"), "{left:?}");
    say(&house, "m-8", six, "T").await?;
    ensure!(told(&provider, six, 4).await[3].contains("已为您退订全部"), "one letter of a subscriber is a cancel");
    ensure!(reader.all("cases").await?.is_empty(), "a command opened a matter");

    say(&house, "m-9", one, "订阅 早盘").await?;
    let again = told(&provider, one, 4).await;
    ensure!(again.len() == 4 && again[3].contains("您已订阅早盘建议"), "{again:?}");

    let page = http(PATIENCE).get(format!("{}/api/v1/clients/{of_one}/consents/page", house.url()));
    let page = page.bearer_auth(reader.token()).send().await?;
    ensure!(page.status() == 200 && page.headers()["content-type"] == "text/html; charset=utf-8", "{page:?}");
    let page = page.text().await?;
    ensure!(page.contains("授权与订阅凭证") && page.contains("早盘建议") && page.contains("全部退订"), "{page}");
    for said in ["订阅 早盘", "訂閱【追保】", "「 ｔｄ。」"] {
        ensure!(page.contains(&format!("<td>{said}</td>")), "his own words prove it: {page}");
    }
    ending(&house, &[one, six]).await
}

#[tokio::test]
async fn what_is_no_command_is_an_agents() -> Result<()> {
    let provider = Provider::start().await?;
    let house = House::start(&firm(), &desk::account(&provider)).await?;
    let reader = house.user(&["--name", "auditor", "--role", "compliance"]).await?;
    let mut lin = desk::ready(&house, "lin").await?;
    let four = "13800138004";
    say(&house, "m-1", four, "订阅快讯").await?;
    told(&provider, four, 1).await;

    say(&house, "m-2", four, "别再给我发了!!").await?;
    let offer = lin.next("offer").await?;
    ensure!(offer["case"]["kind"] == "enquiry", "{offer}");
    lin.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    let of_four = client(&reader, four).await?;
    let kept = evidence(&reader, &of_four, 3).await;
    ensure!(whats(&kept) == [("order", "done"), ("confirmed", ""), ("hold", "done")], "{kept:?}");
    ensure!(kept[2]["after"]["held"] == true, "{}", kept[2]);
    release(&house, &of_four).await?;

    let words =
        [("13800138011", "T"), ("13800138012", "退订 天气"), ("13800138013", "订阅 天气"), ("13800138014", "*ST这只")];
    for (n, (from, text)) in words.iter().enumerate() {
        say(&house, &format!("n-{n}"), from, text).await?;
    }
    until("each of them is a matter", || async { (reader.all("cases").await.ok()?.len() == 5).then_some(()) }).await;
    for (from, text) in words {
        let of = client(&reader, from).await?;
        let kept = reader.all(&format!("clients/{of}/consents")).await?;
        let holds = text == "退订 天气";
        ensure!(holds || kept.is_empty(), "{text} is on record as a command");
        ensure!(!holds || whats(&evidence(&reader, &of, 1).await) == [("hold", "done")], "{text} holds nothing");
    }
    ensure!(provider.calls().len() == 1, "{:?}", provider.calls());
    ending(&house, &[four]).await
}

/// Lets go on what loose words held back, at the client's word.
async fn release(house: &House, client: &str) -> Result<()> {
    let boss = house.user(&["--name", "boss", "--role", "supervisor"]).await?;
    let held = async || anyhow::Ok(boss.all(&format!("clients/{client}/addresses")).await?.remove(0)["held"].clone());
    ensure!(held().await? == true, "the desk shows that promotion waits");
    let path = format!("clients/{client}/consents/hold");
    let (status, refused) = boss.delete(&path, &json!({ "wording": "" })).await?;
    ensure!(status == 422, "{status} {refused}");
    for effect in ["done", "nothing"] {
        let (status, done) = boss.delete(&path, &json!({ "wording": "客户说只是抱怨，仍要快讯" })).await?;
        ensure!(status == 200 && done["effect"] == effect, "{status} {done}");
    }
    ensure!(held().await? == false, "promotion goes on");
    let kept = evidence(&boss, client, 5).await;
    ensure!(whats(&kept)[3..] == [("release", "done"), ("release", "nothing")], "{kept:?}");
    ensure!(kept[3]["by"] == "user" && kept[3]["wording"] == "客户说只是抱怨，仍要快讯", "{}", kept[3]);
    ensure!(kept[3]["after"]["held"] == false && kept[3]["after"]["commercial"] == "given", "{}", kept[3]);
    Ok(())
}

#[tokio::test]
async fn a_mailer_cancels_by_the_link_of_a_mail() -> Result<()> {
    let postbox = Postbox::start().await?;
    let channels = format!(
        "{PUBLIC}[channels.email.main]\nbranch = \"hq\"\ndomains = [\"kf.example\"]\nfrom = \"kf@kf.example\"\n\
         smtp_listen = \"127.0.0.1:{}\"\nsmtp_send = \"{}\"\n",
        free_port()?,
        postbox.url()
    );
    let house = House::start(&format!("{}{}", firm(), wide_awake()), &channels).await?;
    let boss = house.user(&["--name", "boss", "--role", "supervisor"]).await?;
    let file = house.data().join("clients.csv");
    let book = "id,name,class,risk_class,risk_valid_until,manager,branch,phone,email,wechat\n\
                7,李,ordinary,C5,2099-12-31,,hq,,li@client.example,\n";
    std::fs::write(&file, book)?;
    let brought = house.command(&["import", "clients", file.to_str().context("a path")?]).await?;
    ensure!(brought.code == 0, "{} {}", brought.out, brought.err);
    let li = boss.all("clients?number=7").await?.remove(0)["id"].as_str().context("no id")?.to_owned();
    for topic in ["flash", "morning"] {
        let (status, done) =
            boss.put(&format!("clients/{li}/subscriptions/{topic}"), &json!({ "wording": "要" })).await?;
        ensure!(status == 200, "{status} {done}");
    }
    postbox.wait(2).await?;
    let campaign = async |which: u32, to: Value| -> Result<String> {
        let mut alert =
            json!({ "branch": "hq", "category": "commercial", "title": format!("第{which}期"), "text": "一讯" });
        alert.as_object_mut().context("an object")?.extend(to.as_object().context("an object")?.clone());
        let (status, answer) = boss.post("alerts", &alert).await?;
        ensure!(status == 202, "{status} {answer}");
        Ok(answer["id"].as_str().context("no id")?.to_owned())
    };
    campaign(1, json!({ "topic": "flash" })).await?;
    let mails = postbox.wait(3).await?;
    ensure!(!mails[0].raw.contains("List-Unsubscribe"), "a confirmation is no promotion: {}", mails[0].raw);
    ensure!(mails[..2].iter().all(|mail| mail.subject.contains("您已订阅")), "a confirmation without a subject");
    let of_topic = one_click(&mails[2].raw)?;
    ensure!(of_topic.ends_with("?topic=flash"), "{of_topic}");
    campaign(2, json!({ "clients": ["7"] })).await?;
    let of_all = one_click(&postbox.wait(4).await?[3].raw)?;

    let (path, _) = of_topic.split_once('?').context("no topic")?;
    ensure!(post_to(&house, path, "hello").await? == 422, "what is no click cancels nothing");
    let forged = format!("/s/{}", path.trim_start_matches("/s/").chars().rev().collect::<String>());
    ensure!(post_to(&house, &forged, ONE_CLICK).await? == 404, "a forged link");
    ensure!(evidence(&boss, &li, 4).await.len() == 4, "nothing was asked by now");
    for _ in 0..2 {
        ensure!(post_to(&house, &of_topic, ONE_CLICK).await? == 200, "by the mail's link");
    }
    let kept = evidence(&boss, &li, 6).await;
    ensure!(kept[4]["what"] == "cancel" && kept[4]["by"] == "link" && kept[4]["topic"] == "flash", "{}", kept[4]);
    ensure!(postbox.wait(5).await?[4].text.contains("已为您退订盘间快讯"), "it is confirmed once");
    for _ in 0..2 {
        ensure!(post_to(&house, &of_all, ONE_CLICK).await? == 200, "by the other mail's link");
    }
    let kept = evidence(&boss, &li, 8).await;
    ensure!(kept[6]["what"] == "cancel_all" && kept[6]["by"] == "link" && kept.len() == 8, "{kept:?}");
    let last = done(&boss, &campaign(3, json!({ "clients": ["7"] })).await?).await;
    ensure!(last["withheld"]["no_consent"] == 1, "{last}");
    let token = path.trim_start_matches("/s/");
    ensure!(!house.log().contains(token), "a link's token stands in the log");
    ending(&house, &["li@client.example"]).await
}

/// What a mailer posts when its user wants no more (RFC 8058).
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// Gives the path of the link by which a mail is cancelled, and checks what else RFC 8058 wants.
fn one_click(mail: &str) -> Result<String> {
    ensure!(mail.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), "{mail}");
    let head = mail.split_once("List-Unsubscribe: <").context("no link")?.1;
    let url = head.split_once('>').context("an open link")?.0;
    Ok(url.strip_prefix("https://kf.example").context("another house")?.to_owned())
}

/// Posts as a mailer does: a form, without cookie and origin.
async fn post_to(house: &House, path: &str, body: &'static str) -> Result<u16> {
    let request = http(PATIENCE).post(format!("{}{path}", house.url()));
    let request = request.header("Content-Type", "application/x-www-form-urlencoded").body(body);
    Ok(request.send().await?.status().as_u16())
}

#[tokio::test]
async fn a_client_orders_by_an_agent_and_on_his_own_page() -> Result<()> {
    let provider = Provider::start().await?;
    let house = House::start(&firm(), &format!("{PUBLIC}{}", desk::account(&provider))).await?;
    let boss = house.user(&["--name", "boss", "--role", "supervisor"]).await?;
    let program = house.user(&["--name", "crm", "--role", "integration"]).await?;
    let three = "13800138003";
    say(&house, "m-1", three, "请问几点开市").await?;
    let of_three = client(&boss, three).await?;

    let path = format!("clients/{of_three}/subscriptions/flash");
    let (status, refused) = boss.put(&path, &json!({ "wording": " " })).await?;
    ensure!(status == 422 && refused["field"] == "wording", "{status} {refused}");
    let (status, refused) = boss.put("clients/none/subscriptions/flash", &json!({ "wording": "x" })).await?;
    ensure!(status == 404, "{status} {refused}");
    let (status, done) = boss.put(&path, &json!({ "wording": "客户来电要求订阅快讯" })).await?;
    ensure!(status == 200 && done["effect"] == "done", "{status} {done}");
    ensure!(told(&provider, three, 1).await[0].contains("您已订阅盘间快讯"), "the order is confirmed to the address");
    let kept = evidence(&boss, &of_three, 2).await;
    ensure!(kept[0]["by"] == "user" && kept[0]["user"] == "boss", "{}", kept[0]);
    ensure!(kept[0]["wording"] == "客户来电要求订阅快讯" && kept[0]["wording_version"].is_string(), "{}", kept[0]);
    let (_, masked) = program.get(&format!("clients/{of_three}/consents")).await?;
    ensure!(masked["status"] == 403, "{masked}");
    let (status, refused) =
        boss.delete(&format!("clients/{of_three}/subscriptions/margincall"), &json!({ "wording": "x" })).await?;
    ensure!(status == 409 && refused["code"] == "wrong_state", "{status} {refused}");

    let (status, link) = program.post(&format!("clients/{of_three}/link"), &json!({})).await?;
    ensure!(status == 200, "{status} {link}");
    let token = link["path"].as_str().and_then(|path| path.strip_prefix("/s/")).context("no path")?.to_owned();
    let at = |path: &str| format!("{}/api/v1/mine/{path}", house.url());
    let shown: Value = http(PATIENCE).get(at(&token)).send().await?.json().await?;
    ensure!(shown["address"].as_str().is_some_and(|address| address.contains("****")), "{shown}");
    ensure!(shown["topics"][1]["subscribed"] == true && shown["topics"][0]["subscribed"] == false, "{shown}");
    let mut forged = token.clone();
    forged.replace_range(0..1, if token.starts_with('A') { "B" } else { "A" });
    for wrong in [forged.as_str(), "x", "%2e%2e"] {
        let answer = http(PATIENCE).get(at(wrong)).send().await?;
        ensure!(answer.status() == 404, "a forged link got {}", answer.status());
    }
    let order = at(&format!("{token}/topics/morning"));
    for origin in [None, Some("https://evil.example")] {
        let request = http(PATIENCE).put(&order);
        let request = origin.into_iter().fold(request, |request, origin| request.header("Origin", origin));
        let answer = request.send().await?;
        ensure!(answer.status() == 403, "a page from elsewhere got {}", answer.status());
    }
    let by_page = http(PATIENCE).put(&order).header("Origin", house.url()).send().await?;
    ensure!(by_page.status() == 200, "{by_page:?}");
    let shown: Value = by_page.json().await?;
    ensure!(shown["topics"][0]["subscribed"] == true && shown["topics"][0]["sent"] == true, "{shown}");
    let gone = http(PATIENCE).delete(at(&format!("{token}/topics"))).header("Origin", house.url()).send().await?;
    ensure!(gone.status() == 200, "{gone:?}");
    let said = told(&provider, three, 3).await;
    ensure!(said[2].contains("已为您退订全部"), "a cancel on the page is confirmed: {said:?}");
    let kept = evidence(&boss, &of_three, 6).await;
    ensure!(kept.iter().filter(|one| one["by"] == "page").count() == 2, "{kept:?}");
    ensure!(!house.log().contains(&token), "a link's token stands in the log");
    ending(&house, &[three]).await
}

#[tokio::test]
async fn a_menu_orders_cancels_and_shows_the_way_to_ones_own_page() -> Result<()> {
    let platform = Wechat::start().await?;
    let house = House::start(&firm(), &format!("{PUBLIC}{}", platform.account())).await?;
    let reader = house.user(&["--name", "auditor", "--role", "compliance"]).await?;
    let click = async |key: &str| -> Result<()> {
        let (query, sealed) = wechat::safe(&wechat::event(FOLLOWER, "CLICK", key));
        let (status, answer) = call(&house, "main", &query, Some(sealed)).await?;
        ensure!(status == 200 && answer == "success", "{status} {answer}");
        Ok(())
    };
    click("order:flash").await?;
    ensure!(platform.wait(1).await?[0].text.contains("您已订阅盘间快讯"), "{:?}", platform.sent());
    click("subscriptions").await?;
    let shown = platform.wait(2).await?.remove(1);
    ensure!(
        shown.text.contains("您已订阅：盘间快讯") && shown.text.contains("https://kf.example/s/"),
        "{}",
        shown.text
    );
    let token = shown.text.rsplit("/s/").next().context("no link")?.to_owned();
    let mine: Value = http(PATIENCE).get(format!("{}/api/v1/mine/{token}", house.url())).send().await?.json().await?;
    ensure!(mine["kind"] == "wechat" && mine["topics"][1]["subscribed"] == true, "{mine}");
    click("cancel:flash").await?;
    ensure!(platform.wait(3).await?[2].text.contains("已为您退订盘间快讯"), "{:?}", platform.sent());
    ensure!(reader.all("cases").await?.is_empty(), "a choice from the menu opened a matter");
    click("order:weather").await?;
    until("an unknown topic is an agent's", || async { (reader.all("cases").await.ok()?.len() == 1).then_some(()) })
        .await;
    ensure!(!house.log().contains(&token), "a link's token stands in the log");
    ending(&house, &[FOLLOWER]).await
}

/// Clients who ordered what the campaign tells.
const READERS: usize = 30;
const CAMPAIGN: &str = "盘间一讯";

fn reader_number(place: usize) -> String {
    format!("138001390{place:02}")
}

/// Gives the hours in which it is not quiet at the moment, whatever time the story runs at.
fn wide_awake() -> String {
    let minutes = runtime::Clock::machine().now().as_ms() / 60_000 % 1_440;
    // Twelve hours from here, in Shanghai.
    let far = (minutes + 8 * 60 + 12 * 60) % 1_440;
    let end = (far + 1) % 1_440;
    format!("quiet = \"{:02}:{:02}-{:02}:{:02}\"\nper_day = 100\n", far / 60, far % 60, end / 60, end % 60)
}

#[tokio::test]
async fn who_cancels_while_a_campaign_runs_gets_no_more_of_it() -> Result<()> {
    let provider = Provider::start().await?;
    let firm = format!("{}{}", firm(), wide_awake());
    let house = House::start(&firm, &desk::account(&provider)).await?;
    let reader = house.user(&["--name", "auditor", "--role", "compliance"]).await?;
    let poster = house.user(&["--name", "crm", "--role", "integration"]).await?;
    let mut book = "id,name,class,risk_class,risk_valid_until,manager,branch,phone,email,wechat\n".to_owned();
    for place in 0..READERS {
        book.push_str(&format!("{place},客户,ordinary,,,,hq,{},,\n", reader_number(place)));
    }
    let file = house.data().join("clients.csv");
    std::fs::write(&file, book)?;
    let brought = house.command(&["import", "clients", file.to_str().context("a path")?]).await?;
    ensure!(brought.code == 0, "{} {}", brought.out, brought.err);
    for place in 0..READERS {
        say(&house, &format!("o-{place}"), &reader_number(place), "订阅快讯").await?;
    }
    provider.wait(READERS).await?;
    let one = reader_number(0);
    let of_one = client(&reader, &one).await?;

    // The first try of everybody is refused, so that the campaign is under way when he cancels.
    provider.set(Mood::Busy(1));
    let post = async |category: &str, which: u32, to: Value| -> Result<String> {
        let text = format!("{CAMPAIGN}第{which}期");
        let mut alert = json!({ "branch": "hq", "category": category, "title": "一讯", "text": text });
        alert.as_object_mut().context("an object")?.extend(to.as_object().context("an object")?.clone());
        let (status, answer) = poster.post("alerts", &alert).await?;
        ensure!(status == 202, "{status} {answer}");
        Ok(answer["id"].as_str().context("no id")?.to_owned())
    };
    let campaign = post("commercial", 1, json!({ "topic": "flash" })).await?;
    let has = |text: &String| text.contains(CAMPAIGN);
    until("he is tried", || async { texts(&provider.calls(), &one).iter().any(has).then_some(()) }).await;
    say(&house, "c-1", &one, "TD").await?;
    until("his cancel is on record", || async {
        let kept = reader.all(&format!("clients/{of_one}/consents")).await.ok()?;
        kept.iter().any(|one| one["what"] == "cancel_all" && one["effect"] == "done").then_some(())
    })
    .await;
    provider.set(Mood::Well);
    until("his cancel is confirmed", || async {
        texts(&taken(&provider), &one).iter().any(|text| text.contains("已为您退订全部")).then_some(())
    })
    .await;
    let ended = done(&reader, &campaign).await;
    ensure!(ended["total"] == READERS && ended["sent"] == READERS - 1, "{ended}");
    ensure!(ended["withheld"]["no_consent"] == 1, "{ended}");
    ensure!(!texts(&taken(&provider), &one).iter().any(has), "promotion reached him after his cancel");
    let others: Vec<String> =
        taken(&provider).iter().filter_map(|call| call.body["text"].as_str().map(str::to_owned)).filter(has).collect();
    ensure!(others.len() == READERS - 1, "{}", others.len());
    ensure!(others.iter().all(|text| text.contains("【首问证券】") && text.contains("退订")), "{:?}", others.first());

    let next = done(&reader, &post("commercial", 2, json!({ "topic": "flash" })).await?).await;
    ensure!(next["total"] == READERS - 1, "{next}");
    let margin = done(&reader, &post("risk", 3, json!({ "clients": ["0"] })).await?).await;
    ensure!(margin["sent"] == 1, "a risk warning to him is no promotion: {margin}");
    ensure!(texts(&taken(&provider), &one).iter().filter(|text| has(text)).count() == 1, "he got something else");
    ending(&house, &[&one]).await
}

/// Gives what the provider took.
fn taken(provider: &Provider) -> Vec<Submit> {
    provider.calls().into_iter().filter(|call| call.provider_id.is_some()).collect()
}

/// Waits until an alert has nothing left to submit.
async fn done(reader: &Rest, alert: &str) -> Value {
    until("the alert is through", || async {
        let (_, shown) = reader.get(&format!("alerts/{alert}")).await.ok()?;
        (shown["planned"] == true && shown["queued"] == 0).then_some(shown)
    })
    .await
}

/// Ends every story: the journal is whole and decides the same again, the log names nobody.
async fn ending(house: &House, private: &[&str]) -> Result<()> {
    house.journal_is_whole().await?;
    let log = house.log();
    for word in private.iter().chain(["早盘", "快讯", "已为您退订"].iter()) {
        ensure!(!log.contains(word), "{word} stands in the log");
    }
    Ok(())
}
