//! What a door refuses, what it parks, what it takes once however often it comes.

use anyhow::{Context, Result, ensure};
use it::{house::House, provider::Provider, rest::Rest, sign, until};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::desk;

const PATH: &str = "/channels/sms/main";
/// A gzip file of a mebibyte of zeros is a thousand bytes; its first ones are enough here.
const GZIP: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3];

fn message(id: &str, from: &str, text: &str) -> String {
    json!({ "id": id, "from": from, "to": "10690000", "text": text }).to_string()
}

fn plain(house: &House, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
    reqwest::Client::new().post(format!("{}{path}", house.url())).body(body)
}

fn signed_at(house: &House, path: &str, unix_s: i64, body: impl Into<Vec<u8>>) -> RequestBuilder {
    let body = body.into();
    let signature = sign::sign(desk::SECRET, unix_s, &body);
    plain(house, path, body).header(sign::HEADER, signature)
}

fn signed(house: &House, path: &str, body: impl Into<Vec<u8>>) -> RequestBuilder {
    signed_at(house, path, sign::unix_s(), body)
}

async fn said(request: RequestBuilder) -> Result<(u16, Value)> {
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    let may_repeat = answer.headers().contains_key("retry-after");
    ensure!(may_repeat == matches!(status, 429 | 503), "{status} with Retry-After: {may_repeat}");
    let is_problem = answer.headers().get("content-type").is_some_and(|kind| kind == "application/problem+json");
    ensure!(is_problem == (status >= 400), "{status} as a problem: {is_problem}");
    Ok((status, serde_json::from_str(&answer.text().await?)?))
}

async fn auditor(house: &House) -> Result<Rest> {
    house.user(&["--name", "auditor", "--role", "compliance"]).await
}

/// Waits until so many contacts are listed, and gives them.
async fn contacts(auditor: &Rest, count: usize) -> Vec<Value> {
    until(&format!("{count} contacts are listed"), || async {
        auditor.all("contacts").await.ok().filter(|contacts| contacts.len() >= count)
    })
    .await
}

#[tokio::test]
async fn what_must_be_refused_is_refused_and_nothing_of_it_is_stored() -> Result<()> {
    let provider = Provider::start().await?;
    let house = desk::house(&provider).await?;
    let body = || message("m-1", "13800138000", "这条不收");
    let now = sign::unix_s();
    let put = reqwest::Client::new().put(format!("{}{PATH}", house.url()));
    let forged = plain(&house, PATH, body()).header(sign::HEADER, sign::sign("another", now, body().as_bytes()));
    let changed = plain(&house, PATH, body()).header(sign::HEADER, sign::sign(desk::SECRET, now, b"{}"));
    let gbk = signed(&house, PATH, body()).header("content-type", "application/json; charset=gbk");
    let refused = [
        ("unknown account", plain(&house, "/channels/sms/other", body()), 404, "not_found"),
        ("unknown channel", plain(&house, "/channels/fax/main", body()), 404, "not_found"),
        ("unknown account, too large", plain(&house, "/channels/sms/other", vec![b'x'; 2 << 20]), 404, "not_found"),
        ("unknown route", signed(&house, "/channels/sms/main/other", body()), 404, "not_found"),
        ("unsigned", plain(&house, PATH, body()), 401, "unauthenticated"),
        ("signed with nonsense", plain(&house, PATH, body()).header(sign::HEADER, "t=,v1="), 401, "unauthenticated"),
        ("forged", forged, 401, "unauthenticated"),
        ("changed on its way", changed, 401, "unauthenticated"),
        ("stale", signed_at(&house, PATH, now - 310, body()), 401, "unauthenticated"),
        ("from the future", signed_at(&house, PATH, now + 310, body()), 401, "unauthenticated"),
        ("unsigned receipt", plain(&house, "/channels/sms/main/receipts", "{}"), 401, "unauthenticated"),
        ("method", put, 405, "invalid"),
        ("too large", signed(&house, PATH, vec![b'x'; (1 << 20) + 1]), 413, "too_large"),
        ("packed", signed(&house, PATH, GZIP).header("content-encoding", "gzip"), 415, "invalid"),
        ("charset", gbk, 415, "invalid"),
    ];
    for (what, request, status, code) in refused {
        let said = said(request).await.with_context(|| what.to_owned())?;
        ensure!(said.0 == status && said.1["code"] == code, "{what}: {} {}", said.0, said.1);
    }
    let auditor = auditor(&house).await?;
    let taken = said(signed(&house, PATH, message("m-2", "13800138000", "这条收"))).await?;
    ensure!(taken.0 == 202, "{taken:?}");
    let listed = contacts(&auditor, 1).await;
    ensure!(listed.len() == 1 && listed[0]["id"] == taken.1["contact_id"], "{listed:?}");
    ensure!(auditor.all("dead-letters").await?.is_empty(), "a refused call was parked");
    ensure!(!house.log().contains("这条"), "content in the log:\n{}", house.log());
    Ok(())
}

