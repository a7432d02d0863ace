//! Another program of the firm publishes contacts as JSON, in the clear: it cannot seal.
//!
//! In: messages published with nothing but lapin, the handbook's own example first. Out: cases,
//! dead letters with a reason, and not a clear word anywhere. Never here: a wire of the house's.

use anyhow::{Context, Result, ensure};
use it::{
    house::{House, Servers},
    provider::Provider,
    rest::Rest,
    until,
};
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};
use serde_json::{Value, json};

use crate::desk;

/// What must not be found anywhere in the clear.
const SECRETS: [&str; 4] = ["持仓页打不开", "u-20817", "王女士", "feedback-5531"];
const JSON: &str = "application/json";
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The example of the handbook.
fn example() -> Result<Value> {
    let page = include_str!("../../../docs/producers.md");
    let block = page.split_once("```json\n").and_then(|(_, rest)| rest.split_once("```")).context("an example")?;
    Ok(serde_json::from_str(block.0)?)
}

/// Another program, with a channel of its own.
struct Program {
    _connection: Connection,
    channel: Channel,
}

impl Program {
    async fn connect(url: &str) -> Result<Self> {
        let connection = Connection::connect(url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Self { _connection: connection, channel })
    }

    async fn publish(&self, queue: &str, kind: Option<&str>, body: &[u8]) -> Result<()> {
        let mut headers = FieldTable::default();
        headers.insert("traceparent".into(), AMQPValue::LongString(TRACE.into()));
        headers.insert("whose".into(), AMQPValue::LongString(SECRETS[2].into()));
        let mut properties = BasicProperties::default().with_delivery_mode(2).with_headers(headers);
        if let Some(kind) = kind {
            properties = properties.with_content_type(kind.into());
        }
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let confirm = self.channel.basic_publish("".into(), queue.into(), options, body, properties).await?.await?;
        ensure!(confirm.is_ack(), "{confirm:?}");
        Ok(())
    }

    /// Gives every message of a queue as it lies there, headers included.
    async fn read(&self, queue: &str) -> Result<Vec<Vec<u8>>> {
        let mut found = Vec::new();
        while let Some(message) = self.channel.basic_get(queue.into(), BasicGetOptions::default()).await? {
            let mut bytes = message.delivery.data.clone();
            for (name, value) in message.delivery.properties.headers().iter().flat_map(FieldTable::inner) {
                bytes.extend_from_slice(name.as_str().as_bytes());
                if let AMQPValue::LongString(text) = value {
                    bytes.extend_from_slice(text.as_bytes());
                }
            }
            found.push(bytes);
        }
        Ok(found)
    }

    async fn waiting(&self, queue: &str) -> Result<u32> {
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        Ok(self.channel.queue_declare(queue.into(), options, FieldTable::default()).await?.message_count())
    }
}

