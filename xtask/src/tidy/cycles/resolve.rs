//! Resolves a path to the file that defines the named item, through any number of re-exports.

use std::collections::BTreeSet;

use super::modules::{Meaning, Module, ModuleId};
use super::paths::{How, Named};

/// What a path, or its beginning, means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    /// An item that is defined in this module.
    ItemOf(ModuleId),
    Module(ModuleId),
}

/// The names that are being resolved. A name that depends on itself resolves to nothing.
type Open<'a> = Vec<(ModuleId, &'a str)>;

/// Returns the files that define what a path names. Items of other crates, local names and modules themselves have no
/// file.
pub(super) fn files<'a>(
    modules: &'a [Module],
    module: ModuleId,
    named: &'a Named,
) -> BTreeSet<&'a str> {
    let mut targets = lead(modules, module, &named.segments, &mut Vec::new());
    if named.how == How::Call && targets.is_empty() {
        targets.extend(macro_of_parents(modules, module, &named.segments[0]));
    }
    let to_module = targets
        .iter()
        .any(|target| matches!(target, Target::Module(_)));
    if named.how == How::Import && to_module {
        // Importing a module itself needs no file; the uses of its names show which files are needed.
        return BTreeSet::new();
    }
    let items = targets.iter().filter_map(|target| match target {
        Target::ItemOf(module) => Some(modules[*module].file.as_str()),
        Target::Module(_) => None,
    });
    items.collect()
}

fn lead<'a>(
    modules: &'a [Module],
    start: ModuleId,
    segments: &'a [String],
    open: &mut Open<'a>,
) -> BTreeSet<Target> {
    let mut at = BTreeSet::from([Target::Module(start)]);
    for (index, segment) in segments.iter().enumerate() {
        let step = |target: Target, open: &mut Open<'a>| match target {
            // The path names a variant, an associated constant or a method, so its file is the file of its type.
            Target::ItemOf(_) => BTreeSet::from([target]),
            Target::Module(module) => match segment.as_str() {
                "crate" => root(modules, module).into_iter().collect(),
                "self" => BTreeSet::from([target]),
                "super" => modules[module]
                    .parent
                    .map(Target::Module)
                    .into_iter()
                    .collect(),
                name => look_up(modules, module, name, index > 0, open),
            },
        };
        at = at
            .into_iter()
            .flat_map(|target| step(target, open))
            .collect();
    }
    at
}

fn root(modules: &[Module], mut module: ModuleId) -> Option<Target> {
    while let Some(parent) = modules[module].parent {
        module = parent;
    }
    Some(Target::Module(module))
}

/// Resolves a name in a module. If `inside` is true, the path named the module before, so the name must belong to this
/// module.
fn look_up<'a>(
    modules: &'a [Module],
    module: ModuleId,
    name: &'a str,
    inside: bool,
    open: &mut Open<'a>,
) -> BTreeSet<Target> {
    if open.contains(&(module, name)) {
        return BTreeSet::new();
    }
    open.push((module, name));
    let here = &modules[module];
    let mut found = BTreeSet::new();
    for meaning in here.names.get(name).into_iter().flatten() {
        found.extend(match meaning {
            Meaning::Item | Meaning::Macro => BTreeSet::from([Target::ItemOf(module)]),
            Meaning::Module(child) => BTreeSet::from([Target::Module(*child)]),
            Meaning::Brought(path) => lead(modules, module, path, open),
        });
    }
    if !here.names.contains_key(name) {
        found.extend(in_globs(modules, module, name, open));
        if found.is_empty() && inside && here.generated {
            found.insert(Target::ItemOf(module));
        }
    }
    open.pop();
    found
}

fn in_globs<'a>(
    modules: &'a [Module],
    module: ModuleId,
    name: &'a str,
    open: &mut Open<'a>,
) -> BTreeSet<Target> {
    let mut found = BTreeSet::new();
    for glob in &modules[module].globs {
        for target in lead(modules, module, glob, open) {
            if let Target::Module(source) = target {
                found.extend(look_up(modules, source, name, true, open));
            }
        }
    }
    found
}

/// Finds a `macro_rules!` macro of a parent module, which can be called without `use`.
fn macro_of_parents(modules: &[Module], module: ModuleId, name: &str) -> Option<Target> {
    let mut above = Some(module);
    while let Some(module) = above {
        let meanings = modules[module].names.get(name);
        if let Some(meanings) = meanings {
            let is_macro = meanings.iter().any(|one| matches!(one, Meaning::Macro));
            return is_macro.then_some(Target::ItemOf(module));
        }
        above = modules[module].parent;
    }
    None
}
