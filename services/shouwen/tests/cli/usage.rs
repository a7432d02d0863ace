//! Wrong input: which flag, which file, what to do; exit code 2 for usage, 1 for failure.

use crate::house::{House, code, err, out, shouwen};

#[test]
fn a_value_that_no_command_could_take_is_wrong_usage_and_names_its_flag() {
    let folder = tempfile::tempdir().unwrap();
    let wrong: [(&[&str], &str); 10] = [
        (&["queues", "--url", "notaurl"], "'--url <URL>'"),
        (&["queues", "--url", "127.0.0.1:8080"], "'--url <URL>'"),
        (&["queues", "--url", "ftp://127.0.0.1"], "'--url <URL>'"),
        (&["explain", "x"], "'<CASE>'"),
        (&["dead", "show", "x"], "'<ID>'"),
        (&["journal", "replay", "HQ"], "'[BRANCH]'"),
        (&["cases", "--limit", "0"], "'--limit <LIMIT>'"),
        (&["cases", "--queue", "N N"], "'--queue <QUEUE>'"),
        (&["user", "token", "--name", "A b", "--role", "ops"], "'--name <NAME>'"),
        (&["user", "token", "--name", "lin", "--role", "agent"], "--agent <AGENT>"),
    ];
    for (words, named) in wrong {
        let said = shouwen(folder.path(), words);
        assert_eq!(code(&said), 2, "{words:?}: {}", err(&said));
        assert!(err(&said).contains(named), "{words:?}: {}", err(&said));
    }
}

#[test]
fn an_address_is_the_same_with_a_slash_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(folder.path());
    let token = std::fs::read_to_string(folder.path().join("data/token")).unwrap();
    for end in ["", "/", "/api/v1", "/api/v1/"] {
        let url = format!("{}{end}", house.url);
        let said = shouwen(folder.path(), &["queues", "--json", "--token", token.trim(), "--url", &url]);
        assert_eq!(code(&said), 0, "{end}: {}", err(&said));
    }
    let url = "http://127.0.0.1:1";
    let said = shouwen(folder.path(), &["queues", "--token", token.trim(), "--url", url]);
    assert_eq!(
        (code(&said), err(&said)),
        (1, "no house answers at http://127.0.0.1:1: connection refused\n".to_owned())
    );
}

#[test]
fn a_filter_that_the_firm_does_not_know_is_no_empty_list() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(House::start(folder.path()).stop(), 0);
    let said = shouwen(folder.path(), &["cases", "--branch", "nope"]);
    assert_eq!((code(&said), err(&said)), (1, "the firm has no branch nope; it has cd, hq, sz\n".to_owned()));
    let said = shouwen(folder.path(), &["cases", "--queue", "nope"]);
    assert_eq!(code(&said), 1);
    assert!(err(&said).starts_with("the firm has no queue nope; it has accounts, advice, "), "{}", err(&said));
    assert_eq!(code(&shouwen(folder.path(), &["cases", "--queue", "funds"])), 0);
}

#[test]
fn files_are_spoken_of_in_plain_words() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("f"), [0xff, 0xfe]).unwrap();
    std::fs::create_dir(folder.path().join("d")).unwrap();
    let faults: [(&[&str], &str); 7] = [
        (&["firm", "check", "gone.toml"], "firm file gone.toml: there is no such file\n"),
        (&["firm", "check", "d"], "firm file d: it is a folder\n"),
        (&["firm", "check", "f"], "firm file f: it is not text in UTF-8\n"),
        (&["check", "--config", "gone.toml"], "configuration gone.toml: there is no such file\n"),
        (&["serve", "--config", "d"], "configuration d: it is a folder\n"),
        (&["import", "clients", "gone.csv"], "client book gone.csv: there is no such file\n"),
        (&["backup", "f", "--data", "d"], "d: there are no records here\n"),
    ];
    for (words, expected) in faults {
        let said = shouwen(folder.path(), words);
        assert_eq!((code(&said), err(&said)), (1, expected.to_owned()), "{words:?}");
    }
}

#[test]
fn a_backup_goes_to_a_place_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(House::start(folder.path()).stop(), 0);
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("full")).unwrap();
    std::fs::write(at("full/x"), "").unwrap();
    let refused = [
        ("data", "data: a backup must not lie in the data folder it copies"),
        ("data/backup", "data/backup: a backup must not lie in the data folder it copies"),
        ("full/../data/deep/backup", "full/../data/deep/backup: a backup must not lie in the data folder it copies"),
        ("full", "full: it must be empty"),
        ("full/x", "full/x: it is a file, and must be a folder"),
    ];
    for (place, expected) in refused {
        let said = shouwen(folder.path(), &["backup", place]);
        assert_eq!((code(&said), err(&said)), (1, format!("{expected}\n")), "{place}");
    }
    assert!(!at("data/backup").exists() && !at("data/deep").exists());
    assert_eq!(code(&shouwen(folder.path(), &["backup", "new/copy", "--json"])), 0);
    let mode = |path: &str| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(at(path)).unwrap().permissions().mode() & 0o777
    };
    assert_eq!((mode("new/copy"), mode("new/copy/store.db"), mode("new/copy/bus.db")), (0o700, 0o600, 0o600));
    assert_eq!(mode("new/copy/anchors.log"), 0o600);
}

