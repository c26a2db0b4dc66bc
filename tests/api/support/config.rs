//! The example configuration, and stores that hold its images.

use std::path::Path;
use std::sync::Arc;

use image_tags::config::Config;
use image_tags::image::Image;
use image_tags::store::{ImageStore, Memory};

use crate::backend::Database;

pub fn example() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.toml"))
}

pub fn config() -> Config {
    Config::load(example(), [], None).unwrap()
}

/// A store with these images: on the backend that `IMAGE_TAGS_TEST_BACKEND` names, or in memory.
pub fn store_of(images: Vec<Image>) -> Arc<dyn ImageStore> {
    let database = match std::env::var("IMAGE_TAGS_TEST_BACKEND").as_deref() {
        Ok("sqlite") => Database::Sqlite,
        Ok("postgres") => Database::Postgres,
        Ok("mariadb") => Database::MariaDb,
        Ok("memory") | Err(_) => return Arc::new(Memory::with_images(images)),
        Ok(other) => panic!("there is no backend {other}"),
    };
    // A runtime cannot block on another one, so this one gets its own thread.
    let store = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(database.store(0, &images))
    });
    store.join().unwrap()
}
