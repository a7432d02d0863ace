//! The house stays tidy: what a machine can check cheaply about rooms and their names.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Names that say nothing about a room.
const NAMELESS: &[&str] =
    &["util", "utils", "common", "helpers", "misc", "types", "manager", "processor", "base", "mod"];
/// Rooms that decide: they may know nothing of IO, time or chance.
const CORES: &[&str] =
    &["shared/contract/src", "services/router/src/core", "services/router/src/classify", "services/notifier/src/plan"];
/// Words that have no business in a core.
const FOREIGN: &[&str] = &["tokio", "async fn", ".await", "sea_orm", "sqlx", "Instant", "SystemTime", "rand::"];

#[test]
fn every_file_says_what_its_room_is_for() {
    let silent: Vec<_> =
        sources().into_iter().filter(|(_, text)| !text.starts_with("//!")).map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "files without `//!`: {silent:?}");
}

#[test]
fn every_name_says_what_is_inside() {
    let nameless: Vec<_> = sources()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| path.file_stem().is_some_and(|stem| NAMELESS.contains(&stem.to_string_lossy().as_ref())))
        .collect();
    assert!(nameless.is_empty(), "names that say nothing: {nameless:?}");
}

#[test]
fn cores_know_nothing_of_the_world() {
    let mut found = Vec::new();
    for (path, text) in sources() {
        let in_core = CORES.iter().any(|core| path.starts_with(core) || path == Path::new(&format!("{core}.rs")));
        if !in_core {
            continue;
        }
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            found.extend(
                FOREIGN.iter().filter(|word| line.contains(**word)).map(|word| format!("{}: {word}", path.display())),
            );
        }
    }
    assert!(found.is_empty(), "a core reaches out: {found:#?}");
}

/// The README's first command is `cargo run`, and names no binary: of the members that it looks
/// at, one alone may have one.
#[test]
fn the_first_command_knows_its_binary() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace");
    let workspace = fs::read_to_string(root.join("Cargo.toml")).expect("the workspace has a manifest");
    assert!(workspace.contains("\ndefault-members = [\"services/shouwen\"]\n"), "cargo run would have to choose");
    for page in ["README.md", "README.zh-CN.md"] {
        let text = fs::read_to_string(root.join(page)).expect("the page is there");
        let first = text.split("```sh\n").nth(1).and_then(|block| block.lines().next());
        assert!(first.is_some_and(|line| line.starts_with("cargo run --release -- demo ")), "{page}: {first:?}");
    }
}

/// Gives every Rust file of the workspace with its path below the root, in order.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace");
    let mut files = Vec::new();
    for top in ["shared", "services", "tests"] {
        collect(root, &root.join(top), &mut files);
    }
    files.sort();
    assert!(files.len() > 100, "the workspace's files were not found");
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace") {
        let path = entry.expect("an entry of a folder").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).expect("a source file is text");
            files.push((path.strip_prefix(root).expect("it lies below the root").to_owned(), text));
        }
    }
}
