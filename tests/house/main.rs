//! The rules for the source itself: no import cycle between files, small folders, 100 columns, the
//! field's words. CONTRIBUTING.md states them; each test prints every place that breaks its rule.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

mod attributes;
mod columns;
mod files;
mod folders;
mod guide;
mod imports;
mod routes;
mod words;

use files::Files;

/// Fails and prints one problem a line, if there are any.
fn assert_none(rule: &str, problems: &[String]) {
    assert!(problems.is_empty(), "{rule}\n\n{}\n", problems.join("\n"));
}

#[test]
fn imports_between_files_have_no_cycle() {
    let problems = imports::cycles(&Files::read(&["src"]));
    assert_none("No import cycle between files of src/:", &problems);
}

#[test]
fn modules_import_only_from_those_below_them_in_the_table() {
    let problems = imports::upward(&Files::read(&["src"]));
    assert_none("Imports point down the table of src/lib.rs:", &problems);
}

#[test]
fn no_folder_of_src_has_more_than_twelve_files() {
    let problems = folders::crowded(&Files::read(&["src"]));
    assert_none("At most 12 files in a folder:", &problems);
}

#[test]
fn no_line_has_more_than_a_hundred_columns() {
    let problems = columns::long_lines(&Files::read(&["src", "tests"]));
    assert_none("At most 100 columns, but for string literals:", &problems);
}

#[test]
fn no_identifier_is_a_private_word() {
    let problems = words::private(&Files::read(&["src", "tests"]));
    assert_none("The field's words instead of private ones:", &problems);
}

#[test]
fn every_attribute_is_in_the_schema_and_documented() {
    let attributes = attributes::attributes(&Files::read(&["src/image"]));
    assert!(attributes.len() > 10, "{attributes:?}");
    let schema = std::fs::read_to_string("src/image_api/schemas/image.json").unwrap();
    let document = std::fs::read_to_string("docs/api.md").unwrap();
    let problems = attributes::missing(&attributes, &schema, &document);
    assert_none(
        "Each attribute is in the schema and in docs/api.md:",
        &problems,
    );
}

#[test]
fn every_route_is_documented() {
    let routes = routes::routes(&Files::read(&["src"]));
    assert!(routes.len() > 10, "{routes:?}");
    let document = std::fs::read_to_string("docs/api.md").unwrap();
    let problems = routes::undocumented(&routes, &document);
    assert_none("docs/api.md describes each route:", &problems);
}

#[test]
fn every_route_is_played_with_every_body() {
    let routes = routes::routes(&Files::read(&["src"]));
    let tests = Files::read(&["tests/api"]).named("early_answers");
    let problems = routes::unplayed(&routes, &tests);
    assert_none("The tests of early answers play each route:", &problems);
}

#[test]
fn the_guides_name_files_and_tests_that_exist() {
    for guide in ["CONTRIBUTING.md", "docs/development.md"] {
        let document = std::fs::read_to_string(guide).unwrap();
        let rule = format!("{guide} names files and tests that exist:");
        assert_none(&rule, &guide::missing(&document));
    }
}
