//! Finds what breaks the rules of tags in a store, and repairs it.
//!
//! A store that had its tags before it had the rules, or whose rules changed, may have an exclusive
//! tag on several images. The service keeps running with it; a write moves the tag away from all of
//! them as long as they are few.

use std::collections::BTreeMap;

use crate::identity::ProjectId;
use crate::image::{ImageId, Reason, ScopedTag, Tag, TagRules, Viewer};
use crate::store::{
    Author, Draft, ImageQuery, ImageStore, ListError, StoreError, TagQuery, WriteError,
};

/// How many tags or images one page of the search has at most.
const PAGE_LENGTH: usize = 1000;

/// An exclusive tag that several images carry in its scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The tag and its scope.
    pub tag: ScopedTag,
    /// The newest image with the tag, by time of creation and id. A repair leaves the tag there.
    pub newest: ImageId,
    /// The other images with the tag, newest first.
    pub others: Vec<ImageId>,
}

/// Why a search or a repair stopped.
#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store did not list the images with a tag.
    #[error(transparent)]
    List(#[from] ListError),
    /// The store did not take the tag from an image.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The exclusive tags that several images carry. Reads the tags of the whole store, page by page,
/// and the images of those tags only that are exclusive.
pub async fn find(store: &dyn ImageStore, rules: &TagRules) -> Result<Vec<Finding>, DoctorError> {
    let mut findings = Vec::new();
    if rules.iter().all(|rule| rule.exclusive().is_none()) {
        return Ok(findings);
    }
    let mut query = TagQuery {
        viewer: viewer()?,
        prefix: String::new(),
        after: None,
        limit: PAGE_LENGTH,
    };
    loop {
        let page = store.tags(&query).await?;
        for found in page.tags.iter().filter(|found| found.images > 1) {
            let rule = rules.rule_for(&found.tag);
            if rule.is_some_and(|(_, rule)| rule.exclusive().is_some()) {
                findings.extend(carriers(store, rules, &found.tag).await?);
            }
        }
        query.after = page.tags.last().map(|last| last.tag.clone());
        if !page.more {
            return Ok(findings);
        }
    }
}

/// An admin's view, which has every image.
fn viewer() -> Result<Viewer, StoreError> {
    let project = "doctor".parse::<ProjectId>();
    let project = project.map_err(|error| StoreError::Internal(error.into()))?;
    Ok(Viewer::Admin(project))
}

/// The scopes in which several images carry `tag`.
async fn carriers(
    store: &dyn ImageStore,
    rules: &TagRules,
    tag: &Tag,
) -> Result<Vec<Finding>, DoctorError> {
    let mut query = ImageQuery::of_all(viewer()?, PAGE_LENGTH);
    query.tags = [tag.clone()].into();
    let mut by_scope: BTreeMap<ScopedTag, Vec<ImageId>> = BTreeMap::new();
    loop {
        let page = store.list(&query).await?;
        for image in &page.images {
            if let Some(scoped) = rules.scope_of(tag, image.owner.as_ref()) {
                by_scope.entry(scoped).or_default().push(image.id());
            }
        }
        query.marker = page.images.last().map(|last| last.id());
        if !page.more {
            break;
        }
    }
    let finding = |(tag, images): (ScopedTag, Vec<ImageId>)| match &images[..] {
        [newest, others @ ..] if !others.is_empty() => Some(Finding {
            tag,
            newest: *newest,
            others: others.to_vec(),
        }),
        _ => None,
    };
    Ok(by_scope.into_iter().filter_map(finding).collect())
}

/// Takes the tag from all images of the finding but the newest. Returns the images that have lost
/// it: one that had lost it before, or has gone, is left alone.
///
/// Each step asks whether the newest image still has the tag. If the tag has moved since it was
/// found, so that another image is the one to keep it, the repair changes nothing more.
pub async fn repair(
    store: &dyn ImageStore,
    finding: &Finding,
) -> Result<Vec<ImageId>, DoctorError> {
    let reason = "image-tags doctor: exclusive tag on several images".parse::<Reason>();
    let author = Author {
        reason: reason.as_ref().ok(),
        ..Author::without_request("doctor")
    };
    let mut repaired = Vec::new();
    for id in &finding.others {
        let take = |draft: &mut Draft<'_>| {
            let is_kept = finding.tag.is_on(draft.stored(finding.newest)?);
            let is_carrier = finding.tag.is_on(draft.stored(*id)?);
            if is_kept && is_carrier {
                draft.image(*id)?.tags.remove(&finding.tag.tag);
            }
            Ok(())
        };
        match store.write(&author, &take).await {
            Ok(written) if written.events.is_empty() => {}
            Ok(_) => repaired.push(*id),
            Err(WriteError::NoSuchImage) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(repaired)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::image::{ExclusiveScope, Image, TagRule, TagRuleParts, Tags, Visibility};
    use crate::store::Memory;

    fn rules(scope: ExclusiveScope) -> TagRules {
        let parts = TagRuleParts {
            exclusive: Some(scope),
            ..TagRuleParts::default()
        };
        let rule = TagRule::new("current*".parse().unwrap(), parts).unwrap();
        TagRules::new(vec![rule]).unwrap()
    }

    fn image(second: i64, owner: &str, hidden: bool) -> Image {
        let time = Timestamp::from_second(second).unwrap();
        let mut image = Image::new(ImageId::random(), time);
        image.owner = owner.parse().ok();
        image.visibility = Visibility::Community;
        image.hidden = hidden;
        image.tags = ["current", "other"].map(|tag| tag.parse().unwrap()).into();
        image
    }

    #[tokio::test]
    async fn the_newest_image_of_each_scope_keeps_the_tag() {
        let images = [
            image(1, "one", false),
            image(3, "one", true),
            image(2, "one", false),
            image(9, "two", false),
        ];
        let ids = images.each_ref().map(Image::id);
        let store = Memory::with_images(images);
        let in_projects = find(&store, &rules(ExclusiveScope::Project)).await.unwrap();
        assert_eq!(in_projects.len(), 1);
        assert_eq!(
            (in_projects[0].newest, &in_projects[0].others[..]),
            (ids[1], &[ids[2], ids[0]][..])
        );
        assert_eq!(
            repair(&store, &in_projects[0]).await.unwrap(),
            [ids[2], ids[0]]
        );
        assert_eq!(
            find(&store, &rules(ExclusiveScope::Project)).await.unwrap(),
            []
        );
        assert_eq!(repair(&store, &in_projects[0]).await.unwrap(), []);

        let in_all = find(&store, &rules(ExclusiveScope::Service)).await.unwrap();
        assert_eq!(
            (in_all[0].newest, &in_all[0].others[..]),
            (ids[3], &[ids[1]][..])
        );
        assert_eq!(find(&store, &TagRules::default()).await.unwrap(), []);
        let kept = store.image(ids[0]).await.unwrap().unwrap();
        assert_eq!(kept.tags.len(), 1, "the other tag stays");
    }

    #[tokio::test]
    async fn a_tag_that_has_moved_since_it_was_found_stays_where_it_is() {
        let images = [image(1, "one", false), image(2, "one", false)];
        let ids = images.each_ref().map(Image::id);
        let store = Memory::with_images(images);
        let rules = rules(ExclusiveScope::Project);
        let found = find(&store, &rules).await.unwrap();
        let by = Author::without_request("user");
        // A promotion to the older image takes the tag from the newest one.
        let take = |image: &mut Image| {
            image.tags = Tags::default();
            Ok(())
        };
        store.change(ids[1], &by, &take).await.unwrap();
        assert_eq!(repair(&store, &found[0]).await.unwrap(), []);
        let kept = store.image(ids[0]).await.unwrap().unwrap();
        assert!(found[0].tag.is_on(&kept));
        store.delete(ids[1], &by, &|_| Ok(())).await.unwrap();
        assert_eq!(repair(&store, &found[0]).await.unwrap(), []);
        let kept = store.image(ids[0]).await.unwrap().unwrap();
        assert!(found[0].tag.is_on(&kept), "the newest image is gone");
    }
}
