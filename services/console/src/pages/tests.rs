//! Every file is served as what it is, asked for anew, and under the policy; words are whole.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use axum::{body::Body, http::Request};
use tower::ServiceExt;

use super::*;

/// What an agent's first page weighs at most, all its files together.
const WEIGHT_BYTES_MAX: usize = 400 * 1024;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pages")
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

fn read(path: &str) -> &'static str {
    let file = FILES.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no file {path}"));
    std::str::from_utf8(file.bytes).unwrap()
}

fn scripts() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|file| file.path).filter(|path| path.ends_with(".js") && !path.starts_with("vendor/"))
}

async fn get(path: &str, known: Option<&str>) -> Response {
    let mut request = Request::builder().uri(path);
    if let Some(known) = known {
        request = request.header(header::IF_NONE_MATCH, known);
    }
    router::<()>().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

#[test]
fn the_list_holds_every_file_of_the_folder() {
    let mut found = Vec::new();
    walk(&folder(), &mut found);
    let root = folder();
    let name = |path: &PathBuf| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
    let lies: BTreeSet<String> = found.iter().map(name).collect();
    let listed: BTreeSet<String> = FILES.iter().map(|file| file.path.to_owned()).collect();
    assert_eq!(lies, listed);
}

#[tokio::test]
async fn a_page_comes_under_a_policy_without_inline_scripts() {
    for path in ["/", "/ops", "/s/abc", "/pages/main.js", "/pages/style/base.css"] {
        let page = get(path, None).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        let headers = page.headers();
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
    }
}

#[tokio::test]
async fn a_file_that_is_known_is_not_sent_again() {
    let first = get("/pages/main.js", None).await;
    assert_eq!(first.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
    let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
    let again = get("/pages/main.js", Some(&format!("\"other\", {tag}"))).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(again.headers()[header::ETAG], tag.as_str());
    assert_eq!(get("/pages/main.js", Some("\"other\"")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_is_no_page_is_a_problem() {
    for path in ["/pages/absent.js", "/pages/../Cargo.toml", "/pages/%2e%2e/Cargo.toml"] {
        assert_eq!(get(path, None).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn pages_hold_no_inline_script_style_or_handler() {
    for file in FILES.iter().filter(|file| file.path.ends_with(".html")) {
        let html = read(file.path);
        for word in ["<style", " style=", " onload=", " onclick=", "javascript:"] {
            assert!(!html.contains(word), "{}: {word}", file.path);
        }
        for script in html.split("<script").skip(1) {
            assert!(script.contains("src=\"/pages/") && script.contains("></script>"), "{}", file.path);
        }
    }
    for path in scripts() {
        for word in ["innerHTML", "dangerouslySetInnerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(!read(path).contains(word), "{path}: {word}");
        }
    }
}

#[tokio::test]
async fn a_page_names_every_module_that_it_will_import() {
    let page = get("/", None).await;
    let bytes = axum::body::to_bytes(page.into_body(), WEIGHT_BYTES_MAX).await.unwrap();
    let page = std::str::from_utf8(&bytes).unwrap();
    for module in ["base/ui.js", "vendor/preact.js", "vendor/htm.js", "rooms/talk.js", "words/zh-CN/agent.js"] {
        assert_eq!(page.matches(&format!("rel=\"modulepreload\" href=\"/pages/{module}\"")).count(), 1, "{module}");
    }
    let links = page.split("modulepreload\" href=\"/pages/").skip(1).map(|rest| rest.split('"').next().unwrap());
    for path in links {
        assert!(HELD.contains_key(path), "{path}");
    }
    assert!(!page.contains("rooms/ops.js"), "what another page imports is left out");
}

#[test]
fn every_import_leads_to_a_file() {
    for path in scripts() {
        for line in read(path).lines().filter(|line| line.contains(" from \"")) {
            let from = line.split(" from \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
            assert!(from.starts_with('.'), "{path}: {from}");
            let there = folder().join(path).parent().unwrap().join(from);
            assert!(there.exists(), "{path} imports {from}");
        }
    }
}

/// Gives the keys of a file of words: one a line, `  "key": …`.
fn keys(path: &str) -> BTreeSet<&'static str> {
    read(path).lines().filter_map(|line| line.strip_prefix("  \"")?.split_once("\":").map(|(key, _)| key)).collect()
}

#[test]
fn every_word_is_said_in_both_languages() {
    let rooms: Vec<_> = FILES.iter().filter_map(|file| file.path.strip_prefix("words/zh-CN/")).collect();
    assert!(!rooms.is_empty());
    for room in rooms {
        let (chinese, english) = (keys(&format!("words/zh-CN/{room}")), keys(&format!("words/en/{room}")));
        assert_eq!(chinese, english, "{room}");
        assert!(!chinese.is_empty(), "{room}");
    }
}

#[test]
fn every_word_that_pages_use_is_known() {
    let rooms = FILES.iter().map(|file| file.path).filter(|path| path.starts_with("words/zh-CN/"));
    let known: BTreeSet<_> = rooms.flat_map(keys).collect();
    for path in scripts().filter(|path| !path.starts_with("words/")) {
        for (_, rest) in read(path).match_indices("t(\"").map(|(at, found)| read(path).split_at(at + found.len())) {
            let key = rest.split('"').next().unwrap();
            assert!(!key.contains('.') || known.contains(key), "{path} says {key}, which has no words");
        }
    }
}

#[test]
fn a_first_page_is_light() {
    let page = |file: &&File| !file.path.starts_with("vendor/uPlot") && !file.path.starts_with("vendor/LICENSE");
    let bytes: usize = FILES.iter().filter(page).map(|file| file.bytes.len()).sum();
    println!("all files of the pages but figures: {bytes} bytes");
    assert!(bytes <= WEIGHT_BYTES_MAX, "{bytes} bytes");
}

#[test]
fn no_word_stands_in_two_rooms() {
    let mut known = BTreeSet::new();
    for room in FILES.iter().map(|file| file.path).filter(|path| path.starts_with("words/zh-CN/")) {
        for key in keys(room) {
            assert!(known.insert(key), "{room} says {key} once more");
        }
    }
}
