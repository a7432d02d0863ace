//! The journal on the command line: what is said of one that was altered, cut, or is not there.

use std::path::Path;

use sea_orm::{ConnectionTrait, Database};
use tempfile::TempDir;

use crate::house::{House, code, err, out, shouwen};

/// A folder whose house has run and rests.
fn rested() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(House::start(folder.path()).stop(), 0);
    folder
}

/// Changes the records behind the house's back.
pub(crate) fn alter(folder: &Path, sql: &str) {
    let url = format!("sqlite://{}", folder.join("data/store.db").display());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { Database::connect(url).await.unwrap().execute_unprepared(sql).await.unwrap() });
}

#[test]
fn replay_of_an_altered_journal_names_the_record_and_decides_nothing() {
    let folder = rested();
    alter(folder.path(), "UPDATE record SET hash = zeroblob(32) WHERE stream = 'branch/hq' AND seq = 1");
    let said = shouwen(folder.path(), &["journal", "replay"]);
    let expected = "branch/cd: 1 records decided anew, all the same
branch/hq: broken at 1: the record was altered or put there from elsewhere; not decided anew
branch/sz: 1 records decided anew, all the same
";
    assert_eq!((code(&said), out(&said)), (1, expected.to_owned()), "{}", err(&said));
    let json = shouwen(folder.path(), &["journal", "replay", "hq", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&json["same"], &json["branches"][0]["broken_at"]), (&false.into(), &1.into()));
}

#[test]
fn replay_of_a_journal_cut_off_with_its_head_is_told_by_the_anchors() {
    let folder = rested();
    let cut = "DELETE FROM record WHERE stream = 'branch/hq';
               DELETE FROM stream WHERE id = 'branch/hq';
               INSERT INTO stream (id, epoch, beat, head_seq, head_hash) VALUES ('branch/hq', 1, 1, 0, zeroblob(32))";
    alter(folder.path(), cut);
    let said = shouwen(folder.path(), &["journal", "replay", "hq"]);
    assert_eq!(code(&said), 1);
    assert!(out(&said).starts_with("branch/hq: broken at "), "{}", out(&said));
}

#[test]
fn anchors_that_are_gone_or_altered_are_told_as_such() {
    let folder = rested();
    let anchors = folder.path().join("data/anchors.log");
    let ends = |end: &str, expected: i32| {
        let said = shouwen(folder.path(), &["journal", "verify"]);
        assert_eq!(code(&said), expected, "{}", out(&said));
        assert!(out(&said).lines().all(|line| line.ends_with(end)), "{}", out(&said));
    };
    let text = std::fs::read_to_string(&anchors).unwrap();
    std::fs::write(&anchors, text.replacen(' ', "  ", 1)).unwrap();
    ends("; anchors: the anchors were altered", 1);
    std::fs::remove_file(&anchors).unwrap();
    ends("; anchors: none to compare with", 0);
}

#[test]
fn keys_of_another_house_are_what_is_asked_for() {
    let (folder, other) = (rested(), rested());
    std::fs::copy(other.path().join("data/keys"), folder.path().join("data/keys")).unwrap();
    let said = shouwen(folder.path(), &["journal", "verify"]);
    assert_eq!(code(&said), 1, "{}", out(&said));
    assert!(err(&said).contains("key"), "{} {}", out(&said), err(&said));
}

#[test]
fn a_file_that_is_no_store_is_told_once() {
    let folder = rested();
    for rest in ["data/store.db-wal", "data/store.db-shm"].map(|rest| folder.path().join(rest)) {
        if rest.exists() {
            std::fs::remove_file(rest).unwrap();
        }
    }
    std::fs::write(folder.path().join("data/store.db"), "nonsense").unwrap();
    let said = shouwen(folder.path(), &["journal", "verify"]);
    assert_eq!((code(&said), err(&said).matches("not a database").count()), (1, 1), "{}", err(&said));
}

#[test]
fn a_stream_that_is_not_there_is_answered_with_those_that_are() {
    let folder = rested();
    for words in [["export", "branch/nope"], ["verify", "diary"], ["export", "access/nope"]] {
        let said = shouwen(folder.path(), &["journal", words[0], words[1]]);
        let expected =
            format!("the journal has no stream {}; it has audit/house, branch/cd, branch/hq, branch/sz\n", words[1]);
        assert_eq!((code(&said), err(&said)), (1, expected), "{words:?}");
    }
    let said = shouwen(folder.path(), &["journal", "replay", "nope"]);
    let expected = "the journal knows no branch nope; it knows cd, hq, sz\n";
    assert_eq!((code(&said), err(&said)), (1, expected.to_owned()));
}

/// Who did what, as the journal tells it.
fn deeds(folder: &Path) -> Vec<String> {
    let said = shouwen(folder, &["journal", "export", "audit/house"]);
    assert_eq!(code(&said), 0, "{}", err(&said));
    let told = |line: &str| {
        let deed: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| deed.get(key).and_then(serde_json::Value::as_str).unwrap().to_owned();
        format!("{}: {}", text("user"), text("what"))
    };
    out(&said).lines().map(told).collect()
}

#[test]
fn deeds_of_operators_are_journalled_by_the_running_house_and_by_the_command_itself() {
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| assert_eq!(code(&shouwen(folder.path(), words)), 0, "{words:?}");
    let house = House::start(folder.path());
    let at_start = deeds(folder.path());
    assert!(at_start[0].starts_with("house: firm version 1 applied, digest "), "{at_start:?}");
    assert_eq!(at_start[1], "house: user local-admin made, role admin");
    assert!(at_start[2].ends_with(" of user local-admin made"), "{at_start:?}");

    run(&["user", "token", "--name", "lin", "--role", "agent", "--agent", "lin"]);
    std::fs::write(folder.path().join("slower.toml"), firm::SAMPLE.replace("\"20s\"", "\"25s\"")).unwrap();
    run(&["firm", "apply", "slower.toml"]);
    let online = deeds(folder.path());
    let new: Vec<_> = online.iter().skip(at_start.len()).collect();
    assert_eq!(new[0], "local-admin: user lin made, role agent, agent lin");
    assert!(new[1].starts_with("local-admin: token ") && new[1].ends_with(" of user lin made"), "{new:?}");
    assert!(new[2].starts_with("local-admin: firm version 2 applied, digest "), "{new:?}");
    assert_eq!(house.stop(), 0);

    run(&["user", "token", "--name", "ops1", "--role", "ops"]);
    let offline = deeds(folder.path());
    let new: Vec<_> = offline.iter().skip(online.len()).collect();
    assert_eq!(new[0], "local-admin: user ops1 made, role ops");
    assert!(new[1].ends_with(" of user ops1 made"), "{new:?}");
    let verified = shouwen(folder.path(), &["journal", "verify", "audit/house"]);
    let whole = format!("audit/house: whole up to {n}; anchors: whole up to {n}\n", n = offline.len());
    assert_eq!((code(&verified), out(&verified)), (0, whole));
}
