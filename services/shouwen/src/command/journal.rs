//! `shouwen journal`: read beside the running house, never written.
//!
//! In: a data folder. Out: verdicts, records, differences. Never here: a lock, a repair.

mod replay;

use std::{path::Path, process::ExitCode};

use anyhow::{Context, Result, ensure};
use contract::{Role, access::Look, audit::Deed, consent::Evidence, journal::Record, wire};
use runtime::{Chance, Clock};
use serde_json::{Value, json};
use store::{
    Store,
    folder::{ANCHOR_FILE, handed_keys, read_keys},
    journal::{Fault, Stream, Verdict},
};

use crate::{
    cli::{Common, Journal},
    client::{is_house, no_house},
    out, serve, sources,
};

/// Records read at once.
const PAGE_RECORDS: u64 = 1_000;

pub(super) async fn run(common: &Common, journal: Journal) -> Result<ExitCode> {
    let store = read_store(common).await?;
    let anchors = sources::data(common)?.join(ANCHOR_FILE);
    match journal {
        Journal::Verify { stream } => verify(common, &store, stream.as_deref(), &anchors).await,
        Journal::Export { stream, from } => export(&store, &found(&store, &stream).await?, from).await,
        Journal::Replay { branch } => replay::run(common, &store, branch.as_ref(), &anchors).await,
    }
}

/// Opens the records to read them, whether a house runs or not.
pub(super) async fn read_store(common: &Common) -> Result<Store> {
    let config = sources::config(common)?;
    let keys = if config.servers.is_some() {
        handed_keys(&serve::keys_of(&config))?
    } else {
        ensure!(is_house(&config.data), "{}", no_house(&config.data));
        read_keys(&config.data)?
    };
    Ok(Store::open_to_read(&serve::records_of(&config), keys, Clock::machine(), Chance::machine()).await?)
}

/// Names rules by their version.
pub(super) fn named(rules: u32) -> String {
    if rules == 0 { "rules before they had numbers".to_owned() } else { format!("rules {rules}") }
}

/// Finds a stream by its name.
async fn found(store: &Store, name: &str) -> Result<Stream> {
    let streams: Vec<_> = store.journal().heads().await?.into_iter().map(|head| head.stream).collect();
    let known = streams.iter().map(Stream::as_str).collect::<Vec<_>>().join(", ");
    let found = streams.iter().find(|stream| stream.as_str() == name).cloned();
    found.with_context(|| format!("the journal has no stream {name}; it has {known}"))
}

/// Judges a stream's chain, and what its anchors say of it.
async fn judged(store: &Store, stream: &Stream, anchors: &Path) -> Result<(Verdict, Verdict)> {
    let chain = store.records().verify(stream).await?;
    Ok((chain, store.records().verify_anchors(stream, anchors).await?))
}

async fn verify(common: &Common, store: &Store, only: Option<&str>, anchors: &Path) -> Result<ExitCode> {
    let streams: Vec<Stream> = match only {
        Some(stream) => vec![found(store, stream).await?],
        None => store.journal().heads().await?.into_iter().map(|head| head.stream).collect(),
    };
    let (mut rows, mut whole) = (Vec::new(), true);
    for stream in streams {
        let (chain, anchored) = judged(store, &stream, anchors).await?;
        whole &= is_whole(&chain) && is_whole(&anchored);
        rows.push((stream, chain, anchored));
    }
    if common.json {
        let one = |(stream, chain, anchored): &(Stream, Verdict, Verdict)| {
            json!({ "stream": stream.as_str(), "whole": is_whole(chain) && is_whole(anchored),
                    "chain": told(chain), "anchors": told_of_anchors(anchored) })
        };
        out::json(&json!({ "whole": whole, "streams": rows.iter().map(one).collect::<Vec<_>>() }));
    } else {
        for (stream, chain, anchored) in &rows {
            out::line(&format!("{}: {}; anchors: {}", stream.as_str(), told(chain), told_of_anchors(anchored)));
        }
    }
    let of_others = |(_, chain, _): &(Stream, Verdict, Verdict)| matches!(chain, Verdict::Broken { seq: 1, .. });
    if only.is_none() && !rows.is_empty() && rows.iter().all(of_others) {
        out::error(
            "every stream is broken from its first record on: is this the key file that they were written with?",
        );
    }
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

const fn is_whole(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Whole { .. })
}

fn told(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Whole { seq } => format!("whole up to {seq}"),
        Verdict::Broken { seq, fault } => format!("broken at {seq}: {fault}"),
    }
}

/// Anchors that name no record prove nothing; those that were altered do not say of which.
fn told_of_anchors(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Whole { seq: 0 } => "none to compare with".to_owned(),
        Verdict::Broken { fault: fault @ Fault::Anchors, .. } => fault.to_string(),
        Verdict::Whole { .. } | Verdict::Broken { .. } => told(verdict),
    }
}

async fn export(store: &Store, stream: &Stream, mut from: u64) -> Result<ExitCode> {
    loop {
        let page = store.records().from(stream, from, PAGE_RECORDS).await?;
        let Some(last) = page.last() else { return Ok(ExitCode::SUCCESS) };
        from = last.seq + 1;
        for record in &page {
            out::line(&line(stream, record).to_string());
        }
    }
}

/// A record with its bytes, so that the chain can be computed elsewhere, and in words.
fn line(stream: &Stream, record: &store::journal::Record) -> Value {
    let mut line = json!({
        "stream": stream.as_str(),
        "seq": record.seq,
        "hash": hex::encode(record.hash),
        "body": hex::encode(&record.body),
    });
    let words = match stream.as_str().split_once('/').map(|(kind, _)| kind) {
        Some("access") => wire::decode(&record.body).ok().map(|look| look_in_words(&look)),
        Some("notices") => wire::decode(&record.body).ok().map(|evidence| evidence_in_words(&evidence)),
        Some("audit") => wire::decode(&record.body).ok().map(|deed| deed_in_words(&deed)),
        _ => wire::decode(&record.body).ok().map(|record| decision_in_words(&record)),
    };
    if let (Some(line), Some(Value::Object(words))) = (line.as_object_mut(), words) {
        line.extend(words);
    }
    line
}

fn decision_in_words(record: &Record) -> Value {
    let events: Vec<_> = record.events.iter().map(|event| format!("{event:?}")).collect();
    json!({ "now": record.now.to_string(), "rules": record.rules, "input": format!("{:?}", record.input), "events": events })
}

fn evidence_in_words(evidence: &Evidence) -> Value {
    json!({
        "at": evidence.at.to_string(),
        "id": evidence.id.to_string(),
        "client": evidence.client.to_string(),
        "address": evidence.address.to_string(),
        "what": format!("{:?}", evidence.what),
    })
}

fn look_in_words(look: &Look) -> Value {
    json!({
        "at": look.at.to_string(),
        "user": look.user.as_str(),
        "role": look.role.as_str(),
        "place": look.place,
        "case": look.case.map(|case| case.to_string()),
        "contacts": look.contacts.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "deliveries": look.deliveries.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "clients": look.clients.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "letters": look.letters.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn deed_in_words(deed: &Deed) -> Value {
    json!({
        "at": deed.at.to_string(),
        "user": deed.by.as_str(),
        "role": deed.role.map(Role::as_str),
        "what": deed.what.to_string(),
    })
}

#[cfg(test)]
mod tests;
