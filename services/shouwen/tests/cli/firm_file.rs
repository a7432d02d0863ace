//! The firm changes: by an operator while the house runs, by its file at the next start.

use std::path::Path;

use crate::{
    house::{House, code, err, out, shouwen},
    journal::alter,
    watch::get,
};

fn slower(span: &str) -> String {
    firm::SAMPLE.replace("accept_within = \"20s\"", &format!("accept_within = \"{span}\""))
}

fn queues(folder: &Path) -> String {
    let said = shouwen(folder, &["queues", "--json"]);
    assert_eq!(code(&said), 0, "{}", err(&said));
    out(&said)
}

#[test]
fn what_is_applied_is_journalled_by_every_branch_when_the_command_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(folder.path());
    std::fs::write(folder.path().join("slower.toml"), slower("25s")).unwrap();
    assert_eq!(code(&shouwen(folder.path(), &["firm", "apply", "slower.toml"])), 0);
    for branch in ["branch/cd", "branch/hq", "branch/sz"] {
        let records = out(&shouwen(folder.path(), &["journal", "export", branch]));
        assert!(records.contains("FirmChanged { version: 2"), "{branch}: {records}");
    }
    let again = shouwen(folder.path(), &["firm", "apply", "slower.toml", "--json"]);
    let again: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    let hq = serde_json::json!({ "branch": "hq", "taken": true });
    assert_eq!((again.get("version"), again.pointer("/branches/1")), (Some(&2.into()), Some(&hq)));
    assert_eq!(house.stop(), 0);
}

#[test]
fn a_start_with_the_same_file_keeps_what_was_applied_since() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("firm.toml"), text).unwrap();
    write(firm::SAMPLE);
    let house = House::start_with(folder.path(), "firm.toml");
    std::fs::write(folder.path().join("slower.toml"), slower("25s")).unwrap();
    assert_eq!(code(&shouwen(folder.path(), &["firm", "apply", "slower.toml"])), 0);
    assert_eq!(house.stop(), 0);

    // Its spelling is no change.
    write(&format!("# the same firm\n{}", firm::SAMPLE));
    let house = House::start_with(folder.path(), "firm.toml");
    assert_eq!(house.said.len(), 1, "{:?}", house.said);
    let line = house.said.first().unwrap();
    assert!(line.starts_with("firm version 2 stays in force, applied by local-admin at "), "{line}");
    assert!(line.ends_with(": the firm file is the one of the last start"), "{line}");
    let unchanged = shouwen(folder.path(), &["firm", "diff", "slower.toml"]);
    assert_eq!(out(&unchanged), "no difference\n");
    assert_eq!(house.stop(), 0);

    write(&slower("30s"));
    let house = House::start_with(folder.path(), "firm.toml");
    assert_eq!(house.said, ["firm version 3 changes:", "  ~ policy: offer.accept_within: 25s → 30s"]);
    assert_eq!(house.stop(), 0);
}

#[test]
fn a_branch_in_which_nothing_is_open_leaves_and_comes_back_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(folder.path());
    let two = firm::SAMPLE.split("\n[[").filter(|table| !table.contains("\"cd\"") && !table.contains("\"cd-desk\""));
    let two: Vec<_> = two.collect();
    std::fs::write(folder.path().join("two.toml"), two.join("\n[[")).unwrap();
    let applied = shouwen(folder.path(), &["firm", "apply", "two.toml"]);
    assert_eq!(code(&applied), 0, "{} {}", out(&applied), err(&applied));
    assert!(out(&applied).ends_with("branch hq decides by it\nbranch sz decides by it\n"), "{}", out(&applied));
    assert!(!queues(folder.path()).contains("cd-desk"));
    let back = shouwen(folder.path(), &["firm", "apply", "sample"]);
    assert!(out(&back).contains("branch cd decides by it"), "{} {}", out(&back), err(&back));
    assert!(queues(folder.path()).contains("cd-desk"));
    let verified = shouwen(folder.path(), &["journal", "verify", "branch/cd"]);
    assert_eq!(code(&verified), 0, "{}", out(&verified));
    assert_eq!(house.stop(), 0);
}

#[test]
fn a_branch_that_cannot_take_the_firm_is_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(House::start(folder.path()).stop(), 0);
    let newer = "INSERT INTO stream (id, epoch, beat, head_seq, head_hash, reader)
                 VALUES ('branch/nj', 0, 0, 0, zeroblob(32), 99)";
    alter(folder.path(), newer);
    let house = House::start(folder.path());
    let nj = "\n[[branch]]\nid = \"nj\"\n[[queue]]\nid = \"nj-desk\"\nbranch = \"nj\"\nlead = \"jin\"\ndeputy = \"jin\"\n\
              [[agent]]\nid = \"jin\"\nbranch = \"nj\"\nqueues = [\"nj-desk\"]\n";
    std::fs::write(folder.path().join("four.toml"), format!("{}{nj}", firm::SAMPLE)).unwrap();
    let applied = shouwen(folder.path(), &["firm", "apply", "four.toml"]);
    assert_eq!(code(&applied), 1, "{}", err(&applied));
    let expected = "version 2 is in force
branch cd decides by it
branch hq decides by it
stored, not yet taken by branch nj
branch sz decides by it
";
    assert!(out(&applied).ends_with(expected), "{}", out(&applied));
    let ready = get(&format!("{}/readyz", house.url));
    assert!(ready.contains("the journal has records that only a newer version of Shouwen reads"), "{ready}");
    assert_eq!(house.stop(), 0);
}
