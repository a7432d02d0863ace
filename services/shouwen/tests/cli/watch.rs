//! What whoever watches the house reads: parts in words, figures.

use std::time::Duration;

use crate::house::{House, code, shouwen};

pub(crate) fn get(url: &str) -> String {
    runtime::http::install_tls();
    let client = runtime::http::client(Duration::from_secs(10)).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { client.get(url).send().await.unwrap().text().await.unwrap() })
}

#[test]
fn the_bus_is_a_part_of_the_house_and_has_figures() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(folder.path());
    let ready = get(&format!("{}/readyz", house.url));
    assert!(ready.contains(r#"{"name":"bus","state":"well"}"#), "{ready}");
    let figures = get(&format!("{}/metrics", house.url));
    for line in [
        "shouwen_bus_queue_messages{queue=\"route.hq\"} 0",
        "shouwen_bus_queue_bytes{queue=\"dead\"} 0",
        "shouwen_bus_queue_unacknowledged_messages{queue=\"command.sz\"} 0",
        "shouwen_bus_refused_messages_total{reason=\"full\"} 0",
        "# TYPE shouwen_bus_flushes_total counter",
    ] {
        assert!(figures.contains(line), "{line}: {figures}");
    }
    assert_eq!(house.stop(), 0);
}

#[test]
fn what_alarms_go_by_is_there_before_anything_happens() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(folder.path());
    let figures = get(&format!("{}/metrics", house.url));
    for line in [
        "shouwen_calls_parked_total{channel=\"sms\",account=\"main\"} 0",
        "shouwen_contacts_refused_total{channel=\"sms\",account=\"main\",reason=\"signature\"} 0",
        "shouwen_contacts_refused_total{channel=\"webhook\",account=\"app\",reason=\"bus_full\"} 0",
    ] {
        assert!(figures.contains(line), "{line}: {figures}");
    }
    assert_eq!(house.stop(), 0);
}

#[test]
fn a_house_outlives_whoever_reads_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::start_unread(folder.path());
    let said = shouwen(folder.path(), &["firm", "apply", "sample"]);
    assert_eq!(code(&said), 0);
    assert_eq!(house.stop(), 0);
}
