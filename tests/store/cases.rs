//! The cases of the conformance suite.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use image_tags::identity::ProjectId;
use image_tags::image::{
    Image, ImageData, ImageId, Member, MemberStatus, Quota, Refusal, Status, Tag, Viewer,
    Visibility,
};
use image_tags::store::{
    Author, ChangeError, CreateError, ImageQuery, ImageStore, ListError, Memory, StoredImage,
};
use image_tags::transfer::{Imported, export, import};
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::Barrier;
use tokio::task::{JoinSet, block_in_place};

type Store = Arc<dyn ImageStore>;

const NO_QUOTA: i64 = -1;

pub(crate) fn author() -> Author<'static> {
    Author {
        user: "user",
        project: None,
        request_id: "req-1",
    }
}

pub(crate) fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

fn moment(second: i64) -> Timestamp {
    "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

async fn create(store: &dyn ImageStore, second: i64, edit: impl FnOnce(&mut Image)) -> ImageId {
    let mut image = Image::new(ImageId::random(), moment(second));
    edit(&mut image);
    store.create(image, &author()).await.unwrap().id()
}

async fn add(
    store: &dyn ImageStore,
    id: ImageId,
    tag: &Tag,
    quota: i64,
) -> Result<StoredImage, ChangeError> {
    store
        .change(id, &author(), &|image| {
            image.add_tag(tag, Quota::new(quota))
        })
        .await
}

async fn remove(
    store: &dyn ImageStore,
    id: ImageId,
    tag: &Tag,
) -> Result<StoredImage, ChangeError> {
    store
        .change(id, &author(), &|image| image.remove_tag(tag))
        .await
}

async fn image(store: &dyn ImageStore, id: ImageId) -> StoredImage {
    store.image(id).await.unwrap().unwrap()
}

async fn tags(store: &dyn ImageStore, id: ImageId) -> BTreeSet<String> {
    image(store, id)
        .await
        .tags
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// Runs `task` for each of `items` in a task of its own, all at the same moment.
async fn at_once<T, F>(items: impl IntoIterator<Item = T>, task: impl Fn(T) -> F) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let items: Vec<_> = items.into_iter().collect();
    let barrier = Arc::new(Barrier::new(items.len()));
    let mut tasks = JoinSet::new();
    for item in items {
        let (barrier, future) = (Arc::clone(&barrier), task(item));
        tasks.spawn(async move {
            barrier.wait().await;
            future.await
        });
    }
    tasks.join_all().await
}

pub(crate) async fn what_was_created_is_found(store: Store) {
    let mut wanted = Image::new(ImageId::random(), moment(0));
    wanted.name = Some("é".to_owned());
    wanted.owner = Some("owner".into());
    wanted.tags = ["", "a", "é", "😀"].map(tag).into();
    wanted.members = [(
        ProjectId::from("other"),
        Member::new(MemberStatus::Pending, moment(0)),
    )]
    .into();
    wanted.properties = [("os".to_owned(), "debian".to_owned())].into();
    let created = store.create(wanted.clone(), &author()).await.unwrap();
    assert_eq!(*created, wanted);
    assert_eq!(*image(&*store, wanted.id()).await, wanted);
    assert_eq!(store.image(ImageId::random()).await.unwrap(), None);
    store.ping().await.unwrap();
}

pub(crate) async fn an_id_is_created_once(store: Store) {
    let wanted = Image::new(ImageId::random(), moment(0));
    let outcomes = at_once(0..16, |_| {
        let (store, wanted) = (Arc::clone(&store), wanted.clone());
        async move { store.create(wanted, &author()).await }
    });
    let outcomes = outcomes.await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Ok(_) | Err(CreateError::Exists)))
    );
}

pub(crate) async fn an_unknown_image_is_not_changed(store: Store) {
    let outcome = add(&*store, ImageId::random(), &tag("x"), NO_QUOTA).await;
    assert!(matches!(outcome, Err(ChangeError::NoSuchImage)));
}

pub(crate) async fn a_change_is_seen_and_counted(store: Store) {
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
        image.name = Some("half done".to_owned());
        Err(Refusal::NotVisible)
    };
    assert!(store.change(id, &author(), &change).await.is_err());
    assert_eq!(image(&*store, id).await, before);
}

