//! A service of any kind: its own JSON, its own signature, an answer in its thread.

use anyhow::{Context, Result, ensure};
use hmac::{Hmac, KeyInit, Mac};
use it::{house::House, provider::Provider, until};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::desk;

fn accounts(provider: &Provider) -> String {
    format!(
        "[channels.webhook.app]\nbranch = \"hq\"\nsecret = \"app-secret\"\nsend_url = \"{}/app\"\n\
         map = {{ id = \"/msg/id\", from = \"/user\", text = \"/msg/text\", thread = \"/room\" }}\n\
         verify = {{ header = \"X-Hub-Signature-256\", prefix = \"sha256=\", over = \"body\" }}\n\n\
         [channels.webhook.form]\nbranch = \"hq\"\nsecret = \"form-secret\"\n\
         verify = {{ header = \"Authorization\", prefix = \"Bearer \", over = \"token\" }}\n",
        provider.url()
    )
}

async fn post(house: &House, path: &str, header: (&str, String), body: &Value) -> Result<(u16, Value)> {
    let request = reqwest::Client::new().post(format!("{}{path}", house.url())).header(header.0, header.1);
    let answer = request.body(body.to_string()).send().await?;
    let status = answer.status().as_u16();
    Ok((status, serde_json::from_str(&answer.text().await?)?))
}

fn hub(body: &Value) -> (&'static str, String) {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"app-secret").expect("HMAC takes a key of any length");
    mac.update(body.to_string().as_bytes());
    ("X-Hub-Signature-256", format!("sha256={}", hex::encode(mac.finalize().into_bytes())))
}

#[tokio::test]
async fn an_app_s_message_is_answered_in_its_thread() -> Result<()> {
    let provider = Provider::start().await?;
    let house = House::start(desk::FIRM, &accounts(&provider)).await?;
    let mut lin = desk::ready(&house, "lin").await?;
    let body = json!({ "msg": { "id": 77, "text": "如何开通港股通" }, "user": "u-5", "room": "r-12" });
    let (status, _) = post(&house, "/channels/webhook/app", ("x-other", "1".into()), &body).await?;
    ensure!(status == 401, "unsigned: {status}");
    let (status, taken) = post(&house, "/channels/webhook/app", hub(&body), &body).await?;
    ensure!(status == 202, "{status} {taken}");

    let offer = lin.next("offer").await?;
    lin.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    lin.must("reply", json!({ "case_id": offer["case"]["id"], "text": "请在交易软件里开通" })).await?;
    let call = provider.wait(1).await?.remove(0);
    ensure!(call.path == "/app" && call.body["to"] == "u-5" && call.body["thread"] == "r-12", "{call:?}");
    ensure!(call.body["text"] == "请在交易软件里开通", "{call:?}");
    Ok(())
}

#[tokio::test]
async fn a_form_that_cannot_be_answered_says_so() -> Result<()> {
    let provider = Provider::start().await?;
    let house = House::start(desk::FIRM, &accounts(&provider)).await?;
    let mut lin = desk::ready(&house, "lin").await?;
    let body = json!({ "id": "f-1", "from": "visitor", "text": "请联系我" });
    let header = ("Authorization", "Bearer form-secret".to_owned());
    let (status, taken) = post(&house, "/channels/webhook/form", header, &body).await?;
    ensure!(status == 202, "{status} {taken}");
    let offer = lin.next("offer").await?;
    let case = offer["case"]["id"].as_str().context("a case without id")?;
    lin.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    let result = lin.press("reply", json!({ "case_id": case, "text": "好的" })).await?;
    ensure!(result["ok"] == false && result["problem"]["code"] == "no_reply_channel", "{result}");
    ensure!(provider.calls().is_empty(), "{:?}", provider.calls());
    Ok(())
}

