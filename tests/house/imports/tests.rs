//! The check on small made-up sources: it finds every kind of import, and nothing else.

use super::{cycles, upward};
use crate::files::Files;

/// Two files in a folder `a` of a library, with a `mod.rs` that only declares them.
fn two(left: &str, right: &str) -> Vec<String> {
    cycles(&Files::from([
        ("src/lib.rs", "mod a;"),
        ("src/a/mod.rs", "mod left; mod right; pub use left::Left;"),
        ("src/a/left.rs", left),
        ("src/a/right.rs", right),
    ]))
}

const LEFT: &str = "pub struct Left; pub fn make() {}";

/// A file that imports from `left.rs` makes a cycle with a `left.rs` that imports from it.
fn assert_imports_left(right: &str) {
    let left = format!("use super::right::Right; {LEFT}");
    let found = two(&left, &format!("{right} pub struct Right;"));
    assert_eq!(found.len(), 1, "{right}: {found:?}");
    assert!(found[0].starts_with("2 files in a cycle:"), "{found:?}");
}

fn assert_does_not_import_left(right: &str) {
    let left = format!("use super::right::Right; {LEFT}");
    let found = two(&left, &format!("{right} pub struct Right;"));
    assert!(found.is_empty(), "{right}: {found:?}");
}

#[test]
fn a_cycle_is_described_with_lines_and_paths() {
    let left = "\nuse super::right::Right;\npub struct Left;";
    let right = "pub struct Right;\nfn f() -> crate::a::Left { todo!() }";
    assert_eq!(
        two(left, right),
        ["2 files in a cycle:\n  \
          src/a/left.rs:2 `super::right::Right` is defined in src/a/right.rs\n  \
          src/a/right.rs:2 `crate::a::Left` is defined in src/a/left.rs"]
    );
}

#[test]
fn imports_are_found_wherever_they_stand() {
    for right in [
        "use super::left::Left;",
        "use super::Left;",
        "use crate::a::{self, left::{Left as Other, make as _}};",
        "use crate::a::left::{self}; fn f() { left::make() }",
        "use super::left; struct S(left::Left);",
        "fn f() { super::left::make() }",
        "fn f(left: &crate::a::Left) {}",
        "fn f() { use crate::a; a::left::make() }",
        "use super::*; fn f(left: Left) {}",
        "mod inner { fn f() { super::super::left::make() } }",
        "fn f() { let _ = Vec::<super::Left>::new(); }",
        "fn f() { println!(\"{}\", super::left::make()) }",
        "use super::*; fn f() { vec![Left] }",
        "#[serde(with = \"super::left\", default = \"super::left::make\")] struct S;",
        "impl From<super::Left> for Right { fn from(_: super::Left) -> Self { Right } }",
        "#[cfg(not(test))] use super::Left;",
        "#[cfg(feature = \"test\")] use super::Left;",
    ] {
        assert_imports_left(right);
    }
}

#[test]
fn tests_links_modules_and_reexports_are_no_imports() {
    for right in [
        "#[cfg(test)] use super::Left;",
        "#[cfg(test)] mod tests { use super::super::Left; }",
        "#[test] fn f() { super::left::make() }",
        "#[cfg(all(test, unix))] fn f() { super::left::make() }",
        "impl Right { #[cfg(test)] fn f() { super::left::make() } }",
        "/// [`super::Left`]\nfn f() {}",
        "use super::left;",
        "use super::*;",
        "pub use super::Left;",
        "pub(super) use super::left::make;",
        "fn f() { std::left::make(); ::left::make() }",
        "fn f() { println!(\"{}\", left.make()) }",
    ] {
        assert_does_not_import_left(right);
    }
}

#[test]
fn a_parent_and_its_child_are_files_like_others() {
    let files = |parent: &str| {
        cycles(&Files::from([
            ("src/lib.rs", "mod a;"),
            ("src/a/mod.rs", parent),
            ("src/a/b.rs", "use super::A; pub struct B(A);"),
        ]))
    };
    assert!(files("mod b; pub use b::B; pub struct A;").is_empty());
    assert_eq!(
        files("mod b; pub use b::B; pub struct A; fn f(_: B) {}").len(),
        1
    );
}

#[test]
fn a_longer_cycle_is_found_through_reexports_and_the_binary_is_looked_at() {
    let found = cycles(&Files::from([
        (
            "src/lib.rs",
            "pub mod a; pub mod b; pub mod c; pub use a::A;",
        ),
        (
            "src/main.rs",
            "mod d; fn main() { image_tags::b::b(); d::d() }\npub fn e() {}",
        ),
        ("src/d.rs", "pub fn d() { crate::e() }"),
        ("src/a.rs", "use crate::b::b; pub struct A;"),
        ("src/b.rs", "use crate::c::*; pub fn b() { c() }"),
        ("src/c.rs", "pub fn c() -> crate::A { todo!() }"),
    ]));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("3 files in a cycle:"), "{found:?}");
    assert!(
        found[1].contains("src/d.rs:1 `crate::e` is defined in src/main.rs"),
        "{found:?}"
    );
}

#[test]
fn a_function_and_a_module_can_share_a_name() {
    let files = |b: &str| {
        cycles(&Files::from([
            ("src/lib.rs", "mod a; mod b;"),
            (
                "src/a/mod.rs",
                "mod list; pub mod other; pub use list::list;",
            ),
            ("src/a/list.rs", "use crate::b::B; pub fn list() {}"),
            ("src/a/other.rs", "pub use super::list;"),
            ("src/b.rs", b),
        ]))
    };
    assert_eq!(
        files("pub struct B; fn f() { crate::a::other::list() }").len(),
        1
    );
    assert_eq!(files("pub struct B; use crate::a::list;").len(), 1);
    assert!(files("pub struct B; use crate::a::other;").is_empty());
}

#[test]
fn a_file_or_a_path_that_the_check_does_not_understand_is_a_problem() {
    let files = Files::from([
        ("src/lib.rs", "use crate::gone::Gone;"),
        ("src/lost.rs", ""),
    ]);
    assert_eq!(
        cycles(&files),
        [
            "src/lost.rs is no module of the crate",
            "src/lib.rs:1: crate::gone::Gone cannot be resolved"
        ]
    );
}

#[test]
fn an_import_from_a_module_that_stands_higher_in_the_table_is_a_problem() {
    let files = |table: &str| {
        let library = format!("{table}mod a;\npub mod b;\n");
        upward(&Files::from([
            ("src/lib.rs", &*library),
            ("src/a.rs", "pub struct A;"),
            ("src/b/mod.rs", "mod c;"),
            ("src/b/c.rs", "use crate::a::A;"),
        ]))
    };
    let (a, b) = ("//! | `a` | text |\n", "//! | [`b`] | text |\n");
    assert_eq!(files(&format!("{b}{a}")), Vec::<String>::new());
    assert_eq!(
        files(&format!("{a}{b}")),
        ["src/b/c.rs:1 `crate::a::A` is defined in src/a.rs, which is higher in src/lib.rs"]
    );
    assert_eq!(files(b), ["the table in src/lib.rs has a not once"]);
}
