//! Origins and hosts as they are written, and as others write them to deceive.

use super::{is_authority, is_own_machine, origin_of};

#[test]
fn an_origin_ends_where_the_path_begins() {
    for (url, origin) in [
        ("https://kf.example", "https://kf.example"),
        ("https://kf.example/", "https://kf.example"),
        ("https://kf.example:8443/desk/a", "https://kf.example:8443"),
        ("http://[::1]:8080/x", "http://[::1]:8080"),
    ] {
        assert_eq!(origin_of(url), origin);
    }
}

#[test]
fn the_machine_itself_is_told_from_others() {
    for own in ["localhost", "localhost:8080", "127.0.0.1:8080", "127.8.0.1", "[::1]:8080", "[::1]"] {
        assert!(is_own_machine(own), "{own}");
    }
    for other in ["localhost.evil.example", "10.0.0.5:8080", "[2001:db8::1]:80", "127.0.0.1.evil.example", ""] {
        assert!(!is_own_machine(other), "{other}");
    }
}

#[test]
fn a_host_that_is_none_stands_in_no_link() {
    assert!(is_authority("kf.example:8443") && is_authority("[::1]:8080"));
    for wrong in ["", "kf.example/x", "a@b", "a#b", "a?b", "a b", "客服"] {
        assert!(!is_authority(wrong), "{wrong}");
    }
}
