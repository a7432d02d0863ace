//! Which addresses count as one client, and how much one client holds.

use super::{Shares, counted};

#[test]
fn a_network_of_ipv6_is_one_client() {
    for (address, as_one) in [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
    ] {
        assert_eq!(counted(address.parse().unwrap()), as_one.parse::<std::net::IpAddr>().unwrap(), "{address}");
    }
}

#[test]
fn nobody_holds_more_than_his_share_and_nothing_is_kept_of_who_left() {
    let shares = Shares::new(2);
    let (one, other) = ("203.0.113.7".parse().unwrap(), "203.0.113.8".parse().unwrap());
    let (first, second) = (shares.take(one), shares.take(one));
    assert!(first.is_some() && second.is_some());
    assert!(shares.take(one).is_none());
    assert!(shares.take(other).is_some());
    drop(first);
    assert!(shares.take(one).is_some());
    drop(second);
    assert!(shares.held.lock().unwrap().is_empty());
}
