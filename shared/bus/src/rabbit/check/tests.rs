//! What is found of brokers that were set up well and badly.

use super::*;

#[test]
fn a_version_that_is_too_old_is_named() {
    for version in ["3.10.8", "3.13.0-rc.1", "4.0.2", "4", "something else"] {
        assert_eq!(old("there", version), None, "{version}");
    }
    for version in ["3.9.13", "3.8", "2.1.1"] {
        let told = format!("there is version {version}; it must be 3.10 or later");
        assert_eq!(old("there", version), Some(Finding::fault(told)));
    }
}

mod full {
    use std::net::TcpListener;

    use runtime::Weight;
    use servers::RabbitMq;

    use super::*;

    fn settings(node: &str, user: &str, password: &str) -> Settings {
        Settings {
            nodes: vec![node.to_owned()],
            user: user.to_owned(),
            password: password.to_owned().into(),
            ca: None,
            name: "check".to_owned(),
        }
    }

    async fn found(settings: &Settings) -> String {
        let found = check(settings, &Limits::default()).await;
        found.iter().map(|finding| format!("{:?}: {}\n", finding.weight, finding.words)).collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn each_thing_that_is_wrong_has_its_words() {
        let broker = RabbitMq::start().unwrap();
        let node = format!("amqp://127.0.0.1:{}/%2f", broker.port());
        let place = format!("Fault: rabbitmq at 127.0.0.1:{}", broker.port());
        assert_eq!(found(&settings(&node, "guest", "guest")).await, "");
        assert!(!broker.ctl(&["list_queues", "name"]).unwrap().contains("check"), "nothing is left");

        let wrong = found(&settings(&node, "guest", "wrong-word")).await;
        assert_eq!(wrong, format!("{place} refuses user or password of [bus]\n"));
        let elsewhere = found(&settings(&node.replace("%2f", "nowhere"), "guest", "guest")).await;
        assert!(elsewhere.starts_with(&format!("{place} has no virtual host “nowhere”")), "{elsewhere}");

        broker.ctl(&["add_user", "desk", "word"]).unwrap();
        for (rights, missing) in [
            (["^$", ".*", ".*"], "make queues"),
            ([".*", "^$", ".*"], "let our user"),
            ([".*", ".*", "^$"], "let our user"),
        ] {
            broker.ctl(&[&["set_permissions", "desk"], &rights[..]].concat()).unwrap();
            let told = found(&settings(&node, "desk", "word")).await;
            assert!(
                told.starts_with(&place) && told.contains(missing) && told.contains("the rights"),
                "{rights:?}: {told}"
            );
        }

        broker.ctl(&["set_vm_memory_high_watermark", "absolute", "1MB"]).unwrap();
        let told = found(&settings(&node, "guest", "guest")).await;
        assert!(told.starts_with(&format!("{place} takes no messages (low on memory)")), "{told}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_node_that_is_away_is_a_warning_beside_one_that_is_there() {
        let there = servers::vhost().unwrap();
        let (login, host) = there.rsplit_once('@').unwrap();
        let (user, password) = login.trim_start_matches("amqp://").split_once(':').unwrap();
        let mut settings = settings("amqp://127.0.0.1:1/x", user, password);
        let away = "rabbitmq at 127.0.0.1:1 refuses the connection: nothing listens there";
        assert_eq!(found(&settings).await, format!("Fault: {away}\n"));
        settings.nodes =
            vec![format!("amqp://127.0.0.1:1/{}", host.rsplit_once('/').unwrap().1), format!("amqp://{host}")];
        assert_eq!(found(&settings).await, format!("Warning: {away}\n"));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_node_that_says_nothing_holds_nobody_up() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let node = format!("amqp://{}/%2f", silent.local_addr().unwrap());
        let found = check(&settings(&node, "guest", "guest"), &Limits::default()).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].weight, Weight::Fault);
        assert!(found[0].words.ends_with("does not answer in time"), "{found:?}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_node_tells_its_version() {
        let uri = servers::vhost().unwrap().parse().unwrap();
        let version = greeting::version(&uri, &OwnedTLSConfig::default()).await.unwrap();
        assert!(version.starts_with(|sign: char| sign.is_ascii_digit()) && version.contains('.'), "{version}");
    }
}
