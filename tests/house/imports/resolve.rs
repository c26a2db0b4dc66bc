//! From a path to the files that define what it names.

use std::collections::BTreeSet;

use super::items::Path;
use super::modules::{Meaning, ModuleId, Modules};

/// The name of the library, by which the binary imports from it.
const LIBRARY: &str = "image_tags";

/// What a path, or its first segments, leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Module(ModuleId),
    /// An item that this module defines. Further segments name a part of it: a variant, a method.
    Item(ModuleId),
}

/// Imports that are being followed. They are not followed again: `use self::a::a` is legal.
type Followed = BTreeSet<(ModuleId, String)>;

/// The files that define what `path` names in `module`. There are none if it names a module, a
/// local variable, or something of another crate or the language.
///
/// # Errors
///
/// If a path into this crate cannot be resolved: the check would miss an import.
pub(crate) fn files(
    modules: &Modules,
    module: ModuleId,
    path: &Path,
) -> Result<Vec<String>, String> {
    let targets = targets(modules, module, path, &mut Followed::new());
    let is_own = ["crate", "self", "super", LIBRARY].contains(&&*path[0]);
    if targets.is_empty() && is_own {
        return Err(format!("{} cannot be resolved", path.join("::")));
    }
    let files = targets.into_iter().filter_map(|target| match target {
        Target::Item(module) => Some(modules[module].file.clone()),
        Target::Module(_) => None,
    });
    Ok(files.collect())
}

fn targets(
    modules: &Modules,
    module: ModuleId,
    path: &[String],
    followed: &mut Followed,
) -> BTreeSet<Target> {
    let Some((first, rest)) = path.split_first() else {
        return BTreeSet::from([Target::Module(module)]);
    };
    let mut targets = named(modules, module, first, followed);
    if targets.is_empty() && first == LIBRARY {
        targets.extend(modules.library.map(Target::Module));
    }
    for name in rest {
        let mut inside = BTreeSet::new();
        for target in &targets {
            if let Target::Module(module) = target {
                inside.extend(named(modules, *module, name, followed));
            }
        }
        if inside.is_empty() {
            targets.retain(|target| matches!(target, Target::Item(_)));
        } else {
            targets = inside;
        }
    }
    targets
}

/// What `name` means in `module`.
fn named(
    modules: &Modules,
    module: ModuleId,
    name: &str,
    followed: &mut Followed,
) -> BTreeSet<Target> {
    let found = &modules[module];
    match name {
        "crate" => {
            let parents = std::iter::successors(Some(module), |id| modules[*id].parent);
            return parents.last().map(Target::Module).into_iter().collect();
        }
        "self" => return BTreeSet::from([Target::Module(module)]),
        "super" => return found.parent.map(Target::Module).into_iter().collect(),
        _ => {}
    }
    let mut targets = BTreeSet::new();
    for meaning in found.names.get(name).into_iter().flatten() {
        match meaning {
            Meaning::Item => _ = targets.insert(Target::Item(module)),
            Meaning::Module(child) => _ = targets.insert(Target::Module(*child)),
            Meaning::Import(path) => {
                let key = (module, path.join("::"));
                if followed.insert(key.clone()) {
                    targets.extend(self::targets(modules, module, path, followed));
                    followed.remove(&key);
                }
            }
        }
    }
    if targets.is_empty() {
        for path in &found.globs {
            let key = (module, format!("{}::*", path.join("::")));
            if followed.insert(key.clone()) {
                let whole: Path = path.iter().cloned().chain([name.to_owned()]).collect();
                let globbed = self::targets(modules, module, &whole, followed);
                targets.extend(globbed);
                followed.remove(&key);
            }
        }
    }
    targets
}