pub(crate) async fn a_refusal_is_handed_through(store: Store) {
    let id = create(&*store, 0, |_| {}).await;
    let outcome = remove(&*store, id, &tag("x")).await;
    assert!(matches!(
        outcome,
        Err(ChangeError::Refused(Refusal::NoSuchTag))
    ));
}

pub(crate) async fn a_panic_in_a_change_leaves_the_image_as_it_was(store: Store) {
    let id = create(&*store, 0, |_| {}).await;
    let before = image(&*store, id).await;
    let panicking = Arc::clone(&store);
    let task = tokio::spawn(async move {
        let change = |image: &mut Image| {
            image.name = Some("half done".to_owned());
            panic!("in a change")
        };
        panicking.change(id, &author(), &change).await.map(|_| ())
    });
    assert!(task.await.unwrap_err().is_panic());
    assert_eq!(image(&*store, id).await, before);
    add(&*store, id, &tag("x"), NO_QUOTA).await.unwrap();
}

pub(crate) async fn different_tags_added_at_once_are_all_kept(store: Store) {
    let id = create(&*store, 0, |_| {}).await;
    let names: BTreeSet<_> = (0..64).map(|number| format!("tag-{number}")).collect();
    let outcomes = at_once(names.clone(), |name| {
        let store = Arc::clone(&store);
        async move { add(&*store, id, &tag(&name), NO_QUOTA).await }
    });
    assert!(outcomes.await.iter().all(Result::is_ok));
    assert_eq!(tags(&*store, id).await, names);
    assert_eq!(image(&*store, id).await.revision(), 64);
}

pub(crate) async fn the_same_tag_added_at_once_is_one(store: Store) {
    let id = create(&*store, 0, |_| {}).await;
    let outcomes = at_once(0..64, |_| {
        let store = Arc::clone(&store);
        async move { add(&*store, id, &tag("x"), NO_QUOTA).await }
    });
    assert!(outcomes.await.iter().all(Result::is_ok));
    assert_eq!(tags(&*store, id).await, ["x".to_owned()].into());
    assert_eq!(image(&*store, id).await.revision(), 1);
    remove(&*store, id, &tag("x")).await.unwrap();
    assert_eq!(tags(&*store, id).await, [].into());
}

pub(crate) async fn adds_at_the_quota_end_at_exactly_the_quota(store: Store) {
    let id = create(&*store, 0, |image| {
        image.tags = (0..120)
            .map(|number| tag(&format!("old-{number}")))
            .collect();
    })
    .await;
    let outcomes = at_once(0..64, |number| {
        let store = Arc::clone(&store);
        async move { add(&*store, id, &tag(&format!("new-{number}")), 128).await }
    });
    let outcomes = outcomes.await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 8);
    let refused = |outcome: &Result<_, _>| {
        matches!(
            outcome,
            Err(ChangeError::Refused(Refusal::TooManyTags {
                attempted: 129,
                maximum: 128
            }))
        )
    };
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.is_ok() || refused(outcome))
    );
    assert_eq!(tags(&*store, id).await.len(), 128);
}

pub(crate) async fn adds_and_removes_at_once_undo_nothing(store: Store) {
    let id = create(&*store, 0, |image| {
        image.tags = (0..32)
            .map(|number| tag(&format!("old-{number}")))
            .collect();
    })
    .await;
    let outcomes = at_once(0..64, |number| {
        let store = Arc::clone(&store);
        async move {
            match number {
                0..32 => remove(&*store, id, &tag(&format!("old-{number}"))).await,
                _ => add(&*store, id, &tag(&format!("new-{number}")), NO_QUOTA).await,
            }
        }
    });
    assert!(outcomes.await.iter().all(Result::is_ok));
    assert_eq!(
        tags(&*store, id).await,
        (32..64).map(|number| format!("new-{number}")).collect()
    );
}

pub(crate) async fn a_change_of_something_else_undoes_no_tag(store: Store) {
    let id = create(&*store, 0, |_| {}).await;
    let outcomes = at_once(0..64, |number| {
        let store = Arc::clone(&store);
        async move {
            let name = format!("n{number}");
            if number % 2 == 0 {
                return add(&*store, id, &tag(&name), NO_QUOTA).await;
            }
            let change = |image: &mut Image| {
                image.properties.insert(name.clone(), name.clone());
                Ok(())
            };
            store.change(id, &author(), &change).await
        }
    });
    assert!(outcomes.await.iter().all(Result::is_ok));
    let image = image(&*store, id).await;
    assert_eq!((image.tags.len(), image.properties.len()), (32, 32));
}

