//! The documentation names only files and test cases that exist: whatever is renamed must not leave a dead name behind.

use std::path::Path;

/// Folders that the pages omit from paths because their sentences name them.
const FOLDERS: &[&str] = &["", "compiler/src", "compiler/src/lower", "runtime/src", "server/src", "src/load"];
/// Endings of code spans that are taken for paths.
const ENDINGS: &[&str] = &[".rs", ".md", ".toml", ".py", ".txt", "/"];

#[test]
fn pages_name_files_that_exist() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut pages = vec![root.join("ARCHITECTURE.md"), root.join("CONTRIBUTING.md"), root.join("README.md")];
    for entry in std::fs::read_dir(root.join("docs")).expect("the folder is there") {
        let path = entry.expect("a folder's entry").path();
        if path.extension().is_some_and(|ending| ending == "md") {
            pages.push(path);
        }
    }
    let (mut dead, mut seen) = (Vec::new(), 0);
    for page in pages {
        let text = std::fs::read_to_string(&page).expect("a page is UTF-8");
        let folder = page.parent().expect("a page is in a folder");
        for name in code_spans(&text).filter(|name| is_path(name)).chain(links(&text)) {
            seen += 1;
            let mut candidates = FOLDERS.iter().map(|folder| root.join(folder)).chain([folder.to_owned()]);
            if !candidates.any(|folder| folder.join(name).exists()) {
                let page = page.strip_prefix(root).unwrap_or(&page).display().to_string();
                dead.push(format!("{page}: {name}"));
            }
        }
    }
    assert!(seen > 100, "{seen} paths are too few: the pages are read wrongly");
    assert!(dead.is_empty(), "the pages name files that do not exist:\n{}", dead.join("\n"));
}

#[test]
fn semantics_names_cases_that_exist() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut cases = String::new();
    for entry in std::fs::read_dir(root.join("tests/cases")).expect("the folder exists") {
        cases += &std::fs::read_to_string(entry.expect("a folder's entry").path()).expect("cases are UTF-8");
    }
    let functions = root.join("compiler/src/lower/expression/tests/functions.txt");
    let functions = std::fs::read_to_string(functions).expect("the functions are UTF-8");
    let page = std::fs::read_to_string(root.join("docs/semantics.md")).expect("the page is UTF-8");
    let (mut dead, mut seen) = (Vec::new(), 0);
    // The last column of a table names the tests. An ellipsis stands for the rest of a name.
    let columns =
        page.lines().filter(|line| line.starts_with('|')).filter_map(|line| line.rsplit('|').nth(1));
    for name in columns.flat_map(|column| column.split('"').skip(1).step_by(2)) {
        seen += 1;
        let part = name.trim_matches(['…', ' ', ',']);
        let is_heading = |line: &str| line.starts_with('#') && line.contains(name);
        let exists = cases.contains(&format!("name = \"{name}\"")) || functions.lines().any(is_heading);
        let is_part_of_one = name.contains('…') && cases.contains(part);
        if !exists && !is_part_of_one {
            dead.push(name);
        }
    }
    assert!(seen > 100, "{seen} names are too few: the page is read wrongly");
    assert!(dead.is_empty(), "docs/semantics.md names tests that do not exist:\n{}", dead.join("\n"));
}

/// Returns the code spans in backticks, outside blocks of code.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    let mut is_block = false;
    text.lines()
        .filter(move |line| {
            let is_fence = line.trim_start().starts_with("```");
            is_block ^= is_fence;
            !is_block && !is_fence
        })
        .flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// Returns the targets of links that lead to files.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    files.filter_map(|target| target.split('#').next())
}

/// Returns whether a code span is a path of the repository: it has a folder, and an ending or a slash at its end.
fn is_path(span: &str) -> bool {
    let is_plain = span.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
    is_plain
        && span.contains('/')
        && !span.starts_with(['/', '.', '-'])
        && ENDINGS.iter().any(|ending| span.ends_with(ending))
}
