//! Commands on a running house, on one that rests, and where there is none.

use crate::house::{House, code, err, out, shouwen};

#[test]
fn wrong_usage_is_two_and_failure_is_one() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(code(&shouwen(folder.path(), &["dance"])), 2);
    assert_eq!(code(&shouwen(folder.path(), &["firm", "check"])), 2);
    let gone = shouwen(folder.path(), &["firm", "check", "gone.toml"]);
    assert_eq!((code(&gone), out(&gone)), (1, String::new()));
    assert!(err(&gone).contains("gone.toml"), "{}", err(&gone));
}

#[test]
fn firm_check_names_file_line_and_key_of_every_fault() {
    let folder = tempfile::tempdir().unwrap();
    let firm = "[[branch]]\nid = \"hq\"\n[[queue]]\nid = \"desk\"\nbranch = \"hp\"\nwihtin = \"5s\"\n";
    std::fs::write(folder.path().join("firm.toml"), firm).unwrap();
    let said = shouwen(folder.path(), &["firm", "check", "firm.toml"]);
    assert_eq!(code(&said), 1);
    let expected = "firm.toml:3: queue.desk.lead: is missing
firm.toml:5: queue.desk.branch: there is no branch “hp”
firm.toml:6: queue.desk.wihtin: is an unknown key
warning: firm.toml:3: queue.desk: has no deputy: nobody stands in for the lead
";
    assert_eq!(out(&said), expected);
    let json = shouwen(folder.path(), &["firm", "check", "firm.toml", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["errors"][1]["line"], 5);
    assert_eq!(json["warnings"].as_array().unwrap().len(), 1);
}

#[test]
fn two_firm_files_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let slower = firm::SAMPLE.replace("accept_within = \"20s\"", "accept_within = \"25s\"");
    std::fs::write(folder.path().join("slower.toml"), slower).unwrap();
    let said = shouwen(folder.path(), &["firm", "diff", "slower.toml", "--from", "sample"]);
    assert_eq!((code(&said), out(&said)), (0, "~ policy: offer.accept_within: 20s → 25s\n".to_owned()));
}

#[test]
fn completions_know_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    let said = shouwen(folder.path(), &["completions", "bash"]);
    assert_eq!(code(&said), 0);
    assert!(out(&said).contains("journal"));
}

#[test]
fn a_house_starts_is_alone_in_its_folder_and_ends_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(folder.path());
    assert_eq!(std::fs::read_to_string(folder.path().join("data/address")).unwrap().trim(), house.url);
    let second = shouwen(folder.path(), &["serve", "--firm", "sample", "--listen", "127.0.0.1:0"]);
    assert_eq!(code(&second), 1);
    assert!(err(&second).contains("only one may"), "{}", err(&second));
    assert_eq!(code(&shouwen(folder.path(), &["journal", "verify"])), 0);
    assert_eq!(code(&shouwen(folder.path(), &["backup", "copy"])), 0);
    assert!(folder.path().join("copy/store.db").exists() && !folder.path().join("copy/keys").exists());
    assert_eq!(house.stop(), 0);
    assert!(!folder.path().join("data/address").exists());
    assert_eq!(House::start(folder.path()).stop(), 0);
}

