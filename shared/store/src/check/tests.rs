//! What is found of databases that were set up well and badly.

use contract::Millis;

use super::*;

/// A server that nothing is wrong with.
fn good() -> Told {
    Told {
        version: 150_004,
        version_shown: "15.4".to_owned(),
        encoding: "UTF8".to_owned(),
        connections_max: 97,
        connections: 10,
        may_make: true,
        ..Told::default()
    }
}

fn told(told: &Told) -> String {
    shown(&told.judge("there", 8))
}

fn shown(found: &[Finding]) -> String {
    found.iter().map(|finding| format!("{:?}: {}\n", finding.weight, finding.words)).collect()
}

#[test]
fn what_a_server_tells_is_judged() {
    assert_eq!(told(&good()), "");
    let old = Told { version: 140_011, version_shown: "14.11".to_owned(), ..good() };
    assert_eq!(told(&old), "Fault: there is version 14.11; it must be 15 or later\n");
    let ascii = Told { encoding: "SQL_ASCII".to_owned(), ..good() };
    assert_eq!(told(&ascii), "Fault: there keeps text as SQL_ASCII; make the database anew with ENCODING 'UTF8'\n");
    let tight = Told { connections: 90, ..good() };
    assert!(told(&tight).starts_with("Warning: there allows 97 connections and has 90"));
    let late = Told { off_ms: Millis::from_secs(61).get(), ..good() };
    assert!(told(&late).starts_with("Warning: there has a clock 61 s away"));
}

#[test]
fn tables_of_other_versions_are_told_apart() {
    let of = |steps: &[&str], may_make| {
        let steps = Some(steps.iter().map(ToString::to_string).collect());
        told(&Told { steps, may_make, ..good() })
    };
    let ours: Vec<_> = migration::names().collect();
    assert_eq!(of(&ours, false), "");
    assert_eq!(told(&good()), "", "the first start makes them");
    assert!(told(&Told { may_make: false, ..good() }).starts_with("Fault: there lacks tables"));
    assert!(of(&ours[..2], true).starts_with("Warning: there has the tables of an older"));
    let without_index: Vec<_> = ours.iter().copied().filter(|step| *step != "0008_page").collect();
    assert!(of(&without_index, false).starts_with("Warning"), "it only makes them quick");
    let newer: Vec<_> = ours.iter().copied().chain(["9999_new"]).collect();
    assert!(of(&newer, true).starts_with("Warning: there has the tables of a newer"));
}

mod full {
    use std::{net::TcpListener, path::Path};

    use servers::child::Process;

    use super::*;

    async fn found(settings: &Postgres) -> String {
        shown(&check(settings, &Clock::machine()).await)
    }

    #[tokio::test]
    async fn a_database_that_can_be_used_is_not_worth_a_word() {
        assert_eq!(found(&Postgres::at(servers::database().unwrap())).await, "");
    }

    #[tokio::test]
    async fn what_stands_in_the_way_is_named() {
        let url = servers::database().unwrap();
        let (server, _) = url.rsplit_once('/').unwrap();
        let told = found(&Postgres::at(format!("{server}/nobody_made_this"))).await;
        assert!(told.starts_with("Fault: postgresql at 127.0.0.1:") && told.contains("has no such database"), "{told}");
        let told = found(&Postgres::at("postgres://someone:word@127.0.0.1:1/there")).await;
        assert_eq!(told, "Fault: postgresql at 127.0.0.1:1 refuses the connection: nothing listens there\n");
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let told = found(&Postgres::at(format!("postgres://a@{}/b", silent.local_addr().unwrap()))).await;
        assert!(told.starts_with("Fault") && told.ends_with("does not answer in time\n"), "{told}");
    }

    #[tokio::test]
    async fn more_connections_than_there_are_is_a_fault() {
        let settings = Postgres { connections: 100_000, ..Postgres::at(servers::database().unwrap()) };
        let told = found(&settings).await;
        assert!(told.starts_with("Fault") && told.contains("this process alone takes 100000"), "{told}");
    }

