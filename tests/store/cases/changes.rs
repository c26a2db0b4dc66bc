//! Changes and deletions, one at a time.

use std::sync::Arc;

use image_tags::image::{Image, ImageId, Refusal, Viewer};
use image_tags::store::WriteError;

use crate::support::{
    NO_QUOTA, Store, add, author, create, delete, ids, image, moment, remove, tag, tags,
};

pub(crate) async fn changing_an_unknown_image_fails(store: Store) {
    let outcome = add(&*store, ImageId::random(), &tag("x"), NO_QUOTA).await;
    assert!(matches!(outcome, Err(WriteError::NoSuchImage)));
}

pub(crate) async fn a_change_is_visible_and_raises_the_revision(store: Store) {
    let id = create(&*store, 0, |_| {}).await;
    let before = image(&*store, id).await;
    let after = add(&*store, id, &tag("x"), NO_QUOTA).await.unwrap();
    assert_eq!(after, image(&*store, id).await);
    assert_eq!(after.tags, [tag("x")].into());
    assert_eq!(after.created_at(), before.created_at());
    assert!(after.updated_at() > before.updated_at());
    assert_eq!(after.revision(), before.revision() + 1);
    let last = remove(&*store, id, &tag("x")).await.unwrap();
    assert!(last.updated_at() > after.updated_at());
}

pub(crate) async fn a_change_that_changes_nothing_is_not_written(store: Store) {
    let id = create(&*store, 0, |image| image.tags = [tag("x")].into()).await;
    let before = image(&*store, id).await;
    let after = add(&*store, id, &tag("x"), 0).await.unwrap();
    assert_eq!((&after, &image(&*store, id).await), (&before, &before));
}

pub(crate) async fn a_refused_change_changes_nothing(store: Store) {
    let id = create(&*store, 0, |_| {}).await;
    let before = image(&*store, id).await;
    let change = |image: &mut Image| {
        image.name = Some("half done".parse().unwrap());
        Err(Refusal::NotVisible)
    };
    assert!(store.change(id, &author(), &change).await.is_err());
    assert_eq!(image(&*store, id).await, before);
}

pub(crate) async fn a_refusal_reaches_the_caller(store: Store) {
    let id = create(&*store, 0, |_| {}).await;
    let outcome = remove(&*store, id, &tag("x")).await;
    assert!(matches!(
        outcome,
        Err(WriteError::Refused(Refusal::NoSuchTag))
    ));
}

pub(crate) async fn a_panic_in_a_change_leaves_the_image_as_it_was(store: Store) {
    let id = create(&*store, 0, |_| {}).await;
    let before = image(&*store, id).await;
    let panicking = Arc::clone(&store);
    let task = tokio::spawn(async move {
        let change = |image: &mut Image| {
            image.name = Some("half done".parse().unwrap());
            panic!("in a change")
        };
        panicking.change(id, &author(), &change).await.map(|_| ())
    });
    assert!(task.await.unwrap_err().is_panic());
    assert_eq!(image(&*store, id).await, before);
    add(&*store, id, &tag("x"), NO_QUOTA).await.unwrap();
}

pub(crate) async fn tags_are_compared_byte_by_byte(store: Store) {
    let id = create(&*store, 0, |_| {}).await;
    let alike = [
        "a", "A", "a ", " a", "á", "a\u{301}", "ａ", "", " ", "ß", "ss", "%", "_", "\\", "'",
        "a\nb",
    ];
    for text in alike {
        add(&*store, id, &tag(text), NO_QUOTA).await.unwrap();
    }
    assert_eq!(tags(&*store, id).await, alike.map(str::to_owned).into());
    for text in alike {
        remove(&*store, id, &tag(text)).await.unwrap();
        assert!(!tags(&*store, id).await.contains(text));
    }
}

pub(crate) async fn a_deleted_image_is_gone(store: Store) {
    let id = create(&*store, 0, |image| image.tags = [tag("x")].into()).await;
    delete(&*store, id).await.unwrap();
    assert_eq!(store.image(id).await.unwrap(), None);
    assert_eq!(
        ids(&*store, &Viewer::Admin("admins".parse().unwrap())).await,
        []
    );
    assert!(matches!(
        delete(&*store, id).await,
        Err(WriteError::NoSuchImage)
    ));
    assert!(matches!(
        add(&*store, id, &tag("y"), NO_QUOTA).await,
        Err(WriteError::NoSuchImage)
    ));
    // The id is free again, and nothing of the old image comes back with it.
    store
        .create(Image::new(id, moment(1)).try_into().unwrap(), &author())
        .await
        .unwrap();
    assert_eq!(tags(&*store, id).await, [].into());
}

pub(crate) async fn a_refused_deletion_deletes_nothing(store: Store) {
    let id = create(&*store, 0, |_| {}).await;
    let outcome = store
        .delete(id, &author(), &|image| Err(Refusal::Protected(image.id())))
        .await;
    assert!(
        matches!(outcome, Err(WriteError::Refused(Refusal::Protected(refused))) if refused == id)
    );
    image(&*store, id).await;
}
