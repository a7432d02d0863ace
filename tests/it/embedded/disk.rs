//! A disk that takes nothing: every door says so, nothing is acknowledged, and what comes
//! again afterwards is taken.

use anyhow::{Context, Result, ensure};
use it::{
    house::{House, free_port},
    post::Mailer,
    rest::Rest,
    sign, until,
    wechat::{self, Wechat},
};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::desk;

/// Bytes that a file may have: more than the house's log has, less than its records.
const FILE_BYTES: u64 = 64 * 1024;
/// Calls that fill such a file, and more.
const CALLS_MAX: u64 = 200;
/// Texts long enough to fill such a file in a few posts.
const TEXT_CHARS: usize = 2_000;

struct Doors {
    house: House,
    smtp: u16,
    lmtp: u16,
    counter: Rest,
}

/// One way in: what is posted there, and whether it is a contact once it is taken.
type Call = (&'static str, RequestBuilder);

impl Doors {
    async fn open(platform: &Wechat) -> Result<Self> {
        let (smtp, lmtp) = (free_port()?, free_port()?);
        let secret = desk::SECRET;
        let channels = format!(
            "[channels.sms.main]\nbranch = \"hq\"\nsecret = \"{secret}\"\n\n\
             [channels.phone.main]\nbranch = \"hq\"\nprofile = \"generic\"\nsecret = \"{secret}\"\n\n\
             [channels.phone.pbx]\nbranch = \"hq\"\nprofile = \"freeswitch\"\nsecret = \"{secret}\"\n\n\
             [channels.webhook.app]\nbranch = \"hq\"\nsecret = \"{secret}\"\n\n\
             [channels.email.main]\nbranch = \"hq\"\ndomains = [\"kf.example\"]\n\
             smtp_listen = \"127.0.0.1:{smtp}\"\nlmtp_listen = \"127.0.0.1:{lmtp}\"\n\n{}",
            platform.account()
        );
        let house = House::start_bounded(desk::FIRM, &channels).await?;
        let counter = house.user(&["--name", "crm", "--role", "integration", "--branch", "hq"]).await?;
        Ok(Self { house, smtp, lmtp, counter })
    }

    fn signed(&self, path: &str, body: &Value) -> RequestBuilder {
        sign::signed(Client::new().post(format!("{}{path}", self.house.url())), desk::SECRET, body.to_string())
    }

    fn sms(&self, id: &str, from: u64) -> RequestBuilder {
        let body = json!({ "id": id, "from": from.to_string(), "to": "1069", "text": "满".repeat(TEXT_CHARS) });
        self.signed("/channels/sms/main", &body)
    }

    /// Gives a call of every HTTP door that makes a contact.
    fn calls(&self) -> Vec<Call> {
        let now = sign::unix_s();
        let event = json!({
            "call_id": "c-1", "event": "missed", "from": "13800138001", "to": "95500",
            "at": runtime::Clock::machine().now().to_string(),
        });
        let leg = json!({
            "variables": { "uuid": "leg-1", "direction": "inbound", "start_epoch": (now - 60).to_string(), "end_epoch": now.to_string() },
            "callflow": [{ "caller_profile": { "caller_id_number": "13800138002", "destination_number": "95500" } }],
        });
        let hook = json!({ "id": "w-1", "from": "u-1", "text": "您好" });
        let (query, sealed) = wechat::safe(&wechat::text("oFollowerOfTheDisk0000000001", 71, "您好"));
        let follower = format!("{}/channels/wechat/main?{query}", self.house.url());
        vec![
            ("sms", self.sms("m-1", 13_800_138_000)),
            ("phone generic", self.signed("/channels/phone/main", &event)),
            ("phone freeswitch", self.signed("/channels/phone/pbx", &leg)),
            ("webhook", self.signed("/channels/webhook/app", &hook)),
            ("wechat", Client::new().post(follower).header("content-type", "text/xml").body(sealed)),
        ]
    }

    fn receipt(&self, id: &str) -> RequestBuilder {
        self.signed("/channels/sms/main/receipts", &json!({ "provider_id": id, "status": "delivered" }))
    }

    /// Gives calls that bring no contact.
    fn others(&self) -> Vec<Call> {
        vec![("receipt", self.receipt("p-1")), ("undecodable", self.signed("/channels/sms/main", &json!([])))]
    }

    async fn mail(&self, port: u16, hello: &str) -> Result<String> {
        let mail = format!("From: li@client.example\nMessage-ID: <{hello}@client.example>\nSubject: a\n\n您好\n");
        Mailer::connect(port, hello).await?.send("li@client.example", "kf@kf.example", mail.as_bytes()).await
    }

    async fn register(&self) -> Result<u16> {
        Ok(self.counter.post("contacts", &json!({ "text": "来访" })).await?.0)
    }
}

async fn status(request: RequestBuilder) -> Result<(u16, bool)> {
    let answer = request.send().await?;
    Ok((answer.status().as_u16(), answer.headers().contains_key("retry-after")))
}

/// Makes calls until one is refused, and gives how many were taken.
async fn fill(call: impl Fn(u64) -> RequestBuilder) -> Result<u64> {
    for number in 0..CALLS_MAX {
        match status(call(number)).await? {
            (202, _) => {}
            (503, true) => return Ok(number),
            said => anyhow::bail!("call {number}: {said:?}"),
        }
    }
    anyhow::bail!("{CALLS_MAX} calls found room")
}

#[tokio::test]
async fn a_disk_that_takes_nothing_is_said_at_every_door_and_nothing_is_lost() -> Result<()> {
    let platform = Wechat::start().await?;
    let doors = Doors::open(&platform).await?;
    let auditor = doors.house.user(&["--name", "auditor", "--role", "compliance"]).await?;
    doors.house.bound_files(Some(FILE_BYTES)).await?;
    // What still finds room, on the bus and in the store, is taken and must not be lost.
    let taken = fill(|number| doors.sms(&format!("f-{number}"), 13_900_000_000 + number)).await?;
    fill(|number| doors.receipt(&format!("r-{number}"))).await?;
    for (door, call) in doors.calls().into_iter().chain(doors.others()) {
        let said = status(call).await.with_context(|| door.to_owned())?;
        ensure!(said == (503, true), "{door}: {said:?}");
    }
    for (port, hello) in [(doors.smtp, "EHLO"), (doors.lmtp, "LHLO")] {
        let said = doors.mail(port, hello).await?;
        ensure!(said.starts_with("451"), "{hello}: {said}");
    }
    ensure!(doors.register().await? == 503, "the counter");

    doors.house.bound_files(None).await?;
    for (door, call) in doors.calls().into_iter().chain(doors.others()) {
        let (status, _) = status(call).await.with_context(|| door.to_owned())?;
        ensure!(matches!(status, 200 | 202), "{door} afterwards: {status}");
    }
    for (port, hello) in [(doors.smtp, "EHLO"), (doors.lmtp, "LHLO")] {
        let said = doors.mail(port, hello).await?;
        ensure!(said.starts_with("250"), "{hello} afterwards: {said}");
    }
    ensure!(doors.register().await? == 202, "the counter afterwards");
    // Five doors by HTTP, two by mail, the counter.
    let expected = usize::try_from(taken)? + 5 + 2 + 1;
    until("all that was acknowledged is listed", || async {
        (auditor.all("contacts?limit=200").await.ok()?.len() >= expected).then_some(())
    })
    .await;
    let listed = auditor.all("contacts?limit=200").await?;
    ensure!(listed.len() == expected, "{} contacts, {expected} were acknowledged", listed.len());
    let letters = auditor.all("dead-letters").await?;
    ensure!(letters.len() == 1 && letters[0]["reason"] == "not a JSON object", "{letters:?}");
    let verified = doors.house.command(&["journal", "verify"]).await?;
    ensure!(verified.code == 0, "{} {}", verified.out, verified.err);
    ensure!(!doors.house.log().contains("panicked"), "{}", doors.house.log());
    Ok(())
}
