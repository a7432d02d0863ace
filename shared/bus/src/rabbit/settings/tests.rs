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

#[test]
fn all_nodes_are_of_one_virtual_host() {
    let mut settings = settings("amqp://mq1/house");
    settings.nodes.push("amqp://mq2/house".to_owned());
    assert_eq!(settings.endpoints().unwrap().len(), 2);
    settings.nodes.push("amqp://mq3/other".to_owned());
    let told = settings.endpoints().err().unwrap().to_string();
    assert!(told.ends_with("amqp://mq3/other names another virtual host than amqp://mq1/house"), "{told}");
}