/// Deletes the image and creates another with its id, at the first call; blocks the thread meanwhile.
pub(crate) fn replacing(store: &Store, id: ImageId, edit: impl FnOnce(&mut Image)) -> impl Fn() {
    let mut new = Image::new(id, moment(1));
    edit(&mut new);
    let (store, new) = (Arc::clone(store), Mutex::new(Some(new)));
    move || {
        if let Some(new) = new.lock().unwrap().take() {
            let replace = async {
                store.delete(id, &author(), &|_| Ok(())).await.unwrap();
                store.create(new, &author()).await.unwrap();
            };
            block_in_place(|| Handle::current().block_on(replace));
        }
    }
}

pub(crate) async fn a_change_does_not_take_a_new_image_for_the_old_one_with_its_id(store: Store) {
    let id = create(&*store, 0, |image| image.tags = [tag("old")].into()).await;
    let replace = replacing(&store, id, |image| image.tags = [tag("new")].into());
    let change = |image: &mut Image| {
        replace();
        image.add_tag(&tag("added"), Quota::new(NO_QUOTA))
    };
    let after = store.change(id, &author(), &change).await.unwrap();
    assert_eq!(after.tags, ["added", "new"].map(tag).into());
    assert_eq!(after, image(&*store, id).await);
}

pub(crate) async fn tags_are_told_apart_byte_by_byte(store: Store) {
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

fn query(viewer: &Viewer, marker: Option<ImageId>, limit: usize) -> ImageQuery {
    ImageQuery {
        marker,
        ..ImageQuery::new(viewer.clone(), limit)
    }
}

async fn ids(store: &dyn ImageStore, viewer: &Viewer) -> Vec<ImageId> {
    let page = store.list(&query(viewer, None, 1000)).await.unwrap();
    assert!(!page.more);
    page.images.iter().map(|image| image.id()).collect()
}

pub(crate) async fn lists_are_newest_first_with_ties_by_id(store: Store) {
    let mut wanted = Vec::new();
    for second in [2, 1, 3, 2, 1, 2] {
        wanted.push((moment(second), create(&*store, second, |_| {}).await));
    }
    wanted.sort();
    wanted.reverse();
    let wanted: Vec<_> = wanted.into_iter().map(|(_, id)| id).collect();
    assert_eq!(ids(&*store, &Viewer::Admin("admins".into())).await, wanted);
}

pub(crate) async fn lists_show_what_the_viewer_sees(store: Store) {
    use Visibility::{Community, Private, Public, Shared};
    let mut listed = BTreeSet::new();
    let (viewer, project) = (Viewer::Project("mine".into()), ProjectId::from("mine"));
    for (owner, visibility, member, hidden, is_listed) in [
        ("mine", Private, None, false, true),
        ("mine", Community, None, false, true),
        ("mine", Shared, None, false, true),
        ("mine", Private, None, true, false),
        ("other", Public, None, false, true),
        ("other", Public, None, true, false),
        ("other", Community, None, false, false),
        ("other", Private, Some(MemberStatus::Accepted), false, false),
        ("other", Shared, None, false, false),
        ("other", Shared, Some(MemberStatus::Pending), false, false),
        ("other", Shared, Some(MemberStatus::Rejected), false, false),
        ("other", Shared, Some(MemberStatus::Accepted), false, true),
    ] {
        let id = create(&*store, 0, |image| {
            image.owner = Some(owner.into());
            image.visibility = visibility;
            image.members = member
                .map(|status| (project.clone(), Member::new(status, moment(0))))
                .into_iter()
                .collect();
            image.hidden = hidden;
        });
        let id = id.await;
        if is_listed {
            listed.insert(id);
        }
    }
    assert_eq!(
        ids(&*store, &viewer)
            .await
            .into_iter()
            .collect::<BTreeSet<_>>(),
        listed
    );
    // All but the hidden ones and the community image of another project.
    assert_eq!(ids(&*store, &Viewer::Admin("mine".into())).await.len(), 9);
    assert_eq!(ids(&*store, &Viewer::Nobody).await.len(), 0);
}

pub(crate) async fn pages_hold_every_image_once_while_images_are_added(store: Store) {
    let mut old = BTreeSet::new();
    for number in 0..10 {
        old.insert(create(&*store, number / 3, |_| {}).await);
    }
    let (mut found, mut marker) = (Vec::new(), None);
    loop {
        let page = store
            .list(&query(&Viewer::Admin("admins".into()), marker, 3))
            .await
            .unwrap();
        create(&*store, 100, |_| {}).await;
        found.extend(page.images.iter().map(|image| image.id()));
        marker = found.last().copied();
        if !page.more {
            break;
        }
    }
    assert_eq!(found.len(), 10);
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), old);
}

