//! Sources laid over each other, faults, and what is shown.

use std::path::Path;

use coord::Kind;
use proptest::prelude::*;

use super::*;

fn from(text: &str, variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let file = Some((PathBuf::from("etc/shouwen.toml"), text.to_owned()));
    let sources = Sources { file, variables, ..Sources::default() };
    match read(&sources) {
        Ok((config, _)) => Ok(config),
        Err(faults) => Err(faults.errors.iter().map(ToString::to_string).collect()),
    }
}

const SMS: &str = "[channels.sms.main]\nbranch = \"hq\"\nsecret = \"very secret\"\nsend_url = \"http://a:b@sms.example/send?key=c\"\n";

#[test]
fn the_default_file_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/config.default.toml");
    let file = std::fs::read_to_string(&path).unwrap_or_default();
    let fresh = default_file();
    if file != fresh {
        panic!("deploy/config.default.toml is stale: `shouwen check --defaults` prints it");
    }
}

#[test]
fn the_default_file_sets_the_defaults_and_its_examples_can_be_read() {
    runtime::http::install_tls();
    let firm = FirmFile::File("etc/firm.toml".into());
    let expected = Config { firm, data: "etc/./data".into(), ..Config::default() };
    assert_eq!(from(&default_file(), &[]).unwrap(), expected);
    let examples: Vec<_> =
        default_file().lines().map(|line| line.strip_prefix("# ").unwrap_or(line).to_owned()).collect();
    let start = examples.iter().position(|line| line.starts_with("[channels")).unwrap();
    let doors = examples[start..].join("\n");
    let doors = plain(&doors).replace("wechat.key", &"A".repeat(43));
    assert_eq!(from(&doors, &[]).unwrap().accounts.len(), 5);
}

#[test]
fn the_configurations_of_deploy_stand_on_servers_and_can_be_read() {
    runtime::http::install_tls();
    for (file, accounts) in [("compose/shouwen.toml", 4), ("kubernetes/base/shouwen.toml", 5)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(file);
        let text = plain(&std::fs::read_to_string(path).unwrap());
        let key = text.replace("/run/secrets/shouwen/wechat.aes_key", &"A".repeat(43));
        let config = from(&key, &[("SHOUWEN__HTTP__NAME", "router-1")]).unwrap();
        assert!(config.servers.is_some() && config.keys.is_some(), "{file}");
        assert_eq!(config.accounts.len(), accounts, "{file}");
    }
}

/// Puts a plain value where an example names a file that is not there.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for (at, piece) in text.split("{ file = ").enumerate() {
        match piece.split_once(" }") {
            Some((value, rest)) if at > 0 => out.extend([value, rest]),
            _ => out.push_str(piece),
        }
    }
    out
}

#[test]
fn the_environment_goes_over_the_file_and_flags_over_both() {
    let config = from(
        "firm = \"a.toml\"\n[http]\nlisten = \"127.0.0.1:1\"\n",
        &[("SHOUWEN__HTTP__LISTEN", "127.0.0.1:2"), ("SHOUWEN__DATA", "d"), ("OTHER", "x"), ("SHOUWEN_TOKEN", "t")],
    );
    let config = config.unwrap();
    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.firm, FirmFile::File("etc/a.toml".into()));
    assert_eq!(config.data, PathBuf::from("d"));
    let flags = Sources { firm: Some("sample".into()), listen: Some(([127, 0, 0, 1], 3).into()), ..Sources::default() };
    let (config, _) = read(&flags).unwrap();
    assert_eq!((config.firm, config.listen.port()), (FirmFile::Sample, 3));
}

