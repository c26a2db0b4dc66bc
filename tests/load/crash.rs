//! `make crash`: the program is killed at random moments under load, and loses no change that it
//! acknowledged.

use std::time::{Duration, Instant};

use fastrand::Rng;
use tempfile::TempDir;

use crate::program::Program;
use crate::scenario::Scenario;
use crate::settings::{amount, seeded};
use crate::workload::{Load, Tally};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make crash"]
async fn sqlite_keeps_what_a_process_acknowledged_that_is_killed_at_any_moment() {
    let scenario = Scenario {
        images: 20,
        clients: 12,
        ..Scenario::ALL_OPERATIONS
    };
    check("crash", scenario, amount(20, 200)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make crash"]
async fn sqlite_keeps_the_promotions_that_a_process_acknowledged_that_is_killed_at_any_moment() {
    check("crash, promotions", Scenario::PROMOTIONS, amount(8, 200)).await;
}

async fn check(name: &str, scenario: Scenario, rounds: u64) {
    let mut rng = seeded(name);
    let (directory, start) = (TempDir::new().unwrap(), Instant::now());
    let mut program = Program::start(
        &format!("sqlite://{}/images.db", directory.path().display()),
        true,
    );
    let load = Load::new(&mut rng, scenario.images, true);
    program.ready().await;
    let configured = program.client().ids().await;
    load.create(&program.client()).await;
    let mut states = scenario.new_images();
    let mut all = Tally::default();
    for round in 1..=rounds {
        let keys = |_| scenario.keys;
        let clients = load.run(&mut rng, &[program.client()], scenario.clients, &keys);
        tokio::time::sleep(Duration::from_millis(rng.u64(0..1500))).await;
        program.kill();
        let mut tally = clients.await;
        // SQLite runs in the process that was killed, so no operation takes effect after this.
        tally.close(load.now());
        restart(&mut program, &mut rng).await;
        let (observed, after) = load.observe(&program.client()).await;
        tally.add(observed);
        assert_eq!(
            tally.invalid,
            [""; 0],
            "{name}, round {round}\n{}",
            program.log()
        );
        if let Err(error) = (scenario.check)(&states, &tally.entries) {
            panic!("{name}, round {round}, {error}");
        }
        let ids = program.client().ids().await;
        let is_known = |id| load.images.contains(id) || configured.contains(id);
        assert!(
            ids.iter().all(is_known),
            "{name}, round {round}: there are images that no client sent"
        );
        states = after;
        tally.entries.clear();
        all.add(tally);
    }
    println!(
        "{name}: {rounds} rounds in {} s, {all}",
        start.elapsed().as_secs()
    );
}

/// Restarts the program. Now and then kills it while it starts.
async fn restart(program: &mut Program, rng: &mut Rng) {
    program.restart();
    while rng.u8(..4) == 0 {
        tokio::time::sleep(Duration::from_millis(rng.u64(0..100))).await;
        program.kill();
        program.restart();
    }
    program.ready().await;
}
