//! The commands that move images between stores, with a progress bar where somebody looks on.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use crate::config::{Config, StoreUrl};
use crate::{service, transfer};

/// Writes the images of the store to standard output, and changes nothing in it.
pub async fn export(config: &Config) -> Result<(), Box<dyn Error>> {
    let store = service::store_to_read(config).await?;
    let bar = ProgressBar::new_spinner()
        .with_style(ProgressStyle::with_template("{spinner} {bytes} written")?);
    let count =
        transfer::export(&*store, bar.wrap_write(BufWriter::new(io::stdout().lock()))).await?;
    bar.finish_and_clear();
    eprintln!("image-tags: {count} images exported");
    Ok(())
}

/// Creates the images of the lines in `file` in the store.
pub async fn import(config: &Config, file: &Path) -> Result<(), Box<dyn Error>> {
    if config.store.url == StoreUrl::Memory {
        return Err("store.url: a store in memory would forget what is imported".into());
    }
    let (lines, bytes): (Box<dyn Read>, _) = if file == Path::new("-") {
        (Box::new(io::stdin().lock()), None)
    } else {
        let lines = File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let bytes = lines.metadata()?.len();
        (Box::new(lines), Some(bytes))
    };
    let store = service::store_as_it_is(config).await?;
    let bar = match bytes {
        Some(bytes) => ProgressBar::new(bytes).with_style(ProgressStyle::with_template(
            "{wide_bar} {bytes}/{total_bytes} {eta} left",
        )?),
        None => ProgressBar::new_spinner()
            .with_style(ProgressStyle::with_template("{spinner} {bytes} read")?),
    };
    let imported = transfer::import(&*store, BufReader::new(bar.wrap_read(lines))).await?;
    bar.finish_and_clear();
    eprintln!(
        "image-tags: {} images imported, {} were there already",
        imported.created, imported.kept
    );
    Ok(())
}
