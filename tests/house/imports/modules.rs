//! The tree of modules: which file each one is in, and what its names mean.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Index;

use syn::{Item, ItemMod};

use super::items::{self, Path};
use crate::files::{self, Files};

/// The index of a module in [`Modules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ModuleId(usize);

/// One module of the library or the binary.
pub(crate) struct Module {
    pub(crate) file: String,
    /// `None` for the root of a crate.
    pub(crate) parent: Option<ModuleId>,
    /// What each name means; a module and a function can share one.
    pub(crate) names: BTreeMap<String, Vec<Meaning>>,
    /// The paths that everything is imported from (`use path::*`).
    pub(crate) globs: Vec<Path>,
    /// Its items but its modules and those that are for tests.
    pub(crate) items: Vec<Item>,
}

/// What a name in a module stands for.
#[derive(Clone, Debug)]
pub(crate) enum Meaning {
    /// An item of this module.
    Item,
    Module(ModuleId),
    Import(Path),
}

/// All modules that are not for tests.
#[derive(Default)]
pub(crate) struct Modules {
    found: Vec<Module>,
    /// The files of modules that are for tests.
    tests: BTreeSet<String>,
    /// The root of the library.
    pub(crate) library: Option<ModuleId>,
}

impl Modules {
    /// Follows the `mod` lines from `src/lib.rs` and `src/main.rs`.
    pub(crate) fn load(files: &Files) -> Self {
        let mut modules = Self::default();
        for root in ["src/lib.rs", "src/main.rs"] {
            let Some(text) = files.text(root) else {
                continue;
            };
            let items = files::parsed::<syn::File>(root, text).items;
            let id = modules.add(files, root, "src", None, items);
            if root == "src/lib.rs" {
                modules.library = Some(id);
            }
        }
        modules
    }

    /// All modules, in the order in which they were found.
    pub(crate) fn all(&self) -> impl Iterator<Item = ModuleId> + use<> {
        (0..self.found.len()).map(ModuleId)
    }

    /// One line for each file that no `mod` line leads to: its imports would not be looked at.
    pub(crate) fn unreachable(&self, files: &Files) -> Vec<String> {
        let reached: BTreeSet<_> = self.found.iter().map(|module| &*module.file).collect();
        files
            .iter()
            .filter(|(path, _)| !reached.contains(path) && !self.is_test(path))
            .map(|(path, _)| format!("{path} is no module of the crate"))
            .collect()
    }

    /// Whether the file is a module for tests, or one below of it.
    fn is_test(&self, path: &str) -> bool {
        let folder = |test: &str| {
            test.trim_end_matches("/mod.rs")
                .trim_end_matches(".rs")
                .to_owned()
        };
        let mut tests = self.tests.iter();
        tests.any(|test| path == test || path.starts_with(&format!("{}/", folder(test))))
    }

    /// Adds a module of `file` and those below it, whose files are in `folder`.
    fn add(
        &mut self,
        files: &Files,
        file: &str,
        folder: &str,
        parent: Option<ModuleId>,
        all: Vec<Item>,
    ) -> ModuleId {
        let id = ModuleId(self.found.len());
        self.found.push(Module {
            file: file.to_owned(),
            parent,
            names: BTreeMap::new(),
            globs: Vec::new(),
            items: Vec::new(),
        });
        for item in all {
            match item {
                Item::Mod(child) => self.add_child(files, file, folder, id, child),
                item if !items::is_test(&item) => self.found[id.0].declare(item),
                _ => {}
            }
        }
        id
    }

    fn add_child(
        &mut self,
        files: &Files,
        file: &str,
        folder: &str,
        parent: ModuleId,
        child: ItemMod,
    ) {
        let name = child.ident.to_string();
        let folder = format!("{folder}/{name}");
        let own_file = [format!("{folder}.rs"), format!("{folder}/mod.rs")]
            .into_iter()
            .find(|path| files.text(path).is_some());
        let is_test = items::is_test(&Item::Mod(child.clone()));
        let (file, items) = match (child.content, own_file) {
            (Some(_), _) if is_test => return,
            (None, Some(path)) if is_test => {
                self.tests.insert(path);
                return;
            }
            (Some((_, items)), _) => (file.to_owned(), items),
            (None, Some(path)) => {
                let items = files::parsed::<syn::File>(&path, files.text(&path).unwrap()).items;
                (path, items)
            }
            (None, None) => panic!("{file}: there is no file of the module {name}"),
        };
        let id = self.add(files, &file, &folder, Some(parent), items);
        self.found[parent.0].mean(name, Meaning::Module(id));
    }
}

impl Index<ModuleId> for Modules {
    type Output = Module;

    fn index(&self, id: ModuleId) -> &Module {
        &self.found[id.0]
    }
}

impl Module {
    /// Keeps an item, and what its names mean.
    fn declare(&mut self, item: Item) {
        if let Item::Use(item) = &item
            && item.leading_colon.is_none()
        {
            for import in items::imports(&item.tree) {
                match import.name {
                    Some(name) => self.mean(name, Meaning::Import(import.path)),
                    None => self.globs.push(import.path),
                }
            }
        } else if let Some(name) = items::name(&item) {
            self.mean(name, Meaning::Item);
        }
        self.items.push(item);
    }

    fn mean(&mut self, name: String, meaning: Meaning) {
        self.names.entry(name).or_default().push(meaning);
    }
}
