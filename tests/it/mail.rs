//! A mail comes in, is offered and answered; the client answers the answer; machines answer
//! too, and a bounce tells that a mail did not arrive.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use it::{
    house::{House, free_port},
    post::{Letter, Mailer, Postbox},
    provider::Mood,
    rest::Rest,
    until,
};
use serde_json::{Value, json};

use crate::desk;

/// 「请问你们几点下班」 in GB18030, with a picture.
fn question() -> Vec<u8> {
    let mut mail = b"From: =?gb18030?B?wO7A17w=?= <li@client.example>\nTo: kf@kf.example\n\
        Subject: =?gb18030?Q?=CF=C2?= =?gb18030?Q?=B0=E0=CA=B1?=\n =?gb18030?B?vOQ=?=\n\
        Message-ID: <question@client.example>\nDate: Mon, 9 Nov 2026 09:14:00 +0800\n\
        Content-Type: multipart/mixed; boundary=cut\n\n--cut\n\
        Content-Type: text/plain; charset=gb18030\nContent-Transfer-Encoding: base64\n\n"
        .to_vec();
    mail.extend_from_slice(
        b"x+vOysTjw8e8uLXjz8Kw4A==\n--cut\nContent-Type: image/png; name=a.png\n\
        Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--cut--\n",
    );
    mail
}

fn answer_to(letter: &Letter, headers: &str, text: &str) -> Vec<u8> {
    format!(
        "From: li@client.example\nTo: kf@kf.example\nSubject: hello\nMessage-ID: <{}@client.example>\n\
         In-Reply-To: <{}>\n{headers}Content-Type: text/plain; charset=utf-8\n\n{text}\n",
        text.len(),
        letter.message_id
    )
    .into_bytes()
}

fn bounce_of(letter: &Letter) -> Vec<u8> {
    format!(
        "From: MAILER-DAEMON@client.example\nSubject: Undelivered Mail Returned to Sender\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=cut\n\n--cut\n\nSorry.\n--cut\n\
         Content-Type: message/delivery-status\n\nReporting-MTA: dns; client.example\n\n\
         Final-Recipient: rfc822; li@client.example\nAction: failed\nStatus: 5.1.1\n--cut\n\
         Content-Type: text/rfc822-headers\n\nMessage-ID: <{}>\n--cut--\n",
        letter.message_id
    )
    .into_bytes()
}

async fn house(postbox: &Postbox) -> Result<(House, u16, u16)> {
    let (smtp, lmtp) = (free_port()?, free_port()?);
    let channels = format!(
        "[channels.email.main]\nbranch = \"hq\"\ndomains = [\"kf.example\"]\nsmtp_listen = \"127.0.0.1:{smtp}\"\n\
         lmtp_listen = \"127.0.0.1:{lmtp}\"\nsmtp_send = \"{}\"\n",
        postbox.url()
    );
    Ok((House::start(desk::FIRM, &channels).await?, smtp, lmtp))
}

/// Somebody who sees all of the branch.
async fn supervisor(house: &House) -> Result<Rest> {
    house.user(&["--name", "shao", "--role", "supervisor", "--branch", "hq"]).await
}

async fn delivery(boss: &Rest, case: &str, wanted: &str) -> Result<Value> {
    let path = format!("deliveries?case={case}");
    Ok(until(&format!("a delivery of the case is {wanted}"), || async {
        let items = boss.all(&path).await.ok()?;
        items.into_iter().find(|delivery| delivery["state"] == wanted)
    })
    .await)
}

async fn contacts(boss: &Rest, case: &str) -> Result<usize> {
    let (status, shown) = boss.get(&format!("cases/{case}")).await?;
    ensure!(status == 200, "{status} {shown}");
    Ok(shown["contacts"].as_array().context("a case without contacts")?.len())
}

#[tokio::test]
async fn a_mail_is_answered_and_its_answer_joins_the_case() -> Result<()> {
    let postbox = Postbox::start().await?;
    let (house, smtp, lmtp) = house(&postbox).await?;
    let boss = supervisor(&house).await?;
    let mut lin = desk::ready(&house, "lin").await?;

    let mut client = Mailer::connect(smtp, "EHLO").await?;
    for _ in 0..2 {
        let taken = client.send("li@client.example", "kf@kf.example", &question()).await?;
        ensure!(taken.starts_with("250"), "{taken}");
    }
    let refused = client.send("li@client.example", "li@elsewhere.example", &question()).await?;
    ensure!(refused.starts_with("550"), "{refused}");

    let offer = lin.next("offer").await?;
    let case = offer["case"]["id"].as_str().context("a case without id")?.to_owned();
    lin.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    lin.must("reply", json!({ "case_id": case, "text": "您好，17:30 下班。\n.\n" })).await?;

    let letter = postbox.wait(1).await?.remove(0);
    ensure!(letter.to == ["li@client.example"] && letter.from == "kf@kf.example", "{letter:?}");
    ensure!(letter.subject.starts_with("Re: 下班时间 [#") && letter.text == "您好，17:30 下班。\n.", "{letter:?}");
    ensure!(letter.in_reply_to.as_deref() == Some("question@client.example"), "{letter:?}");
    delivery(&boss, &case, "sent").await?;

    // The client answers, by the token alone; machines answer too, and count for nothing.
    let mut relay = Mailer::connect(lmtp, "LHLO").await?;
    for (headers, text) in [("Auto-Submitted: auto-replied\n", "我在休假"), ("", "谢谢，明天来")] {
        let taken = relay.send("li@client.example", "kf@kf.example", &answer_to(&letter, headers, text)).await?;
        ensure!(taken.starts_with("250"), "{taken}");
    }
    let message = lin.next_that("the client's answer", |frame| frame["contact"].is_object()).await?;
    ensure!(message["case_id"] == case && message["contact"]["text"] == "谢谢，明天来", "{message}");
    ensure!(contacts(&boss, &case).await? == 2, "the case has other contacts");

    // A bounce ends the delivery and opens no case.
    let taken = relay.send("", "kf@kf.example", &bounce_of(&letter)).await?;
    ensure!(taken.starts_with("250"), "{taken}");
    delivery(&boss, &case, "failed").await?;
    let cases = boss.all("cases").await?;
    ensure!(cases.len() == 1, "{} cases", cases.len());
    ensure!(postbox.letters().len() == 1, "a machine was answered");
    let log = house.log();
    ensure!(!log.contains("li@client.example") && !log.contains("下班"), "personal data in the log:\n{log}");
    Ok(())
}

