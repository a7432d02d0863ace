//! The journal: where its streams end, whether they are whole, and their records.
//!
//! In: heads and records of the store. Out: figures, verdicts, encoded records. Never here:
//! personal data; records hold ids only.

pub(super) mod deeds;

use axum::{Json, extract::State};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::problem::Code;
use serde::{Deserialize, Serialize};
use store::journal::{Head, Stream, Verdict};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        allowed::form,
        body::{Wanted, maybe},
        error::Problem,
        page::Page,
        shape::List,
    },
    caller::Caller,
    house::Shared,
    rights::Act,
};

/// Which stream.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only this one, for example `branch/hq`.
    stream: Option<String>,
}

/// Which records.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Part {
    /// The stream, for example `branch/hq` or `access/main`.
    stream: String,
    /// The first record; 1 where none is given.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<u64>, required = false)]
    from: Option<u64>,
}

/// Where a stream ends.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeadShape {
    /// The stream.
    stream: String,
    /// Counts its holders.
    epoch: u64,
    /// The last record.
    seq: u64,
    /// Its hash, hexadecimal.
    hash: String,
}

/// Whether a stream is whole.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerdictShape {
    /// The stream.
    stream: String,
    /// Whether every record is as it was committed.
    ok: bool,
    /// The last record, or the first place that does not fit.
    seq: u64,
    /// How it is broken.
    fault: Option<String>,
}

/// A record as it was committed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordShape {
    /// Its place.
    seq: u64,
    /// Its hash, hexadecimal.
    hash: String,
    /// The encoded record, base64.
    body: String,
}

/// Where every stream ends.
#[utoipa::path(get, path = "/journal", tag = "journal", responses((status = 200, body = List<HeadShape>)))]
pub(crate) async fn heads(State(house): State<Shared>, caller: Caller) -> Result<Json<List<HeadShape>>, Problem> {
    caller.may(Act::VerifyJournal)?;
    let heads = house.ports.store.journal().heads().await?;
    let shape = |head: Head| HeadShape {
        stream: head.stream.as_str().to_owned(),
        epoch: head.epoch,
        seq: head.seq,
        hash: hex(&head.hash),
    };
    let heads = heads.into_iter().filter(|head| is_in_reach(&caller, &head.stream));
    Ok(Json(List::whole(heads.map(shape).collect())))
}

/// Computes the chain of a stream, or of all, anew.
#[utoipa::path(get, path = "/journal/verify", tag = "journal", params(Which), responses((status = 200, body = List<VerdictShape>)))]
pub(crate) async fn verify(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<VerdictShape>>, Problem> {
    caller.may(Act::VerifyJournal)?;
    let which: Which = wanted.read()?;
    let streams = match which.stream {
        Some(stream) => vec![named(&house, &caller, &stream).await?.stream],
        None => {
            let heads = house.ports.store.journal().heads().await?;
            heads.into_iter().map(|head| head.stream).filter(|stream| is_in_reach(&caller, stream)).collect()
        }
    };
    let mut verdicts = Vec::with_capacity(streams.len());
    for stream in streams {
        let (ok, seq, fault) = match house.ports.store.records().verify(&stream).await? {
            Verdict::Whole { seq } => (true, seq, None),
            Verdict::Broken { seq, fault } => (false, seq, Some(fault.to_string())),
        };
        verdicts.push(VerdictShape { stream: stream.as_str().to_owned(), ok, seq, fault });
    }
    Ok(Json(List::whole(verdicts)))
}

/// Records of a stream in order; `next` goes on as `cursor` or as `from`.
#[utoipa::path(get, path = "/journal/export", tag = "journal", params(Part, Page), responses((status = 200, body = List<RecordShape>)))]
pub(crate) async fn export(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<RecordShape>>, Problem> {
    caller.may(Act::ExportJournal)?;
    let (part, page): (Part, Page) = wanted.read_list()?;
    let stream = named(&house, &caller, &part.stream).await?.stream;
    // No stream is so long that the store could not count it.
    let first = page.after()?.or(part.from).unwrap_or(1).min(i64::MAX.unsigned_abs());
    let read = house.ports.store.records().from(&stream, first, page.and_one().into()).await?;
    let (records, next) = page.cut(read, |last| last.seq + 1);
    let shape = |record: store::journal::Record| RecordShape {
        seq: record.seq,
        hash: hex(&record.hash),
        body: STANDARD.encode(&record.body),
    };
    Ok(Json(List::page(records.into_iter().map(shape).collect(), next)))
}

/// Finds a stream: one that nobody ever wrote is no empty one.
async fn named(house: &Shared, caller: &Caller, name: &str) -> Result<Head, Problem> {
    let stream = Stream::parse(name)
        .map_err(|_| Problem::field("stream", "needs the name of a stream: branch/… or access/…"))?;
    if !is_in_reach(caller, &stream) {
        return Err(Problem::new(Code::NotYours, "that stream is not of this user's branch"));
    }
    let head = house.ports.store.journal().head(&stream).await?;
    head.ok_or_else(|| Problem::absent("stream"))
}

/// Says whether a stream is of a branch that the caller reaches; the others are the whole firm's.
fn is_in_reach(caller: &Caller, stream: &Stream) -> bool {
    caller.branch.as_ref().is_none_or(|branch| *stream == Stream::branch(branch))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