#[test]
fn every_figure_has_a_form_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(folder.path());
    for words in [
        ["queues"].as_slice(),
        &["cases"],
        &["dead", "list"],
        &["check", "--firm", "sample"],
        &["firm", "check", "sample"],
        &["firm", "diff", "sample"],
        &["firm", "apply", "sample"],
        &["user", "token", "--name", "ops1", "--role", "ops"],
        &["journal", "verify"],
        &["journal", "replay"],
        &["backup", "copy"],
    ] {
        let said = shouwen(folder.path(), &[words, &["--json"]].concat());
        assert_eq!(code(&said), 0, "{words:?}: {}", err(&said));
        assert!(serde_json::from_str::<serde_json::Value>(&out(&said)).is_ok(), "{words:?}: {}", out(&said));
    }
    assert_eq!(house.stop(), 0);
}

#[test]
fn check_names_the_faults_of_configuration_and_firm_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let firm = firm::SAMPLE.replacen("within = \"30s\"", "within = \"30\"", 1);
    std::fs::write(folder.path().join("firm.toml"), firm).unwrap();
    let config = "[channels.sms.main]\nbranch = \"hp\"\nprofile = \"smpp\"\nhost = \"x\"\n";
    std::fs::write(folder.path().join("shouwen.toml"), config).unwrap();
    let said = shouwen(folder.path(), &["check", "--config", "shouwen.toml"]);
    let lines = out(&said);
    let lines: Vec<_> = lines.lines().collect();
    assert_eq!(code(&said), 1);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("firm.toml:") && lines[0].contains(".within: “30” is no span of time"), "{lines:?}");
    assert_eq!(lines[1], "shouwen.toml:3: channels.sms.main.profile: profile “smpp” is not built yet");
    let gone = shouwen(folder.path(), &["check", "--firm", "gone.toml"]);
    assert_eq!((code(&gone), out(&gone)), (1, "firm: firm file gone.toml: there is no such file\n".to_owned()));
}

#[test]
fn a_house_without_its_keys_is_told_from_no_house() {
    let folder = tempfile::tempdir().unwrap();
    let no_house = "there is no house in ./data; `shouwen serve` makes one\n";
    for words in [["cases"].as_slice(), &["journal", "verify"], &["dead", "list"]] {
        assert_eq!(err(&shouwen(folder.path(), words)), no_house, "{words:?}");
    }
    let none_runs = "no house runs in ./data; `shouwen serve` starts one\n";
    assert_eq!(err(&shouwen(folder.path(), &["queues"])), none_runs);
    assert_eq!(House::start(folder.path()).stop(), 0);
    std::fs::rename(folder.path().join("data/keys"), folder.path().join("keys")).unwrap();
    for words in [["cases"].as_slice(), &["journal", "verify"]] {
        let said = shouwen(folder.path(), words);
        assert!(err(&said).contains("data/keys"), "{words:?}: {}", err(&said));
    }
}

#[test]
fn what_the_house_alone_knows_of_a_firm_file_is_told_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(folder.path());
    let ghost = firm::SAMPLE.replacen("lead = \"wang\"", "lead = \"wong\"", 1);
    std::fs::write(folder.path().join("ghost.toml"), ghost).unwrap();
    let said = shouwen(folder.path(), &["firm", "apply", "ghost.toml"]);
    assert_eq!(code(&said), 1);
    let fault = err(&said).lines().find(|line| line.starts_with("ghost.toml:")).unwrap().to_owned();
    assert!(fault.contains(": queue.trading.lead: “wong” is no agent, in no branch's levels, and no user"), "{fault}");
    assert_eq!(house.stop(), 0);
}

#[test]
fn roles_run_apart_on_servers_only() {
    let folder = tempfile::tempdir().unwrap();
    let said = shouwen(folder.path(), &["serve", "--firm", "sample", "--role", "router", "--role", "console"]);
    assert_eq!(code(&said), 1);
    assert!(err(&said).contains("the bus is “embedded”, so all roles run in one process"), "{}", err(&said));
    assert!(!folder.path().join("data").exists());
    assert_eq!(code(&shouwen(folder.path(), &["serve", "--role", "waiter"])), 2);
}
