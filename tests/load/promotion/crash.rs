//! `make crash`: processes on SQLite are killed while clients move one exclusive tag, which stays
//! on one image.

use std::time::Duration;

use super::race::{Figures, Race};
use crate::backend::Database;
use crate::settings::amount;

/// Kills all processes or one of them at a random moment, round by round.
async fn check(name: &str, processes: usize) {
    let empty = Database::Sqlite.empty().await;
    let mut race = Race::start(name, &vec![&*empty.url; processes], 20).await;
    race.first_move().await;
    let (mut all, rounds) = (Figures::default(), amount(8, 100));
    for _ in 0..rounds {
        let clients = race.spawn(12);
        tokio::time::sleep(Duration::from_millis(race.rng.u64(0..1000))).await;
        let spared = race.rng.usize(..=processes);
        let mut killed = Vec::new();
        for (number, program) in race.programs.iter_mut().enumerate() {
            if number != spared {
                program.kill();
                killed.push(program);
            }
        }
        race.load.stop();
        let seen = clients.await;
        for program in killed {
            program.restart();
        }
        race.seen.add(seen);
        all.add(&race.judge(None).await);
    }
    println!("{name}: killed {rounds} times, {all}");
    assert!(all.moves > 0, "{name}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make crash"]
async fn a_killed_process_on_sqlite_leaves_the_tag_on_one_image() {
    check("crash, one exclusive tag", 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make crash"]
async fn killed_processes_on_one_sqlite_leave_the_tag_on_one_image() {
    check("crash, one exclusive tag, two processes", 2).await;
}
