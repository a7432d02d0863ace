//! Who the client is behind proxies of ours, and behind what he claims himself.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderValue};

use super::{FORWARDED, Proxies};

fn proxies() -> Proxies {
    Proxies::new(["127.0.0.1", "10.0.0.0/8"].map(|text| text.parse().unwrap()).into())
}

fn client(peer: &str, lines: &[&str]) -> IpAddr {
    let headers: HeaderMap = lines.iter().map(|line| (FORWARDED, HeaderValue::from_str(line).unwrap())).collect();
    proxies().client(SocketAddr::new(peer.parse().unwrap(), 40_000), &headers).ip()
}

#[test]
fn a_client_is_the_last_that_no_proxy_of_ours_is() {
    for (peer, lines, who) in [
        ("203.0.113.7", &["198.51.100.1"][..], "203.0.113.7"),
        ("127.0.0.1", &[], "127.0.0.1"),
        ("127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
        ("::ffff:127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
        // What stands left of it is the client's own invention.
        ("127.0.0.1", &["1.1.1.1, 127.0.0.1, 198.51.100.1, 10.0.0.9"], "198.51.100.1"),
        ("127.0.0.1", &["1.1.1.1", "198.51.100.1 ,10.0.0.9"], "198.51.100.1"),
        ("127.0.0.1", &["10.0.0.8, 10.0.0.9"], "10.0.0.8"),
        ("127.0.0.1", &["198.51.100.1:5000, [2001:db8::1]:443"], "2001:db8::1"),
        ("127.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
        // A proxy that says nothing useful is the client itself.
        ("127.0.0.1", &["198.51.100.1, unknown"], "127.0.0.1"),
        ("127.0.0.1", &["198.51.100.1, unknown, 10.0.0.9"], "10.0.0.9"),
        ("127.0.0.1", &[""], "127.0.0.1"),
    ] {
        assert_eq!(client(peer, lines), who.parse::<IpAddr>().unwrap(), "{peer} {lines:?}");
    }
    let endless = vec!["10.0.0.9"; 10_000].join(",");
    assert_eq!(client("127.0.0.1", &[&endless]), "10.0.0.9".parse::<IpAddr>().unwrap());
}
