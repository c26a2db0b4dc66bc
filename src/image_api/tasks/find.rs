//! Finds the tasks of all images.

use jiff::{SignedDuration, Timestamp};

use super::view::Task;
use crate::image::{Attribute, Viewer};
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::Error;
use crate::store::{Comparison, Filter, ImageQuery, ListError};

/// How many images one page of the search has at most.
const PAGE_LENGTH: usize = 1000;

/// A task that is shown belongs to an image that has changed within this time: an import takes a
/// day at most, and its task is shown for two more.
const LAST_CHANGE: SignedDuration = SignedDuration::from_hours(73);

/// The tasks that `caller`, who may use them, sees: admins those of all images, others those that
/// their project has begun, as in Glance.
pub(super) async fn all(context: &Context, caller: &Caller) -> Result<Vec<Task>, Error> {
    let Some(project) = caller.identity().project.clone() else {
        return Ok(Vec::new());
    };
    let (is_admin, own) = (caller.rights.is_admin(), Some(project.clone()));
    let now = Timestamp::now();
    let oldest = now.checked_sub(LAST_CHANGE).unwrap_or(Timestamp::MIN);
    let mut query = ImageQuery::of_all(Viewer::Admin(project), PAGE_LENGTH);
    query.filters = vec![
        Filter::Imported,
        Filter::Time(Attribute::UpdatedAt, Comparison::GreaterOrEqual, oldest),
    ];
    let mut tasks = Vec::new();
    loop {
        let page = match context.store.list(&query).await {
            Ok(page) => page,
            // The last image of the page before is gone.
            Err(ListError::NoSuchMarker) => {
                tasks.clear();
                query.marker = None;
                continue;
            }
            Err(ListError::Store(error)) => return Err(error.into()),
        };
        let found = page.images.iter().filter_map(|image| Task::of(image, now));
        tasks.extend(found.filter(|task| is_admin || task.import.owner == own));
        query.marker = page.images.last().map(|last| last.id());
        if !page.more {
            return Ok(tasks);
        }
    }
}
