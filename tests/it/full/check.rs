//! `shouwen check` of a house on servers: what it says, and that it ends.
//!
//! In: servers that are well, away, or silent. Out: its words and its exit code. Never here: a
//! process of the house.

use std::{net::TcpListener, time::Duration};

use anyhow::Result;
use it::house::{House, Said, Servers};
use serde_json::Value;

use crate::desk;

/// Stands in every address.
const PASSWORD: &str = "very-secret";
/// How long the command may take on a machine that is busy; it is some seconds.
const LIMIT: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_are_well_are_said_to_be() -> Result<()> {
    let house = House::full(&Servers::claim()?, desk::FIRM, "")?;
    let said = check(&house, &[]).await?;
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    assert!(said.out.contains("RabbitMQ, PostgreSQL and Redis answer, and nothing is wrong"), "{}", said.out);

    std::fs::remove_file(house.path("firm.toml"))?;
    let said = check(&house, &["--json"]).await?;
    assert_eq!(said.code, 0, "the firm may be in the database: {}", said.out);
    let told: Value = serde_json::from_str(&said.out)?;
    assert_eq!(told["servers"], serde_json::json!({ "errors": [], "warnings": [] }));
    assert_eq!(told["faults"]["warnings"][0]["file"], "firm");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_are_away_are_all_named() -> Result<()> {
    let house = House::full(&at(["127.0.0.1:1"; 3]), desk::FIRM, "")?;
    let said = check(&house, &[]).await?;
    assert_eq!(said.code, 1, "{}", said.out);
    for server in ["rabbitmq", "postgresql", "redis"] {
        assert!(said.out.contains(&format!("{server} at 127.0.0.1:1 refuses the connection")), "{}", said.out);
    }
    let told: Value = serde_json::from_str(&check(&house, &["--json"]).await?.out)?;
    assert_eq!(told["servers"]["errors"].as_array().map(Vec::len), Some(3), "{told}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_say_nothing_hold_nobody_up() -> Result<()> {
    let silent = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port is free"));
    let places = silent.each_ref().map(|silent| silent.local_addr().expect("it listens").to_string());
    let house = House::full(&at(places.each_ref().map(String::as_str)), desk::FIRM, "")?;
    let said = check(&house, &[]).await?;
    assert_eq!(said.code, 1, "{}", said.out);
    for (server, place) in ["rabbitmq", "postgresql", "redis"].iter().zip(&places) {
        assert!(said.out.contains(&format!("{server} at {place} does not answer in time")), "{}", said.out);
    }
    Ok(())
}

async fn check(house: &House, words: &[&str]) -> Result<Said> {
    let said = tokio::time::timeout(LIMIT, house.command(&[&["check"], words].concat())).await??;
    assert!(!said.out.contains(PASSWORD) && !said.err.contains(PASSWORD), "{} {}", said.out, said.err);
    Ok(said)
}

fn at([bus, store, coord]: [&str; 3]) -> Servers {
    Servers {
        bus: vec![format!("amqp://desk:{PASSWORD}@{bus}/house")],
        store: format!("postgres://desk:{PASSWORD}@{store}/house"),
        coord: format!("redis://desk:{PASSWORD}@{coord}/0"),
    }
}
