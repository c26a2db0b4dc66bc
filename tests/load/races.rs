//! `make races`: many clients over all processes on one store; what they saw is what one store can answer.

use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::backend::Database;
use crate::choose::Mode;
use crate::disturbance::Disturbance;
use crate::load::Load;
use crate::model::Image;
use crate::program::Program;
use crate::settings::{amount, seeded};
use crate::tally::Tally;
use crate::verdict;

const CLIENTS: usize = 32;
const IMAGES: usize = 50;

/// Processes on one store, with clients that get in each other's way as much as they can: the histories of whole images.
pub(crate) async fn undisturbed(name: &str, stores: &[&str], seconds: u64) {
    let mut rng = seeded(name);
    let (mut programs, load) = (
        started(stores, true).await,
        Load::new(&mut rng, IMAGES, false),
    );
    load.create(&programs[0].client()).await;
    let tally = run(
        &load,
        &mut rng,
        &mut programs,
        |_| Mode::Narrow,
        seconds,
        None,
    )
    .await;
    println!("{name}: {tally}");
    let checking = Instant::now();
    let verdict = verdict::of_images(&vec![Some(Image::default()); IMAGES], &tally.entries);
    judge(name, &tally, verdict, &programs);
    println!(
        "{name}: {} records in order, checked in {:?}",
        tally.entries.len(),
        checking.elapsed()
    );
    assert_eq!(
        tally.unavailable() + tally.cut + tally.not_sent,
        0,
        "{name}: nothing was in the way"
    );
}

/// The same while something is killed time and again. So that it can be told what the operations without an answer may have
/// done, each client has tags, properties and a project of its own, on images that all share.
pub(crate) async fn disturbed(name: &str, stores: &[&str], seconds: u64, disturbance: Disturbance) {
    let mut rng = seeded(name);
    let (mut programs, load) = (
        started(stores, false).await,
        Load::new(&mut rng, IMAGES, false),
    );
    load.create(&programs[0].client()).await;
    let tally = run(
        &load,
        &mut rng,
        &mut programs,
        Mode::Own,
        seconds,
        Some(disturbance),
    )
    .await;
    println!("{name}: {tally}");
    let checking = Instant::now();
    let verdict = verdict::of_parts(IMAGES, CLIENTS, &tally.entries);
    judge(name, &tally, verdict, &programs);
    println!(
        "{name}: {} records in order, checked in {:?}",
        tally.entries.len(),
        checking.elapsed()
    );
}

async fn started(stores: &[&str], has_small_quotas: bool) -> Vec<Program> {
    // All at once, so that they also make the tables at once.
    let mut programs: Vec<_> = stores
        .iter()
        .map(|store| Program::start(store, has_small_quotas))
        .collect();
    for program in &mut programs {
        program.ready().await;
    }
    programs
}

/// Everything that was seen, and in the end everything that there is, through each process.
async fn run(
    load: &std::sync::Arc<Load>,
    rng: &mut Rng,
    programs: &mut [Program],
    mode: fn(usize) -> Mode,
    seconds: u64,
    disturbance: Option<Disturbance>,
) -> Tally {
    let processes: Vec<_> = programs.iter().map(Program::client).collect();
    let clients = load.run(rng, &processes, CLIENTS, mode);
    let time = Duration::from_secs(seconds);
    match disturbance {
        None => tokio::time::sleep(time).await,
        Some(disturbance) => println!(
            "{disturbance:?}: {} times",
            disturbance.go_on(programs, rng, time).await
        ),
    }
    load.finish();
    let mut tally = clients.await;
    for program in &mut *programs {
        program.ready().await;
        tally.add(load.observe(&program.client()).await.0);
    }
    tally
}

fn judge(name: &str, tally: &Tally, verdict: Result<(), String>, programs: &[Program]) {
    let logs = || {
        programs
            .iter()
            .map(Program::log)
            .collect::<Vec<_>>()
            .join("\n\n")
    };
    assert_eq!(tally.faults, [""; 0], "{name}\n{}", logs());
    if let Err(error) = verdict {
        panic!("{name}, {error}");
    }
}

macro_rules! races {
    ($($name:ident: $action:expr;)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "takes long, and needs database servers: make races"]
            async fn $name() {
                $action.await;
            }
        )+
    };
}

async fn memory() {
    undisturbed("memory", &["memory:"], amount(5, 60)).await;
}

async fn alone(name: &str, database: Database, processes: usize, seconds: u64) {
    let empty = database.empty().await;
    undisturbed(name, &vec![&*empty.url; processes], seconds).await;
}

async fn killed(name: &str, database: Database, processes: usize, disturbance: Disturbance) {
    let empty = database.empty().await;
    disturbed(
        name,
        &vec![&*empty.url; processes],
        amount(10, 60),
        disturbance,
    )
    .await;
}

races! {
    memory_is_linearizable: memory();
    sqlite_is_linearizable: alone("sqlite", Database::Sqlite, 1, amount(5, 60));
    two_processes_on_one_sqlite_are_linearizable: alone("sqlite, two processes", Database::Sqlite, 2, amount(5, 60));
    two_processes_on_postgres_are_linearizable: alone("postgres", Database::Postgres, 2, amount(15, 60));
    two_processes_on_mariadb_are_linearizable: alone("mariadb", Database::MariaDb, 2, amount(15, 60));
    postgres_keeps_what_processes_acknowledged_that_are_killed:
        killed("postgres, kill -9 of a process", Database::Postgres, 2, Disturbance::Processes);
    mariadb_keeps_what_processes_acknowledged_that_are_killed:
        killed("mariadb, kill -9 of a process", Database::MariaDb, 2, Disturbance::Processes);
    postgres_keeps_what_was_acknowledged_when_it_is_stopped_or_killed:
        killed("postgres, restarts of the server", Database::Postgres, 2, Disturbance::Server("POSTGRES"));
    mariadb_keeps_what_was_acknowledged_when_it_is_stopped_or_killed:
        killed("mariadb, restarts of the server", Database::MariaDb, 2, Disturbance::Server("MARIADB"));
}
