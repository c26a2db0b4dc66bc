//! Images are returned as they were stored.

use image_tags::identity::ProjectId;
use image_tags::image::{
    ContainerFormat, DiskFormat, Image, ImageData, ImageId, Member, MemberStatus, Minimum,
    NewImage, Refusal, Status, TagRules, UploadId, Viewer, Visibility,
};
use image_tags::store::{ImageStore, Memory, WriteError};
use image_tags::transfer::{Imported, export, import};
use jiff::Timestamp;

use crate::support::{
    NO_QUOTA, Store, add, author, create, delete, image, import_task, moment, query, tag,
};

pub(crate) async fn a_created_image_can_be_read(store: Store) {
    let mut wanted = Image::new(ImageId::random(), moment(0));
    wanted.name = Some("é".parse().unwrap());
    wanted.owner = Some("owner".parse().unwrap());
    wanted.tags = ["", "a", "é", "😀"].map(tag).into();
    wanted.members = [(
        "other".parse().unwrap(),
        Member::new(MemberStatus::Pending, moment(0)),
    )]
    .into();
    wanted.properties = [("os".parse().unwrap(), "debian".parse().unwrap())].into();
    let created = store
        .create(wanted.clone().try_into().unwrap(), &author())
        .await
        .unwrap();
    assert_eq!(*created, wanted);
    assert_eq!(*image(&*store, wanted.id()).await, wanted);
    assert_eq!(store.image(ImageId::random()).await.unwrap(), None);
    store.ping().await.unwrap();
}

pub(crate) async fn every_text_and_number_is_stored_exactly(store: Store) {
    stored_exactly(&*store, moment(7), |_| {}).await;
}

pub(crate) async fn every_attribute_is_stored_exactly(store: Store) {
    let time = Timestamp::from_microsecond(-1_234_567).unwrap();
    let edit = |image: &mut Image| {
        image.upload = Some(UploadId::random());
        image.import = Some(Box::new(import_task(moment(9))));
    };
    stored_exactly(&*store, time, edit).await;
}

async fn stored_exactly(store: &dyn ImageStore, time: Timestamp, edit: impl FnOnce(&mut Image)) {
    let mut wanted = Image::new(ImageId::random(), time);
    wanted.name = Some("😀".repeat(255).parse().unwrap());
    wanted.owner = Some("ö'\"\\ ;--%_\n\t ".parse().unwrap());
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
            "😀".repeat(255).parse().unwrap(),
            Member::new(MemberStatus::Rejected, time),
        ),
        (
            " ".parse().unwrap(),
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
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .into();
    wanted.properties.insert(
        "😀".repeat(255).parse().unwrap(),
        "x".repeat(65_535).parse().unwrap(),
    );
    (wanted.disk_format, wanted.container_format) =
        (Some(DiskFormat::Qcow2), Some(ContainerFormat::Compressed));
    wanted.min_ram = Minimum::try_from(i64::from(Minimum::MAX)).unwrap();
    (wanted.protected, wanted.hidden) = (true, true);
    let data = ImageData::new(1 << 62, "0".repeat(32), "f".repeat(128)).unwrap();
    wanted.data = Some(data.with_virtual_size(Some(u64::MAX >> 1)).unwrap());
    edit(&mut wanted);
    store
        .create(wanted.clone().try_into().unwrap(), &author())
        .await
        .unwrap();
    assert_eq!(*image(store, wanted.id()).await, wanted);

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
        (image.protected, image.hidden) = (false, false);
        (image.min_disk, image.min_ram) = (other.min_disk, other.min_ram);
        image.tags = [tag("é ")].into();
        image.properties = [("empty".parse().unwrap(), "full".parse().unwrap())].into();
        image.set_member_status(&" ".parse().unwrap(), MemberStatus::Pending)
    };
    let changed = store
        .change(wanted.id(), &author(), &become_other)
        .await
        .unwrap();
    assert_eq!(changed, image(store, wanted.id()).await);
    assert_eq!(
        (
            changed.data.as_ref(),
            changed.created_at(),
            changed.members.len()
        ),
        (None, time, 2)
    );
    assert_eq!(
        changed.members[&" ".parse::<ProjectId>().unwrap()].created_at(),
        moment(0)
    );
}

