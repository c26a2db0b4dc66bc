//! The list of differences from Glance 33, in recorded cases and in the matrix, and the page that
//! shows it.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;

use super::case::Case;
use crate::matrix::recorded::{Answer, Cell, Line, lines};
use crate::matrix::rows::Cells;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Differences {
    difference: Vec<Difference>,
}

/// One row of the table, with the recorded cases and the cells of the matrix that it explains.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    /// Whether the HTTP front ends differ (uWSGI there, hyper here).
    #[serde(default)]
    front_end: bool,
    request: String,
    glance: String,
    ours: String,
    why: String,
    #[serde(default)]
    cases: BTreeMap<String, Instead>,
    #[serde(default)]
    cells: Vec<Cells>,
}

/// The response of this service to a recorded case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instead {
    /// 0 if the connection closes without a response.
    pub status: u16,
    /// A text that the body contains.
    pub says: Option<String>,
    /// The value of `Allow`. If the status is the recorded one, so is all the rest of the response.
    pub allow: Option<String>,
    /// The tags that the request adds.
    #[serde(default)]
    pub added: Vec<String>,
    /// The tags that the request removes.
    #[serde(default)]
    pub removed: Vec<String>,
    /// Whether the request changes `updated_at`.
    pub updated_at_changed: Option<bool>,
}

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/compatibility.md");

impl Differences {
    pub fn load() -> Self {
        toml::from_str(include_str!("differences.toml")).unwrap()
    }

    /// Those of a service with the policy file of the matrix.
    pub fn with_policy() -> Self {
        toml::from_str(include_str!("../matrix/policy_differences.toml")).unwrap()
    }

    pub fn of(&self, case: &Case) -> Option<&Instead> {
        self.difference
            .iter()
            .find_map(|difference| difference.cases.get(&case.id()))
    }

    pub fn cases(&self) -> impl Iterator<Item = &str> {
        self.difference
            .iter()
            .flat_map(|difference| difference.cases.keys())
            .map(String::as_str)
    }

    /// The parts of the rows that explain cells of the matrix.
    pub fn cells(&self) -> impl Iterator<Item = &Cells> {
        self.difference
            .iter()
            .flat_map(|difference| &difference.cells)
    }

    /// The response of this service to a cell of the matrix, if it differs from that of Glance.
    pub fn instead_of(&self, cell: &Cell<'_>) -> Option<&Answer> {
        self.cells()
            .find(|row| row.matches(cell))
            .map(|row| &row.ours)
    }

    /// Compares the tables of the page with the list; `UPDATE_PAGES=1` rewrites them.
    pub fn check_page(&self) {
        let page = std::fs::read_to_string(PAGE).unwrap();
        let mut wanted = page.clone();
        for (name, front_end) in [("differences", false), ("front-end", true)] {
            let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
            let from = wanted.find(&start).unwrap() + start.len();
            let to = wanted.find(&end).unwrap();
            wanted.replace_range(from..to, &self.table(front_end));
        }
        if std::env::var_os("UPDATE_PAGES").is_some() {
            std::fs::write(PAGE, wanted).unwrap();
        } else {
            assert!(
                page == wanted,
                "docs/compatibility.md does not match differences.toml: UPDATE_PAGES=1 rewrites it"
            );
        }
    }

    fn table(&self, front_end: bool) -> String {
        let mut table =
            "\n| request | Glance 33 | image-tags | why | cases |\n|---|---|---|---|---|\n"
                .to_owned();
        let lines = lines();
        let matrix: Vec<_> = lines.iter().flat_map(Line::cells).collect();
        for row in self
            .difference
            .iter()
            .filter(|row| row.front_end == front_end)
        {
            let Difference {
                request,
                glance,
                ours,
                why,
                cases,
                cells,
                ..
            } = row;
            let is_listed = |cell: &&Cell<'_>| cells.iter().any(|cells| cells.matches(cell));
            let count = cases.len() + matrix.iter().filter(is_listed).count();
            let cases = if count == 0 {
                "–".to_owned()
            } else {
                count.to_string()
            };
            writeln!(table, "| {request} | {glance} | {ours} | {why} | {cases} |").unwrap();
        }
        table.push('\n');
        table
    }
}
