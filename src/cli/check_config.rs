//! The command that checks the configuration and tells which rule counts for a tag.

use std::io::{self, Write};
use std::path::Path;

use crate::config::Config;
use crate::image::Tag;

/// Writes to standard output that `config`, which was read from `path`, is fine, and for each of
/// `tags` the rule that counts: its number, its pattern, and what it does.
pub(super) fn check_config(path: &Path, config: &Config, tags: &[Tag]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}: fine", path.display())?;
    for tag in tags {
        let tag_name = tag.as_str();
        match config.tags.rules.rule_for(tag) {
            Some((index, rule)) => {
                let pattern = rule.pattern();
                writeln!(
                    stdout,
                    "{tag_name:?}: tags.rules[{index}] ({pattern:?}): {rule}"
                )?;
            }
            None => writeln!(stdout, "{tag_name:?}: no rule")?,
        }
    }
    Ok(())
}
