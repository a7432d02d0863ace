//! Networks as a configuration writes them: what they hold, what is none.

use super::Prefix;

#[test]
fn a_network_holds_its_addresses_and_no_others() {
    for (text, within, without) in [
        ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
        ("10.0.0.5", "10.0.0.5", "10.0.0.4"),
        ("0.0.0.0/0", "203.0.113.7", "::1"),
        ("127.0.0.1", "::ffff:127.0.0.1", "127.0.0.2"),
        ("fd00::/8", "fdff::1", "fe00::1"),
        ("::/0", "2001:db8::1", "10.0.0.1"),
    ] {
        let prefix: Prefix = text.parse().unwrap();
        assert!(prefix.holds(within.parse().unwrap()) && !prefix.holds(without.parse().unwrap()), "{text}");
        assert_eq!(prefix.to_string(), text);
    }
}

#[test]
fn what_is_no_network_is_refused() {
    for text in ["", "proxy.example", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0", "10.0.0.1/8", "*"]
    {
        assert!(text.parse::<Prefix>().is_err(), "{text}");
    }
}
