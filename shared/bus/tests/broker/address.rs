//! Addresses of test brokers as settings.
//!
//! In: an address with user and password. Out: settings. Never here: a broker.

use bus::rabbit::Settings;

/// Takes user and password out of an address.
pub(crate) fn settings(url: &str) -> Settings {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (who, rest) = rest.split_once('@').unwrap();
    let (user, password) = who.split_once(':').unwrap();
    Settings {
        nodes: vec![format!("{scheme}://{rest}")],
        user: user.to_owned(),
        password: password.to_owned().into(),
        ca: None,
        name: "test".to_owned(),
    }
}
