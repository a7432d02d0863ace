//! Preloading: a page names every module that its script will import, so that a browser asks for
//! all of them at once instead of level by level.
//!
//! In: a page's text, and the modules by path. Out: the same with one link a module before its
//! script. Never here: a module that nobody imports.

/// How a page brings its script in.
const SCRIPT: &str = "<script type=\"module\" src=\"/pages/";

/// Gives a page with links to what its script imports; `text` reads a file of the pages.
pub(super) fn preloaded<'a>(page: &str, text: impl Fn(&str) -> Option<&'a str>) -> String {
    let Some((before, after)) = page.split_once(SCRIPT) else { return page.to_owned() };
    let Some(script) = after.split('"').next() else { return page.to_owned() };
    let mut found = Vec::new();
    let mut next = vec![script.to_owned()];
    while let Some(path) = next.pop() {
        let imports = text(&path).into_iter().flat_map(imports).map(|import| resolved(&path, import));
        let new: Vec<String> = imports.filter(|import| !found.contains(import)).collect();
        for import in new {
            if !found.contains(&import) {
                found.push(import.clone());
                next.push(import);
            }
        }
    }
    found.sort();
    let links: String =
        found.iter().map(|path| format!("<link rel=\"modulepreload\" href=\"/pages/{path}\">\n")).collect();
    format!("{before}{links}{SCRIPT}{after}")
}

/// Gives what a module imports, as it writes it.
fn imports(module: &str) -> impl Iterator<Item = &str> {
    let ends = [" from \"", "from\"", "import \""];
    let after = move |line: &'_ str| ends.iter().find_map(|end| line.find(end).map(|at| at + end.len()));
    let quoted = move |line| after(line).and_then(|at| line.get(at..)?.split('"').next());
    module.lines().filter(|line| line.starts_with("import") || line.starts_with("export {")).filter_map(quoted)
}

/// Gives the path that an import of a module leads to.
fn resolved(module: &str, import: &str) -> String {
    let folder = module.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
