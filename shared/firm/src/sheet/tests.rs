//! Positions and faults of small files.

use super::*;

fn faults(text: &str, read: impl Fn(&Table<'_>)) -> Vec<String> {
    let sheet = Sheet::parse("a.toml", text);
    read(&sheet.root());
    sheet.into_faults().errors.iter().map(ToString::to_string).collect()
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let found = faults("a = 1\n\n[b]\nc = 2\n", |root| {
        assert!(root.get("a").is_some());
        root.get("b").unwrap().table().unwrap().close();
        root.close();
    });
    assert_eq!(found, ["a.toml:4: b.c: is an unknown key"]);
}

#[test]
fn what_is_no_toml_is_a_fault_with_its_line() {
    let found = faults("a = 1\nb = = 2\n", |_| {});
    assert!(found[0].starts_with("a.toml:2: "), "{found:?}");
}

/// A look through the text for every value's line would take minutes.
#[test]
fn a_large_file_is_read_at_once_and_still_knows_its_lines() {
    let entries: String =
        (0..20_000).map(|id| format!("[[agent]]\nid = \"a{id}\"\nname = \"x\"\nunits = 3\n\n")).collect();
    let found = faults(&entries, |root| {
        let last = root.tables("agent").pop().unwrap();
        assert_eq!(last.get("id").unwrap().text(), Some("a19999"));
        assert!(last.get("name").is_some());
        last.close();
    });
    assert_eq!(found, ["a.toml:99999: agent.a19999.units: is an unknown key"]);
}

#[test]
fn a_missing_key_and_a_wrong_sort_are_faults() {
    let found = faults("[b]\nc = \"x\"\n", |root| {
        let table = root.get("b").unwrap().table().unwrap();
        assert_eq!(table.get("c").unwrap().whole(0, 9), None);
        assert!(table.need("d").is_none());
    });
    assert_eq!(found, ["a.toml:1: b.d: is missing", "a.toml:2: b.c: is text, not a whole number"]);
}

#[test]
fn the_environment_lies_over_the_file() {
    let mut sheet = Sheet::parse("a.toml", "[http]\nlisten = \"1.2.3.4:5\"\n");
    let path = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
    sheet.lay_over(&path("http.listen"), "SHOUWEN__HTTP__LISTEN", "127.0.0.1:0");
    sheet.lay_over(&path("limits.count"), "SHOUWEN__LIMITS__COUNT", "many");
    sheet.lay_over(&path("limits.list"), "SHOUWEN__LIMITS__LIST", "[\"a\", \"b\"]");
    let root = sheet.root();
    let limits = root.get("limits").unwrap().table().unwrap();
    assert_eq!(root.get("http").unwrap().table().unwrap().get("listen").unwrap().text(), Some("127.0.0.1:0"));
    assert_eq!(limits.list("list").len(), 2);
    assert_eq!(limits.get("count").unwrap().whole(0, 9), None);
    drop((limits, root));
    let found: Vec<_> = sheet.into_faults().errors.iter().map(ToString::to_string).collect();
    assert_eq!(found, ["SHOUWEN__LIMITS__COUNT: limits.count: is text, not a whole number"]);
}