    #[tokio::test]
    async fn what_a_server_of_its_own_does_badly_is_named() {
        let mut postgres = tokio::task::spawn_blocking(servers::Postgres::start).await.unwrap().unwrap();
        let settings = Postgres::at(format!("{}/postgres", postgres.url()));
        let set = |postgres: &servers::Postgres, sql: &str| {
            postgres.ask("postgres", sql).unwrap();
            postgres.ask("postgres", "SELECT pg_reload_conf()").unwrap();
        };
        assert_eq!(found(&settings).await, "");

        set(&postgres, "ALTER SYSTEM SET fsync = off");
        becomes(&settings, "Fault", "has fsync other than on").await;
        set(&postgres, "ALTER SYSTEM RESET fsync");
        becomes(&settings, "", "").await;

        // Whoever only receives what is written counts as a replica.
        let folder = tempfile::tempdir().unwrap();
        let receiver = receiver(&postgres, folder.path());
        becomes(&settings, "Warning", "has replicas that a commit does not wait for (1)").await;
        let desk = "CREATE ROLE desk LOGIN; GRANT ALL ON SCHEMA public TO desk";
        postgres.ask("postgres", desk).unwrap();
        let by_desk = Postgres::at(settings.url.replace("postgres@", "desk@"));
        becomes(&by_desk, "Warning", "has replicas that a commit does not wait for (1)").await;
        drop(receiver);
        becomes(&settings, "", "").await;
        set(&postgres, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
        becomes(&settings, "Fault", "waits with every commit for a standby").await;
        set(&postgres, "ALTER SYSTEM RESET synchronous_standby_names");
        becomes(&settings, "", "").await;

        postgres.ask("postgres", "CREATE TABLE firm (version bigint)").unwrap();
        let told = found(&by_desk).await;
        assert!(told.starts_with("Fault") && told.contains("1 tables in our schema that our user may not"), "{told}");
        postgres.ask("postgres", "DROP TABLE firm; REVOKE ALL ON SCHEMA public FROM desk").unwrap();
        let told = found(&by_desk).await;
        assert!(told.starts_with("Fault") && told.contains("our user may not make them"), "{told}");

        let rules = "COPY (SELECT 'host all desk 127.0.0.1/32 scram-sha-256' UNION ALL SELECT 'host all all 127.0.0.1/32 trust') TO";
        let file = postgres.ask("postgres", "SHOW hba_file").unwrap();
        set(&postgres, &format!("ALTER ROLE desk PASSWORD 'word'; {rules} '{file}'"));
        let wrong = Postgres { password: Some("wrong-word".to_owned().into()), ..by_desk.clone() };
        becomes(&wrong, "Fault", "refuses user or password of [store]").await;
        assert!(!found(&wrong).await.contains("word-"));

        let data = postgres.ask("postgres", "SHOW data_directory").unwrap();
        postgres.stop().unwrap();
        std::fs::write(Path::new(&data).join("standby.signal"), "").unwrap();
        postgres.go().unwrap();
        becomes(&settings, "Fault", "is a standby and takes no writes").await;
    }

    /// Waits until a look finds this; a server takes its settings a little later.
    async fn becomes(settings: &Postgres, weight: &str, words: &str) {
        let mut told = String::new();
        for _ in 0..200 {
            told = found(settings).await;
            if told.lines().count() <= 1
                && told.starts_with(weight)
                && told.contains(words)
                && (told.is_empty() == words.is_empty())
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("waited for {weight} {words}, and was told: {told}");
    }

    /// Starts a program that receives all that is written.
    fn receiver(postgres: &servers::Postgres, folder: &Path) -> Process {
        let programs = postgres.ask("postgres", "SELECT setting FROM pg_config() WHERE name = 'BINDIR'").unwrap();
        let mut command = std::process::Command::new(Path::new(&programs).join("pg_receivewal"));
        command.args(["-d", &format!("{}/postgres", postgres.url()), "-D"]).arg(folder);
        Process::start("pg_receivewal", &mut command, &folder.join("log")).unwrap()
    }
}
