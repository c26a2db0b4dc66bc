//! Fault injection: kills processes of the program or restarts the database server while clients
//! run.

use std::time::{Duration, Instant};

use fastrand::Rng;
use tokio::process::Command;

use crate::program::Program;

/// What fails every few seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FaultInjection {
    /// One of the processes, by SIGKILL.
    KillProcess,
    /// The server of this database, alternately stopped and killed, and then started again.
    RestartServer(&'static str),
}

impl FaultInjection {
    /// Whether a change may vanish that somebody has seen and nobody was told of: MariaDB shows a
    /// commit before its log is on disk, and acknowledges it after that.
    pub(crate) fn may_lose_what_was_seen(self) -> bool {
        matches!(self, Self::RestartServer("MARIADB"))
    }

    /// Injects faults for this time, and returns their number. In the end every process and server
    /// is running or starting.
    pub(crate) async fn run(
        self,
        programs: &mut [Program],
        rng: &mut Rng,
        time: Duration,
    ) -> usize {
        let (start, mut count) = (Instant::now(), 0);
        while start.elapsed() < time {
            tokio::time::sleep(Duration::from_millis(rng.u64(500..2500))).await;
            let downtime = Duration::from_millis(rng.u64(0..500));
            match self {
                Self::KillProcess => {
                    let program = &mut programs[rng.usize(..programs.len())];
                    program.kill();
                    tokio::time::sleep(downtime).await;
                    program.restart();
                    program.ready().await;
                }
                Self::RestartServer(name) => {
                    server(name, if count % 2 == 0 { "stop" } else { "kill" }).await;
                    tokio::time::sleep(downtime).await;
                    server(name, "start").await;
                }
            }
            count += 1;
        }
        count
    }
}

/// Runs `tests/databases/server` with an action on the server that `tests/databases/with` has
/// started.
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
