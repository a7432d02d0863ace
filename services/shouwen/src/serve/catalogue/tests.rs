//! The catalogue is whole: what the code tells stands in it, as what it is, and nothing else does.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::*;

/// Labels whose values are counted by the firm file, the configuration or a closed list of words.
const BOUNDED: &[&str] =
    &["branch", "queue", "channel", "account", "lane", "reason", "outcome", "to", "status", "joined", "how"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && name != "tests" && name != "target" {
            sources(&path, found);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

/// Gives every figure that the code tells, with its kind.
fn told() -> BTreeMap<String, &'static str> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["services", "shared"] {
        sources(&root.join(folder), &mut files);
    }
    let mut told = BTreeMap::new();
    for text in files.iter().map(|file| fs::read_to_string(file).unwrap()) {
        for kind in ["counter", "gauge", "histogram"] {
            for after in text.split(&format!("metrics::{kind}!(")).skip(1) {
                let name = after.trim_start().strip_prefix('"').and_then(|name| name.split('"').next()).unwrap();
                if name.starts_with("shouwen_") {
                    told.insert(name.to_owned(), kind);
                }
            }
        }
    }
    told
}

#[test]
fn every_figure_stands_in_the_catalogue_as_what_it_is() {
    let word = |kind| match kind {
        Counter => "counter",
        Gauge => "gauge",
        Histogram => "histogram",
    };
    let listed: BTreeMap<String, &str> =
        CATALOGUE.iter().map(|(name, kind, ..)| ((*name).to_owned(), word(*kind))).collect();
    assert_eq!(listed.len(), CATALOGUE.len(), "a name stands twice");
    assert_eq!(told(), listed);
    let names: Vec<_> = CATALOGUE.iter().map(|(name, ..)| *name).collect();
    assert!(names.is_sorted());
}

#[test]
fn names_end_as_they_should_and_labels_are_bounded() {
    for (name, kind, unit, labels, help) in CATALOGUE {
        assert_eq!(name.ends_with("_total"), *kind == Counter, "{name}");
        assert_eq!(name.ends_with("_seconds"), *unit == Some(Unit::Seconds), "{name}");
        assert_eq!(name.ends_with("_bytes"), *unit == Some(Unit::Bytes), "{name}");
        let strange: BTreeSet<_> = labels.iter().filter(|label| !BOUNDED.contains(label)).collect();
        assert!(strange.is_empty(), "{name} has {strange:?}");
        assert!(!help.is_empty() && !help.ends_with('.'), "{name}");
    }
}
