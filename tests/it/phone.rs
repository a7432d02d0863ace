//! Calls: missed ones are owed, answered ones settle the debt, legs make one contact.

use anyhow::{Context, Result, ensure};
use it::{house::House, rest::Rest, sign, until};
use serde_json::{Value, json};

use crate::desk;

const LINE: &str = "[channels.phone.main]\nbranch = \"hq\"\nprofile = \"generic\"\nsecret = \"a-secret-of-the-stories\"\n\n\
    [channels.phone.pbx]\nbranch = \"hq\"\nprofile = \"freeswitch\"\nsecret = \"a-secret-of-the-stories\"\n";
const CALLER: &str = "13800138001";

async fn event(house: &House, call: &str, fields: Value) -> Result<Value> {
    let mut body = json!({ "call_id": call, "to": "95500", "at": runtime::Clock::machine().now().to_string() });
    for (name, value) in fields.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    let request = reqwest::Client::new().post(format!("{}/channels/phone/main", house.url()));
    let answer = sign::signed(request, desk::SECRET, body.to_string()).send().await?;
    let status = answer.status().as_u16();
    let answer: Value = serde_json::from_str(&answer.text().await?)?;
    ensure!(status == 202 || status == 200, "{status} {answer}");
    Ok(answer)
}

/// Posts a leg as FreeSWITCH does.
async fn leg(house: &House, variables: Value) -> Result<Value> {
    let profile = json!({ "caller_id_number": CALLER, "destination_number": "95500" });
    let record = json!({ "variables": variables, "callflow": [{ "caller_profile": profile }] }).to_string();
    let request = reqwest::Client::new().post(format!("{}/channels/phone/pbx", house.url()));
    let form: String = record.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let answer = request.basic_auth("pbx", Some(desk::SECRET)).body(format!("cdr={form}")).send().await?;
    ensure!(answer.status().is_success(), "{}", answer.status());
    Ok(serde_json::from_str(&answer.text().await?)?)
}

async fn auditor(house: &House) -> Result<Rest> {
    house.user(&["--name", "auditor", "--role", "compliance"]).await
}

async fn promises(reader: &Rest, state: &str) -> Vec<Value> {
    let all = reader.all("promises").await.unwrap_or_default();
    all.into_iter().filter(|promise| promise["state"] == state).collect()
}

#[tokio::test]
async fn a_missed_call_is_owed_once_and_settled_by_an_answered_one() -> Result<()> {
    let house = House::start(desk::FIRM, LINE).await?;
    let reader = auditor(&house).await?;
    event(&house, "c1", json!({ "event": "abandoned", "from": CALLER, "wait_s": 40 })).await?;
    until("the call-back is owed", || async { (promises(&reader, "open").await.len() == 1).then_some(()) }).await;
    event(&house, "c2", json!({ "event": "abandoned", "from": CALLER, "wait_s": 70 })).await?;
    event(&house, "c3", json!({ "event": "abandoned", "from": "anonymous", "wait_s": 30 })).await?;
    event(&house, "c4", json!({ "event": "answered", "from": "13800138002", "agent": "lin" })).await?;
    until("all calls are there", || async { (reader.all("contacts").await.ok()?.len() == 4).then_some(()) }).await;
    let open = promises(&reader, "open").await;
    ensure!(open.len() == 1 && open[0]["kind"] == "missed_call", "{open:?}");

    event(&house, "c5", json!({ "event": "answered", "from": CALLER, "agent": "lin" })).await?;
    until("the debt is settled", || async { promises(&reader, "open").await.is_empty().then_some(()) }).await;
    ensure!(promises(&reader, "settled").await.len() == 1, "who got through by himself is owed nothing");
    ensure!(!house.log().contains(CALLER), "a number in the log");
    Ok(())
}

