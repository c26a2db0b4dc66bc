//! The commands that export and import the images of a store, with progress on a terminal.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, IsTerminal, Read};
use std::path::Path;

use super::progress::Progress;
use crate::config::{Config, StoreUrl};
use crate::{service, transfer};

/// Writes the images of the store to standard output. Changes nothing in the store.
pub(super) async fn export(config: &Config) -> Result<(), Box<dyn Error>> {
    let store = service::store_for_export(config).await?;
    // On a terminal, the images themselves show the progress.
    let is_visible = io::stderr().is_terminal() && !io::stdout().is_terminal();
    let stdout = BufWriter::new(io::stdout().lock());
    let lines = Progress::new(stdout, io::stderr(), is_visible, "exported");
    let exported = transfer::export(&*store, lines).await?;
    eprintln!(
        "image-tags: {} images and {} events exported",
        exported.images, exported.events
    );
    Ok(())
}

/// Creates the images of the lines in `file` in the store.
pub(super) async fn import(config: &Config, file: &Path) -> Result<(), Box<dyn Error>> {
    if config.store.url == StoreUrl::Memory {
        return Err("store.url: a store in memory would forget what is imported".into());
    }
    let lines: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let lines = File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Box::new(lines)
    };
    let store = service::store_for_import(config).await?;
    let lines = Progress::new(lines, io::stderr(), io::stderr().is_terminal(), "read");
    let imported = transfer::import(&*store, &config.tags.rules, BufReader::new(lines)).await?;
    eprintln!(
        "image-tags: {} images imported, {} were there already; {} events imported",
        imported.created, imported.kept, imported.events
    );
    Ok(())
}