#[test]
fn without_a_file_there_are_doors_to_try() {
    let (config, _) = read(&Sources::default()).unwrap();
    let names: Vec<_> = config.accounts.iter().map(|account| format!("{}.{}", account.kind(), account.id)).collect();
    assert_eq!(names, ["phone.main", "sms.main", "webhook.app"]);
    assert!(config.accounts.iter().all(|account| account.branch.is_none()));
    let send = ("SHOUWEN__CHANNELS__SMS__MAIN__SEND_URL".to_owned(), "http://127.0.0.1:9/".to_owned());
    let (config, _) = read(&Sources { variables: vec![send], ..Sources::default() }).unwrap();
    let Way::Sms(sms) = &config.accounts[1].way else { panic!("not sms") };
    assert_eq!(sms.send_url, Some(Address::new("http://127.0.0.1:9/")));
}

#[test]
fn all_faults_come_at_once() {
    let text =
        "frim = \"x\"\n[http]\nlisten = \"here\"\n[bus]\nurl = \"amqp://x\"\n[channels.sms.MAIN]\nprofile = \"smpp\"\n";
    let env = [("SHOUWEN__LOG__FORM", "xml"), ("SHOUWEN__LOG__FILTER", "a=b=c")];
    assert_eq!(
        from(text, &env).unwrap_err(),
        [
            "SHOUWEN__LOG__FILTER: log.filter: “a=b=c” is no filter such as info or warn,router=debug",
            "SHOUWEN__LOG__FORM: log.form: “xml” is none of text, json",
            "etc/shouwen.toml:1: frim: is an unknown key",
            "etc/shouwen.toml:3: http.listen: “here” is no address with a port such as 127.0.0.1:8080",
            "etc/shouwen.toml:5: bus.url: a house stands on servers with all of [bus], [store] and [coord], or with none: [bus] on a server and [store] and [coord] in this process do not go together",
            "etc/shouwen.toml:6: channels.sms.MAIN: “MAIN” is not a valid account id",
            "etc/shouwen.toml:7: channels.sms.MAIN.profile: profile “smpp” is not built yet",
        ]
    );
}

#[test]
fn no_secret_is_ever_shown() {
    let config = from(SMS, &[]).unwrap();
    let shown = show(&config);
    assert!(shown.contains("secret = \"(hidden)\""), "{shown}");
    assert!(shown.contains("send_url = \"http://(hidden)@sms.example/send\""), "{shown}");
    assert!(!format!("{config:?}").contains("very secret"));
}

#[test]
fn an_account_of_a_branch_that_the_firm_does_not_have_is_a_fault_at_its_line() {
    let text = SMS.replace("hq", "nowhere");
    let config = from(&text, &[]).unwrap();
    let (book, _) = ::firm::read(::firm::SAMPLE_FILE, ::firm::SAMPLE).unwrap();
    let faults: Vec<_> = strays(&config, &book.firm).iter().map(ToString::to_string).collect();
    assert_eq!(faults, ["etc/shouwen.toml:2: channels.sms.main.branch: the firm has no such branch"]);
}

#[test]
fn a_secret_may_stand_in_a_file_beside_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s"), "from a file\n").unwrap();
    let text = "[channels.sms.main]\nsecret = { file = \"s\" }\n".to_owned();
    let sources = Sources { file: Some((folder.path().join("c.toml"), text)), ..Sources::default() };
    let (config, _) = read(&sources).unwrap();
    let Way::Sms(sms) = &config.accounts[0].way else { panic!("not sms") };
    assert_eq!(sms.secret, Secret::Given("from a file".to_owned().into()));
    assert_eq!(from("[channels.sms.main]\nsecret = { file = \"gone\" }\n", &[]).unwrap_err().len(), 1);
}