pub(crate) async fn a_marker_that_cannot_be_seen_is_refused(store: Store) {
    let id = create(&*store, 0, |image| image.visibility = Visibility::Private).await;
    let viewer = Viewer::Project("mine".into());
    for marker in [id, ImageId::random()] {
        let outcome = store.list(&query(&viewer, Some(marker), 3)).await;
        assert!(matches!(outcome, Err(ListError::NoSuchMarker)));
    }
}

async fn delete(store: &dyn ImageStore, id: ImageId) -> Result<(), ChangeError> {
    store.delete(id, &author(), &|_| Ok(())).await
}

pub(crate) async fn a_deleted_image_is_gone(store: Store) {
    let id = create(&*store, 0, |image| image.tags = [tag("x")].into()).await;
    delete(&*store, id).await.unwrap();
    assert_eq!(store.image(id).await.unwrap(), None);
    assert_eq!(ids(&*store, &Viewer::Admin("admins".into())).await, []);
    assert!(matches!(
        delete(&*store, id).await,
        Err(ChangeError::NoSuchImage)
    ));
    assert!(matches!(
        add(&*store, id, &tag("y"), NO_QUOTA).await,
        Err(ChangeError::NoSuchImage)
    ));
    // The id is free again, and nothing of the old image comes back with it.
    store
        .create(Image::new(id, moment(1)), &author())
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
        matches!(outcome, Err(ChangeError::Refused(Refusal::Protected(refused))) if refused == id)
    );
    image(&*store, id).await;
}

/// Whatever is acknowledged after a deletion would be lost: nothing is.
pub(crate) async fn changes_and_a_deletion_at_once_agree(store: Store) {
    for _ in 0..20 {
        let id = create(&*store, 0, |_| {}).await;
        let outcomes = at_once(0..8, |number| {
            let store = Arc::clone(&store);
            async move {
                match number {
                    0 => delete(&*store, id).await.map(|()| None),
                    _ => add(&*store, id, &tag(&format!("tag-{number}")), NO_QUOTA)
                        .await
                        .map(Some),
                }
            }
        });
        for outcome in outcomes.await {
            assert!(matches!(outcome, Ok(_) | Err(ChangeError::NoSuchImage)));
        }
        assert_eq!(store.image(id).await.unwrap(), None);
    }
}

pub(crate) async fn lists_by_tag_follow_every_change(store: Store) {
    let listed = async |wanted: &[&str]| {
        let query = ImageQuery {
            tags: wanted.iter().map(|text| tag(text)).collect(),
            ..ImageQuery::new(Viewer::Admin("admins".into()), 1000)
        };
        let page = store.list(&query).await.unwrap();
        page.images
            .iter()
            .map(|image| image.id())
            .collect::<Vec<_>>()
    };
    let old = create(&*store, 1, |image| image.tags = ["a", "b"].map(tag).into()).await;
    let new = create(&*store, 2, |image| image.tags = ["a", "A"].map(tag).into()).await;
    assert_eq!(listed(&["a"]).await, [new, old]);
    assert_eq!(listed(&["a", "b"]).await, [old]);
    assert_eq!(listed(&["A"]).await, [new]);
    assert_eq!(listed(&["a", "nope"]).await, []);

    add(&*store, new, &tag("b"), NO_QUOTA).await.unwrap();
    remove(&*store, old, &tag("a")).await.unwrap();
    assert_eq!(listed(&["b"]).await, [new, old]);
    assert_eq!(listed(&["a"]).await, [new]);
    delete(&*store, new).await.unwrap();
    assert_eq!(listed(&["b"]).await, [old]);
    assert_eq!(listed(&["a"]).await, []);
}