/// Ids of users mean something within a service only, unless two accounts say they share them.
#[tokio::test]
async fn equal_ids_of_two_services_are_two_clients() -> Result<()> {
    let account = |id: &str, more: &str| {
        format!(
            "[channels.webhook.{id}]\nbranch = \"hq\"\nsecret = \"form-secret\"\n{more}\n\
             verify = {{ header = \"Authorization\", prefix = \"Bearer \", over = \"token\" }}\n\n"
        )
    };
    let shared = "namespace = \"group\"";
    let accounts = [account("app", ""), account("form", ""), account("qq", shared), account("weibo", shared)].concat();
    let house = House::start(desk::FIRM, &accounts).await?;
    for id in ["app", "form", "qq", "weibo"] {
        let body = json!({ "id": "1", "from": "u-5", "text": "您好" });
        let header = ("Authorization", "Bearer form-secret".to_owned());
        let (status, taken) = post(&house, &format!("/channels/webhook/{id}"), header, &body).await?;
        ensure!(status == 202, "{status} {taken}");
    }
    let reader = house.user(&["--name", "auditor", "--role", "compliance"]).await?;
    let contacts = until("all four are there", || async {
        reader.all("contacts").await.ok().filter(|contacts| contacts.len() == 4)
    })
    .await;
    let client = |account: &str| {
        let contact = contacts.iter().find(|contact| contact["account"] == account).context("no contact")?;
        ensure!(contact["from"] == "u-5", "the service's own id is not shown: {contact}");
        contact["client_id"].as_str().context("no client")
    };
    ensure!(client("app")? != client("form")?, "two services' users are one client");
    ensure!(client("qq")? == client("weibo")?, "a shared namespace has two clients");
    ensure!(client("app")? != client("qq")?, "two namespaces share a client");
    let found = reader.all("clients?kind=webhook&namespace=group&address=u-5").await?;
    ensure!(found.len() == 1 && found[0]["id"] == client("qq")?, "{found:?}");
    Ok(())
}

#[tokio::test]
async fn without_a_sender_a_message_waits_for_the_operator_and_without_words_it_is_no_matter() -> Result<()> {
    let provider = Provider::start().await?;
    let house = House::start(desk::FIRM, &accounts(&provider)).await?;
    let send = async |body: Value| {
        let header = ("Authorization", "Bearer form-secret".to_owned());
        post(&house, "/channels/webhook/form", header, &body).await
    };
    for from in [json!(""), json!(" "), json!(null)] {
        let (status, answer) = send(json!({ "id": "n-1", "from": from, "text": "您好" })).await?;
        ensure!(status == 202 && answer["parked"] == true, "{status} {answer}");
    }
    let (status, empty) = send(json!({ "id": "n-2", "from": "visitor", "text": " \u{200b}" })).await?;
    ensure!(status == 202 && empty["contact_id"].is_string(), "{status} {empty}");
    let (status, picture) =
        send(json!({ "id": "n-3", "from": "other", "text": "", "attachments": ["https://x.example/1"] })).await?;
    ensure!(status == 202, "{status} {picture}");
    let reader = house.user(&["--name", "auditor", "--role", "compliance"]).await?;
    let contacts =
        until("both are there", || async { reader.all("contacts").await.ok().filter(|contacts| contacts.len() == 2) })
            .await;
    let case =
        |id: &Value| contacts.iter().find(|contact| contact["id"] == *id).map(|contact| contact["case_id"].clone());
    ensure!(case(&empty["contact_id"]) == Some(Value::Null), "an empty message opened a case: {contacts:?}");
    ensure!(case(&picture["contact_id"]).is_some_and(|case| case.is_string()), "a picture opened none: {contacts:?}");
    let letters = reader.all("dead-letters").await?;
    ensure!(letters.iter().all(|letter| letter["reason"] == "from is empty") && !letters.is_empty(), "{letters:?}");
    Ok(())
}

/// The way back is judged when the answer is sent: an account that gets a `send_url` answers
/// what came before.
#[tokio::test]
async fn what_came_before_there_was_a_way_back_can_be_answered() -> Result<()> {
    let provider = Provider::start().await?;
    let mut house = House::start(desk::FIRM, &accounts(&provider)).await?;
    let mut lin = desk::ready(&house, "lin").await?;
    let body = json!({ "id": "f-1", "from": "visitor", "text": "请联系我" });
    let header = ("Authorization", "Bearer form-secret".to_owned());
    let (status, taken) = post(&house, "/channels/webhook/form", header, &body).await?;
    ensure!(status == 202, "{status} {taken}");
    let offer = lin.next("offer").await?;
    let case = offer["case"]["id"].as_str().context("a case without id")?;
    lin.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    let result = lin.press("reply", json!({ "case_id": case, "text": "好的" })).await?;
    ensure!(result["problem"]["code"] == "no_reply_channel", "{result}");

    house.stop().await?;
    let path = house.path("shouwen.toml");
    let config = std::fs::read_to_string(&path)?;
    let form = "[channels.webhook.form]\n";
    std::fs::write(&path, config.replace(form, &format!("{form}send_url = \"{}/form\"\n", provider.url())))?;
    house.go().await?;
    let lin = house.user(&["--name", "lin", "--role", "agent", "--agent", "lin", "--branch", "hq"]).await?;
    let (status, answer) = lin.post(&format!("cases/{case}/reply"), &json!({ "text": "好\u{202e}的\u{7}" })).await?;
    ensure!(status == 202 || status == 200, "{status} {answer}");
    let call = provider.wait(1).await?.remove(0);
    ensure!(call.path == "/form" && call.body["to"] == "visitor" && call.body["text"] == "好的", "{call:?}");
    Ok(())
}
