//! Random lists of random images: a store against the store in memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use image_tags::identity::ProjectId;
use image_tags::image::{
    Attribute, ContainerFormat, DiskFormat, Image, ImageData, ImageId, Member, MemberStatus,
    Minimum, Status, Tag, Viewer, Visibility,
};
use image_tags::store::{
    Comparison, Direction, Filter, ImageQuery, ImageStore, Memory, Sort, SortKey, VisibilityFilter,
};
use jiff::Timestamp;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::{Kept, author, import_task, tag};

// Few different values, so that images are alike and meet conditions.
const TEXTS: [&str; 7] = ["", "a", "A", "a ", "á", "ab", "😀"];
const PROJECTS: [&str; 3] = ["p", "P", "q "];
const MICROSECONDS: [i64; 8] = [
    -1_500_000,
    -1_000_000,
    -1,
    0,
    1,
    999_999,
    1_000_000,
    1_767_225_600_000_001,
];
const VISIBILITIES: [Visibility; 4] = [
    Visibility::Public,
    Visibility::Community,
    Visibility::Shared,
    Visibility::Private,
];
const STATUSES: [Status; 3] = [Status::Queued, Status::Active, Status::Killed];
const MEMBER_STATUSES: [MemberStatus; 3] = [
    MemberStatus::Pending,
    MemberStatus::Accepted,
    MemberStatus::Rejected,
];
const DISK_FORMATS: [DiskFormat; 3] = [DiskFormat::Raw, DiskFormat::Qcow2, DiskFormat::Ami];
const CONTAINER_FORMATS: [ContainerFormat; 3] = [
    ContainerFormat::Bare,
    ContainerFormat::Ovf,
    ContainerFormat::Ami,
];
const COMPARISONS: [Comparison; 6] = [
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
];

fn sort_keys() -> Vec<SortKey> {
    let keys = Attribute::ALL.iter();
    keys.filter_map(|key| SortKey::try_from(*key).ok())
        .collect()
}

pub(crate) fn text() -> impl Strategy<Value = String> {
    select(&TEXTS[..]).prop_map(str::to_owned)
}

pub(crate) fn project() -> impl Strategy<Value = ProjectId> {
    select(&PROJECTS[..]).prop_map(|project| project.parse().unwrap())
}

fn minimum() -> impl Strategy<Value = Minimum> {
    (0_i64..3).prop_map(|number| number.try_into().unwrap())
}

fn time() -> impl Strategy<Value = Timestamp> {
    select(&MICROSECONDS[..]).prop_map(|time| Timestamp::from_microsecond(time).unwrap())
}

pub(crate) fn image() -> impl Strategy<Value = Image> {
    let data = (0_u64..3, text(), text());
    let formats = (
        prop::option::of(select(&DISK_FORMATS[..])),
        prop::option::of(select(&CONTAINER_FORMATS[..])),
        prop::option::of(data),
    );
    let flags = (
        prop::bool::weighted(0.1),
        any::<bool>(),
        minimum(),
        minimum(),
    );
    let access = (
        prop::option::of(project()),
        select(&VISIBILITIES[..]),
        select(&STATUSES[..]),
    );
    let members = btree_map(project(), select(&MEMBER_STATUSES[..]), 0..3);
    let collections = (
        btree_set(text().prop_map(|text| tag(&text)), 0..4),
        members,
        btree_map(text(), text(), 0..3),
    );
    (
        time(),
        prop::option::of(text()),
        formats,
        flags,
        access,
        collections,
    )
        .prop_map(
            |(
                time,
                name,
                (disk, container, data),
                (hidden, protected, min_disk, min_ram),
                access,
                collections,
            )| {
                let mut image = Image::new(ImageId::random(), time);
                image.name = name.map(|name| name.parse().unwrap());
                (image.disk_format, image.container_format) = (disk, container);
                image.data = data.map(|(size, checksum, sha512)| {
                    ImageData::new(size, checksum, sha512).unwrap()
                });
                image.import = (min_ram == min_disk).then(|| Box::new(import_task(time)));
                (image.hidden, image.protected) = (hidden, protected);
                (image.min_disk, image.min_ram) = (min_disk, min_ram);
                (image.owner, image.visibility, image.status) = access;
                image.tags = collections.0.into();
                image.members = (collections.1.into_iter())
                    .map(|(project, status)| (project, Member::new(status, time)))
                    .collect();
                image.properties = (collections.2.into_iter())
                    .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                    .collect();
                image
            },
        )
}

