//! The order of the top-level modules: that of the table in `src/lib.rs`.

use super::graph::Graph;
use crate::files::Files;

/// Every top-level module that the table does not have once, and every import from a module that
/// stands higher in the table.
pub(crate) fn problems(files: &Files, graph: &Graph) -> Vec<String> {
    let Some(library) = files.text("src/lib.rs") else {
        return Vec::new();
    };
    let order: Vec<_> = library.lines().filter_map(in_table).collect();
    let declared = library.lines().filter_map(declared);
    let mut problems: Vec<_> = declared
        .filter(|module| order.iter().filter(|listed| *listed == module).count() != 1)
        .map(|module| format!("the table in src/lib.rs has {module} not once"))
        .collect();
    let place = |file| order.iter().position(|listed| Some(*listed) == top(file));
    for (from, to, line) in graph.edges() {
        if let (Some(from), Some(to)) = (place(from), place(to))
            && from > to
        {
            problems.push(format!("{}, which is higher in src/lib.rs", line.trim()));
        }
    }
    problems
}

/// The module that a row of the table is about.
fn in_table(line: &str) -> Option<&str> {
    let cell = line.strip_prefix("//! | ")?.split('|').next()?.trim();
    let name = cell.trim_start_matches('[').trim_end_matches(']');
    name.strip_prefix('`')?.strip_suffix('`')
}

/// The module that a line of `src/lib.rs` declares.
fn declared(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    line.strip_prefix("mod ")?.strip_suffix(';')
}

/// The top-level module that a file belongs to.
fn top(file: &str) -> Option<&str> {
    let path = file.strip_prefix("src/")?;
    Some(match path.split_once('/') {
        Some((folder, _)) => folder,
        None => path.strip_suffix(".rs")?,
    })
}
