//! A constant load on a running house, and what it is refused for.

use serde_json::Value;

use crate::house::{House, code, err, out, shouwen};

#[test]
fn a_load_is_held_and_its_figures_told() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(folder.path());
    let words = ["load", "--rate", "20", "--seconds", "1", "--channels", "sms:3,webhook:1"];
    let said = shouwen(folder.path(), &[&words[..], &["--json"]].concat());
    assert_eq!(code(&said), 0, "{}", err(&said));
    let report: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!((report["due"].as_u64(), report["statuses"]["202"].as_u64()), (Some(20), Some(20)), "{report}");
    assert!(report["answered_ms"]["p99"].as_f64().unwrap() > 0.0 && report["offered_ms"].is_null(), "{report}");

    let token = shouwen(folder.path(), &["user", "token", "--name", "chen", "--role", "agent", "--agent", "chen"]);
    let (token, url) = (out(&token), house.url.clone());
    let secret = "sms=data/secrets/sms.main";
    let words = ["load", "--rate", "5", "--seconds", "1", "--channels", "sms", "--secret-file", secret, "--url", &url];
    let said = shouwen(folder.path(), &[&words[..], &["--token", token.trim()]].concat());
    assert_eq!(code(&said), 0, "{}", err(&said));
    let told = out(&said);
    assert!(told.contains("due 5 · 2xx 5 · 4xx 0 · 5xx 0 · no answer 0 · not posted 0"), "{told}");
    assert!(told.contains("answered after, in ms") && told.contains("offered after, in ms"), "{told}");
    assert_eq!(house.stop(), 0);
}

#[test]
fn a_load_that_is_wrongly_signed_is_counted_as_refused() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(folder.path());
    std::fs::write(folder.path().join("wrong"), "not the secret\n").unwrap();
    let words = ["load", "--rate", "4", "--seconds", "1", "--channels", "sms", "--secret-file", "wrong", "--json"];
    let said = shouwen(folder.path(), &words);
    assert_eq!(code(&said), 1);
    let report: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(report["statuses"]["401"], 4, "{report}");
    assert_eq!(house.stop(), 0);
}

#[test]
fn a_load_is_not_signed_with_an_empty_secret() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty"), " \n").unwrap();
    let url = "http://127.0.0.1:9";
    let words = ["load", "--rate", "4", "--seconds", "1", "--channels", "sms", "--secret-file", "empty", "--url", url];
    let said = shouwen(folder.path(), &words);
    assert_eq!((code(&said), err(&said)), (1, "secret empty: there is nothing in it\n".to_owned()));
}

#[test]
fn a_load_is_for_ones_own_house_and_known_channels() {
    let folder = tempfile::tempdir().unwrap();
    let wrong: [(&[&str], &str); 6] = [
        (&["--url", "http://shouwen.example"], "--yes-it-is-mine"),
        (&["--url", "http://10.0.0.1:8080"], "--yes-it-is-mine"),
        (&["--rate", "0"], "--rate"),
        (&["--seconds", "0"], "--seconds"),
        (&["--channels", "pigeon:1"], "--channels"),
        (&["--channels", "sms:0"], "--channels"),
    ];
    for (words, named) in wrong {
        let said = shouwen(folder.path(), &[&["load"], words].concat());
        assert_eq!(code(&said), 2, "{words:?}: {}", err(&said));
        assert!(err(&said).contains(named), "{words:?}: {}", err(&said));
    }
    let said = shouwen(folder.path(), &["load"]);
    assert_eq!((code(&said), err(&said)), (1, "no house runs in ./data; name one by --url\n".to_owned()));
}
