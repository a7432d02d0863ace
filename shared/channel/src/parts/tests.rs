//! Parts at their bounds, in both alphabets.

use super::*;

fn told(text: &str) -> (&'static str, usize, usize) {
    let Parts { encoding, units, parts } = parts(text);
    (encoding.as_str(), units, parts)
}

/// The list that the pages are held to as well.
#[test]
fn a_text_is_cut_as_the_list_says() {
    let list: Vec<serde_json::Value> = serde_json::from_str(include_str!("held.json")).unwrap();
    assert!(list.len() > 20);
    for held in list {
        let run = |run: &serde_json::Value| {
            let times = usize::try_from(run[1].as_u64().unwrap()).unwrap();
            run[0].as_str().unwrap().repeat(times)
        };
        let text: String = held["runs"].as_array().unwrap().iter().map(run).collect();
        let (encoding, units, parts) = told(&text);
        let found = serde_json::json!({ "runs": held["runs"], "encoding": encoding, "units": units, "parts": parts });
        assert_eq!(found, held);
    }
}

#[test]
fn every_sign_of_the_alphabet_is_known_once() {
    assert_eq!(BASIC.chars().count() + 62, 127, "all but the escape");
    assert_eq!(parts(BASIC).encoding, Encoding::Gsm7);
    assert_eq!(parts("`").encoding, Encoding::Ucs2);
}
