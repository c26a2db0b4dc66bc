//! The source files under test, in memory: read from the repository, or made up by a unit test.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Rust files by their path from the root of the repository, with `/` between its parts.
#[derive(Debug, Default)]
pub(crate) struct Files(BTreeMap<String, String>);

impl Files {
    /// Reads every `.rs` file below `folders`. Cargo runs tests in the root of the package.
    pub(crate) fn read(folders: &[&str]) -> Self {
        let mut files = Self::default();
        for folder in folders {
            files.read_below(folder);
        }
        files
    }

    fn read_below(&mut self, folder: &str) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                self.read_below(&name);
            } else if Path::new(&name).extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(entry.path()).unwrap();
                self.0.insert(name, text);
            }
        }
    }

    /// The text of the file at `path`.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Only the files with `part` in their path.
    pub(crate) fn named(mut self, part: &str) -> Self {
        self.0.retain(|path, _| path.contains(part));
        self
    }

    /// Paths and texts, in order of the paths.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (&**path, &**text))
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Files {
    fn from(files: [(&str, &str); N]) -> Self {
        let owned = |(path, text): (&str, &str)| (path.to_owned(), text.to_owned());
        Self(files.into_iter().map(owned).collect())
    }
}

/// Parses `text`, the content of `path`.
pub(crate) fn parsed<T: syn::parse::Parse>(path: &str, text: &str) -> T {
    syn::parse_str(text).unwrap_or_else(|error| panic!("{path}: {error}"))
}
