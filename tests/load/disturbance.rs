//! What is done to the service while it is under load.

use std::time::{Duration, Instant};

use fastrand::Rng;
use tokio::process::Command;

use crate::program::Program;

/// Who dies every few seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Disturbance {
    /// One of the processes, by SIGKILL.
    Processes,
    /// The server of this database, stopped or killed by turns.
    Server(&'static str),
}

impl Disturbance {
    /// Goes on for this time, and tells how often it was done. In the end everybody is there, or about to be.
    pub(crate) async fn go_on(
        self,
        programs: &mut [Program],
        rng: &mut Rng,
        time: Duration,
    ) -> usize {
        let (start, mut times) = (Instant::now(), 0);
        while start.elapsed() < time {
            tokio::time::sleep(Duration::from_millis(rng.u64(500..2500))).await;
            let pause = Duration::from_millis(rng.u64(0..500));
            match self {
                Self::Processes => {
                    let program = &mut programs[rng.usize(..programs.len())];
                    program.kill();
                    tokio::time::sleep(pause).await;
                    program.restart();
                    program.ready().await;
                }
                Self::Server(name) => {
                    server(name, if times % 2 == 0 { "stop" } else { "kill" }).await;
                    tokio::time::sleep(pause).await;
                    server(name, "start").await;
                }
            }
            times += 1;
        }
        times
    }
}

/// Has `tests/databases/server` do something to the server that `tests/databases/with` has started.
async fn server(name: &str, action: &str) {
    let variable = format!("IMAGE_TAGS_TEST_{name}_SERVER");
    let home =
        std::env::var(&variable).unwrap_or_else(|_| panic!("{variable} is needed: see make races"));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/databases/server");
    let status = Command::new(script)
        .args([action, &home])
        .status()
        .await
        .unwrap();
    assert!(status.success(), "{script} {action}: {status}");
}
