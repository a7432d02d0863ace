//! Anchors: the heads of all streams, written where a change of the database does not reach.
//!
//! In: heads, every hour. Out: lines `time stream seq hash mark`, each marked over the one
//! before it. Never here: the copy elsewhere, which takes the same lines.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use super::{Fault, Stream, Verdict, head::signed, record::Records};
use crate::{Store, StoreError, row::Columns};

/// Bytes of a mark that stand in a line.
const MARK_BYTES: usize = 16;

impl Records {
    /// Appends the heads of all streams to a file, on disk when it returns; gives the lines.
    pub async fn anchor(&self, file: &Path) -> Result<Vec<String>, StoreError> {
        let heads = self.0.journal().heads().await?;
        if heads.iter().all(|head| head.seq == 0) {
            return Ok(Vec::new());
        }
        let held = hold(file).map_err(|_| StoreError::bug("the anchors could not be opened"))?;
        let before = read(file)?;
        let mut last = before.lines().next_back().and_then(mark_of).unwrap_or_default().to_owned();
        let now = self.0.clock().now();
        let mut lines = Vec::new();
        for head in heads.iter().filter(|head| head.seq > 0) {
            let said = format!("{now} {} {} {}", head.stream.as_str(), head.seq, hex::encode(head.hash));
            last = mark(&self.0, &last, &said);
            lines.push(format!("{said} {last}"));
        }
        append(held, &lines).map_err(|_| StoreError::bug("the anchors could not be written"))?;
        Ok(lines)
    }

    /// Compares a stream's records with the anchors in a file; `Whole` up to the last anchor.
    pub async fn verify_anchors(&self, stream: &Stream, file: &Path) -> Result<Verdict, StoreError> {
        let (text, mut last, mut seq) = (read(file)?, String::new(), 0);
        for line in text.lines() {
            let Some(anchor) = Anchor::parse(line) else {
                return Ok(Verdict::Broken { seq: seq + 1, fault: Fault::Anchors });
            };
            last = mark(&self.0, &last, anchor.said);
            if last != anchor.mark {
                return Ok(Verdict::Broken { seq: anchor.seq, fault: Fault::Anchors });
            }
            if anchor.stream != stream.as_str() {
                continue;
            }
            seq = anchor.seq;
            let row = self.0.one(HASH, [stream.as_str().into(), signed(seq)?.into()]).await?;
            let hash = row.map(|row| row.bytes("hash")).transpose()?.map(hex::encode);
            if hash.as_deref() != Some(anchor.hash) {
                return Ok(Verdict::Broken { seq, fault: Fault::Anchor });
            }
        }
        Ok(Verdict::Whole { seq })
    }
}

/// A line of the file.
struct Anchor<'a> {
    said: &'a str,
    stream: &'a str,
    seq: u64,
    hash: &'a str,
    mark: &'a str,
}

impl<'a> Anchor<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (said, mark) = line.rsplit_once(' ')?;
        let mut words = said.splitn(4, ' ').skip(1);
        Some(Self { said, stream: words.next()?, seq: words.next()?.parse().ok()?, hash: words.next()?, mark })
    }
}

fn mark_of(line: &str) -> Option<&str> {
    line.rsplit_once(' ').map(|(_, mark)| mark)
}

fn mark(store: &Store, last: &str, said: &str) -> String {
    let whole = store.keys().mark("anchor", &[last.as_bytes(), said.as_bytes()]);
    hex::encode(whole.split_at(MARK_BYTES).0)
}

fn read(file: &Path) -> Result<String, StoreError> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(_) => Err(StoreError::bug("the anchors cannot be read")),
    }
}

/// Opens the file to add to it, and keeps other processes from doing so: each line is marked
/// over the one before it.
fn hold(file: &Path) -> io::Result<File> {
    let file = OpenOptions::new().create(true).append(true).open(file)?;
    file.lock()?;
    Ok(file)
}

fn append(mut file: File, lines: &[String]) -> io::Result<()> {
    file.write_all((lines.join("\n") + "\n").as_bytes())?;
    file.sync_all()
}

const HASH: &str = "SELECT hash FROM record WHERE stream = $1 AND seq = $2";
