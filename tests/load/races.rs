//! `make races`: many clients use several processes on one store, and what they observe is
//! linearizable.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::backend::Database;
use crate::fault_injection::FaultInjection;
use crate::linearizability::check_key_spaces;
use crate::program::Program;
use crate::scenario::Scenario;
use crate::settings::{amount, seeded};
use crate::workload::{KeySpace, Load, Tally};

const CLIENTS: usize = 32;
const IMAGES: usize = 50;

/// Runs processes on one store with clients that share all keys, and checks their history.
pub(crate) async fn check_undisturbed(
    name: &str,
    stores: &[&str],
    scenario: Scenario,
    seconds: u64,
) {
    let mut rng = seeded(name);
    let (mut programs, load) = (
        started(stores, true).await,
        Load::new(&mut rng, scenario.images, false),
    );
    load.create(&programs[0].client()).await;
    let clients = Clients {
        count: scenario.clients,
        keys: &|_| scenario.keys,
    };
    let tally = run(&load, &mut rng, &mut programs, clients, seconds, None).await;
    println!("{name}: {tally}");
    let checking = Instant::now();
    let verdict = (scenario.check)(&scenario.new_images(), &tally.entries);
    judge(name, &tally, verdict, &programs);
    println!(
        "{name}: {} records in order, checked in {:?}",
        tally.entries.len(),
        checking.elapsed()
    );
    assert_eq!(
        tally.unavailable() + tally.connections_lost + tally.not_sent,
        0,
        "{name}: without faults, every request has an answer"
    );
}

/// The same with faults. An operation without an answer may have taken effect or not. To keep the
/// check feasible, each client has keys of its own on the shared images.
pub(crate) async fn check_with_faults(
    name: &str,
    stores: &[&str],
    seconds: u64,
    faults: FaultInjection,
) {
    let mut rng = seeded(name);
    let (mut programs, load) = (
        started(stores, false).await,
        Load::new(&mut rng, IMAGES, false),
    );
    load.create(&programs[0].client()).await;
    let clients = Clients {
        count: CLIENTS,
        keys: &KeySpace::OfClient,
    };
    let injected = Some(faults);
    let tally = run(&load, &mut rng, &mut programs, clients, seconds, injected).await;
    println!("{name}: {tally}");
    let checking = Instant::now();
    let may_lose = faults.may_lose_what_was_seen();
    let verdict = check_key_spaces(IMAGES, CLIENTS, &tally.entries, may_lose);
    judge(name, &tally, verdict, &programs);
    println!(
        "{name}: {} records in order, checked in {:?}",
        tally.entries.len(),
        checking.elapsed()
    );
}

/// The clients of a run, and the keys of each one.
#[derive(Clone, Copy)]
struct Clients<'a> {
    count: usize,
    keys: &'a dyn Fn(usize) -> KeySpace,
}

/// Starts a process for each store, all at once, so that they also create the tables at once.
pub(crate) async fn started(stores: &[&str], has_small_quotas: bool) -> Vec<Program> {
    let mut programs: Vec<_> = stores
        .iter()
        .map(|store| Program::start(store, has_small_quotas))
        .collect();
    for program in &mut programs {
        program.ready().await;
    }
    programs
}

/// Runs the clients. Returns what they observe, and in the end the state of every image through
/// each process.
async fn run(
    load: &Arc<Load>,
    rng: &mut Rng,
    programs: &mut [Program],
    clients: Clients<'_>,
    seconds: u64,
    faults: Option<FaultInjection>,
) -> Tally {
    let processes: Vec<_> = programs.iter().map(Program::client).collect();
    let clients = load.run(rng, &processes, clients.count, clients.keys);
    let time = Duration::from_secs(seconds);
    match faults {
        None => tokio::time::sleep(time).await,
        Some(faults) => println!(
            "{faults:?}: {} times",
            faults.run(programs, rng, time).await
        ),
    }
    load.stop();
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
    assert_eq!(tally.invalid, [""; 0], "{name}\n{}", logs());
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
    let (all, promotions) = (Scenario::ALL_OPERATIONS, Scenario::PROMOTIONS);
    check_undisturbed("memory", &["memory:"], all, amount(5, 60)).await;
    check_undisturbed(
        "memory, promotions",
        &["memory:"],
        promotions,
        amount(3, 30),
    )
    .await;
}

async fn undisturbed(name: &str, database: Database, processes: usize, seconds: u64) {
    let empty = database.empty().await;
    let stores = vec![&*empty.url; processes];
    check_undisturbed(name, &stores, Scenario::ALL_OPERATIONS, seconds).await;
}

async fn promotions(name: &str, database: Database) {
    let empty = database.empty().await;
    let (stores, seconds) = (vec![&*empty.url; 2], amount(4, 30));
    check_undisturbed(name, &stores, Scenario::PROMOTIONS, seconds).await;
}

async fn faulty(name: &str, database: Database, processes: usize, faults: FaultInjection) {
    let empty = database.empty().await;
    let stores = vec![&*empty.url; processes];
    check_with_faults(name, &stores, amount(10, 60), faults).await;
}

races! {
    memory_is_linearizable: memory();
    sqlite_is_linearizable: undisturbed("sqlite", Database::Sqlite, 1, amount(5, 60));
    two_processes_on_one_sqlite_are_linearizable: undisturbed("sqlite, two processes", Database::Sqlite, 2, amount(5, 60));
    two_processes_on_postgres_are_linearizable: undisturbed("postgres", Database::Postgres, 2, amount(15, 60));
    two_processes_on_mariadb_are_linearizable: undisturbed("mariadb", Database::MariaDb, 2, amount(15, 60));
    promotions_through_two_processes_on_one_sqlite_are_linearizable:
        promotions("sqlite, promotions", Database::Sqlite);
    promotions_through_two_processes_on_postgres_are_linearizable:
        promotions("postgres, promotions", Database::Postgres);
    promotions_through_two_processes_on_mariadb_are_linearizable:
        promotions("mariadb, promotions", Database::MariaDb);
    postgres_keeps_what_killed_processes_acknowledged:
        faulty("postgres, kill -9 of a process", Database::Postgres, 2, FaultInjection::KillProcess);
    mariadb_keeps_what_killed_processes_acknowledged:
        faulty("mariadb, kill -9 of a process", Database::MariaDb, 2, FaultInjection::KillProcess);
    postgres_that_is_stopped_or_killed_keeps_what_was_acknowledged:
        faulty("postgres, restarts of the server", Database::Postgres, 2, FaultInjection::RestartServer("POSTGRES"));
    mariadb_that_is_stopped_or_killed_keeps_what_was_acknowledged:
        faulty("mariadb, restarts of the server", Database::MariaDb, 2, FaultInjection::RestartServer("MARIADB"));
}
