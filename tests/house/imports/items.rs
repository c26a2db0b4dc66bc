//! What items are called, whether they belong to tests, and what a `use` imports.

use syn::{Attribute, ImplItem, Item, Meta, Stmt, TraitItem, UseTree};

/// The parts of a path: `a::b` has two.
pub(crate) type Path = Vec<String>;

/// One name that a `use` brings into scope.
#[derive(Debug)]
pub(crate) struct Import {
    /// `None` if everything in `path` is imported (`*`).
    pub(crate) name: Option<String>,
    pub(crate) path: Path,
}

/// Flattens a tree of imports. Imports from another crate (`use ::a`) are left out by the caller.
pub(crate) fn imports(tree: &UseTree) -> Vec<Import> {
    let mut imports = Vec::new();
    flatten(tree, &mut Vec::new(), &mut imports);
    imports
}

fn flatten(tree: &UseTree, prefix: &mut Path, imports: &mut Vec<Import>) {
    match tree {
        UseTree::Path(tree) => {
            prefix.push(tree.ident.to_string());
            flatten(&tree.tree, prefix, imports);
            prefix.pop();
        }
        UseTree::Name(tree) => imports.push(import(prefix, &tree.ident, &tree.ident)),
        UseTree::Rename(tree) => imports.push(import(prefix, &tree.ident, &tree.rename)),
        UseTree::Glob(_) => imports.push(Import {
            name: None,
            path: prefix.clone(),
        }),
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, prefix, imports);
            }
        }
    }
}

fn import(prefix: &[String], ident: &syn::Ident, name: &syn::Ident) -> Import {
    let mut path = prefix.to_vec();
    // `use a::{self}` is `use a`.
    if ident != "self" || path.is_empty() {
        path.push(ident.to_string());
    }
    let name = if name == "self" {
        path.last().cloned()
    } else {
        Some(name.to_string())
    };
    Import { name, path }
}

/// The name of an item that is neither a module nor a `use`.
pub(crate) fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// Whether something with these attributes is compiled for tests only.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition == "test" || condition.replace(' ', "").starts_with("all(test,")
        }
        Meta::List(_) | Meta::NameValue(_) => false,
    })
}

/// Whether an item is compiled for tests only.
pub(crate) fn is_test(item: &Item) -> bool {
    is_for_tests(match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    })
}

/// Whether an item of an `impl` is compiled for tests only.
pub(crate) fn is_test_of_impl(item: &ImplItem) -> bool {
    is_for_tests(match item {
        ImplItem::Const(item) => &item.attrs,
        ImplItem::Fn(item) => &item.attrs,
        ImplItem::Type(item) => &item.attrs,
        _ => &[],
    })
}

/// Whether an item of a trait is compiled for tests only.
pub(crate) fn is_test_of_trait(item: &TraitItem) -> bool {
    is_for_tests(match item {
        TraitItem::Const(item) => &item.attrs,
        TraitItem::Fn(item) => &item.attrs,
        TraitItem::Type(item) => &item.attrs,
        _ => &[],
    })
}

/// The item that a statement of a function declares.
pub(crate) fn declared(statement: &Stmt) -> Option<&Item> {
    match statement {
        Stmt::Item(item) => Some(item),
        _ => None,
    }
}
