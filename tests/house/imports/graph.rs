//! The graph of imports between files.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::references::Reference;

/// For each file, the files that it imports from, each with the first line that does so.
#[derive(Debug, Default)]
pub(crate) struct Graph(BTreeMap<String, BTreeMap<String, String>>);

impl Graph {
    /// Adds that `from` names an item which `to` defines. A file may use its own items.
    pub(crate) fn add(&mut self, from: &str, to: &str, reference: &Reference) {
        if from != to {
            let imports = self.0.entry(from.to_owned()).or_default();
            imports.entry(to.to_owned()).or_insert_with(|| {
                format!("{from}:{} `{}`", reference.line, reference.path.join("::"))
            });
        }
    }

    /// Each import between two files, with its description.
    pub(crate) fn edges<'a>(&'a self) -> impl Iterator<Item = (&'a str, &'a str, String)> {
        self.0.iter().flat_map(move |(from, imports)| {
            let edge = move |to: &'a String| (&**from, &**to, self.line((from, to)));
            imports.keys().map(edge)
        })
    }

    /// A description of each strongly connected component: the shortest cycle in it, and the
    /// imports between its files that are not in that cycle.
    pub(crate) fn cycles(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let mut described = Vec::new();
        for file in self.0.keys() {
            if seen.contains(file) {
                continue;
            }
            let component: Vec<_> = self
                .reachable(file)
                .into_iter()
                .filter(|other| self.reachable(other).contains(file))
                .collect();
            if !component.is_empty() {
                described.push(self.description(&component));
                seen.extend(component);
            }
        }
        described
    }

    fn description(&self, component: &[&String]) -> String {
        let cycles = component.iter().map(|file| self.shortest_cycle(file));
        let cycle = cycles.min_by_key(Vec::len).unwrap_or_default();
        let mut lines = vec![format!("{} files in a cycle:", component.len())];
        lines.extend(cycle.iter().map(|edge| self.line(*edge)));
        let mut others = Vec::new();
        for from in component {
            for to in self.imports(from).filter(|to| component.contains(to)) {
                if !cycle.contains(&(*from, to)) {
                    others.push(self.line((from, to)));
                }
            }
        }
        if !others.is_empty() {
            lines.push("  and between these files:".to_owned());
            lines.extend(others);
        }
        lines.join("\n")
    }

    fn line(&self, (from, to): (&String, &String)) -> String {
        format!("  {} is defined in {to}", self.0[from][to])
    }

    fn imports(&self, file: &str) -> impl Iterator<Item = &String> {
        self.0.get(file).into_iter().flat_map(BTreeMap::keys)
    }

    /// The files that `file` imports from, directly or not.
    fn reachable(&self, file: &str) -> BTreeSet<&String> {
        let mut found = BTreeSet::new();
        let mut queue: Vec<_> = self.imports(file).collect();
        while let Some(next) = queue.pop() {
            if found.insert(next) {
                queue.extend(self.imports(next));
            }
        }
        found
    }

    /// The imports of the shortest way from `start`, which is in a cycle, back to it.
    fn shortest_cycle<'a>(&'a self, start: &'a String) -> Vec<(&'a String, &'a String)> {
        let mut came_from = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(file) = queue.pop_front() {
            for next in self.imports(file) {
                came_from.entry(next).or_insert_with(|| {
                    queue.push_back(next);
                    file
                });
            }
        }
        let mut edges = Vec::new();
        let mut file = start;
        while let Some(from) = came_from.get(file) {
            edges.push((*from, file));
            file = from;
            if file == start {
                break;
            }
        }
        edges.reverse();
        edges
    }
}
