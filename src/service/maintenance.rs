//! What the service does beside answering requests: it reports at its start which exclusive tags
//! several images carry.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tracing::warn;

use crate::doctor::{self, Finding};
use crate::image::TagRules;
use crate::store::ImageStore;

/// The time between two attempts while the store is not available.
const RETRY_INTERVAL: Duration = Duration::from_secs(10);

/// How many findings the log names one by one.
const MAX_LOGGED_FINDINGS: usize = 20;

/// Starts the maintenance of `store`, which goes on in the background.
pub(super) fn start(store: &Arc<dyn ImageStore>, rules: &TagRules) {
    let (store, rules) = (Arc::clone(store), rules.clone());
    tokio::spawn(async move { report_findings(&*store, &rules).await });
}

/// Logs the exclusive tags that several images carry, once the store is available.
async fn report_findings(store: &dyn ImageStore, rules: &TagRules) {
    loop {
        match doctor::find(store, rules).await {
            Ok(findings) => return log(&findings),
            Err(error) => {
                warn!(
                    error = &error as &dyn Error,
                    "the rules of tags could not be checked yet"
                );
                tokio::time::sleep(RETRY_INTERVAL).await;
            }
        }
    }
}

fn log(findings: &[Finding]) {
    for Finding {
        tag,
        newest,
        others,
    } in findings.iter().take(MAX_LOGGED_FINDINGS)
    {
        let (tag, scope) = (tag.tag.as_str(), &tag.scope);
        warn!(
            tag,
            ?scope,
            %newest,
            others = others.len(),
            "several images carry an exclusive tag: image-tags doctor"
        );
    }
    if findings.len() > MAX_LOGGED_FINDINGS {
        let findings = findings.len();
        warn!(
            findings,
            "more exclusive tags are on several images: image-tags doctor lists all"
        );
    }
}