/// Whoever owns them, hidden and killed ones too.
pub(crate) async fn all_images_are_told_by_id_in_parts(store: Store) {
    let mut wanted = BTreeSet::new();
    for second in 0..7 {
        let edit = |image: &mut Image| {
            image.hidden = second % 2 == 0;
            image.status = if second % 3 == 0 {
                Status::Killed
            } else {
                Status::Active
            };
        };
        wanted.insert(create(&*store, second, edit).await);
    }
    let mut found: Vec<ImageId> = Vec::new();
    loop {
        let part = store.all(found.last().copied(), 3).await.unwrap();
        assert!(part.images.len() <= 3);
        found.extend(part.images.iter().map(|image| image.id()));
        if !part.more {
            break;
        }
    }
    assert_eq!(found, wanted.into_iter().collect::<Vec<_>>());
}

pub(crate) async fn images_move_to_another_store_and_back_as_they_are(store: Store) {
    async fn exported(store: &dyn ImageStore) -> Vec<u8> {
        let mut lines = Vec::new();
        export(store, &mut lines).await.unwrap();
        lines
    }
    let mut ids = Vec::new();
    for second in 0..4 {
        let edit = |image: &mut Image| {
            image.owner = Some("owner".into());
            image.members = [(
                ProjectId::from("other"),
                Member::new(MemberStatus::Accepted, moment(second)),
            )]
            .into();
            image.properties = [("os".to_owned(), "debian".to_owned())].into();
            image.data = Some(ImageData {
                size: 7,
                checksum: "c".to_owned(),
                sha512: "s".to_owned(),
            });
        };
        let id = create(&*store, second, edit).await;
        for text in ["", "a", "\u{1f600}"] {
            add(&*store, id, &tag(text), NO_QUOTA).await.unwrap();
        }
        ids.push(id);
    }
    let (lines, other) = (exported(&*store).await, Memory::new());
    assert_eq!(
        import(&other, &*lines).await.unwrap(),
        Imported {
            created: 4,
            kept: 0
        }
    );
    assert_eq!(exported(&other).await, lines);

    for id in &ids[1..] {
        delete(&*store, *id).await.unwrap();
    }
    add(&*store, ids[0], &tag("new"), NO_QUOTA).await.unwrap();
    let kept = image(&*store, ids[0]).await;
    assert_eq!(
        import(&*store, &*lines).await.unwrap(),
        Imported {
            created: 3,
            kept: 1
        }
    );
    assert_eq!(image(&*store, ids[0]).await, kept);
    for id in &ids[1..] {
        assert_eq!(image(&*store, *id).await, image(&other, *id).await);
    }
}

pub(crate) async fn everything_about_an_image_is_kept(store: Store) {
    let time = Timestamp::from_microsecond(-1_234_567).unwrap();
    let mut wanted = Image::new(ImageId::random(), time);
    wanted.name = Some("😀".repeat(255));
    wanted.owner = Some("ö'\"\\ ;--%_\n\t ".into());
    wanted.visibility = Visibility::Community;
    wanted.status = Status::PendingDelete;
    wanted.tags = [
        "😀".repeat(255),
        "é ".repeat(127),
        "\u{1}\u{7f}\u{fffd}".to_owned(),
    ]
    .map(|text| tag(&text))
    .into();
    wanted.members = [
        (
            ProjectId::from("😀".repeat(255).as_str()),
            Member::new(MemberStatus::Rejected, time),
        ),
        (
            ProjectId::from(" "),
            Member::new(MemberStatus::Accepted, moment(0)),
        ),
    ]
    .into();
    let properties = [
        ("empty", String::new()),
        ("long", "€".repeat(21_845)),
        ("n'\"", "\u{10ffff}\r\n".to_owned()),
    ];
    wanted.properties = properties
        .map(|(name, value)| (name.to_owned(), value))
        .into();
    wanted
        .properties
        .insert("😀".repeat(255), "x".repeat(65_535));
    (wanted.disk_format, wanted.container_format) = (Some("é".repeat(255)), Some(String::new()));
    (wanted.min_disk, wanted.min_ram) = (0, i32::MAX.unsigned_abs());
    (wanted.protected, wanted.hidden) = (true, true);
    wanted.data = Some(ImageData {
        size: 1 << 62,
        checksum: "0".repeat(32),
        sha512: "f".repeat(128),
    });
    store.create(wanted.clone(), &author()).await.unwrap();
    assert_eq!(*image(&*store, wanted.id()).await, wanted);

    let other = Image::new(wanted.id(), time);
    let become_other = |image: &mut Image| {
        let Image {
            name,
            owner,
            disk_format,
            container_format,
            data,
            ..
        } = other.clone();
        (image.name, image.owner, image.data) = (name, owner, data);
        (image.disk_format, image.container_format) = (disk_format, container_format);
        (image.visibility, image.status) = (other.visibility, other.status);
        (image.protected, image.hidden, image.min_disk, image.min_ram) = (false, false, 0, 0);
        image.tags = [tag("é ")].into();
        image.properties = [("empty".to_owned(), "full".to_owned())].into();
        image.set_member_status(&" ".into(), MemberStatus::Pending)
    };
    let changed = store
        .change(wanted.id(), &author(), &become_other)
        .await
        .unwrap();
    assert_eq!(changed, image(&*store, wanted.id()).await);
    assert_eq!(
        (
            changed.data.as_ref(),
            changed.created_at(),
            changed.members.len()
        ),
        (None, time, 2)
    );
    assert_eq!(
        changed.members[&ProjectId::from(" ")].created_at(),
        moment(0)
    );
}