#[tokio::test]
async fn legs_of_a_call_are_one_contact() -> Result<()> {
    let house = House::start(desk::FIRM, LINE).await?;
    let reader = auditor(&house).await?;
    let now = sign::unix_s();
    let at = |seconds: i64| (now - 120 + seconds).to_string();
    let agents = json!({
        "uuid": "leg-b", "direction": "outbound", "cc_side": "agent", "cc_member_session_uuid": "leg-a", "cc_agent": "lin@default",
        "start_epoch": at(30), "answer_epoch": at(35), "bridge_epoch": at(35), "end_epoch": at(60),
    });
    let callers = json!({
        "uuid": "leg-a", "direction": "inbound", "cc_side": "member", "cc_queue": "enquiries@default", "cc_agent": "lin@default",
        "start_epoch": at(0), "answer_epoch": at(1), "end_epoch": at(60),
        "cc_queue_joined_epoch": at(5), "cc_queue_answered_epoch": at(35), "cc_cause": "answered",
    });
    let first = leg(&house, agents.clone()).await?;
    let second = leg(&house, callers).await?;
    let again = leg(&house, agents).await?;
    ensure!(first == second && first == again, "legs of one call have several contacts");
    let lost = json!({
        "uuid": "leg-c", "direction": "inbound", "cc_queue": "enquiries@default", "start_epoch": at(70), "answer_epoch": at(71),
        "end_epoch": at(110), "cc_queue_joined_epoch": at(75), "cc_cause": "cancel", "cc_cancel_reason": "BREAK_OUT",
    });
    let lost = leg(&house, lost).await?;
    let contacts = until("both calls are settled", || async {
        reader.all("contacts").await.ok().filter(|contacts| contacts.len() == 2)
    })
    .await;
    for id in [&first["contact_id"], &lost["contact_id"]] {
        let contact = contacts.iter().find(|contact| contact["id"] == *id).context("a call that is no contact")?;
        ensure!(contact["from"] == "+8613800138001", "the caller is not shown: {contact}");
    }
    until("the call-back is owed", || async { (promises(&reader, "open").await.len() == 1).then_some(()) }).await;
    Ok(())
}

/// The story of a caller who speaks Cantonese, rings four times and is answered at the fifth.
#[tokio::test]
async fn a_missed_caller_is_owed_one_call_in_his_language() -> Result<()> {
    let firm = desk::FIRM.replace(
        "queues = [\"enquiries\", \"complaints\"]\nskills = { mandarin = 3 }",
        "queues = [\"enquiries\", \"complaints\"]\nskills = { mandarin = 3, cantonese = 1 }",
    );
    ensure!(firm.contains("cantonese"), "the story's firm has another agent");
    let house = House::start(&format!("{firm}\n[waiting]\nrelax = [\"1s\", \"2s\"]\n"), LINE).await?;
    let reader = auditor(&house).await?;
    let calls = |count: usize| {
        let reader = reader.clone();
        async move {
            until(&format!("{count} calls are there"), || async {
                (reader.all("contacts").await.ok()?.len() == count).then_some(())
            })
            .await;
        }
    };

    event(&house, "a1", json!({ "event": "abandoned", "from": CALLER, "wait_s": 3 })).await?;
    calls(1).await;
    ensure!(promises(&reader, "open").await.is_empty(), "who hangs up at once is owed nothing");
    event(&house, "a2", json!({ "event": "abandoned", "from": CALLER, "wait_s": 40 })).await?;
    event(&house, "a3", json!({ "event": "abandoned", "from": CALLER, "wait_s": 70, "language": "cantonese" })).await?;
    let said = json!({ "event": "voicemail", "from": CALLER, "language": "cantonese", "text": "请用广东话回电" });
    let said = event(&house, "a4", said).await?;
    calls(4).await;
    let open = promises(&reader, "open").await;
    ensure!(open.len() == 1 && open[0]["kind"] == "missed_call", "{open:?}");
    let (_, shown) = reader.get(&format!("contacts/{}", said["contact_id"].as_str().context("no id")?)).await?;
    ensure!(shown["text"] == "请用广东话回电", "{shown}");

    let lin = desk::ready(&house, "lin").await?;
    let mut chen = desk::ready(&house, "chen").await?;
    let offer = chen.next("offer").await?;
    ensure!(offer["case"]["kind"] == "callback" && offer["case"]["id"] == open[0]["case_id"], "{offer}");
    let (_, offers) = reader.get("offers?agent=lin").await?;
    ensure!(offers["items"] == json!([]), "offered to who does not speak it: {offers}");
    drop(lin);

    event(&house, "a5", json!({ "event": "answered", "from": CALLER, "agent": "lin" })).await?;
    chen.next("rescinded").await?;
    until("the debt is settled", || async { (promises(&reader, "settled").await.len() == 1).then_some(()) }).await;
    event(&house, "e1", json!({ "event": "abandoned", "from": "anonymous", "wait_s": 30 })).await?;
    calls(6).await;
    ensure!(promises(&reader, "open").await.is_empty(), "something is still owed");
    ensure!(!house.log().contains(CALLER) && !house.log().contains("广东话"), "personal data in the log");
    Ok(())
}
