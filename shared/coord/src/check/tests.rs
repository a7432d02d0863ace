//! What is found of servers that were set up well and badly.

use super::*;

async fn found(settings: &RedisSettings) -> String {
    let found = check(settings, &Clock::machine()).await;
    let lines = found.iter().map(|finding| format!("{:?}: {}\n", finding.weight, finding.words));
    lines.collect()
}

#[test]
fn what_a_server_tells_is_judged() {
    let told = "redis_version:6.0.16\r\nredis_mode:cluster\r\nrole:slave\r\nmaxmemory:100\r\nused_memory:95\r\n\
                maxmemory_policy:allkeys-lru\r\nconnected_clients:20\r\nmaxclients:50\r\n";
    let mut found = Vec::new();
    look("redis at a:1", &Kind::Single, &InfoDict::new(told), &mut found);
    let words: Vec<_> = found.iter().map(|finding| finding.words.as_str()).collect();
    assert_eq!(words[0], "redis at a:1 is version 6.0.16; it must be 6.2 or later");
    assert_eq!(words[1], "redis at a:1 is part of a cluster; set `cluster = true`");
    assert_eq!(words[2], "redis at a:1 is a replica; name the master, or the sentinels who know it");
    assert!(words[3].contains("maxmemory-policy allkeys-lru"));
    assert_eq!(words[4], "redis at a:1 has used more than 90 % of its maxmemory");
    assert_eq!(words[5], "redis at a:1 takes 50 clients and has 20; a process of the house needs two");
    assert_eq!(words.len(), 6);
}

mod full {
    use servers::Redis;
    use zeroize::Zeroizing;

    use super::*;

    #[tokio::test]
    async fn a_server_as_it_should_be_is_not_worth_a_word() {
        let redis = Redis::start().unwrap();
        assert_eq!(found(&RedisSettings::at(&redis.url())).await, "");
        let kept = redis.command(&["EVAL", "return #redis.call('KEYS', '*')", "0"]).unwrap();
        assert!(kept.trim_start_matches(':').parse::<u32>().unwrap() <= 4);
    }

    #[tokio::test]
    async fn nobody_there_is_said_so() {
        let mut redis = Redis::start().unwrap();
        redis.kill().unwrap();
        let told = found(&RedisSettings::at(&redis.url())).await;
        assert_eq!(told, format!("Fault: redis at 127.0.0.1:{} refuses the connection\n", redis.port()));
    }

    #[tokio::test]
    async fn a_wrong_password_and_a_missing_one_are_told_apart_from_silence() {
        let redis = Redis::start().unwrap();
        redis.command(&["CONFIG", "SET", "requirepass", "right"]).unwrap();
        let of = |password: &str| RedisSettings {
            password: Some(Zeroizing::new(password.to_owned())),
            ..RedisSettings::at(&redis.url())
        };
        let wrong = found(&of("wrong-word")).await;
        assert!(wrong.contains("refuses user or password") && !wrong.contains("wrong-word"), "{wrong}");
        let none = found(&RedisSettings::at(&redis.url())).await;
        assert!(none.contains("asks for a password"), "{none}");
        assert_eq!(found(&of("right")).await, "");
    }

    #[tokio::test]
    async fn a_right_that_is_missing_is_named() {
        let redis = Redis::start().unwrap();
        let rights = ["ACL", "SETUSER", "desk", "on", ">word", "~*", "&*", "+@all", "-zadd", "-publish", "-subscribe"];
        redis.command(&rights).unwrap();
        let settings = RedisSettings {
            user: Some("desk".to_owned()),
            password: Some(Zeroizing::new("word".to_owned())),
            ..RedisSettings::at(&redis.url())
        };
        let told = found(&settings).await;
        for (what, command) in [
            ("note who is here", "ZADD"),
            ("say who is gone", "ZADD"),
            ("tell screens", "PUBLISH"),
            ("listen", "SUBSCRIBE"),
        ] {
            let line = told.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what} in {told}"));
            assert!(line.starts_with("Fault") && line.contains(command), "{line}");
        }
        assert_eq!(told.lines().count(), 4, "{told}");
    }

    #[tokio::test]
    async fn eviction_is_a_warning() {
        let redis = Redis::start_with(&["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]).unwrap();
        let told = found(&RedisSettings::at(&redis.url())).await;
        assert!(told.starts_with("Warning") && told.contains("set noeviction"), "{told}");
    }
}
