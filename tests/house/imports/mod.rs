//! The graph of imports between files: it has no cycle, and modules import from lower ones only.
//!
//! A file imports from another file if its code names an item that the other file defines: in a
//! `use`, in a path inside the code, in the arguments of a macro, or in an attribute. Re-exports
//! are followed to the definition. A `pub use` or a `mod` alone is no import, and code under
//! `#[cfg(test)]` does not count. A method call on a value is not seen, because that needs types.
//!
//! Start reading at [`cycles`].

mod graph;
mod items;
mod layers;
mod modules;
mod references;
mod resolve;
mod tests;

use crate::files::Files;
use graph::Graph;
use modules::Modules;

/// A description of every cycle, of every file outside the module tree, and of every path that
/// cannot be resolved.
pub(crate) fn cycles(files: &Files) -> Vec<String> {
    let (graph, mut problems) = graph(files);
    problems.extend(graph.cycles());
    problems
}

/// A description of every import from a module that stands higher in the table of `src/lib.rs`,
/// and of every module that the table does not have once.
pub(crate) fn upward(files: &Files) -> Vec<String> {
    let (graph, _) = graph(files);
    layers::problems(files, &graph)
}

/// The graph of imports, and what is wrong with the module tree.
fn graph(files: &Files) -> (Graph, Vec<String>) {
    let modules = Modules::load(files);
    let mut problems = modules.unreachable(files);
    let mut graph = Graph::default();
    for module in modules.all() {
        for reference in references::of(&modules, module) {
            let from = &modules[module].file;
            match resolve::files(&modules, module, &reference.path) {
                Ok(defined) => defined
                    .iter()
                    .for_each(|to| graph.add(from, to, &reference)),
                Err(error) => problems.push(format!("{from}:{}: {error}", reference.line)),
            }
        }
    }
    (graph, problems)
}
