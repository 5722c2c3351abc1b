//! The graph of imports between files, and its cycles.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The first place at which one file imports another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) line: usize,
    /// The path as written in the code.
    pub(super) path: String,
}

/// One import of a cycle: from a file to a file.
pub(super) struct Step<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) import: &'a Import,
}

/// The imports between files, at most one from each file to each other file.
#[derive(Default)]
pub(super) struct Graph {
    imports: BTreeMap<String, BTreeMap<String, Import>>,
}

impl Graph {
    pub(super) fn add(&mut self, from: &str, to: &str, import: Import) {
        if from != to {
            let known = self.imports.entry(from.to_owned()).or_default();
            known.entry(to.to_owned()).or_insert(import);
        }
    }

    /// Returns the groups of files that all reach each other. Each group is sorted by path; the largest group comes
    /// first.
    pub(super) fn groups(&self) -> Vec<BTreeSet<&str>> {
        let reached: BTreeMap<&str, BTreeSet<&str>> = self
            .imports
            .keys()
            .map(|file| (file.as_str(), self.reached_from(file)))
            .collect();
        let mut groups = BTreeSet::new();
        for (file, leads_to) in &reached {
            let back = |other: &&str| reached.get(other).is_some_and(|back| back.contains(file));
            let group: BTreeSet<&str> = leads_to.iter().copied().filter(back).collect();
            if !group.is_empty() {
                groups.insert(group);
            }
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
        groups
    }

    /// Returns, for every file of a group, a shortest cycle through it. Each cycle occurs once; the shortest comes
    /// first.
    pub(super) fn cycles<'a>(&'a self, group: &BTreeSet<&str>) -> Vec<Vec<Step<'a>>> {
        let mut known = BTreeSet::new();
        let mut cycles: Vec<Vec<Step<'a>>> = group
            .iter()
            .filter_map(|file| self.shortest_cycle(file))
            .filter(|cycle| {
                let files: BTreeSet<&str> = cycle.iter().map(|step| step.from).collect();
                known.insert(files)
            })
            .collect();
        cycles.sort_by_key(Vec::len);
        cycles
    }

    fn imports_of(&self, file: &str) -> impl Iterator<Item = (&str, &Import)> {
        let imports = self.imports.get(file).into_iter().flatten();
        imports.map(|(to, import)| (to.as_str(), import))
    }

    fn reached_from(&self, start: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&str> = self.imports_of(start).map(|(to, _)| to).collect();
        while let Some(file) = open.pop() {
            if reached.insert(file) {
                open.extend(self.imports_of(file).map(|(to, _)| to));
            }
        }
        reached
    }

    /// Searches breadth first from a file until it reaches the file again.
    fn shortest_cycle<'a>(&'a self, start: &str) -> Option<Vec<Step<'a>>> {
        let (start, _) = self.imports.get_key_value(start)?;
        let mut arrived: BTreeMap<&str, Step<'a>> = BTreeMap::new();
        let mut open = VecDeque::from([start.as_str()]);
        while let Some(from) = open.pop_front() {
            for (to, import) in self.imports_of(from) {
                if !arrived.contains_key(to) {
                    arrived.insert(to, Step { from, to, import });
                    open.push_back(to);
                }
            }
        }
        let mut cycle = Vec::new();
        let mut at = start.as_str();
        while let Some(step) = arrived.remove(at) {
            at = step.from;
            cycle.push(step);
        }
        cycle.reverse();
        (at == start && !cycle.is_empty()).then_some(cycle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(imports: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::default();
        for (from, to) in imports {
            let import = Import {
                line: 1,
                path: (*to).to_owned(),
            };
            graph.add(from, to, import);
        }
        graph
    }

    fn cycles(graph: &Graph) -> Vec<Vec<String>> {
        let groups = graph.groups();
        let cycles = groups.iter().flat_map(|group| graph.cycles(group));
        cycles
            .map(|cycle| cycle.iter().map(|step| step.from.to_owned()).collect())
            .collect()
    }

    #[test]
    fn imports_in_one_direction_are_no_cycle() {
        let graph = graph(&[("a", "b"), ("a", "c"), ("b", "c"), ("c", "c")]);
        assert!(graph.groups().is_empty());
    }

    #[test]
    fn a_cycle_is_found_from_a_file_outside_it() {
        let graph = graph(&[("a", "b"), ("b", "c"), ("c", "d"), ("d", "b")]);
        assert_eq!(cycles(&graph), [["b", "c", "d"]]);
    }

    #[test]
    fn the_shortest_cycle_comes_first() {
        let graph = graph(&[("a", "b"), ("b", "c"), ("c", "a"), ("b", "a")]);
        assert_eq!(cycles(&graph), [vec!["a", "b"], vec!["c", "a", "b"]]);
    }

    #[test]
    fn groups_are_separate_and_the_largest_comes_first() {
        let graph = graph(&[
            ("a", "b"),
            ("b", "a"),
            ("c", "d"),
            ("d", "e"),
            ("e", "c"),
            ("a", "c"),
        ]);
        let sizes: Vec<usize> = graph.groups().iter().map(BTreeSet::len).collect();
        assert_eq!(sizes, [3, 2]);
    }
}
