//! The parts of a history, each with the SQL that finds its events by an index.

use strum::VariantArray as _;

use crate::identity::ProjectId;
use crate::image::{Tag, Viewer, Visibility};
use crate::store::query::{HistoryQuery, HistorySubject};
use crate::store::sql::drivers::Statement;
use crate::store::sql::tables::history::equals_owner;

/// What follows `FROM` for each part of the history: the events `e` of the query that the viewer
/// sees. An event may be in several parts.
pub(super) fn parts(query: &HistoryQuery) -> Vec<Statement> {
    let project = match &query.viewer {
        Viewer::Nobody => return Vec::new(),
        Viewer::Admin(_) => None,
        Viewer::Project(project) => Some(project),
    };
    match (&query.subject, query.subject.tag(), query.subject.owner()) {
        (HistorySubject::Image(image), ..) => {
            let text = "tag_events e WHERE e.image_id = ?";
            vec![seen_by(project, Statement::new(text).with(*image))]
        }
        (_, Some(tag), Some(owner)) => {
            let own = of_owner(owner, tag);
            let is_own = owner.is_some() && owner == project;
            vec![if is_own { own } else { seen_by(project, own) }]
        }
        (_, Some(tag), None) => match project {
            None => {
                let all = Visibility::VARIANTS.iter();
                all.map(|visibility| of_visibility(*visibility, tag))
                    .collect()
            }
            Some(project) => vec![
                of_owner(Some(project), tag),
                of_visibility(Visibility::Public, tag),
                of_visibility(Visibility::Community, tag),
                shared(project, tag),
                formerly_shared(project, tag),
            ],
        },
        (_, None, _) => Vec::new(),
    }
}

fn of_owner(owner: Option<&ProjectId>, tag: &Tag) -> Statement {
    let mut events = Statement::new("tag_events e WHERE e.owner ");
    events.push(equals_owner(owner));
    events.push(Statement::new(" AND e.tag = ?").with(tag.as_str()));
    events
}

fn of_visibility(visibility: Visibility, tag: &Tag) -> Statement {
    Statement::new("tag_events e WHERE e.visibility = ? AND e.tag = ?")
        .with(visibility.as_str())
        .with(tag.as_str())
}

/// The events of the images that are shared with the project, from the sharing on. They are found
/// by these images, which are few, and all events of the tag on them are read. Of the events of all
/// shared images, most are of images that the project never sees.
fn shared(project: &ProjectId, tag: &Tag) -> Statement {
    let text = "image_members m CROSS JOIN tag_events e WHERE m.project = ? \
                AND e.image_id = m.image_id AND e.tag = ? AND e.visibility = ? \
                AND e.time >= m.created_at";
    Statement::new(text)
        .with(project.as_str())
        .with(tag.as_str())
        .with(Visibility::Shared.as_str())
}

/// The events of the images that were shared with the project when they were deleted, up to the
/// deletion. They are found in the same way.
fn formerly_shared(project: &ProjectId, tag: &Tag) -> Statement {
    let text = "image_former_members f CROSS JOIN tag_events e WHERE f.project = ? \
                AND e.image_id = f.image_id AND e.tag = ? AND e.visibility = ? \
                AND e.time >= f.created_at AND e.time <= f.deleted_at";
    Statement::new(text)
        .with(project.as_str())
        .with(tag.as_str())
        .with(Visibility::Shared.as_str())
}

/// `events`, of which the project sees only some.
fn seen_by(project: Option<&ProjectId>, mut events: Statement) -> Statement {
    let Some(project) = project else {
        return events;
    };
    let text = " AND (e.owner = ? OR e.visibility IN (?, ?) OR (e.visibility = ? AND (EXISTS \
                (SELECT 1 FROM image_members m WHERE m.image_id = e.image_id AND m.project = ? \
                AND m.created_at <= e.time) OR EXISTS (SELECT 1 FROM image_former_members f \
                WHERE f.image_id = e.image_id AND f.project = ? AND f.created_at <= e.time \
                AND f.deleted_at >= e.time))))";
    events.push(
        Statement::new(text)
            .with(project.as_str())
            .with(Visibility::Public.as_str())
            .with(Visibility::Community.as_str())
            .with(Visibility::Shared.as_str())
            .with(project.as_str())
            .with(project.as_str()),
    );
    events
}
