//! A store on the database of a Glance.
//!
//! The cases create, share, change and delete images, which is up to Glance there. [`Beside`] has
//! it done by a [`Glance`], which does what a Glance 33 does to its tables, and leaves the rest to
//! the store. So the cases test what the store makes of Glance's rows, and what becomes of its
//! changes of tags while Glance works on the same images.
//!
//! Start reading at `beside`.

mod beside;
mod decoys;
mod glance;
mod json;
mod kept;
mod revisions;
mod statement;

use std::sync::Arc;
use std::time::Duration;

use image_tags::store::{GlanceDatabase, SqlUrl};

use self::beside::Beside;
use self::glance::{Glance, Saves};
pub(crate) use self::kept::{KEPT, KEPT_IN_UTF8MB3};
use crate::backend::{Database, in_turn, run, sql};
use crate::support::Store;

const SCHEMA: &str = include_str!("schema.sql");

/// The tables as `glance-manage` makes them, and a Glance with the filter.
pub(crate) async fn in_utf8mb3() -> Store {
    store(SCHEMA.to_owned(), Saves::OwnPart, 0).await
}

/// The same after an operator has given texts room for characters of four bytes.
pub(crate) async fn in_utf8mb4() -> Store {
    store(in_four_bytes(), Saves::OwnPart, 0).await
}

/// A Glance without the filter, which saves all tags that it has read, and the triggers that keep
/// it from undoing changes of two processes.
pub(crate) async fn with_guard_of_two_processes() -> Store {
    store(in_four_bytes(), Saves::AllTags, 1).await
}

fn in_four_bytes() -> String {
    SCHEMA.replace("utf8mb3", "utf8mb4")
}

async fn store(schema: String, saves: Saves, others: usize) -> Store {
    let database = Database::MariaDb.empty().await;
    let (server, name) = database.url.rsplit_once('/').unwrap();
    run(server, format!("CREATE DATABASE {name}_tags")).await;
    run(&database.url, schema).await;
    let url = format!("glance+{}", database.url);
    if saves == Saves::AllTags {
        let url = SqlUrl::try_from(&*url).unwrap();
        let guarded = GlanceDatabase::new(url, Duration::from_secs(30), false);
        guarded.install_guard().await.unwrap();
    }
    let mut stores = Vec::new();
    for _ in 0..=others {
        let store = sql(&url);
        store.open(&[]).await.unwrap();
        store.look_for_check(true).await.unwrap();
        stores.push(store);
    }
    let glance = Glance::connect(&database.url, saves).await;
    Arc::new(Beside::new(in_turn(stores, database), glance))
}
