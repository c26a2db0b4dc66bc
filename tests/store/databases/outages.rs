//! Databases that are locked, unreachable or silent.

use std::sync::Arc;
use std::time::{Duration, Instant};

use image_tags::image::Image;
use image_tags::store::{ImageStore, OpenError, Sql, StoreError, WriteError};
use tokio::task::JoinSet;

use super::support::{TIMEOUT, add, an_image, is_unavailable, sql, sql_with_timeout};
use crate::backend::{Client, Database};
use crate::proxy::Proxy;
use crate::support::{author, tag};

/// Another connection holds a lock that every write needs, and the pool has one connection.
pub(crate) async fn exhausted_pool(database: Database, lock: &'static str) {
    let empty = database.empty().await;
    let store = sql(&empty.url, 1);
    let image = an_image();
    store.open(std::slice::from_ref(&image)).await.unwrap();
    let mut other = Client::connect(&empty.url).await;
    other.run(lock).await;
    let since = Instant::now();
    let mut writes = JoinSet::new();
    for number in 0..8 {
        let (store, id) = (Arc::clone(&store), image.id());
        writes.spawn(async move { add(&store, id, &number.to_string()).await });
    }
    // A ping succeeds meanwhile.
    tokio::time::sleep(TIMEOUT / 10).await;
    store.ping().await.unwrap();
    assert!(since.elapsed() < TIMEOUT, "{:?}", since.elapsed());
    assert!(writes.join_all().await.iter().all(is_unavailable));
    assert!(since.elapsed() < TIMEOUT * 4, "{:?}", since.elapsed());
    drop(other);
    add(&store, image.id(), "x").await.unwrap();
    assert_eq!(
        store.image(image.id()).await.unwrap().unwrap().tags.len(),
        1
    );
}

pub(crate) async fn outage(database: Database) {
    let empty = database.empty().await;
    let mut proxy = Proxy::to(&empty.url).await;
    let store = sql(&proxy.through(&empty.url), 4);
    let image = an_image();

    assert!(matches!(
        store.open(&[]).await,
        Err(OpenError::Unavailable(_))
    ));
    assert!(matches!(
        store.ping().await,
        Err(StoreError::Unavailable(_))
    ));
    let (waiting, images) = (Arc::clone(&store), [image.clone()]);
    let opening = tokio::spawn(async move { waiting.open_with_retry(&images).await });
    proxy.open().await;
    opening.await.unwrap();
    add(&store, image.id(), "first").await.unwrap();

    // An operation notices connections that were cut, and replaces them.
    proxy.close().await;
    proxy.open().await;
    add(&store, image.id(), "second").await.unwrap();

    proxy.close().await;
    let since = Instant::now();
    assert!(is_unavailable(&add(&store, image.id(), "lost").await));
    assert!(matches!(
        store.ping().await,
        Err(StoreError::Unavailable(_))
    ));
    assert!(matches!(
        store
            .create(an_image().try_into().unwrap(), &author())
            .await,
        Err(WriteError::Store(StoreError::Unavailable(_)))
    ));
    assert!(
        since.elapsed() < TIMEOUT,
        "an unreachable server is reported at once"
    );

    // A server that hangs takes the whole time-out, however many operations wait.
    proxy.swallow().await;
    let since = Instant::now();
    let mut writes = JoinSet::new();
    for _ in 0..32 {
        let (store, id) = (Arc::clone(&store), image.id());
        writes.spawn(async move { add(&store, id, "lost").await });
    }
    assert!(writes.join_all().await.iter().all(is_unavailable));
    assert!(since.elapsed() < TIMEOUT * 4, "{:?}", since.elapsed());

    proxy.open().await;
    add(&store, image.id(), "third").await.unwrap();
    let tags = &store.image(image.id()).await.unwrap().unwrap().tags;
    assert_eq!(*tags, ["first", "second", "third"].map(tag).into());
}

