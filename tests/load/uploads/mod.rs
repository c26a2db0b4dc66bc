//! `make crash`: the program is killed while images are uploaded, imported and downloaded. After
//! the restart every active image has the bytes that were sent, none waits for data for ever, what
//! was staged can be imported, and nothing is left of what did not complete.
//!
//! `DATA_URL=s3://bucket` with `IMAGE_TAGS__DATA__ENDPOINT` and a key in the environment runs it on
//! S3.

mod origin;
mod service;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use reqwest::Client;
use tempfile::TempDir;

use self::origin::Origin;
use self::service::{CLIENTS, Uploads};
use crate::program::Program;
use crate::settings::{amount, seeded};

/// The files below `directory`, but for the clock.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if !path.ends_with("clock") {
            found.push(path);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make crash"]
async fn what_a_killed_process_was_receiving_is_queued_again_and_what_it_acknowledged_is_there() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut rng = seeded("uploads");
    let (directory, start) = (TempDir::new().unwrap(), Instant::now());
    let root = directory.path().join("data");
    let given = std::env::var("DATA_URL").ok();
    let url = given
        .clone()
        .unwrap_or_else(|| format!("file://{}", root.display()));
    let store = format!("sqlite://{}/images.db", directory.path().display());
    let origin = Origin::start().await;
    let mut program = Program::with_data(&store, &url, &[origin.allowed()]);
    program.ready().await;
    let mut uploads = Uploads {
        program,
        http: Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap(),
        origin,
        sent: BTreeMap::new(),
    };
    let rounds = amount(4, 30);
    let (mut complete, mut whole, mut cut, mut staged) = (Vec::new(), 0, 0, 0);
    for round in 1..=rounds {
        let before = uploads.sent.len();
        let acknowledged = uploads.round(&mut rng, &complete).await;
        uploads.program.restart();
        uploads.program.ready().await;
        let mut settled = uploads.settled().await;
        for id in &acknowledged.staged {
            let is_there = settled.staged.contains(id) || settled.active.contains(id);
            assert!(is_there, "round {round}: {id} was staged");
        }
        uploads.import_staged(&settled.staged).await;
        staged += settled.staged.len();
        settled.active.append(&mut settled.staged);
        for id in complete.iter().chain(&acknowledged.complete) {
            assert!(
                settled.active.contains(id),
                "round {round}: {id} was acknowledged"
            );
        }
        uploads.compare(&settled.active).await;
        cut += uploads.sent.len() - before - (settled.active.len() - complete.len());
        whole += acknowledged.downloads;
        complete = settled.active;
        // A few stay for the downloads of the next round.
        for id in complete.split_off(complete.len().min(CLIENTS)) {
            uploads.delete(&id).await;
        }
    }
    // Leases have to expire before the doctor takes files away.
    tokio::time::sleep(Duration::from_secs(16)).await;
    uploads.program.doctor_applies();
    if given.is_none() {
        let found = files(&root);
        assert_eq!(found.len(), complete.len(), "{found:?}");
        for id in &complete {
            assert!(found.iter().any(|file| file.starts_with(root.join(id))));
        }
    }
    uploads.compare(&complete).await;
    assert!(
        cut >= usize::try_from(rounds).unwrap(),
        "{cut} were cut off"
    );
    println!(
        "uploads: {rounds} rounds in {} s: {cut} uploads and imports cut off, {staged} imported \
         after a restart, {whole} downloads whole",
        start.elapsed().as_secs()
    );
}