async fn contact(reader: &Rest, provider_id: &str) -> Value {
    until("the contact is there", || async {
        let contacts = reader.all("contacts").await.ok()?;
        contacts.into_iter().find(|contact| contact["provider_id"] == provider_id)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contacts_in_json_are_routed_and_nothing_stays_in_the_clear() -> Result<()> {
    let provider = Provider::start().await?;
    let servers = Servers::claim()?;
    let channels = format!(
        "[channels.webhook.app]\nbranch = \"hq\"\nsecret = \"{}\"\nsend_url = \"{}/send\"\n",
        desk::SECRET,
        provider.url()
    );
    let house = House::start_full(&servers, desk::FIRM, &channels).await?;
    let reader = house.user(&["--name", "auditor", "--role", "compliance"]).await?;
    let ops = house.user(&["--name", "ops", "--role", "ops"]).await?;
    let mut lin = desk::ready(&house, "lin").await?;
    let program = Program::connect(&servers.bus[0]).await?;

    let example = example()?;
    let text = example["body"]["text"].as_str().context("a text")?;
    program.publish("route.hq", Some("application/json; charset=utf-8"), example.to_string().as_bytes()).await?;
    program.publish("route.hq", Some(JSON), example.to_string().as_bytes()).await?;
    let offer = lin.next("offer").await?;
    let case = &offer["case"]["id"];
    lin.must("accept", json!({ "offer_id": offer["offer_id"] })).await?;
    lin.must("reply", json!({ "case_id": case, "text": "已处理" })).await?;
    let sent = provider.wait(1).await?;
    ensure!(sent[0].body["to"] == "u-20817", "the answer goes to who wrote: {sent:?}");
    let known = contact(&reader, "feedback-5531").await;
    ensure!(known["text"] == text && known["channel"] == "webhook" && known["account"] == "app", "{known}");
    ensure!(known["received_at"].as_str().is_some_and(|at| at.starts_with("2026-11-09")), "{known}");

    // What cannot be read, among what can.
    let late = SECRETS[0];
    let unread: [(&str, Option<&str>, Vec<u8>, &str); 9] = [
        (
            "route.hq",
            Some(JSON),
            format!("{{\"body\":{{\"text\":\"{late}").into(),
            "the JSON is cut off, line 1 column",
        ),
        (
            "route.hq",
            Some(JSON),
            format!("{{\"{late}\":1}}").into(),
            "the message has a field that the schema does not",
        ),
        ("route.hq", Some(JSON), [late.as_bytes(), &[255, 0]].concat(), "not JSON, line 1 column 1"),
        ("route.hq", Some(JSON), "[".repeat(200_000).into(), "the message is of the wrong type or out of range"),
        (
            "route.hq",
            Some(JSON),
            format!("{{\"account\":\"{}\"}}", late.repeat(20_000)).into(),
            "it has more than 245760",
        ),
        ("route.hq", Some(JSON), b"\x0a\x10protobuf".to_vec(), "not JSON, line 2 column 1"),
        ("route.hq", None, example.to_string().into(), "the contact does not decode"),
        ("route.hq", Some("text/xml"), format!("<x>{late}</x>").into(), "it is neither application/x-protobuf nor"),
        (
            "command.hq",
            Some(JSON),
            format!("{{\"sealed\":\"{late}\"}}").into(),
            "commands of other programs are given by",
        ),
    ];
    for (place, (queue, kind, body, _)) in unread.iter().enumerate() {
        program.publish(queue, *kind, body).await?;
        let mut next = example.clone();
        next["body"]["providerId"] = json!(format!("feedback-5531-{place}"));
        program.publish("route.hq", Some(JSON), next.to_string().as_bytes()).await?;
    }
    for place in 0..unread.len() {
        contact(&reader, &format!("feedback-5531-{place}")).await;
    }
    let letters = until("all of it is parked", || async {
        let letters = reader.all("dead-letters").await.ok()?;
        (letters.len() == unread.len()).then_some(letters)
    })
    .await;
    for (queue, _, _, reason) in &unread {
        let found =
            letters.iter().find(|letter| letter["reason"].as_str().is_some_and(|told| told.starts_with(reason)));
        ensure!(found.is_some_and(|letter| letter["source"] == *queue), "{reason} is not among {letters:?}");
    }
    ensure!(reader.all("contacts").await?.len() == 1 + unread.len(), "a repeat became a contact");

    // What was parked is shown to who may see it, and read again when it is replayed.
    let xml = letters.iter().find(|letter| letter["reason"].to_string().contains("neither")).context("it")?;
    let id = xml["id"].as_str().context("an id")?;
    let (_, shown) = reader.get(&format!("dead-letters/{id}")).await?;
    ensure!(shown["content"]["text"] == format!("<x>{late}</x>"), "{shown}");
    let (status, said) = ops.post(&format!("dead-letters/{id}/replay"), &json!({})).await?;
    ensure!(status == 200, "{status} {said}");
    until("it is parked again", || async {
        let letters = reader.all("dead-letters").await.ok()?;
        let is_back = |letter: &Value| letter["reason"] == xml["reason"] && letter["id"] != xml["id"];
        (letters.len() == unread.len() && letters.iter().any(is_back)).then_some(())
    })
    .await;

    let known = known["id"].as_str().context("an id")?;
    nothing_is_clear(&house, &servers, &program, (known, unread.len())).await?;
    house.journal_is_whole().await
}

/// Looks everywhere for what was published in the clear.
async fn nothing_is_clear(
    house: &House,
    servers: &Servers,
    program: &Program,
    (known, letters): (&str, usize),
) -> Result<()> {
    until("the queue is empty", || async { (program.waiting("route.hq").await.ok()? == 0).then_some(()) }).await;
    let dead = program.read("dead").await?;
    ensure!(dead.len() == letters, "{} letters", dead.len());
    let traced = dead.iter().filter(|letter| holds(letter, TRACE)).count();
    ensure!(traced == letters, "{traced} of {letters} letters know their trace");
    // Bytes of a table are written as their hexadecimal digits.
    let query = "SET xmlbinary = hex; SELECT database_to_xml(true, true, '')";
    let (server, database) = servers.store.rsplit_once('/').context("a database")?;
    let rows = servers::postgres::ask_at(&format!("{server}/{database}"), query)?;
    let rows = rows.to_uppercase();
    let known = known.replace('-', "").to_uppercase();
    ensure!(rows.contains(&known), "the bytes of the records were not read");
    for secret in SECRETS {
        ensure!(!dead.iter().any(|letter| holds(letter, secret)), "{secret} lies in the queue dead");
        let digits: String = secret.bytes().map(|byte| format!("{byte:02X}")).collect();
        ensure!(!rows.contains(&secret.to_uppercase()) && !rows.contains(&digits), "{secret} lies in the records");
        ensure!(!super::waiting::holds(&house.path(""), secret)?, "{secret} lies in the house's folder");
    }
    Ok(())
}

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|window| window == words.as_bytes())
}