#[tokio::test]
async fn a_mail_system_that_is_busy_gets_the_answer_later() -> Result<()> {
    let postbox = Postbox::start().await?;
    let (house, smtp, _) = house(&postbox).await?;
    let boss = supervisor(&house).await?;
    let mut lin = desk::ready(&house, "lin").await?;
    let mut client = Mailer::connect(smtp, "EHLO").await?;
    client.send("li@client.example", "kf@kf.example", &question()).await?;
    let offer = lin.next("offer").await?;
    let case = offer["case"]["id"].as_str().context("a case without id")?.to_owned();
    lin.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;

    postbox.set(Mood::Refuses);
    lin.must("reply", json!({ "case_id": case, "text": "一" })).await?;
    delivery(&boss, &case, "failed").await?;
    // Whether a cut mail arrived nobody can tell, so it is not sent again.
    postbox.set(Mood::Cuts);
    lin.must("reply", json!({ "case_id": case, "text": "二" })).await?;
    delivery(&boss, &case, "unknown").await?;
    postbox.set(Mood::Well);
    lin.must("reply", json!({ "case_id": case, "text": "三" })).await?;
    delivery(&boss, &case, "sent").await?;
    let texts: Vec<String> = postbox.letters().into_iter().map(|letter| letter.text).collect();
    ensure!(texts == ["二", "三"], "{texts:?}");
    Ok(())
}

/// Times the process is killed under mail.
const KILLS: u32 = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_mail_answered_250_is_lost_when_the_process_is_killed() -> Result<()> {
    let postbox = Postbox::start().await?;
    let (mut house, _, lmtp) = house(&postbox).await?;
    let stop = Arc::new(AtomicBool::new(false));
    #[expect(clippy::disallowed_methods, reason = "the tasks are joined below")]
    let relays: Vec<_> = (0..4).map(|relay| tokio::spawn(relay_mails(lmtp, relay, stop.clone()))).collect();
    let chance = runtime::Chance::machine();
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(chance.below(500))).await;
        house.kill().await?;
        house.go().await?;
    }
    stop.store(true, Ordering::SeqCst);
    let mut accepted = BTreeSet::new();
    for relay in relays {
        accepted.extend(relay.await?);
    }
    println!("killed {KILLS} times; {} mails were answered 250", accepted.len());
    let boss = supervisor(&house).await?;
    let contacts = until("every accepted mail is listed with its case", || async {
        let contacts = boss.all("contacts?limit=200").await.ok()?;
        let routed = contacts.iter().filter(|contact| contact["case_id"].is_string());
        let listed: BTreeSet<&str> = routed.filter_map(|contact| contact["provider_id"].as_str()).collect();
        accepted.iter().all(|id| listed.contains(id.as_str())).then_some(contacts)
    })
    .await;
    let ids: BTreeSet<&str> = contacts.iter().filter_map(|contact| contact["provider_id"].as_str()).collect();
    ensure!(ids.len() == contacts.len(), "{} contacts of {} mails", contacts.len(), ids.len());
    Ok(())
}

/// Sends one mail after another, each again until it is answered 250, as mail systems do;
/// gives what the contacts must be known by.
async fn relay_mails(port: u16, relay: u32, stop: Arc<AtomicBool>) -> Vec<String> {
    let mut accepted = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let id = format!("<{relay}-{}@client.example>", accepted.len());
        let from = format!("u{relay}-{}@client.example", accepted.len());
        let mail = format!("From: {from}\nMessage-ID: {id}\nSubject: {relay}\n\nhello\n");
        until("the mail is taken", || async {
            let mut mailer = Mailer::connect(port, "LHLO").await.ok()?;
            let reply = mailer.send(&from, "kf@kf.example", mail.as_bytes()).await.ok()?;
            reply.starts_with("250").then_some(())
        })
        .await;
        accepted.push(format!("{id} kf@kf.example"));
    }
    accepted
}
