//! The width of lines. rustfmt keeps code below 100 columns, but neither comments nor macros.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};

use crate::files::{self, Files};

const MAX_COLUMNS: usize = 100;

/// One line for each line that is too long. Lines with a part of a string literal may be: a literal
/// is not always clearer in pieces. Lines of a comment may not.
pub(crate) fn long_lines(files: &Files) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in files.iter() {
        let mut literals = BTreeSet::new();
        add_literals(files::parsed(path, text), &mut literals);
        for (number, line) in (1..).zip(text.lines()) {
            let columns = line.chars().count();
            let is_comment = line.trim_start().starts_with("//");
            if columns > MAX_COLUMNS && (is_comment || !literals.contains(&number)) {
                problems.push(format!("{path}:{number} has {columns} columns"));
            }
        }
    }
    problems
}

/// Adds the numbers of the lines that the literals of `tokens` stand on.
fn add_literals(tokens: TokenStream, lines: &mut BTreeSet<usize>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => add_literals(group.stream(), lines),
            TokenTree::Literal(literal) => {
                let span = literal.span();
                lines.extend(span.start().line..=span.end().line);
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

#[test]
fn comments_are_wrapped_and_strings_need_not_be() {
    let wide = "x".repeat(100);
    let text = format!(
        "/// {wide}\nconst A: &str = \"{wide}\";\n// {wide}\nconst B: &str = \"\n{wide}{wide}\n\";\n\
         const {wide}: () = ();\n// {}\n",
        "é".repeat(97)
    );
    assert_eq!(
        long_lines(&Files::from([("src/a.rs", &*text)])),
        [
            "src/a.rs:1 has 104 columns",
            "src/a.rs:3 has 103 columns",
            "src/a.rs:7 has 116 columns"
        ]
    );
}
