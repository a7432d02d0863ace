//! The mouth: says words of branches in Redis, in order.
//!
//! In: words that wait. Out: messages on the branches' channels, many in one go. Never here: a
//! second try.

use std::time::Duration;

use contract::{
    BranchId,
    live::{Broadcast, Head, Said},
    wire,
};
use redis::RedisError;
use runtime::Stop;
use tokio::sync::mpsc;

use super::dropped;
use crate::{
    Absent,
    link::{Connection, Link},
};

/// How long Redis may take for words that go together.
const WAIT: Duration = Duration::from_millis(500);
/// Words that go together at most.
const TOGETHER_MAX: usize = 64;
/// Bytes of one word at most; of a greater commit only the head is told, which is a gap.
const WORD_BYTES_MAX: usize = 1024 * 1024;

pub(super) async fn run(link: Link, mut words: mpsc::Receiver<(BranchId, Said)>, stop: Stop) {
    let mut taken = Vec::new();
    loop {
        // Both arms may be dropped midway: a word that is not taken stays in the channel.
        tokio::select! {
            () = stop.cancelled() => return,
            _ = words.recv_many(&mut taken, TOGETHER_MAX) => {}
        }
        if taken.is_empty() {
            return;
        }
        let count = taken.len();
        let messages = taken.drain(..).map(|(branch, said)| (channel(&link, &branch), message(&link, said))).collect();
        if say(&link, messages).await.is_err() {
            dropped(count);
        }
    }
}

/// Names the channel of a branch.
pub(super) fn channel(link: &Link, branch: &BranchId) -> String {
    link.name("branch", branch.as_str())
}

fn message(link: &Link, said: Said) -> Vec<u8> {
    let head = match &said {
        Said::Commit(commit) => Some(Head { epoch: commit.epoch, seq: commit.seq }),
        Said::Head(_) | Said::Standing(_) => None,
    };
    let from = link.process();
    let bytes = wire::encode(&Broadcast { from, said });
    match head {
        Some(head) if bytes.len() > WORD_BYTES_MAX => wire::encode(&Broadcast { from, said: Said::Head(head) }),
        Some(_) | None => bytes,
    }
}

async fn say(link: &Link, messages: Vec<(String, Vec<u8>)>) -> Result<(), Absent> {
    link.ask(WAIT, async |to: &mut Connection| match to {
        Connection::One(server) => {
            let mut pipe = redis::pipe();
            for (channel, message) in &messages {
                pipe.cmd("PUBLISH").arg(channel).arg(message).ignore();
            }
            pipe.query_async(server).await
        }
        // A cluster's client keeps no order between calls under way.
        Connection::Many(nodes) => {
            for (channel, message) in &messages {
                redis::cmd("PUBLISH").arg(channel).arg(message).query_async::<()>(nodes).await?;
            }
            Ok::<(), RedisError>(())
        }
    })
    .await
}
