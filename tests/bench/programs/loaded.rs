//! The service with the images of an export in memory: `bench-loaded CONFIG EXPORT`. `make bench`
//! measures it with few and with many images.
//!
//! Prints how long the import took. `image-tags import` refuses a store in memory, which would end
//! with the command; here the same import fills the store that is then served.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::sync::Arc;
use std::time::Instant;

use image_tags::budget::Budget;
use image_tags::config::Config;
use image_tags::server::Listener;
use image_tags::service::Service;
use image_tags::store::Memory;
use image_tags::{server, telemetry, transfer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(config), Some(export)) = (arguments.next(), arguments.next()) else {
        return Err("usage: bench-loaded CONFIG EXPORT".into());
    };
    let config = Config::load(config.as_ref(), std::env::vars_os(), None)?;
    let _log = telemetry::start(&config.log);

    let start = Instant::now();
    let store = Memory::new().with_max_bytes(config.store.max_bytes);
    let lines = BufReader::new(File::open(export)?);
    let images = transfer::import(&store, &config.tags.rules, lines).await?;
    let seconds = start.elapsed().as_secs_f64();
    let mut stdout = io::stdout();
    writeln!(
        stdout,
        "{{\"images\":{},\"seconds\":{seconds}}}",
        images.created
    )?;
    stdout.flush()?;

    let listener = Listener::bind(&config.server)?;
    server::raise_file_limit(&config);
    let budget = Budget::new(config.limits.memory_bytes);
    let service = Service::with_store(Arc::new(store), budget, &config)?;
    // The benchmark ends it by a signal.
    server::run(listener, service, &config, std::future::pending()).await;
    Ok(())
}
