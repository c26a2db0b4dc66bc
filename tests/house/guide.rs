//! The files and tests that a document names, which have to exist.

use std::fs;
use std::path::Path;

/// One line for each `src/…`, `tests/…` or `docs/…` in backticks that does not exist. A test is
/// named by its file: `tests/a.rs::the_test`.
pub(crate) fn missing(document: &str) -> Vec<String> {
    let names = document.split('`').skip(1).step_by(2);
    let is_path = |name: &&str| {
        ["src/", "tests/", "docs/"]
            .iter()
            .any(|it| name.starts_with(it))
    };
    names
        .filter(is_path)
        .filter_map(|name| name.split_whitespace().next())
        .filter(|name| !exists(name))
        .map(str::to_owned)
        .collect()
}

fn exists(name: &str) -> bool {
    let (path, test) = match name.split_once("::") {
        Some((path, test)) => (path, Some(test)),
        None => (name, None),
    };
    let has = |test: &str| {
        let source = fs::read_to_string(path).unwrap_or_default();
        source.contains(&format!("fn {test}("))
    };
    Path::new(path).exists() && test.is_none_or(has)
}

#[test]
fn what_a_document_names_and_nobody_has_is_missing() {
    let test = "what_a_document_names_and_nobody_has_is_missing";
    let document = format!(
        "`tests/house/` tests/x `cargo x` `src/x.rs` and `tests/house/guide.rs::{test}`, \
         `tests/house/guide.rs::no_test` `tests/clients/run --x` `docs/x.md`"
    );
    assert_eq!(
        missing(&document),
        ["src/x.rs", "tests/house/guide.rs::no_test", "docs/x.md"]
    );
}