/// A store with an image, whose connections go through a proxy.
async fn behind_proxy(database: Database) -> (Proxy, Arc<Sql>, Image) {
    let empty = database.empty().await;
    let mut proxy = Proxy::to(&empty.url).await;
    proxy.open().await;
    let store = sql_with_timeout(&proxy.through(&empty.url), 8, TIMEOUT * 4);
    let image = an_image();
    store.open(std::slice::from_ref(&image)).await.unwrap();
    (proxy, store, image)
}

/// The server has cut all connections and is back: of the changes that follow, only the first may
/// not know whether it was done.
pub(crate) async fn cut_connections(database: Database) {
    let (mut proxy, store, image) = behind_proxy(database).await;
    let mut writes = JoinSet::new();
    for number in 0..16 {
        let (store, id) = (Arc::clone(&store), image.id());
        writes.spawn(async move { add(&store, id, &number.to_string()).await });
    }
    assert!(writes.join_all().await.iter().all(Result::is_ok));

    proxy.close().await;
    proxy.open().await;
    let mut unavailable = 0;
    for number in 16..32 {
        match add(&store, image.id(), &number.to_string()).await {
            Ok(()) => {}
            outcome => {
                assert!(is_unavailable(&outcome));
                unavailable += 1;
            }
        }
    }
    assert!(unavailable <= 1, "{unavailable} changes were not done");
}

/// The server, or a firewall in between, has dropped the idle connections and answers nothing on
/// them.
pub(crate) async fn silently_dead_connections(database: Database) {
    let (proxy, store, image) = behind_proxy(database).await;
    let adds = async |name: &str| {
        let mut adds = JoinSet::new();
        for number in 0..8 {
            let (store, id, text) = (Arc::clone(&store), image.id(), format!("{name}-{number}"));
            adds.spawn(async move { add(&store, id, &text).await });
        }
        for outcome in adds.join_all().await {
            outcome.unwrap();
        }
    };
    adds("before").await;
    store.ping().await.unwrap();
    proxy.freeze();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let since = Instant::now();
    let ((), pinged) = tokio::join!(adds("after"), store.ping());
    pinged.unwrap();
    assert!(since.elapsed() < TIMEOUT, "{:?}", since.elapsed());
    assert_eq!(
        store.image(image.id()).await.unwrap().unwrap().tags.len(),
        16
    );
}

/// The process vanishes in the middle of a change. The server does not notice: the connection stays
/// open.
pub(crate) async fn vanished_process(database: Database) {
    let empty = database.empty().await;
    let mut proxy = Proxy::to(&empty.url).await;
    proxy.open().await;
    let (vanishing, other) = (
        sql(&proxy.through(&empty.url), 1),
        sql_with_timeout(&empty.url, 1, TIMEOUT * 6),
    );
    let image = an_image();
    vanishing.open(std::slice::from_ref(&image)).await.unwrap();
    other.open(&[]).await.unwrap();
    let mut holder = Client::connect(&empty.url).await;
    holder.run("BEGIN; SELECT id FROM images FOR UPDATE").await;
    let id = image.id();
    // A change of many tags takes several statements.
    let change = |image: &mut Image| {
        let lost = (0..20).map(|number| tag(&format!("lost-{number}")));
        image.tags = image.tags.iter().cloned().chain(lost).collect();
        Ok(())
    };
    let lost = tokio::spawn(async move { vanishing.change(id, &author(), &change).await });
    tokio::time::sleep(TIMEOUT / 5).await;
    proxy.freeze();
    holder.run("COMMIT").await;
    // The server has changed the image by now, and waits for the end of the transaction.
    let since = Instant::now();
    add(&other, id, "kept").await.unwrap();
    assert!(
        since.elapsed() > TIMEOUT / 2,
        "the vanished process did not hold the lock"
    );
    assert!(is_unavailable(&lost.await.unwrap()));
    assert_eq!(
        other.image(id).await.unwrap().unwrap().tags,
        [tag("kept")].into()
    );
}
