//! Addresses of brokers.

use zeroize::Zeroizing;

use super::Settings;

fn settings(node: &str) -> Settings {
    Settings {
        nodes: vec![node.to_owned()],
        user: "shouwen".to_owned(),
        password: Zeroizing::new("geheim".to_owned()),
        ca: None,
        name: "test".to_owned(),
    }
}

#[test]
fn an_address_names_host_port_and_vhost() {
    let endpoints = settings("amqps://mq1.kf.example:5700/house").endpoints().unwrap();
    let uri = &endpoints[0].uri;
    assert_eq!(
        (uri.authority.host.as_str(), uri.authority.port, uri.vhost.as_str()),
        ("mq1.kf.example", 5700, "house")
    );
    assert_eq!(settings("amqp://127.0.0.1").endpoints().unwrap()[0].uri.authority.host, "127.0.0.1");
}

#[test]
fn a_fault_is_told_without_a_password() {
    for node in ["amqp://u:geheim@mq1", "http://mq1", "amqp://[::1]:5672", "mq1", ""] {
        let settings = settings(node);
        let error = settings.endpoints().err().unwrap().to_string();
        assert!(!format!("{error} {settings:?}").replace(node, "").contains("geheim"), "{error}");
    }
}
