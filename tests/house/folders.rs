//! The number of files in a folder, small enough to be read at a glance.

use std::collections::BTreeMap;

use crate::files::Files;

const MAX_FILES: usize = 12;

/// One line for each folder with too many files.
pub(crate) fn crowded(files: &Files) -> Vec<String> {
    let mut counts = BTreeMap::<&str, usize>::new();
    for (path, _) in files.iter() {
        let (folder, _) = path.rsplit_once('/').unwrap();
        *counts.entry(folder).or_default() += 1;
    }
    let crowded = counts.into_iter().filter(|(_, count)| *count > MAX_FILES);
    let problem = |(folder, count)| format!("{folder} has {count} files");
    crowded.map(problem).collect()
}

#[test]
fn a_folder_with_thirteen_files_is_crowded() {
    let names: [_; 13] = std::array::from_fn(|number| format!("src/a/{number}.rs"));
    let all = Files::from(names.each_ref().map(|name| (&**name, "")));
    assert_eq!(crowded(&all), ["src/a has 13 files"]);

    let twelve: [_; 12] = std::array::from_fn(|number| (&*names[number], ""));
    assert!(crowded(&Files::from(twelve)).is_empty());
}
