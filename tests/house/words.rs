//! The names that a newcomer would have to learn first, and the field's words for them.

use proc_macro2::{Ident, TokenStream, TokenTree};

use crate::files::{self, Files};

/// Identifiers that are not used, and what to use instead.
const PRIVATE: [(&str, &str); 20] = [
    ("Envelope", "Exchange"),
    ("Failure", "…Error"),
    ("Fault", "…Error"),
    ("Flaw", "…Error"),
    ("MANY", "MAX_…"),
    ("MOST", "MAX_…"),
    ("Named", "ImagePath"),
    ("NoClient", "…Error"),
    ("PATIENCE", "…_TIMEOUT"),
    ("Packed", "NetstringReader"),
    ("Place", "Destination"),
    ("Tries", "Retry"),
    ("USUAL", "RETAINED_…"),
    ("Way", "AccessPath"),
    ("fault", "error"),
    ("forget_idle", "close_idle"),
    ("give_back", "release"),
    ("patience", "timeout"),
    ("to_its_end", "run_to_completion"),
    ("writes_done", "wait_for_writes"),
];

/// Identifiers that those may use who inject faults, and where they are.
const ALLOWED: [&str; 2] = ["Fault", "fault"];
const WHO_INJECTS: [&str; 2] = ["tests/", "src/development/"];

/// One line for each identifier that is a private word. Comments and strings are not looked at.
pub(crate) fn private(files: &Files) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in files.iter() {
        add_private(path, files::parsed(path, text), &mut problems);
    }
    problems
}

fn instead_of(ident: &Ident, path: &str) -> Option<&'static str> {
    let (word, instead) = PRIVATE.iter().find(|(word, _)| ident == word)?;
    let injects = WHO_INJECTS.iter().any(|start| path.starts_with(start));
    let is_allowed = injects && ALLOWED.contains(word);
    (!is_allowed).then_some(instead)
}

fn add_private(path: &str, tokens: TokenStream, problems: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => add_private(path, group.stream(), problems),
            TokenTree::Ident(ident) => {
                if let Some(instead) = instead_of(&ident, path) {
                    let line = ident.span().start().line;
                    problems.push(format!("{path}:{line} `{ident}`: {instead}"));
                }
            }
            TokenTree::Literal(_) | TokenTree::Punct(_) => {}
        }
    }
}

#[test]
fn a_private_word_is_found_as_a_name_and_not_in_a_text() {
    let text = "// Packed\nfn fault() -> Packed { \"Packed\" }\nm!(let PATIENCE_2 = PATIENCE);\n";
    assert_eq!(
        private(&Files::from([("src/a.rs", text)])),
        [
            "src/a.rs:2 `fault`: error",
            "src/a.rs:2 `Packed`: NetstringReader",
            "src/a.rs:3 `PATIENCE`: …_TIMEOUT"
        ]
    );
    assert_eq!(private(&Files::from([("tests/a.rs", text)])).len(), 2);
}
