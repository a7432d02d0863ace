//! Addresses that fit, and those that do not.

use super::*;

fn refused(kind: Kind, addresses: &[&str]) -> Option<SettingsError> {
    let addresses = addresses.iter().map(|address| (*address).to_owned()).collect();
    RedisSettings { addresses, kind, ..RedisSettings::at("") }.ways().err()
}

#[test]
fn addresses_that_fit_each_other_are_taken() {
    assert_eq!(refused(Kind::Single, &["redis://127.0.0.1:6379/3"]), None);
    assert_eq!(refused(Kind::Single, &["rediss://user:word@host/1"]), None);
    assert_eq!(refused(Kind::Cluster, &["redis://a:1", "redis://b:2/0"]), None);
}

#[test]
fn others_are_named_by_their_place() {
    use SettingsError::{Database, Differs, NoAddress, NotAnAddress};
    assert_eq!(refused(Kind::Single, &[]), Some(NoAddress));
    assert_eq!(refused(Kind::Single, &["redis://a:1", "host:2"]), Some(NotAnAddress(2)));
    assert_eq!(refused(Kind::Single, &["unix:///run/redis"]), Some(NotAnAddress(1)));
    assert_eq!(refused(Kind::Single, &["redis://a:1/1", "redis://a:1/2"]), Some(Differs(2)));
    assert_eq!(refused(Kind::Single, &["redis://a:1", "rediss://a:1"]), Some(Differs(2)));
    assert_eq!(refused(Kind::Cluster, &["redis://a:1/1"]), Some(Database));
}

#[test]
fn no_address_switches_the_checks_of_tls_off() {
    assert_eq!(refused(Kind::Single, &["rediss://a:1/0#insecure"]), Some(SettingsError::NotAnAddress(1)));
}

#[test]
fn certificates_are_read_before_anything_is_connected() {
    let settings = RedisSettings { ca: Some(b"no pem".to_vec()), ..RedisSettings::at("rediss://a:1") };
    // A file without a certificate in it believes nobody; one with a broken certificate is refused.
    assert!(settings.ways().is_ok());
    let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
    let settings = RedisSettings { ca: Some(broken), ..RedisSettings::at("rediss://a:1") };
    assert_eq!(settings.ways().err(), Some(SettingsError::Certificates));
}

#[test]
fn what_is_printed_has_no_password() {
    let settings = RedisSettings {
        password: Some(Zeroizing::new("word-2".to_owned())),
        ..RedisSettings::at("redis://user:word-1@host:1/0")
    };
    let printed = format!("{settings:?}");
    assert!(printed.contains("host:1"));
    assert!(!printed.contains("word"));
}