#[test]
fn what_an_adapter_would_refuse_is_a_fault_of_the_file() {
    runtime::http::install_tls();
    let text = "[channels.wechat.main]
app_id = \"wx1\"
app_secret = \"s\"
token = \"t\"
aes_key = [\"too short\"]
[channels.email.main]
domains = [\"kf.example\"]
lmtp_listen = \"127.0.0.1:2424\"
from = \"nobody\"
smtp_send = \"smtp://mail.example\"
smtp_user = \"kf\"
smtp_password = \"p\"
";
    assert_eq!(
        from(text, &[]).unwrap_err(),
        [
            "etc/shouwen.toml:5: channels.wechat.main.aes_key[1]: is not 43 characters of base64",
            "etc/shouwen.toml:9: channels.email.main.from: is not a valid email address",
            "etc/shouwen.toml:10: channels.email.main.smtp_send: a password needs smtps:// or tls=required",
        ]
    );
}

#[test]
fn a_profile_that_is_not_known_says_nothing_of_the_other_keys() {
    let text = "[channels.sms.main]
profile = \"aliyun\"
secret = \"x\"
access_key = \"k\"
send_url = \"nowhere\"
[channels.phone.main]
profile = \"genric\"
secret = \"x\"
";
    assert_eq!(
        from(text, &[]).unwrap_err(),
        [
            "etc/shouwen.toml:2: channels.sms.main.profile: profile “aliyun” is not built yet",
            "etc/shouwen.toml:5: channels.sms.main.send_url: does not begin with http:// or https://",
            "etc/shouwen.toml:7: channels.phone.main.profile: “genric” is none of generic, freeswitch",
        ]
    );
}

#[test]
fn a_secret_that_is_not_there_is_one_fault_with_its_path() {
    let text = "[channels.email.kf]
domains = 3
lmtp_listen = \"127.0.0.1:2424\"
smtp_user = \"u\"
smtp_password = { file = \"gone\" }
smtp_send = \"smtps://mail.example\"
[channels.wechat.main]
app_id = \"wx1\"
app_secret = \"s\"
token = \"t\"
aes_key = [{ file = \"gone\" }, \"short\"]
";
    assert_eq!(
        from(text, &[]).unwrap_err(),
        [
            "etc/shouwen.toml:2: channels.email.kf.domains: is a whole number, not a list",
            "etc/shouwen.toml:5: channels.email.kf.smtp_password.file: the secret's file etc/gone: there is no such file",
            "etc/shouwen.toml:11: channels.wechat.main.aes_key[1].file: the secret's file etc/gone: there is no such file",
        ]
    );
}

#[test]
fn what_follows_a_lost_bracket_is_not_judged_but_the_environment_is() {
    let text = "firm = \"a\"\n[http\nlisten = \"here\"\n[channels.sms.MAIN]\nprofile = \"x\"\n";
    let env = [("SHOUWEN__LOG__FORM", "xml")];
    let expected = [
        "SHOUWEN__LOG__FORM: log.form: “xml” is none of text, json",
        "etc/shouwen.toml:2: unclosed table, expected `]`",
    ];
    assert_eq!(from(text, &env).unwrap_err(), expected);
}

proptest! {
    #[test]
    fn any_text_and_any_variable_are_read_without_panic(text in any::<String>(), key in "[A-Z_]{0,20}", value in any::<String>()) {
        drop(from(&text, &[(&format!("SHOUWEN__{key}"), &value)]));
    }

    #[test]
    fn a_configuration_changed_anywhere_is_read_without_panic(at in 0usize..SMS.len(), put in "[\\[\\]{}=\", a1]{0,4}") {
        let mut text = SMS.to_owned();
        text.replace_range(at..(at + 1).min(SMS.len()), &put);
        drop(from(&text, &[]));
    }
}

#[test]
fn a_namespace_of_users_is_a_name() {
    let webhook = |line: &str| from(&format!("[channels.webhook.app]\nbranch = \"hq\"\nsecret = \"x\"\n{line}\n"), &[]);
    let of = |config: Config| {
        let Way::Webhook(webhook) = &config.accounts[0].way else { panic!("no webhook") };
        webhook.namespace.clone()
    };
    assert_eq!(of(webhook("").unwrap()), None);
    assert_eq!(of(webhook("namespace = \"group\"").unwrap()), Some("group".parse().unwrap()));
    let faults = webhook("namespace = \"two words\"").unwrap_err();
    assert!(faults[0].contains("etc/shouwen.toml:4") && faults[0].contains("namespace"), "{faults:?}");
}

const SERVERS: &str = "[http]
name = \"desk1\"
[bus]
url = [\"amqp://a:5672/sw\", \"amqps://user:secret@b/sw\"]
user = \"sw\"
password = \"very secret\"
max_messages = 5000
max_bytes = \"32MiB\"
[store]
url = \"postgres://sw:secret@c/sw?sslmode=require\"
connections = 20
[coord]
url = [\"redis://d:26379\", \"redis://e:26379\"]
sentinel = \"sw\"
sentinel_user = \"asks\"
sentinel_password = \"secret of sentinels\"
[keys]
file = \"keys\"
";

#[test]
fn a_house_may_stand_on_servers() {
    let config = from(SERVERS, &[]).unwrap();
    assert_eq!((config.name.as_deref(), config.keys.as_deref()), (Some("desk1"), Some(Path::new("etc/keys"))));
    assert_eq!((config.queue.messages, config.queue.bytes), (5000, 32 << 20));
    let servers = config.servers.clone().unwrap();
    assert_eq!(servers.bus.urls.len(), 2);
    assert_eq!(servers.store.connections, 20);
    assert_eq!(servers.coord.kind, Kind::Sentinel("sw".into()));
    let shown = show(&config);
    assert!(!shown.contains("secret"), "{shown}");
    let printed = format!("{config:?}");
    assert!(!printed.contains("secret"), "{printed}");
    let lines = [
        "url = [\"amqp://a:5672/sw\", \"amqps://b/sw\"]",
        "user = \"sw\"",
        "password = \"(hidden)\"",
        "max_bytes = \"32MiB\"",
        "url = \"postgres://sw:hidden@c/sw\"",
        "sentinel = \"sw\"",
        "sentinel_user = \"asks\"",
        "sentinel_password = \"(hidden)\"",
        "file = \"etc/keys\"",
    ];
    for line in lines {
        assert!(shown.lines().any(|shown| shown == line), "{line} in {shown}");
    }
}

#[test]
fn no_address_is_printed_with_what_it_keeps_secret() {
    let printed = format!("{:?}", from(SMS, &[]).unwrap());
    assert!(
        printed.contains("@sms.example/send") && !printed.contains("a:b") && !printed.contains("key=c"),
        "{printed}"
    );
    let redis = SERVERS.replace("redis://d:26379", "redis://someone:secret@d:26379");
    let printed = format!("{:?}", from(&redis, &[]).unwrap());
    assert!(printed.contains("d:26379") && !printed.contains("secret"), "{printed}");
}

#[test]
fn the_nodes_of_a_broker_have_one_login() {
    let bus = |first: &str, second: &str| {
        let login = SERVERS.replace("user = \"sw\"\npassword = \"very secret\"\n", "");
        let url = login.replace("amqp://a:5672", first).replace("amqps://user:secret@b", second);
        from(&url, &[]).map(|config| config.servers.unwrap().bus)
    };
    for (first, second) in
        [("amqp://u:p@a", "amqp://u:p@b"), ("amqp://u:p@a", "amqp://b"), ("amqp://a", "amqp://u:p@b")]
    {
        let bus = bus(first, second).unwrap();
        assert_eq!((bus.user.as_deref(), bus.password), (Some("u"), Some(Secret::Given("p".to_owned().into()))));
    }
    let told = "etc/shouwen.toml:4: bus.url: signs in differently at its nodes, which know the same users: \
                name one by `user` and `password`";
    for second in ["amqp://u:q@b", "amqp://v:p@b", "amqp://u@b"] {
        assert_eq!(bus("amqp://u:p@a", second).unwrap_err(), [told]);
    }
}

#[test]
fn the_environment_alone_may_name_the_servers() {
    let urls = [
        ("SHOUWEN__BUS__URL", "[\"amqp://s%20w:p%2fw@a\", \"amqp://b\"]"),
        ("SHOUWEN__STORE__URL", "postgres://sw@c/sw"),
        ("SHOUWEN__COORD__URL", "redis://d"),
        ("SHOUWEN__COORD__CLUSTER", "true"),
    ];
    let variables = urls.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let (config, _) = read(&Sources { variables, ..Sources::default() }).unwrap();
    let servers = config.servers.unwrap();
    assert_eq!((servers.bus.urls.len(), &servers.coord.kind), (2, &Kind::Cluster));
    assert_eq!(servers.bus.user.as_deref(), Some("s w"));
    assert_eq!(servers.bus.password, Some(Secret::Given("p/w".to_owned().into())));
    // Secrets of doors to try would be other ones in every process.
    assert!(config.accounts.is_empty());
}

#[test]
fn what_belongs_to_a_server_means_nothing_without_one() {
    let text = "[http]
name = \"desk1\"
[bus]
user = \"sw\"
[store]
url = \"sqlite\"
connections = 8
[coord]
cluster = true
[keys]
file = \"keys\"
";
    assert_eq!(
        from(text, &[]).unwrap_err(),
        [
            "etc/shouwen.toml:2: http.name: is for a house on servers; this one has one process",
            "etc/shouwen.toml:4: bus.user: belongs to a server, and url is “embedded”",
            "etc/shouwen.toml:7: store.connections: belongs to a server, and url is “sqlite”",
            "etc/shouwen.toml:9: coord.cluster: belongs to a server, and url is “local”",
            "etc/shouwen.toml:11: keys.file: is for a house on servers; the keys of this one lie in its data folder",
        ]
    );
}

#[test]
fn faults_of_servers_are_named_without_their_addresses() {
    let text = "[bus]
url = \"http://user:secret@a\"
max_bytes = \"2G\"
[store]
url = [\"postgres://c\", \"postgres://d\"]
[coord]
url = [\"redis://d\", \"redis://e\"]
ca = \"gone.pem\"
[channels.sms.main]
branch = \"hq\"
";
    assert_eq!(
        from(text, &[]).unwrap_err(),
        [
            "etc/shouwen.toml:2: bus.url: is neither “embedded” nor an address such as amqp://127.0.0.1:5672/%2f",
            "etc/shouwen.toml:3: bus.max_bytes: “2G” is no size such as 512KiB, 64MiB, 2GiB",
            "etc/shouwen.toml:5: store.url: is a list: the records are on one server; name its stand-ins by one address that moves",
            "etc/shouwen.toml:7: coord.url: is a list: set `cluster = true`, or `sentinel` to the master's name",
            "etc/shouwen.toml:8: coord.ca: there is no file etc/gone.pem",
        ]
    );
}

#[test]
fn a_login_at_sentinels_belongs_to_sentinels() {
    let redis = from(SERVERS, &[]).unwrap().servers.unwrap().coord.settings().unwrap();
    assert_eq!(redis.sentinel_user.as_deref(), Some("asks"));
    assert_eq!(redis.sentinel_password.as_ref().map(|word| word.as_str()), Some("secret of sentinels"));
    let text = SERVERS.replace("sentinel = \"sw\"", "cluster = true");
    let told = |line, key| {
        format!("etc/shouwen.toml:{line}: coord.{key}: belongs to sentinels: set `sentinel` to the master's name")
    };
    assert_eq!(from(&text, &[]).unwrap_err(), [told(15, "sentinel_user"), told(16, "sentinel_password")]);
}

#[test]
fn an_account_of_a_house_on_servers_brings_its_secret() {
    let text = format!("{SERVERS}[channels.sms.main]\nbranch = \"hq\"\n");
    let expected = "etc/shouwen.toml:19: channels.sms.main: has no `secret`: in a house on servers it is given, \
                    for every process to know the same one";
    assert_eq!(from(&text, &[]).unwrap_err(), [expected]);
}
