//! The paths in the code of a module.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Block, ImplItem, Item, ItemUse, Macro, Meta, TraitItem, Visibility};

use super::items::{self, Path};
use super::modules::{ModuleId, Modules};

/// Keys of serde's attribute whose strings are paths.
const PATH_KEYS: [&str; 7] = [
    "default",
    "deserialize_with",
    "from",
    "into",
    "serialize_with",
    "try_from",
    "with",
];

/// A path in the code, and where it stands.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) line: usize,
    pub(crate) path: Path,
}

/// All paths of the module's own code, those inside of its inline modules excepted.
pub(crate) fn of(modules: &Modules, module: ModuleId) -> Vec<Reference> {
    let mut visitor = Visitor::default();
    for item in &modules[module].items {
        visitor.visit_item(item);
    }
    visitor.references
}

#[derive(Debug, Default)]
struct Visitor {
    references: Vec<Reference>,
    /// What is imported by the functions around the place that is visited.
    imported: Vec<BTreeMap<String, Path>>,
}

impl Visitor {
    fn add(&mut self, span: Span, mut path: Path) {
        let mut scopes = self.imported.iter().rev();
        if let Some(import) = scopes.find_map(|scope| scope.get(&path[0])) {
            path.splice(0..1, import.iter().cloned());
        }
        let line = span.start().line;
        self.references.push(Reference { line, path });
    }

    /// Adds what looks like a path in the arguments of a macro or an attribute: names joined by
    /// `::`, and a single name that starts with a capital letter or is called.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Group(group) => self.add_tokens(group.stream()),
                TokenTree::Ident(first) => {
                    let start = at;
                    let mut path = vec![first.to_string()];
                    while let Some(TokenTree::Ident(next)) = tokens.get(at + 3)
                        && is_punct(tokens.get(at + 1), ':')
                        && is_punct(tokens.get(at + 2), ':')
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    let before = &tokens[..start];
                    let is_part = ['.', '\'', '$']
                        .iter()
                        .any(|it| is_punct(before.last(), *it))
                        && !ends_with_two(before, '.');
                    let is_path = path.len() > 1
                        || path[0].starts_with(char::is_uppercase)
                        || is_called(tokens.get(at + 1));
                    if is_path && !is_part && !ends_with_two(before, ':') {
                        self.add(first.span(), path);
                    }
                }
                TokenTree::Literal(_) | TokenTree::Punct(_) => {}
            }
            at += 1;
        }
    }

    /// Adds the paths that serde's attribute has as strings.
    fn add_serde(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        for window in tokens.windows(3) {
            if let [TokenTree::Ident(key), equals, TokenTree::Literal(literal)] = window
                && is_punct(Some(equals), '=')
                && PATH_KEYS.iter().any(|known| key == known)
                && let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string())
                && let Ok(path) = text.parse::<syn::Type>()
            {
                let before = self.references.len();
                self.visit_type(&path);
                // What was parsed from a string has no place in the file.
                for reference in &mut self.references[before..] {
                    reference.line = literal.span().start().line;
                }
            }
        }
    }
}

fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

fn is_called(next: Option<&TokenTree>) -> bool {
    match next {
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
        _ => is_punct(next, '!'),
    }
}

/// Whether `before` ends with two of `character`: `..` is a range, and `::` stands before a path
/// from the names of all crates or behind a `>`.
fn ends_with_two(before: &[TokenTree], character: char) -> bool {
    let mut last = before.iter().rev().take(2);
    before.len() > 1 && last.all(|token| is_punct(Some(token), character))
}

impl<'ast> Visit<'ast> for Visitor {
    fn visit_item(&mut self, item: &'ast Item) {
        if !items::is_test(item) && !matches!(item, Item::Mod(_)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if !items::is_test_of_impl(item) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        if !items::is_test_of_trait(item) {
            visit::visit_trait_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_some() || !matches!(item.vis, Visibility::Inherited) {
            return;
        }
        let span = item.use_token.span;
        for import in items::imports(&item.tree) {
            // The path of an import begins outside of the function.
            let line = span.start().line;
            let path = import.path;
            self.references.push(Reference { line, path });
        }
    }

    fn visit_block(&mut self, block: &'ast Block) {
        let mut scope = BTreeMap::new();
        for item in block.stmts.iter().filter_map(items::declared) {
            if let Item::Use(item) = item
                && item.leading_colon.is_none()
            {
                for import in items::imports(&item.tree) {
                    scope.extend(import.name.map(|name| (name, import.path)));
                }
            }
        }
        self.imported.push(scope);
        visit::visit_block(self, block);
        self.imported.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let segments = path.segments.iter();
            let names = segments.clone().map(|segment| segment.ident.to_string());
            let span = path.segments[0].ident.span();
            self.add(span, names.collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        visit::visit_macro(self, call);
        self.add_tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        visit::visit_attribute(self, attribute);
        if let Meta::List(list) = &attribute.meta {
            self.add_tokens(list.tokens.clone());
            if list.path.is_ident("serde") {
                self.add_serde(list.tokens.clone());
            }
        }
    }
}
