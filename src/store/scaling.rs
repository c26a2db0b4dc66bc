//! What the tests share that compare a store with many images to one with few: a page of many must
//! take no longer than one of few.

use std::collections::BTreeSet;
use std::fmt;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::contract::ImageStore;
use super::query::{HistoryQuery, HistorySubject, ImageQuery, TagQuery};
use crate::image::{
    Image, ImageId, Member, MemberStatus, ScopedTag, Tag, TagAction, TagEvent, TagScope, Viewer,
    Visibility,
};

/// The number of images in the smaller store.
pub(super) const FEW: usize = 1_000;

/// The number of images in the larger store: a hundred thousand with `FULL=1`.
pub(super) fn many() -> usize {
    if std::env::var_os("FULL").is_some_and(|value| value == "1") {
        100_000
    } else {
        20_000
    }
}

/// How much longer a page of many images may take than one of few.
const MAX_RATIO: f64 = 1.5;

/// The number of images that are shared with a project, which does not grow with the cloud.
const SHARED_IMAGES: usize = 40;

const PROJECTS: usize = 4;

/// `count` images, each with ten tags: one that is on all images, of several sets of tags one each,
/// and one that no other image has. In both stores the images of a project, the public ones and
/// those that are shared with it fill a page each, by tag too: what ends early is read faster. The
/// newest images are alike in both.
pub(super) fn images(count: usize) -> Vec<Image> {
    (0..count)
        .map(|number| image(number, count))
        .rev()
        .collect()
}

/// The id of the image that is followed by `number` newer ones. The ids are in no order.
fn id(number: usize) -> ImageId {
    let factor = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    let id = u128::try_from(number + 1).unwrap().wrapping_mul(factor);
    uuid::Uuid::from_u128(id).to_string().parse().unwrap()
}

/// The image that is followed by `number` newer ones.
fn image(number: usize, count: usize) -> Image {
    let second = i64::try_from(count - number).unwrap();
    let time = Timestamp::from_second(second).unwrap();
    let mut image = Image::new(id(number), time);
    image.owner = format!("project-{}", number / 13 % PROJECTS).parse().ok();
    image.visibility = match number / 17 % 4 {
        0 => Visibility::Public,
        1 => Visibility::Community,
        2 => Visibility::Shared,
        _ => Visibility::Private,
    };
    if number.is_multiple_of(count / SHARED_IMAGES) {
        image.visibility = Visibility::Shared;
        let projects = (0..PROJECTS).map(|project| format!("project-{project}").parse().unwrap());
        let member = Member::new(MemberStatus::Accepted, time);
        image.members = projects.map(|project| (project, member.clone())).collect();
    }
    let value = number.to_string().parse().unwrap();
    image.properties = [("number".parse().unwrap(), value)].into();
    let sets = [2, 3, 5, 7, 11, 50, 100, 1000];
    let tags = sets.map(|set| format!("{set}-{}", number % set));
    let tags = tags
        .into_iter()
        .chain(["all".to_owned(), format!("own-{number:06}")]);
    image.tags = tags.map(|text| text.parse().unwrap()).collect();
    image
}

/// A history, oldest first, with half as many events as `images`. Every tenth event is one of the
/// newest image that is not shared.
pub(super) fn events(images: &[Image]) -> Vec<TagEvent> {
    let newest_first = || images.iter().rev();
    let event = |(number, image): (usize, &Image)| TagEvent {
        id: 0,
        time: Timestamp::from_second(-i64::try_from(number).unwrap()).unwrap(),
        image: image.id(),
        tag: format!("moved-{}", number % 3).parse().unwrap(),
        action: [TagAction::Removed, TagAction::Added][number % 2],
        owner: image.owner.clone(),
        visibility: image.visibility,
        user: "user".to_owned(),
        project: None,
        request_id: String::new(),
        reason: None,
    };
    let of_images = newest_first().take(images.len() / 2).enumerate();
    let newest = newest_first().nth(1);
    let subjects = of_images.map(|(number, image)| {
        let image = newest.filter(|_| number % 10 == 0).unwrap_or(image);
        (number, image)
    });
    let mut events: Vec<_> = subjects.map(event).collect();
    events.reverse();
    events
}

fn viewers() -> [Viewer; 2] {
    let project = || "project-1".parse().unwrap();
    [Viewer::Admin(project()), Viewer::Project(project())]
}

/// A page that is read.
#[derive(Debug)]
pub(super) enum Read {
    List(ImageQuery),
    Tags(TagQuery),
    History(HistoryQuery),
}

impl Read {
    /// Everything whose time is measured.
    pub(super) fn all() -> Vec<Self> {
        let lists = Self::lists().into_iter();
        lists
            .chain(Self::catalogues())
            .chain(Self::histories())
            .collect()
    }

    /// Lists without and with each of the filters by tags.
    fn lists() -> Vec<Self> {
        let tags = |texts: &[&str]| -> BTreeSet<Tag> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        let lists = |viewer: &Viewer| {
            let plain = ImageQuery::new(viewer.clone(), 20);
            let all = |texts| ImageQuery {
                tags: tags(texts),
                ..plain.clone()
            };
            let any = |texts| ImageQuery {
                any_tags: Some(tags(texts)),
                ..plain.clone()
            };
            [
                plain.clone(),
                all(&["2-0"]),
                all(&["2-0", "3-1"]),
                all(&["all", "5-1"]),
                any(&["3-0", "5-0"]),
                any(&["5-0", "5-1", "7-0", "7-1"]),
                ImageQuery {
                    not_all_tags: tags(&["2-0", "3-0"]),
                    ..plain.clone()
                },
                ImageQuery {
                    not_any_tags: tags(&["2-0", "3-0"]),
                    ..plain.clone()
                },
                ImageQuery {
                    not_all_tags: tags(&["2-0", "5-0"]),
                    ..any(&["3-0", "5-0"])
                },
                ImageQuery {
                    any_tags: Some(tags(&["2-0", "2-1"])),
                    ..all(&["5-0"])
                },
            ]
        };
        viewers().iter().flat_map(lists).map(Self::List).collect()
    }

