//! A house on servers, by its command line: who begins it, what a process is refused, what
//! commands do where no console runs.
//!
//! In: private servers. Out: what was said. Never here: a story of the desk.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use crate::house::{House, code, err, out, shouwen};

/// Roles of the three processes of this house.
const PROCESSES: [(&str, &[&str]); 3] =
    [("front", &["sms", "console"]), ("router", &["router"]), ("notifier", &["notifier"])];

fn prepare(folder: &Path) {
    let (bus, store, coord) = (servers::vhost().unwrap(), servers::database().unwrap(), servers::redis().unwrap());
    let config = format!(
        "firm = \"firm.toml\"\n[bus]\nurl = {bus:?}\n[store]\nurl = {store:?}\n[coord]\nurl = {coord:?}\n\
         [keys]\nfile = \"keys\"\n[channels.sms.main]\nbranch = \"hq\"\nsecret = \"s\"\n"
    );
    fs::write(folder.join("shouwen.toml"), config).unwrap();
    fs::write(folder.join("firm.toml"), firm::SAMPLE).unwrap();
}

fn run(folder: &Path, words: &[&str]) -> std::process::Output {
    shouwen(folder, &[words, &["--config", "shouwen.toml"]].concat())
}

fn serve(folder: &Path, data: &str) -> std::process::Output {
    run(folder, &["serve", "--role", "notifier", "--listen", "127.0.0.1:0", "--data", data])
}

#[test]
fn processes_that_start_at_once_begin_one_house_which_commands_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    prepare(path);
    let houses = House::start_roles(path, &PROCESSES);
    assert_eq!(fs::metadata(path.join("keys")).unwrap().permissions().mode() & 0o777, 0o600);
    let begun = |house: &&House| house.said.iter().any(|line| line.starts_with("firm version 1: "));
    assert_eq!(houses.iter().filter(begun).count(), 1);
    assert!(!path.join("front/store.db").exists() && !path.join("front/bus.db").exists());

    // A console's data folder finds the console; any other opens the servers.
    for data in ["front", "elsewhere"] {
        for words in [["cases"].as_slice(), &["dead", "list"], &["firm", "diff", "sample"], &["journal", "verify"]] {
            let said = run(path, &[words, &["--data", data]].concat());
            assert_eq!(code(&said), 0, "{data} {words:?}: {}", err(&said));
        }
        let token = run(path, &["user", "token", "--name", "ops1", "--role", "ops", "--data", data]);
        assert!(out(&token).starts_with("sw_"), "{data}: {}", err(&token));
    }
    assert_eq!(code(&run(path, &["queues", "--data", "front"])), 0);
    let queues = run(path, &["queues", "--data", "elsewhere"]);
    assert!(err(&queues).contains("name one by --url"), "{}", err(&queues));
    let backup = run(path, &["backup", "copy"]);
    assert!(code(&backup) == 1 && err(&backup).contains("lie on PostgreSQL"), "{}", err(&backup));

    let second = serve(path, "notifier");
    assert!(code(&second) == 1 && err(&second).contains("only one may"), "{}", err(&second));
    houses.into_iter().for_each(|house| assert_eq!(house.stop(), 0));
}

#[test]
fn a_later_start_compares_the_firm_file_and_refuses_other_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    prepare(path);
    let only = [PROCESSES[2]];
    House::start_roles(path, &only).into_iter().for_each(|house| assert_eq!(house.stop(), 0));

    let slower = firm::SAMPLE.replace("accept_within = \"20s\"", "accept_within = \"25s\"");
    fs::write(path.join("firm.toml"), slower).unwrap();
    for house in House::start_roles(path, &only) {
        let said = house.said.join("\n");
        assert!(said.starts_with("firm version 1 is in force") && said.contains("says otherwise"), "{said}");
        assert_eq!(house.stop(), 0);
    }
    fs::remove_file(path.join("firm.toml")).unwrap();
    House::start_roles(path, &only).into_iter().for_each(|house| assert_eq!(house.stop(), 0));

    fs::rename(path.join("keys"), path.join("good")).unwrap();
    let without = serve(path, "notifier");
    assert!(code(&without) == 1 && err(&without).contains("bring it here"), "{}", err(&without));
    assert!(!path.join("keys").exists());
    let of_others = |line: &str| match line.split_once(' ') {
        Some((name @ ("index" | "journal"), _)) => format!("{name} {}", "0a".repeat(32)),
        _ => line.to_owned(),
    };
    let good = fs::read_to_string(path.join("good")).unwrap();
    let other: Vec<_> = good.lines().map(of_others).collect();
    fs::write(path.join("keys"), other.join("\n")).unwrap();
    fs::set_permissions(path.join("keys"), fs::Permissions::from_mode(0o400)).unwrap();
    let wrong = serve(path, "notifier");
    assert!(code(&wrong) == 1 && err(&wrong).contains("is not the one that these records"), "{}", err(&wrong));
}
