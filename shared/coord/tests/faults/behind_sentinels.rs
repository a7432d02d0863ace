//! A master dies and a replica takes its place.

use std::{fs, path::Path, process::Command};

use coord::{Kind, RedisSettings};
use runtime::{Clock, Weight};
use servers::{Redis, child, free_port};
use tempfile::TempDir;

use crate::house::{Process, hears_in_order, hq, lin, of_kind, rate, tell_for_ever, until};

/// What the sentinel asks for.
const PASSWORD: &str = "word-of-sentinels";

/// A sentinel; ends with its handle.
struct Sentinel {
    port: u16,
    _process: child::Process,
    _folder: TempDir,
}

impl Sentinel {
    /// Starts one that fails over by itself.
    fn of(master: u16) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_port().expect("a free port");
        let file = folder.path().join("sentinel.conf");
        let text = format!(
            "port {port}\nbind 127.0.0.1\nrequirepass {PASSWORD}\ndir {}\nsentinel monitor desk 127.0.0.1 {master} 1\n\
             sentinel down-after-milliseconds desk 1000\nsentinel failover-timeout desk 3000\n",
            folder.path().display()
        );
        fs::write(&file, text).expect("a file");
        let mut command = Command::new("redis-server");
        command.arg(&file).arg("--sentinel");
        let log: &Path = &folder.path().join("log");
        let mut process = child::Process::start("a sentinel", &mut command, log).expect("redis-server");
        process.wait_until(|| child::listens(port)).expect("a sentinel that listens");
        Self { port, _process: process, _folder: folder }
    }

    /// Says whether it knows that a replica follows its master.
    fn knows(&self, replica: u16) -> bool {
        let port = self.port.to_string();
        let told = Command::new("redis-cli")
            .env("REDISCLI_AUTH", PASSWORD)
            .args(["-p", &port, "SENTINEL", "REPLICAS", "desk"])
            .output();
        let told = String::from_utf8_lossy(&told.expect("redis-cli").stdout).into_owned();
        told.contains(&replica.to_string()) && told.contains("master-link-status\nok")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_new_master_is_found_and_no_evidence() {
    let mut master = Redis::start().unwrap();
    let of_master = format!("127.0.0.1 {}", master.port());
    let replica = Redis::start_with(&["--replicaof", &of_master]).unwrap();
    let sentinel = Sentinel::of(master.port());
    let nobody = of_kind(Kind::Sentinel("desk".to_owned()), vec![format!("redis://127.0.0.1:{}", sentinel.port)]);
    let settings = RedisSettings { sentinel_password: Some(PASSWORD.to_owned().into()), ..nobody.clone() };
    assert_eq!(coord::check(&settings, &Clock::machine()).await, []);
    let found = coord::check(&nobody, &Clock::machine()).await;
    assert!(found.len() == 1 && found.iter().all(|finding| finding.weight == Weight::Fault), "{found:?}");
    let (router, console) = Process::two(&settings).await;
    until("a replica that the sentinel knows", async || sentinel.knows(replica.port()).then_some(())).await;

    let mut there = console.coord.fanout.subscribe(&hq());
    let listening = async {
        hears_in_order(&mut there, 100).await;
        master.kill().unwrap();
        router.is_hindered().await;
        assert!(router.coord.quotas.take(b"key", rate(60, 10)).await.is_ok(), "the share of a process");
        router.is_well().await;
        hears_in_order(&mut there, 100).await;
    };
    tokio::select! {
        () = tell_for_ever(&router.coord, 1) => {}
        () = listening => {}
    }
    let grace = contract::Millis::from_secs(3);
    assert!(router.missing(&lin(), grace).await >= grace);
}