    /// Pages of the catalogue, of tags that are on as many images in both stores.
    fn catalogues() -> Vec<Self> {
        let from = |viewer: &Viewer, prefix: &str, after: &str| {
            Self::Tags(TagQuery {
                viewer: viewer.clone(),
                prefix: prefix.to_owned(),
                after: Some(after.parse().unwrap()),
                limit: 25,
            })
        };
        let pages = |viewer| [from(viewer, "own-", ""), from(viewer, "", "own-0003")];
        viewers().iter().flat_map(pages).collect()
    }

    /// Pages in the middle of the larger store.
    pub(super) fn middle() -> Vec<Self> {
        let all = Self::all().into_iter();
        all.map(|mut read| {
            match &mut read {
                Self::List(query) => query.marker = Some(id(many() / 2)),
                Self::Tags(query) => query.after = format!("own-{:06}", many() / 2).parse().ok(),
                Self::History(query) => query.before = u64::try_from(many() / 4).ok(),
            }
            read
        })
        .collect()
    }

    /// Pages of the catalogue, of tags that are on more images in the larger store. The images of a
    /// tag are counted up to a maximum, so the time for such a page grows up to a bound.
    pub(super) fn frequent_tags() -> Vec<Self> {
        let page = |viewer: Viewer| {
            Self::Tags(TagQuery {
                viewer,
                prefix: String::new(),
                after: Some("2".parse().unwrap()),
                limit: 25,
            })
        };
        viewers().map(page).into()
    }

    /// Pages of the history.
    fn histories() -> Vec<Self> {
        let tag = || -> Tag { "moved-1".parse().unwrap() };
        let pages = |viewer: &Viewer| {
            let own = TagScope::Owner("project-1".parse().ok());
            let scoped = |scope| ScopedTag { tag: tag(), scope };
            [
                HistorySubject::Image(id(1)),
                HistorySubject::Tag(tag()),
                HistorySubject::Scope(scoped(own)),
                HistorySubject::Scope(scoped(TagScope::Service)),
            ]
            .map(|subject| HistoryQuery {
                viewer: viewer.clone(),
                subject,
                before: None,
                limit: 20,
            })
        };
        viewers()
            .iter()
            .flat_map(pages)
            .map(Self::History)
            .collect()
    }

    /// Reads the page and returns the number of its entries.
    pub(super) async fn run(&self, store: &dyn ImageStore) -> usize {
        match self {
            Self::List(query) => store.list(query).await.unwrap().images.len(),
            Self::Tags(query) => store.tags(query).await.unwrap().tags.len(),
            Self::History(query) => store.history(query).await.unwrap().events.len(),
        }
    }
}

impl fmt::Display for Read {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(query) => {
                let ImageQuery { viewer, tags, .. } = query;
                let (any, not_all) = (&query.any_tags, &query.not_all_tags);
                write!(
                    f,
                    "list {viewer:?} {tags:?} {any:?} {not_all:?} {:?}",
                    query.not_any_tags
                )
            }
            Self::Tags(query) => write!(f, "{query:?}"),
            Self::History(query) => write!(f, "{query:?}"),
        }
    }
}

/// The shortest of many times that `read` takes in each of two stores, measured alternately: the
/// time on an otherwise idle machine. Measures again while the second store looks too slow, since
/// other work may disturb the machine for a while.
async fn times(stores: [&dyn ImageStore; 2], read: &Read) -> [Duration; 2] {
    let mut shortest = [Duration::MAX; 2];
    for _ in 0..20 {
        for _ in 0..20 {
            for (store, shortest) in stores.iter().zip(&mut shortest) {
                let since = Instant::now();
                read.run(*store).await;
                *shortest = since.elapsed().min(*shortest);
            }
        }
        if !is_too_slow(shortest) {
            break;
        }
    }
    shortest
}

/// Whether the second time is too much longer than the first.
fn is_too_slow([few, many]: [Duration; 2]) -> bool {
    many.as_secs_f64() > few.as_secs_f64() * MAX_RATIO
}

/// Measures everything. Returns a line for each page that is too slow.
pub(super) async fn too_slow(stores: [&dyn ImageStore; 2]) -> Vec<String> {
    let mut too_slow = Vec::new();
    for read in &Read::all() {
        let [few, many] = stores;
        let entries = [read.run(few).await, read.run(many).await];
        assert!(
            entries[0] >= 20 && entries[0] == entries[1],
            "{entries:?}: {read}"
        );
        let times = times(stores, read).await;
        let ratio = times[1].as_secs_f64() / times[0].as_secs_f64();
        let line = format!("{ratio:.2} {times:?} {read}");
        println!("{line}");
        if is_too_slow(times) {
            too_slow.push(line);
        }
    }
    for read in &Read::frequent_tags() {
        println!("{:?} {read}", times(stores, read).await);
    }
    too_slow
}