pub(crate) async fn the_largest_image_is_kept_and_no_larger_one(store: Store) {
    let mut wanted = Image::new(ImageId::random(), moment(0));
    wanted.tags = (0..128)
        .map(|number| tag(&format!("{number:0255}")))
        .collect();
    wanted.properties = (0..136)
        .map(|number| (format!("p{number}"), "\"\\é:".repeat(13_107)))
        .collect();
    store.create(wanted.clone(), &author()).await.unwrap();
    let one_more = |image: &mut Image| {
        image
            .properties
            .insert("one more".to_owned(), "x".repeat(65_535));
        Ok(())
    };
    let larger = store.change(wanted.id(), &author(), &one_more).await;
    assert!(matches!(
        larger,
        Err(ChangeError::Refused(Refusal::TooLarge { .. }))
    ));
    assert!(*image(&*store, wanted.id()).await == wanted);
    let page = store
        .list(&query(&Viewer::Admin("admins".into()), None, 10))
        .await
        .unwrap();
    assert!(*page.images[0] == wanted);

    let mut another = Image::new(ImageId::random(), moment(0));
    another.owner = Some("a".repeat(256).as_str().into());
    let unstorable = store.create(another.clone(), &author()).await;
    assert!(matches!(
        unstorable,
        Err(CreateError::Refused(Refusal::Unstorable(_)))
    ));
    another.owner = None;
    another.properties = (0..200)
        .map(|number| (format!("p{number}"), "x".repeat(65_535)))
        .collect();
    let larger = store.create(another, &author()).await;
    assert!(matches!(
        larger,
        Err(CreateError::Refused(Refusal::TooLarge { .. }))
    ));
}

pub(crate) async fn lists_by_tag_follow_owner_and_visibility(store: Store) {
    let viewer = Viewer::Project("mine".into());
    let listed = async || {
        let query = ImageQuery {
            tags: [tag("x")].into(),
            ..ImageQuery::new(viewer.clone(), 10)
        };
        store.list(&query).await.unwrap().images.len()
    };
    let id = create(&*store, 0, |image| image.tags = [tag("x")].into()).await;
    let set = async |owner: &str, visibility| {
        let change = |image: &mut Image| {
            (image.owner, image.visibility) = (Some(owner.into()), visibility);
            Ok(())
        };
        store.change(id, &author(), &change).await.unwrap();
    };
    assert_eq!(listed().await, 0);
    set("mine", Visibility::Private).await;
    assert_eq!(listed().await, 1);
    set("other", Visibility::Private).await;
    assert_eq!(listed().await, 0);
    set("other", Visibility::Public).await;
    assert_eq!(listed().await, 1);
    set("other", Visibility::Shared).await;
    assert_eq!(listed().await, 0);
    store
        .change(id, &author(), &|image| {
            image.add_member(&"mine".into(), Quota::new(1))
        })
        .await
        .unwrap();
    store
        .change(id, &author(), &|image| {
            image.set_member_status(&"mine".into(), MemberStatus::Accepted)
        })
        .await
        .unwrap();
    assert_eq!(listed().await, 1);
}
