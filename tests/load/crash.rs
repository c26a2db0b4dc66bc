//! `make crash`: the program is killed at random moments under load, and loses no change that it
//! acknowledged.

use std::time::{Duration, Instant};

use fastrand::Rng;
use tempfile::TempDir;

use crate::linearizability::{Image, check_images};
use crate::program::Program;
use crate::settings::{amount, seeded};
use crate::workload::{KeySpace, Load, Tally};

const CLIENTS: usize = 12;
const IMAGES: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make crash"]
async fn sqlite_keeps_what_a_process_acknowledged_that_is_killed_at_any_moment() {
    let mut rng = seeded("crash");
    let (directory, start) = (TempDir::new().unwrap(), Instant::now());
    let mut program = Program::start(
        &format!("sqlite://{}/images.db", directory.path().display()),
        true,
    );
    let load = Load::new(&mut rng, IMAGES, true);
    program.ready().await;
    let configured = program.client().ids().await;
    load.create(&program.client()).await;
    let mut states = vec![Some(Image::default()); IMAGES];
    let (mut all, rounds) = (Tally::default(), amount(20, 200));
    for round in 1..=rounds {
        let clients = load.run(&mut rng, &[program.client()], CLIENTS, |_| KeySpace::Shared);
        tokio::time::sleep(Duration::from_millis(rng.u64(0..1500))).await;
        program.kill();
        let mut tally = clients.await;
        // SQLite runs in the process that was killed, so no operation takes effect after this.
        tally.close(load.now());
        restart(&mut program, &mut rng).await;
        let (observed, after) = load.observe(&program.client()).await;
        tally.add(observed);
        assert_eq!(tally.invalid, [""; 0], "round {round}\n{}", program.log());
        if let Err(error) = check_images(&states, &tally.entries) {
            panic!("round {round}, {error}");
        }
        let ids = program.client().ids().await;
        let is_known = |id| load.images.contains(id) || configured.contains(id);
        assert!(
            ids.iter().all(is_known),
            "round {round}: there are images that no client sent"
        );
        states = after;
        tally.entries.clear();
        all.add(tally);
    }
    println!(
        "crash: {rounds} rounds in {} s, {all}",
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
