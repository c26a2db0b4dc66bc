//! Images that a process has read before, and that others have written since.

use std::sync::atomic::{AtomicBool, Ordering};

use image_tags::image::{Image, NewImage, Viewer};
use image_tags::store::{ImageStore, Sql};
use tokio::runtime::Runtime;

use super::support::{an_image, sql};
use crate::backend::{Database, run};
use crate::support::{author, delete, query, tag};

/// What a store reads, first in a list and then by its id.
async fn read(store: &Sql, image: &Image) -> [Image; 2] {
    let admin = Viewer::Admin("admins".parse().unwrap());
    let page = store.list(&query(&admin, None, 10)).await.unwrap();
    let [listed] = &*page.images else {
        panic!("one image: {page:?}");
    };
    let read = store.image(image.id()).await.unwrap().unwrap();
    [Image::clone(listed), Image::clone(&read)]
}

async fn create(store: &Sql, image: &Image) -> Image {
    let new = NewImage::try_from(image.clone()).unwrap();
    let created = store.create(new, &author()).await.unwrap();
    Image::clone(&created)
}

/// An import brings back the revision and the times of an image, with other content.
pub(crate) async fn imported_again(database: Database) {
    let empty = database.empty().await;
    let [reader, writer] = [sql(&empty.url, 2), sql(&empty.url, 2)];
    reader.open(&[]).await.unwrap();
    writer.open(&[]).await.unwrap();
    let mut image = an_image();
    for name in ["first", "second", "third"] {
        image.name = Some(name.parse().unwrap());
        let created = create(&writer, &image).await;
        // The second read finds what the first has kept.
        for _ in 0..2 {
            assert_eq!(
                read(&reader, &image).await,
                [created.clone(), created.clone()]
            );
        }
        delete(&*writer, image.id()).await.unwrap();
        assert!(reader.image(image.id()).await.unwrap().is_none());
    }
}

/// An import brings an image back, with other content, while a change of it is decided.
pub(crate) async fn imported_again_during_a_change(database: Database) {
    let empty = database.empty().await;
    let store = sql(&empty.url, 2);
    store.open(&[]).await.unwrap();
    let mut image = an_image();
    image.name = Some("first".parse().unwrap());
    create(&store, &image).await;
    image.name = Some("second".parse().unwrap());
    let is_imported = AtomicBool::new(false);
    let change = |changed: &mut Image| {
        if !is_imported.swap(true, Ordering::Relaxed) {
            import_again(&empty.url, &image);
        }
        changed.tags.insert(tag("added"));
        Ok(())
    };
    let changed = store.change(image.id(), &author(), &change).await.unwrap();
    for found in [
        vec![Image::clone(&changed)],
        read(&store, &image).await.to_vec(),
    ]
    .concat()
    {
        assert_eq!(found.name, image.name);
        assert!(found.tags.contains(&tag("added")));
    }
}

/// Deletes the image and creates it as it is given, by another process.
fn import_again(url: &str, image: &Image) {
    let import = async {
        let other = sql(url, 2);
        other.open(&[]).await.unwrap();
        delete(&*other, image.id()).await.unwrap();
        create(&other, image).await;
    };
    // The thread of the change has a runtime already.
    std::thread::scope(|scope| {
        scope.spawn(|| Runtime::new().unwrap().block_on(import));
    });
}

/// A program that does not know the column changes an image, and inserts it again.
pub(crate) async fn written_by_an_older_program(database: Database) {
    let empty = database.empty().await;
    let store = sql(&empty.url, 2);
    store.open(&[]).await.unwrap();
    let image = an_image();
    create(&store, &image).await;
    let expected = |name: &str, [listed, read]: [Image; 2]| {
        for image in [listed, read] {
            assert_eq!(
                image.name.as_ref().map(ToString::to_string).as_deref(),
                Some(name)
            );
        }
    };
    let changed = "UPDATE images SET name = 'changed', revision = revision + 1";
    run(&empty.url, changed.to_owned()).await;
    for _ in 0..2 {
        expected("changed", read(&store, &image).await);
    }
    for name in ["inserted", "inserted again"] {
        // What an insertion without the column leaves.
        let inserted = format!("UPDATE images SET name = '{name}', revision = 1, write_id = 0");
        run(&empty.url, inserted).await;
        for _ in 0..2 {
            expected(name, read(&store, &image).await);
        }
    }
}
