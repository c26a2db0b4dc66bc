//! `doctor`: the exclusive tags that several images of a store carry, data that no image names, and
//! images whose data is missing.

use std::error::Error;
use std::io::{self, Write};

use crate::config::{Config, StoreUrl};
use crate::data::DataStore;
use crate::doctor::{Finding, find, find_data, repair, repair_data};
use crate::image::TagScope;
use crate::service;
use crate::store::ImageStore;

/// Lists what is wrong; with `apply`, repairs it: leaves each exclusive tag on the newest image,
/// and removes data that no image names. Without, any finding is an error, so that scripts can ask
/// by the exit code.
pub(super) async fn doctor(config: &Config, apply: bool) -> Result<(), Box<dyn Error>> {
    if config.store.url == StoreUrl::Memory {
        return Err("store.url: a store in memory belongs to the process of the service".into());
    }
    // Opened this way, a database must exist and have the schema of this version.
    let existing = service::store_for_export(config).await?;
    let store = if apply {
        service::store_for_import(config).await?
    } else {
        existing
    };
    let data = service::data_store(config)?;
    let in_tags = check_tags(&*store, config, apply).await?;
    let in_data = check_data(&*store, &data, apply).await?;
    let found: Vec<_> = [in_tags, in_data].into_iter().flatten().collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(found.join("; ").into())
}

/// Returns what is wrong with the tags after this.
async fn check_tags(
    store: &dyn ImageStore,
    config: &Config,
    apply: bool,
) -> Result<Option<String>, Box<dyn Error>> {
    let findings = find(store, &config.tags.rules).await?;
    for finding in &findings {
        let mut lines = line(finding);
        for id in &finding.others {
            lines = format!("{lines}\n  also on {id}");
        }
        if apply {
            let repaired = repair(store, finding).await?.len();
            lines = format!("{lines}\n  taken from {repaired}");
        }
        print(&lines)?;
    }
    match findings.len() {
        0 => print("every exclusive tag is on one image at most")?,
        count if !apply => {
            return Ok(Some(format!(
                "exclusive tags on several images: {count}. \"image-tags doctor --apply\" leaves each on \
                 the newest"
            )));
        }
        _ => {}
    }
    Ok(None)
}

/// Returns what is wrong with the data after this.
async fn check_data(
    store: &dyn ImageStore,
    data: &DataStore,
    apply: bool,
) -> Result<Option<String>, Box<dyn Error>> {
    if data.discards() || data.refuses() {
        return Ok(None);
    }
    let findings = find_data(store, data).await?;
    for key in &findings.unnamed {
        print(&format!("no image has the data {key}"))?;
    }
    for key in &findings.expired {
        print(&format!("the process of the upload {key} is gone"))?;
    }
    for path in &findings.left {
        print(&format!("nobody writes the file {}", path.display()))?;
    }
    for id in &findings.missing {
        print(&format!("the data of the image {id} is missing"))?;
    }
    if apply {
        repair_data(store, data, &findings).await?;
        print(&format!("removed: {}", findings.repairable()))?;
    }
    let (repairable, missing) = (findings.repairable(), findings.missing.len());
    if repairable + missing == 0 {
        print("all data has an image, and all images have their data")?;
    }
    let of_no_image = (repairable > 0 && !apply).then(|| {
        format!("data without an image: {repairable}. \"image-tags doctor --apply\" removes it")
    });
    let of_images = (missing > 0).then(|| format!("images without their data: {missing}"));
    let found: Vec<_> = [of_no_image, of_images].into_iter().flatten().collect();
    Ok((!found.is_empty()).then(|| found.join("; ")))
}

fn print(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}

fn line(Finding { tag, newest, .. }: &Finding) -> String {
    let scope = match &tag.scope {
        TagScope::Service => "in the service".to_owned(),
        TagScope::Owner(None) => "among images without an owner".to_owned(),
        TagScope::Owner(Some(owner)) => format!("in the project {owner}"),
    };
    format!("{:?} {scope}: newest {newest}", tag.tag.as_str())
}