#[test]
fn commands_work_on_a_running_house_and_on_one_that_rests() {
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| shouwen(folder.path(), words);
    let house = House::start(folder.path());
    let token = run(&["user", "token", "--name", "lin", "--role", "agent", "--agent", "lin"]);
    assert_eq!(code(&token), 0, "{}", err(&token));
    assert!(out(&token).starts_with("sw_"));
    let another = run(&["user", "token", "--name", "lin", "--role", "agent", "--agent", "chen"]);
    assert_eq!(code(&another), 1);
    assert!(err(&another).contains("there already"), "{}", err(&another));
    let nobody = run(&["user", "token", "--name", "x", "--role", "agent", "--agent", "nobody"]);
    assert!(err(&nobody).contains("the firm has no such agent"), "{}", err(&nobody));
    assert_eq!(code(&run(&["queues"])), 0);
    assert_eq!(code(&run(&["dead", "list", "--json"])), 0);
    let unchanged = run(&["firm", "diff", "sample"]);
    assert_eq!((code(&unchanged), out(&unchanged)), (0, "no difference\n".to_owned()));
    let slower = firm::SAMPLE.replace("accept_within = \"20s\"", "accept_within = \"25s\"");
    std::fs::write(folder.path().join("slower.toml"), slower).unwrap();
    let applied = run(&["firm", "apply", "slower.toml"]);
    let expected = "~ policy: offer.accept_within: 20s → 25s
version 2 is in force
branch cd decides by it
branch hq decides by it
branch sz decides by it
";
    assert_eq!((code(&applied), out(&applied)), (0, expected.to_owned()), "{}", err(&applied));
    let book = "id,name,class,manager,branch,phone\nc1,甲,important,lin,hq,13800138000\nc2,乙,ordinary,,hq,\n";
    std::fs::write(folder.path().join("book.csv"), book).unwrap();
    let moved = firm::SAMPLE.replace("\"hq\"", "\"main\"");
    std::fs::write(folder.path().join("moved.toml"), moved).unwrap();
    let refused = run(&["firm", "apply", "moved.toml"]);
    assert_eq!(code(&refused), 1);
    assert!(err(&refused).contains("feeds branch hq, which the firm would not have"), "{}", err(&refused));
    let imported = run(&["import", "clients", "book.csv"]);
    assert_eq!((code(&imported), out(&imported)), (0, "2 clients\n".to_owned()), "{}", err(&imported));
    std::fs::write(folder.path().join("bad.csv"), "id,manager\nc3,nobody\n").unwrap();
    let refused = run(&["import", "clients", "bad.csv"]);
    assert_eq!(code(&refused), 1);
    assert!(out(&refused).starts_with("bad.csv: line 2, column manager"), "{}", out(&refused));
    assert_eq!(house.stop(), 0);

    assert_eq!(code(&run(&["cases"])), 0);
    let offline = run(&["user", "token", "--name", "ops1", "--role", "ops"]);
    assert_eq!(code(&offline), 0, "{}", err(&offline));
    let queues = run(&["queues"]);
    assert_eq!(code(&queues), 1);
    assert!(err(&queues).contains("no house runs"), "{}", err(&queues));
    assert_eq!(code(&run(&["journal", "replay", "hq"])), 0);
    let verified = run(&["journal", "verify", "--json"]);
    let verified: serde_json::Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(verified["whole"], true);
    let exported = run(&["journal", "export", "branch/hq"]);
    assert!(out(&exported).lines().count() >= 1);
}

#[test]
fn a_changed_firm_file_is_applied_at_start_with_its_difference_printed() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(House::start(folder.path()).stop(), 0);
    let slower = firm::SAMPLE.replace("accept_within = \"20s\"", "accept_within = \"25s\"");
    std::fs::write(folder.path().join("firm.toml"), slower).unwrap();
    let house = House::start_with(folder.path(), "firm.toml");
    let expected = ["firm version 2 changes:", "  ~ policy: offer.accept_within: 20s → 25s"];
    assert_eq!(house.said, expected);
}

#[test]
fn a_command_makes_no_house_where_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    for words in [["cases", "--json"], ["dead", "list"], ["journal", "verify"], ["firm", "diff"]] {
        let said =
            shouwen(folder.path(), &[words.as_slice(), if words[0] == "firm" { &["sample"] } else { &[] }].concat());
        assert_eq!(code(&said), 1, "{words:?}");
        assert!(err(&said).contains("there is no house in"), "{words:?}: {}", err(&said));
    }
    assert!(!folder.path().join("data").exists());
}
