//! What the members of an image see of the history of its tags.

use image_tags::image::{Image, ImageId, Member, MemberStatus, TagEvent, Visibility};
use image_tags::store::{HistorySubject, ImageStore};

use super::history::{admin, mine, of_tag, query};
use crate::support::{NO_QUOTA, Store, add, author, create, delete, moment, remove, tag};

const TAGS: [&str; 4] = ["a", "b", "c", "d"];

/// An image of another project, which is shared with nobody yet.
async fn shared(store: &dyn ImageStore) -> ImageId {
    let edit = |image: &mut Image| {
        image.owner = "other".parse().ok();
        image.visibility = Visibility::Shared;
    };
    create(store, 0, edit).await
}

/// Shares the image with the project of the viewer, or takes it back.
async fn share(store: &dyn ImageStore, id: ImageId, is_shared: bool) {
    let change = |image: &mut Image| {
        let project = "mine".parse().unwrap();
        if is_shared {
            let member = Member::new(MemberStatus::Pending, moment(0));
            image.members.insert(project, member);
        } else {
            image.members.remove(&project);
        }
        Ok(())
    };
    store.change(id, &author(), &change).await.unwrap();
}

fn lines(events: &[TagEvent]) -> Vec<String> {
    let events = events.iter();
    events
        .map(|event| format!("{} {}", event.action, event.tag))
        .collect()
}

/// What the viewer sees of the history of the image, and of that of each of these tags.
async fn seen(store: &dyn ImageStore, id: ImageId, tags: &[&str]) -> Vec<String> {
    let of_image = query(mine(), HistorySubject::Image(id));
    let of_image = lines(&store.history(&of_image).await.unwrap().events);
    for text in tags {
        let of_tag = store.history(&query(mine(), of_tag(text))).await.unwrap();
        let in_image = of_image.iter().filter(|line| line.ends_with(text));
        let in_image: Vec<_> = in_image.cloned().collect();
        assert_eq!(lines(&of_tag.events), in_image, "{text}");
    }
    of_image
}

/// Shares an image, takes that back and shares it again, while it gets and loses tags.
async fn shared_twice(store: &dyn ImageStore) -> ImageId {
    let id = shared(store).await;
    add(store, id, &tag("a"), NO_QUOTA).await.unwrap();
    share(store, id, true).await;
    assert_eq!(seen(store, id, &TAGS).await, [""; 0]);
    add(store, id, &tag("b"), NO_QUOTA).await.unwrap();
    assert_eq!(seen(store, id, &TAGS).await, ["added b"]);
    share(store, id, false).await;
    assert_eq!(seen(store, id, &TAGS).await, [""; 0]);
    add(store, id, &tag("c"), NO_QUOTA).await.unwrap();
    // A member that was added again starts anew.
    share(store, id, true).await;
    assert_eq!(seen(store, id, &TAGS).await, [""; 0]);
    remove(store, id, &tag("a")).await.unwrap();
    add(store, id, &tag("d"), NO_QUOTA).await.unwrap();
    id
}

pub(crate) async fn a_member_sees_what_happened_from_the_sharing_on(store: Store) {
    let id = shared_twice(&*store).await;
    let wanted = ["added d", "removed a"];
    assert_eq!(seen(&*store, id, &TAGS).await, wanted);
    let whole = query(admin(), HistorySubject::Image(id));
    assert_eq!(store.history(&whole).await.unwrap().events.len(), 5);
}

pub(crate) async fn a_member_of_a_deleted_image_sees_what_happened_from_the_sharing_on(
    store: Store,
) {
    let id = shared_twice(&*store).await;
    delete(&*store, id).await.unwrap();
    let wanted = [
        "removed d",
        "removed c",
        "removed b",
        "added d",
        "removed a",
    ];
    assert_eq!(seen(&*store, id, &TAGS).await, wanted);
    let whole = query(admin(), HistorySubject::Image(id));
    assert_eq!(store.history(&whole).await.unwrap().events.len(), 8);
}

/// Deletes an image, of which the viewer sees `before` then, and creates another one with its id.
async fn reused(store: &dyn ImageStore, was_member: bool, before: &[&str]) -> ImageId {
    let id = shared(store).await;
    if was_member {
        share(store, id, true).await;
    }
    add(store, id, &tag("a"), NO_QUOTA).await.unwrap();
    delete(store, id).await.unwrap();
    assert_eq!(seen(store, id, &[]).await, before);

    // The new image is not shared with a member of the old one.
    let mut image = Image::new(id, moment(1));
    image.owner = "third".parse().ok();
    image.visibility = Visibility::Shared;
    store
        .create(image.try_into().unwrap(), &author())
        .await
        .unwrap();
    add(store, id, &tag("b"), NO_QUOTA).await.unwrap();
    assert_eq!(seen(store, id, &[]).await, before);

    share(store, id, true).await;
    assert_eq!(seen(store, id, &[]).await, before);
    add(store, id, &tag("c"), NO_QUOTA).await.unwrap();
    let with_new = [&["added c"], before].concat();
    assert_eq!(seen(store, id, &[]).await, with_new);
    id
}

pub(crate) async fn who_reuses_the_id_of_a_deleted_image_shares_nothing_of_its_history(
    store: Store,
) {
    reused(&*store, false, &[]).await;
}

pub(crate) async fn members_of_two_deleted_images_with_one_id_see_the_history_of_theirs(
    store: Store,
) {
    let before: [&[_]; 2] = [&[], &["removed a", "added a"]];
    for (was_member, before) in [false, true].into_iter().zip(before) {
        let id = reused(&*store, was_member, before).await;
        delete(&*store, id).await.unwrap();
        let of_image = seen(&*store, id, &[]).await;
        assert_eq!(of_image, ["removed c", "removed b", "added c"]);
    }
}
