//! `make races`: one exclusive tag is put on images by many clients at once, through two processes
//! on each database.

use std::time::{Duration, Instant};

use super::if_match::check_conditional_promotions;
use super::load::Duty;
use super::race::Race;
use crate::backend::Database;
use crate::fault_injection::FaultInjection;
use crate::settings::amount;

/// Runs so many clients, each of which puts the tag on an image by a request of each kind, while
/// readers list the images with the tag.
pub(super) async fn check_race(name: &str, stores: &[&str], writers: usize, images: usize) {
    let mut race = Race::start(name, stores, images).await;
    let clients = race.clients();
    let readers = race.load.read(&clients);
    race.first_move().await;
    let start = Instant::now();
    let duty = Duty::EachKindOnce;
    let written = race
        .load
        .write(&mut race.rng, &clients, writers, duty)
        .await;
    let elapsed = start.elapsed();
    race.load.stop();
    race.seen.add(written);
    race.seen.add(readers.await);
    let figures = race.judge(None).await;
    println!("{name}, {writers} at once on {images} images in {elapsed:?}: {figures}");
    assert_eq!(figures.writes, 4 * writers + 1, "{name}");
    assert_eq!(figures.unanswered, 0, "{name}: every request has an answer");
}

/// Runs clients while processes or the server of the database are killed.
pub(super) async fn check_kills(name: &str, stores: &[&str], faults: FaultInjection) {
    let mut race = Race::start(name, stores, 20).await;
    race.first_move().await;
    let time = Duration::from_secs(amount(6, 60));
    let clients = race.spawn(16);
    let count = faults.run(&mut race.programs, &mut race.rng, time).await;
    race.load.stop();
    race.seen.add(clients.await);
    let figures = race.judge(Some(faults)).await;
    println!("{name}, {count} times: {figures}");
    assert!(figures.moves > 0, "{name}");
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

/// 200 clients on 50 images with `FULL=1`.
async fn race(name: &str, stores: &[&str]) {
    let [writers, images] = [amount(50, 200), amount(20, 50)];
    let [writers, images] = [writers, images].map(|count| usize::try_from(count).unwrap());
    check_race(
        &format!("{name}, one exclusive tag"),
        stores,
        writers,
        images,
    )
    .await;
}

async fn memory() {
    race("memory", &["memory:"]).await;
    check_conditional_promotions("memory", &["memory:"]).await;
}

async fn two_processes(name: &str, database: Database) {
    let empty = database.empty().await;
    race(name, &[&*empty.url; 2]).await;
    let empty = database.empty().await;
    check_conditional_promotions(name, &[&*empty.url; 2]).await;
}

async fn killed(name: &str, database: Database, faults: FaultInjection) {
    let empty = database.empty().await;
    let name = format!("{name}, one exclusive tag, {faults:?}");
    check_kills(&name, &[&*empty.url; 2], faults).await;
}

races! {
    in_memory_a_tag_is_always_on_one_image: memory();
    on_sqlite_a_tag_is_always_on_one_image: two_processes("sqlite", Database::Sqlite);
    on_postgres_a_tag_is_always_on_one_image: two_processes("postgres", Database::Postgres);
    on_mariadb_a_tag_is_always_on_one_image: two_processes("mariadb", Database::MariaDb);
    on_postgres_killed_processes_leave_the_tag_on_one_image:
        killed("postgres", Database::Postgres, FaultInjection::KillProcess);
    on_mariadb_killed_processes_leave_the_tag_on_one_image:
        killed("mariadb", Database::MariaDb, FaultInjection::KillProcess);
    postgres_that_is_stopped_or_killed_leaves_the_tag_on_one_image:
        killed("postgres", Database::Postgres, FaultInjection::RestartServer("POSTGRES"));
    mariadb_that_is_stopped_or_killed_leaves_the_tag_on_one_image:
        killed("mariadb", Database::MariaDb, FaultInjection::RestartServer("MARIADB"));
}