/// A text that may be anywhere in an image.
fn word() -> impl Strategy<Value = String> {
    let formats = (DISK_FORMATS.map(DiskFormat::as_str).into_iter())
        .chain(CONTAINER_FORMATS.map(ContainerFormat::as_str));
    prop_oneof![
        text(),
        select(&PROJECTS[..]).prop_map(str::to_owned),
        select(formats.collect::<Vec<_>>()).prop_map(str::to_owned),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let texts = [
        Attribute::Name,
        Attribute::Owner,
        Attribute::ContainerFormat,
        Attribute::DiskFormat,
        Attribute::Checksum,
        Attribute::OsHashValue,
    ];
    let numbers = [Attribute::Size, Attribute::MinDisk, Attribute::MinRam];
    let times = [Attribute::CreatedAt, Attribute::UpdatedAt];
    prop_oneof![
        4 => (select(texts.to_vec()), btree_set(word(), 0..5))
            .prop_map(|(field, texts)| Filter::Text(field, texts)),
        2 => project().prop_map(|owner| Filter::owner(&owner)),
        1 => btree_set(select(&STATUSES[..]).prop_map(|status| status.to_string()), 1..3)
            .prop_map(|texts| Filter::Text(Attribute::Status, texts)),
        1 => select(&["sha512", "md5"][..]).prop_map(|text| Filter::Text(Attribute::OsHashAlgo, [text.to_owned()].into())),
        2 => (select(numbers.to_vec()), select(&COMPARISONS[..]), -1_i64..4)
            .prop_map(|(field, comparison, number)| Filter::Number(field, comparison, number)),
        2 => (select(times.to_vec()), select(&COMPARISONS[..]), time())
            .prop_map(|(field, comparison, time)| Filter::Time(field, comparison, time)),
        1 => any::<bool>().prop_map(|flag| Filter::Flag(Attribute::Protected, flag)),
        2 => (text(), text()).prop_map(|(name, value)| Filter::Property(name, value)),
        1 => Just(Filter::Imported),
    ]
}

fn sort() -> impl Strategy<Value = Sort> {
    let direction = || select(&[Direction::Ascending, Direction::Descending][..]);
    (vec((select(sort_keys()), direction()), 0..3), direction())
        .prop_map(|(keys, last)| Sort::by(keys, last))
}

/// A query, and its marker as an index into the images.
fn query() -> impl Strategy<Value = (ImageQuery, Option<prop::sample::Index>)> {
    let viewer = prop_oneof![
        1 => Just(Viewer::Nobody),
        8 => project().prop_map(Viewer::Project),
        8 => project().prop_map(Viewer::Admin),
    ];
    let visibility = prop_oneof![
        Just(VisibilityFilter::Default),
        Just(VisibilityFilter::All),
        select(&VISIBILITIES[..]).prop_map(VisibilityFilter::Only),
    ];
    let tags = |most| btree_set(text().prop_map(|text| -> Tag { tag(&text) }), 0..=most);
    let what = (
        (
            tags(2),
            prop::option::weighted(0.4, tags(4)),
            prop_oneof![2 => Just(BTreeSet::new()), 1 => tags(3)],
            prop_oneof![2 => Just(BTreeSet::new()), 1 => tags(2)],
        ),
        vec(filter(), 0..2),
        prop::option::of(select(&MEMBER_STATUSES[..])),
        prop_oneof![8 => Just(Some(false)), 1 => Just(Some(true)), 3 => Just(None)],
    );
    let part = (
        sort(),
        0_usize..8,
        prop::option::of(any::<prop::sample::Index>()),
    );
    (viewer, visibility, what, part).prop_map(
        |(viewer, visibility, (tags, filters, member_status, hidden), (sort, limit, marker))| {
            let plain = ImageQuery::new(viewer, limit);
            (
                ImageQuery {
                    visibility,
                    tags: tags.0,
                    any_tags: tags.1,
                    not_all_tags: tags.2,
                    not_any_tags: tags.3,
                    filters,
                    member_status,
                    hidden,
                    sort,
                    ..plain
                },
                marker,
            )
        },
    )
}

async fn compare(
    store: Arc<dyn ImageStore>,
    images: Vec<Image>,
    queries: Vec<(ImageQuery, Option<prop::sample::Index>)>,
) {
    for image in &images {
        store
            .create(image.clone().try_into().unwrap(), &author())
            .await
            .unwrap();
    }
    let memory = Memory::with_images(images.clone());
    for (mut query, marker) in queries {
        query.marker = marker.map(|index| index.get(&images).id());
        let answers = [memory.list(&query).await, store.list(&query).await];
        let [wanted, found] = answers.map(|answer| {
            answer
                .map(|page| (page.images, page.more))
                .map_err(|e| e.to_string())
        });
        assert_eq!(found, wanted, "{query:#?}");
    }
}

/// Sends the same random queries to a new store and to the store in memory, and compares the pages.
pub(crate) fn check<F: Future<Output = Arc<dyn ImageStore>>>(new_store: fn() -> F, kept: Kept) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(24);
    proptest!(ProptestConfig::with_cases(cases), |(images in vec(image(), 1..24), queries in vec(query(), 32))| {
        let images = images.into_iter().map(kept.part).collect();
        runtime.block_on(async { compare(new_store().await, images, queries).await });
    });
}
