//! The number of files in a folder, small enough to be read at a glance.

use std::collections::BTreeMap;

use crate::files::Files;

const MAX_FILES: usize = 12;

/// Folders that may have more, and why.
const EXEMPT: [(&str, &str); 1] = [(
    "src/store/sql",
    "the files that deal with the drivers are to get a folder of their own",
)];

/// One line for each folder with too many files, and for each exemption that is not needed.
pub(crate) fn crowded(files: &Files) -> Vec<String> {
    let mut counts = BTreeMap::<&str, usize>::new();
    for (path, _) in files.iter() {
        let (folder, _) = path.rsplit_once('/').unwrap();
        *counts.entry(folder).or_default() += 1;
    }
    let is_exempt = |folder: &str| EXEMPT.iter().any(|(exempt, _)| *exempt == folder);
    let mut problems = Vec::new();
    for (folder, count) in counts {
        if count > MAX_FILES && !is_exempt(folder) {
            problems.push(format!("{folder} has {count} files"));
        }
        if count <= MAX_FILES && is_exempt(folder) {
            problems.push(format!("{folder} needs no exemption any more"));
        }
    }
    problems
}

#[test]
fn a_folder_with_thirteen_files_is_crowded() {
    let names: [_; 13] = std::array::from_fn(|number| format!("src/a/{number}.rs"));
    let all = Files::from(names.each_ref().map(|name| (&**name, "")));
    assert_eq!(crowded(&all), ["src/a has 13 files"]);

    let twelve: [_; 12] = std::array::from_fn(|number| (&*names[number], ""));
    assert!(crowded(&Files::from(twelve)).is_empty());
}
