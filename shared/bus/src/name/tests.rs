//! Names keep their texts.

use super::QueueName;

#[test]
fn every_name_reads_back() {
    for text in ["route.hq", "command.hq", "send.sms.main.normal", "raw.wechat.main", "events.notifier", "dead"] {
        let name: QueueName = text.parse().unwrap();
        assert_eq!(name.to_string(), text);
    }
}

#[test]
fn what_is_no_name_is_refused() {
    for text in ["", "route", "route.", "route.HQ", "send.sms.main", "send.fax.main.bulk", "dead.letters", "events.a.b"]
    {
        assert!(text.parse::<QueueName>().is_err(), "{text}");
    }
}