#[tokio::test]
async fn signed_calls_that_are_not_understood_wait_for_the_operator() -> Result<()> {
    let provider = Provider::start().await?;
    let house = desk::house(&provider).await?;
    let nested = format!("{{\"text\":{}", "[".repeat(500_000));
    let gbk = [b"{\"text\":\"".as_slice(), &[0xbf, 0xaa, 0xbb, 0xa7], b"\"}"].concat();
    let bodies: [Vec<u8>; 5] =
        [b"{".to_vec(), b"<xml/>".to_vec(), message("", "银行", "x").into_bytes(), nested.into_bytes(), gbk];
    for body in &bodies {
        for _ in 0..2 {
            let (status, answer) = said(signed(&house, PATH, body.clone())).await?;
            ensure!(status == 202, "{status} {answer}");
        }
    }
    let ops = house.user(&["--name", "ops", "--role", "ops"]).await?;
    let letters = ops.all("dead-letters").await?;
    ensure!(letters.len() == bodies.len(), "{letters:?}");
    let list = house.command(&["dead", "list"]).await?;
    ensure!(list.code == 0 && list.out.contains("from is no telephone number"), "{} {}", list.out, list.err);
    ensure!(list.out.contains("raw.sms.main") && !list.out.contains("银行"), "{}", list.out);

    // Operators see what it is about, who may read all sees it, and his look is journalled.
    let from = letters.iter().find(|letter| letter["reason"] == "from is no telephone number").context("no letter")?;
    let id = from["id"].as_str().context("a letter without id")?;
    let shown = house.command(&["dead", "show", id]).await?;
    ensure!(shown.code == 0 && shown.out.contains("\"digest\"") && !shown.out.contains("银行"), "{}", shown.out);
    let auditor = auditor(&house).await?;
    let shown = house.command_by(Some(&auditor), &["dead", "show", id]).await?;
    ensure!(shown.code == 0 && shown.out.contains("银行"), "{} {}", shown.out, shown.err);
    let stream = format!("access/{}", house.journal_name());
    let looks = house.command(&["journal", "export", &stream]).await?;
    ensure!(looks.code == 0 && looks.out.contains("dead_letter") && looks.out.contains(id), "{}", looks.out);

    // Nothing was mended, so what is replayed comes back; what is dropped does not.
    let id = letters[0]["id"].as_str().context("a letter without id")?;
    let replayed = house.command(&["dead", "replay", id]).await?;
    ensure!(replayed.code == 0, "{} {}", replayed.out, replayed.err);
    until("it comes back", || async {
        let letters = ops.all("dead-letters").await.ok()?;
        (letters.len() == bodies.len() && letters.iter().all(|letter| letter["id"] != *id)).then_some(())
    })
    .await;
    let id = letters[1]["id"].as_str().context("a letter without id")?;
    let dropped = house.command(&["dead", "drop", id]).await?;
    ensure!(dropped.code == 0, "{} {}", dropped.out, dropped.err);
    ensure!(ops.all("dead-letters").await?.len() == bodies.len() - 1, "it was not dropped");
    Ok(())
}

#[tokio::test]
async fn a_flood_from_one_sender_is_one_case_and_others_get_through() -> Result<()> {
    let provider = Provider::start().await?;
    let house = desk::house(&provider).await?;
    let mut taken = 0_u64;
    for n in 0..150 {
        let (status, answer) = said(signed(&house, PATH, message(&format!("f-{n}"), "13800138000", "在吗"))).await?;
        match status {
            202 => taken += 1,
            429 => ensure!(answer["code"] == "rate_limited", "{answer}"),
            _ => anyhow::bail!("{status} {answer}"),
        }
    }
    ensure!((1..150).contains(&taken), "{taken} of 150 were taken");
    let (status, other) = said(signed(&house, PATH, message("o-1", "13900139000", "怎么开户"))).await?;
    ensure!(status == 202, "{status} {other}");
    let auditor = auditor(&house).await?;
    contacts(&auditor, usize::try_from(taken + 1)?).await;
    let cases = until("every contact has its case", || async {
        let cases = auditor.all("cases").await.ok()?;
        let held: u64 = cases.iter().filter_map(|case| case["contacts_total"].as_u64()).sum();
        (held == taken + 1).then_some(cases)
    })
    .await;
    ensure!(cases.len() == 2, "{} cases", cases.len());
    Ok(())
}

#[tokio::test]
async fn posts_at_the_same_time_and_after_a_crash_are_one_contact() -> Result<()> {
    let provider = Provider::start().await?;
    let mut house = desk::house(&provider).await?;
    let post = |house: &House| said(signed(house, PATH, message("m-1", "13800138000", "您好")));
    let answers = futures_util::future::try_join_all((0..16).map(|_| post(&house))).await?;
    ensure!(answers.iter().all(|(status, _)| matches!(status, 200 | 202)), "{answers:?}");
    ensure!(answers.iter().all(|(_, answer)| *answer == answers[0].1), "{answers:?}");
    house.kill().await?;
    house.go().await?;
    let (status, again) = post(&house).await?;
    ensure!(matches!(status, 200 | 202) && again == answers[0].1, "{status} {again}");

    // Another content under the same id is a contact of its own, known again as well.
    let other = || said(signed(&house, PATH, message("m-1", "13800138000", "另一条")));
    other().await?;
    other().await?;
    let auditor = auditor(&house).await?;
    let listed = contacts(&auditor, 2).await;
    let (status, _) = said(signed(&house, PATH, message("m-2", "13800138000", "最后"))).await?;
    ensure!(status == 202, "{status}");
    contacts(&auditor, 3).await;
    ensure!(listed.len() == 2 && auditor.all("contacts").await?.len() == 3, "{listed:?}");
    Ok(())
}
