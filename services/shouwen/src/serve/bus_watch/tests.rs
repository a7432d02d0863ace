//! Conditions of the bus in words.

use bus::{QueueName, Trouble};

use super::*;

fn troubled(seconds: u64) -> Figures {
    let trouble = Trouble { ago: Duration::from_secs(seconds), what: "the disk is full".to_owned() };
    Figures { trouble: Some(trouble), ..Figures::default() }
}

#[test]
fn a_disk_that_refused_lately_and_a_full_queue_are_told_in_words() {
    assert_eq!(complaint(&Figures::default()), None);
    assert_eq!(complaint(&troubled(3)).as_deref(), Some("refuses messages, for it cannot write: the disk is full"));
    assert_eq!(complaint(&troubled(60)), None, "nobody tried since; whoever asks may try");
    let full = vec![QueueName::Dead, QueueName::Route("hq".parse().unwrap())];
    let figures = Figures { full, ..Figures::default() };
    assert_eq!(complaint(&figures).as_deref(), Some("refuses messages of full queues: dead, route.hq"));
}
