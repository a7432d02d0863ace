//! The demo as a newcomer meets it: one command, links that sign in, people at work, Ctrl-C.

use std::{
    io::{BufRead, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use runtime::Clock;
use serde_json::{Value, json};

use crate::{
    house::{code, err, out, shouwen},
    watch::get,
};

/// How long a demo may take to end.
const STOP_MS_MAX: i64 = 5000;
/// How long people may take to get to work.
const WORK_MS_MAX: i64 = 120_000;

/// A running demo.
struct Demo {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// Where it listens.
    url: String,
    /// What it printed above the tale.
    said: Vec<String>,
}

impl Demo {
    fn start(folder: &Path) -> Self {
        let words = ["demo", "--speed", "20", "--listen", "127.0.0.1:0"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_shouwen"));
        command.args(words).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = Vec::new();
        while let Some(Ok(line)) = lines.next() {
            let is_end = line.contains("Ctrl-C");
            said.push(line);
            if is_end {
                break;
            }
        }
        let url = std::fs::read_to_string(folder.join("demo/address")).expect("it ended before it was ready");
        Self { child, lines, url: url.trim().to_owned(), said }
    }

    fn links(&self) -> Vec<String> {
        self.said
            .iter()
            .filter_map(|line| Some(line[line.find("http")?..].to_owned()))
            .filter(|link| link.contains("#signin="))
            .collect()
    }

    /// Waits for a line of the tale that holds these words.
    fn hears(&mut self, words: &str) -> String {
        let told = self.lines.by_ref().map_while(Result::ok).find(|line| line.contains(words));
        told.expect("the tale ended")
    }

    fn stop(mut self) {
        let clock = Clock::machine();
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        let took = clock.monotonic().as_ms();
        assert!(took < STOP_MS_MAX, "it took {took} ms to stop");
        let rest: Vec<_> = self.lines.by_ref().map_while(Result::ok).collect();
        assert!(rest.last().unwrap().contains("kept in ./demo"), "{rest:?}");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Signs in by a link as the page does; gives the status and who that is.
fn sign_in(url: &str, link: &str) -> (u16, Value) {
    let ticket = link.split("#signin=").nth(1).unwrap();
    let client = runtime::http::client(Duration::from_secs(10)).unwrap();
    let request = client.post(format!("{url}/api/v1/session")).header("content-type", "application/json");
    let request = request.body(json!({ "ticket": ticket }).to_string());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
    })
}

fn closed(folder: &Path) -> usize {
    let said = shouwen(folder, &["cases", "--state", "closed", "--limit", "1000", "--json", "--data", "demo"]);
    let cases: Value = serde_json::from_slice(&said.stdout).unwrap_or_default();
    cases.get("items").and_then(Value::as_array).map_or(0, Vec::len)
}

/// Waits until more cases are closed than these.
fn works_beyond(folder: &Path, closed_before: usize) -> usize {
    let clock = Clock::machine();
    loop {
        let count = closed(folder);
        if count > closed_before {
            return count;
        }
        assert!(clock.monotonic().as_ms() < WORK_MS_MAX, "nobody works: {count} cases closed");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_demo_lets_people_in_plays_stops_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Demo::start(folder.path());
    let links = demo.links();
    let roles: Vec<Value> = links.iter().map(|link| sign_in(&demo.url, link).1["role"].clone()).collect();
    assert_eq!(roles, [json!("agent"), json!("supervisor"), json!("ops")], "{:?}", demo.said);
    assert_eq!(sign_in(&demo.url, &links[0]).0, 401, "a link signed in twice");
    let own = demo.said.iter().find_map(|line| line.trim().split("/s/").nth(1)).expect("no link for a client");
    assert!(get(&format!("{}/api/v1/mine/{own}", demo.url)).contains("早盘"), "the client's link leads nowhere");
    assert!(demo.hears("【").contains("开盘前"));
    let first = works_beyond(folder.path(), 5);
    // Told when the house has taken it.
    demo.hears("风控系统");
    demo.stop();
    assert_eq!(code(&shouwen(folder.path(), &["journal", "verify", "--data", "demo"])), 0);

    let again = Demo::start(folder.path());
    works_beyond(folder.path(), first + 5);
    again.stop();
    assert_eq!(code(&shouwen(folder.path(), &["journal", "verify", "--data", "demo"])), 0);
    assert_eq!(code(&shouwen(folder.path(), &["journal", "replay", "--data", "demo"])), 0);
    let ledger: Value = serde_json::from_slice(&std::fs::read(folder.path().join("demo/demo.json")).unwrap()).unwrap();
    assert_eq!(ledger["run"], 2);
}

#[test]
fn a_demo_is_for_this_machine_and_a_folder_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let wrong: [&[&str]; 6] = [
        &["--speed", "0"],
        &["--speed", "fast"],
        &["--listen", "0.0.0.0:8080"],
        &["--listen", "8080"],
        &["--config", "shouwen.toml"],
        &["--url", "http://127.0.0.1:8080"],
    ];
    for words in wrong {
        let said = shouwen(folder.path(), &[&["demo"], words].concat());
        assert_eq!(code(&said), 2, "{words:?}: {}", err(&said));
        assert!(err(&said).contains(words[0]), "{words:?}: {}", err(&said));
    }
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/keys"), "somebody's").unwrap();
    let said = shouwen(folder.path(), &["demo", "--data", "data", "--listen", "127.0.0.1:0"]);
    assert_eq!((code(&said), out(&said)), (1, String::new()));
    assert!(err(&said).contains("a house that is no demo"), "{}", err(&said));
}
