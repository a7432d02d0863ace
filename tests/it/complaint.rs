//! S9, as far as its parts exist: a complaint by mail about an adviser, whom it never reaches.

use anyhow::{Context, Result, ensure};
use it::{
    house::{House, free_port},
    post::{Mailer, Postbox},
    until,
};
use serde_json::json;

use crate::desk;

/// The complaint mailbox is a door of its own, and the adviser complained of is an agent.
const MORE: &str = r#"
[[rule]]
id = "tousu-door"
when = { to = ["tousu@kf.example"] }
then = { kind = "complaint", queue = "complaints" }

[[agent]]
id = "sun"
name = "孙倩"
branch = "hq"
queues = ["enquiries", "complaints"]
skills = { mandarin = 3 }
units = 3
"#;

/// 「说明材料见附件，涉及孙倩」 in GB18030 with a picture, and no word of complaint.
const MAIL: &[u8] = b"From: li@client.example\nTo: tousu@kf.example\nSubject: =?gb18030?B?y7XD97LEwc8=?=\n\
    Message-ID: <complaint@client.example>\nContent-Type: multipart/mixed; boundary=cut\n\n--cut\n\
    Content-Type: text/plain; charset=gb18030\nContent-Transfer-Encoding: base64\n\n\
    y7XD97LEwc+8+7i9vP6jrMnmvLDL79m7\n--cut\nContent-Type: image/png; name=a.png\n\
    Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--cut--\n";

#[tokio::test]
async fn a_complaint_by_mail_never_reaches_whom_it_is_about() -> Result<()> {
    let postbox = Postbox::start().await?;
    let port = free_port()?;
    let channels = format!(
        "[channels.email.main]\nbranch = \"hq\"\ndomains = [\"kf.example\"]\nsmtp_listen = \"127.0.0.1:{port}\"\n\
         smtp_send = \"{}\"\n",
        postbox.url()
    );
    let house = House::start(&format!("{}{MORE}", desk::FIRM), &channels).await?;
    let boss = house.user(&["--name", "shao", "--role", "supervisor", "--branch", "hq"]).await?;
    let clerk = house.user(&["--name", "sun", "--role", "agent", "--agent", "sun", "--branch", "hq"]).await?;
    let mut sun = clerk.desk().await?;
    sun.must("ready", json!({})).await?;

    let mut client = Mailer::connect(port, "EHLO").await?;
    let taken = client.send("li@client.example", "tousu@kf.example", MAIL).await?;
    ensure!(taken.starts_with("250"), "{taken}");
    let case = until("the complaint is a case", || async { boss.all("cases").await.ok()?.into_iter().next() }).await;
    ensure!(case["kind"] == "complaint" && case["queue"] == "complaints", "{case}");
    ensure!(case["state"] == "waiting", "offered although only the adviser is ready: {case}");
    let id = case["id"].as_str().context("a case without id")?;

    let receipt = postbox.wait(1).await?.remove(0);
    let number = case["number"].as_str().context("a case without a number")?;
    let said = format!("您的投诉已受理，编号{number}，陈嘉怡将在");
    ensure!(receipt.to == ["li@client.example"] && receipt.text.starts_with(&said), "{receipt:?}");
    let away = b"From: li@client.example\nTo: tousu@kf.example\nSubject: away\nAuto-Submitted: auto-replied\n\nx\n";
    let taken = client.send("li@client.example", "tousu@kf.example", away).await?;
    ensure!(taken.starts_with("250"), "{taken}");

    let mut chen = desk::ready(&house, "chen").await?;
    let offer = chen.next("offer").await?;
    ensure!(offer["case"]["id"] == id, "{offer}");
    chen.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    chen.must("reply", json!({ "case_id": id, "text": "已收到您的材料" })).await?;
    let letter = postbox.wait(2).await?.remove(1);
    ensure!(letter.from == "tousu@kf.example" && letter.to == ["li@client.example"], "{letter:?}");
    ensure!(letter.subject.starts_with("Re: 说明材料 [#"), "{}", letter.subject);

    let (status, _) = clerk.get(&format!("cases/{id}")).await?;
    ensure!(status == 403 || status == 404, "the adviser reads the complaint about him: {status}");
    let seen = clerk.all("cases").await?;
    ensure!(seen.is_empty(), "the adviser lists the complaint about him: {seen:?}");
    let mut again = clerk.desk().await?;
    let hello = again.next("hello").await?;
    ensure!(hello["offers"] == json!([]) && hello["cases"] == json!([]), "{hello}");
    ensure!(postbox.letters().len() == 2, "a machine was answered");
    let (status, why) = boss.get(&format!("cases/{id}/explain")).await?;
    ensure!(status == 200 && why.to_string().contains("not for sun"), "{status} {why}");
    Ok(())
}
