//! `doctor`: the exclusive tags that several images of a store carry.

use std::error::Error;
use std::io::{self, Write};

use crate::config::{Config, StoreUrl};
use crate::doctor::{Finding, find, repair};
use crate::image::TagScope;
use crate::service;

/// Lists the exclusive tags that several images carry; with `apply`, leaves each on the newest one.
/// Without, any finding is an error, so that scripts can ask by the exit code.
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
    let findings = find(&*store, &config.tags.rules).await?;
    let mut stdout = io::stdout().lock();
    for finding in &findings {
        writeln!(stdout, "{}", line(finding))?;
        for id in &finding.others {
            writeln!(stdout, "  also on {id}")?;
        }
        if apply {
            let repaired = repair(&*store, finding).await?.len();
            writeln!(stdout, "  taken from {repaired}")?;
        }
    }
    match findings.len() {
        0 => writeln!(stdout, "every exclusive tag is on one image at most")?,
        count if !apply => {
            return Err(format!(
                "exclusive tags on several images: {count}. \"image-tags doctor --apply\" leaves each on \
                 the newest"
            )
            .into());
        }
        _ => {}
    }
    Ok(())
}

fn line(Finding { tag, newest, .. }: &Finding) -> String {
    let scope = match &tag.scope {
        TagScope::Service => "in the service".to_owned(),
        TagScope::Owner(None) => "among images without an owner".to_owned(),
        TagScope::Owner(Some(owner)) => format!("in the project {owner}"),
    };
    format!("{:?} {scope}: newest {newest}", tag.tag.as_str())
}