pub(crate) async fn the_largest_image_is_stored_and_a_larger_one_is_refused(store: Store) {
    let mut wanted = Image::new(ImageId::random(), moment(0));
    wanted.tags = (0..128)
        .map(|number| tag(&format!("{number:0255}")))
        .collect();
    wanted.members = (0..128)
        .map(|number| {
            let member = Member::new(MemberStatus::Accepted, moment(0));
            (format!("member-{number}").parse().unwrap(), member)
        })
        .collect();
    wanted.properties = (0..136)
        .map(|number| {
            let value = "\"\\é:".repeat(13_107);
            (
                format!("p{number}").parse().unwrap(),
                value.parse().unwrap(),
            )
        })
        .collect();
    store
        .create(wanted.clone().try_into().unwrap(), &author())
        .await
        .unwrap();
    let one_more = |image: &mut Image| {
        image.properties.insert(
            "one more".parse().unwrap(),
            "x".repeat(65_535).parse().unwrap(),
        );
        Ok(())
    };
    let larger = store.change(wanted.id(), &author(), &one_more).await;
    assert!(matches!(
        larger,
        Err(WriteError::Refused(Refusal::TooLarge { .. }))
    ));
    assert!(*image(&*store, wanted.id()).await == wanted);
    let page = store
        .list(&query(&Viewer::Admin("admins".parse().unwrap()), None, 10))
        .await
        .unwrap();
    assert!(*page.images[0] == wanted);

    let mut another = Image::new(ImageId::random(), moment(0));
    another.properties = (0..200)
        .map(|number| {
            let value = "x".repeat(65_535).parse().unwrap();
            (format!("p{number}").parse().unwrap(), value)
        })
        .collect();
    assert!(matches!(
        NewImage::try_from(another),
        Err(Refusal::TooLarge { .. })
    ));
}

async fn exported(store: &dyn ImageStore) -> Vec<u8> {
    let mut lines = Vec::new();
    export(store, &mut lines).await.unwrap();
    lines
}

/// Creates four images with tags, of which `edit` is given the number, and exports and imports them
/// into another store.
async fn exported_and_imported(
    store: &dyn ImageStore,
    edit: impl Fn(i64, &mut Image),
) -> (Vec<ImageId>, Vec<u8>, Memory) {
    let mut ids = Vec::new();
    for second in 0..4 {
        let edit = |image: &mut Image| {
            image.owner = Some("owner".parse().unwrap());
            image.members = [(
                "other".parse().unwrap(),
                Member::new(MemberStatus::Accepted, moment(second)),
            )]
            .into();
            image.properties = [("os".parse().unwrap(), "debian".parse().unwrap())].into();
            let data = ImageData::new(7, "c", "s").unwrap();
            image.data = Some(data.with_virtual_size(Some(9)).unwrap());
            edit(second, image);
        };
        let id = create(store, second, edit).await;
        for text in ["", "a", "\u{1f600}"] {
            add(store, id, &tag(text), NO_QUOTA).await.unwrap();
        }
        ids.push(id);
    }
    let (lines, other) = (exported(store).await, Memory::new());
    assert_eq!(
        import(&other, &TagRules::default(), &*lines).await.unwrap(),
        Imported {
            created: 4,
            kept: 0,
            events: 12,
        }
    );
    assert_eq!(exported(&other).await, lines);
    (ids, lines, other)
}

pub(crate) async fn another_store_takes_an_export_of_every_image(store: Store) {
    exported_and_imported(&*store, |_, _| {}).await;
}

pub(crate) async fn export_and_import_preserve_every_image(store: Store) {
    let edit = |second, image: &mut Image| {
        image.upload = Some(UploadId::random());
        image.import = Some(Box::new(import_task(moment(second))));
    };
    let (ids, lines, other) = exported_and_imported(&*store, edit).await;
    for id in &ids[1..] {
        delete(&*store, *id).await.unwrap();
    }
    add(&*store, ids[0], &tag("new"), NO_QUOTA).await.unwrap();
    let kept = image(&*store, ids[0]).await;
    assert_eq!(
        import(&*store, &TagRules::default(), &*lines)
            .await
            .unwrap(),
        Imported {
            created: 3,
            kept: 1,
            events: 0,
        }
    );
    assert_eq!(image(&*store, ids[0]).await, kept);
    for id in &ids[1..] {
        assert_eq!(image(&*store, *id).await, image(&other, *id).await);
    }
}
