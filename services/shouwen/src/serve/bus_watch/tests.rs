//! Conditions of the bus in words.

use bus::{QueueName, Trouble};

use super::*;

fn troubled(seconds: u64) -> Figures {
    let trouble = Trouble { ago: Duration::from_secs(seconds), what: "the disk is full".to_owned() };
    Figures { trouble: Some(trouble), ..Figures::default() }
}

#[test]
fn a_disk_that_refused_lately_and_a_full_queue_are_told_in_words() {
    assert_eq!(condition(&Figures::default()), Condition::Well);
    let failed = "refuses messages, for it cannot write: the disk is full";
    assert_eq!(condition(&troubled(3)), Condition::Failed(failed.to_owned()));
    assert_eq!(condition(&troubled(60)), Condition::Well, "nobody tried since; whoever asks may try");
    let full = vec![QueueName::Dead, QueueName::Route("hq".parse().unwrap())];
    let hindered = "refuses messages of full queues: dead, route.hq";
    assert_eq!(condition(&Figures { full, ..Figures::default() }), Condition::Hindered(hindered.to_owned()));
}
