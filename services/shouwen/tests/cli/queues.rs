//! Queues that are watched: one table after the other where there is no terminal.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use crate::house::House;

/// Watches; gives the process and its lines up to the second round, as `is_round` knows one.
fn watch(folder: &Path, words: &[&str], is_round: impl Fn(&str) -> bool) -> (Child, Vec<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shouwen"));
    command.args(["queues", "--watch"]).args(words).current_dir(folder);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut lines, mut rounds) = (Vec::new(), 0);
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    while rounds < 2 {
        let line = out.next().expect("it ended before two rounds").unwrap();
        rounds += usize::from(is_round(&line));
        lines.push(line);
    }
    drop(out);
    (child, lines)
}

#[test]
fn a_watcher_sees_round_after_round_until_nobody_reads() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(folder.path());
    let (mut child, lines) = watch(folder.path(), &[], |line| line.contains("交易异常"));
    assert!(lines[0].contains("dead letters 0  violations 0"), "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains('\u{1b}')), "colours in a pipe: {lines:?}");
    // Nobody reads any more.
    assert_eq!(child.wait().unwrap().code(), Some(0));

    let (mut child, lines) = watch(folder.path(), &["--json"], |_| true);
    let rounds: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(rounds[0]["at"].as_str() < rounds[1]["at"].as_str(), "{lines:?}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(house.stop(), 0);
}
