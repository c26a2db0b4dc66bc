//! The parts of what a viewer sees. No image is in two branches of one list.

use std::collections::BTreeSet;

use crate::image::{MemberStatus, Tag, Viewer, Visibility};
use crate::store::sql::statement::{self, Statement};
use crate::store::{ImageQuery, VisibilityFilter};

/// A part of what a viewer sees.
#[derive(Clone, Copy, Debug)]
pub(super) enum Branch<'a> {
    /// The project's own images, of one visibility or of all.
    Own(&'a str, Option<Visibility>),
    /// The images of a visibility, but for those of the project.
    Visible(Visibility, Option<&'a str>),
    /// The images shared with the project, if it said this to them, but for its own.
    Shared(&'a str, Option<MemberStatus>),
}

/// The table that is gone through for the images of a branch, in the order of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way<'a> {
    Images,
    Tag(&'a Tag),
    Members,
}

/// Where a way has the attributes by which lists are sorted first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    pub(super) created_at: &'static str,
    pub(super) id: &'static str,
}

impl Way<'_> {
    pub(super) fn columns(self) -> Columns {
        match self {
            Self::Images => Columns {
                created_at: "i.created_at",
                id: "i.id",
            },
            Self::Tag(_) => Columns {
                created_at: "t.image_created_at",
                id: "t.image_id",
            },
            Self::Members => Columns {
                created_at: "m.image_created_at",
                id: "m.image_id",
            },
        }
    }
}

const NOT_OWN: &str = " AND (i.owner IS NULL OR i.owner <> ?)";

impl<'a> Branch<'a> {
    /// The branches of `query`; none if the viewer sees nothing of what it asks for.
    pub(super) fn all(query: &'a ImageQuery) -> Vec<Self> {
        use Visibility::{Community, Private, Public, Shared};
        let wanted = |visibility: &Visibility| match query.visibility {
            VisibilityFilter::All => true,
            VisibilityFilter::Default => *visibility != Community,
            VisibilityFilter::Only(only) => *visibility == only,
        };
        let only = match query.visibility {
            VisibilityFilter::Only(visibility) => Some(visibility),
            VisibilityFilter::All | VisibilityFilter::Default => None,
        };
        match &query.viewer {
            Viewer::Nobody => Vec::new(),
            Viewer::Admin(project) => {
                let visible = [Public, Community, Shared, Private]
                    .into_iter()
                    .filter(wanted);
                let mut branches: Vec<_> = visible
                    .map(|visibility| Self::Visible(visibility, None))
                    .collect();
                if query.visibility == VisibilityFilter::Default {
                    branches.push(Self::Own(project.as_str(), Some(Community)));
                }
                branches
            }
            Viewer::Project(project) => {
                let project = project.as_str();
                let visible = [Public, Community].into_iter().filter(wanted);
                let mut branches = vec![Self::Own(project, only)];
                branches.extend(visible.map(|visibility| Self::Visible(visibility, Some(project))));
                if wanted(&Shared) {
                    branches.push(Self::Shared(project, query.member_status));
                }
                branches
            }
        }
    }

    /// The ways to the images of the branch that have all of `tags`. All lead to the same images.
    pub(super) fn ways(self, tags: &BTreeSet<Tag>) -> Vec<Way<'_>> {
        let mut ways: Vec<_> = tags.iter().map(Way::Tag).collect();
        match self {
            Self::Shared(..) => ways.push(Way::Members),
            _ if tags.is_empty() => ways.push(Way::Images),
            _ => {}
        }
        ways
    }

    /// What comes after `FROM`: the branch's images `i` that have all of `tags`, by `way`.
    pub(super) fn rows(self, way: Way<'_>, tags: &BTreeSet<Tag>) -> Statement {
        let (table, letter) = match way {
            Way::Images => ("images i WHERE 1 = 1", "i"),
            Way::Tag(_) => (
                "image_tags t CROSS JOIN images i WHERE i.id = t.image_id",
                "t",
            ),
            Way::Members => (
                "image_members m CROSS JOIN images i WHERE i.id = m.image_id",
                "i",
            ),
        };
        let mut rows = Statement::new(table);
        rows.push(self.index(way, letter));
        rows.push(self.rest(way));
        let others: Vec<_> = tags
            .iter()
            .filter(|tag| way != Way::Tag(tag))
            .map(Tag::as_str)
            .collect();
        if !others.is_empty() {
            // Counted, not joined: a planner would think for long about the order of many joins. Of a `>=` PostgreSQL
            // expects more images than of an `=`: so it goes through the index until the page is full, and sorts nothing.
            let text = "(SELECT COUNT(*) FROM image_tags x WHERE x.image_id = i.id AND x.tag IN";
            let text = format!(" AND {text} {}) >= ?", statement::rows(1, others.len()));
            rows.push(
                Statement::new(text)
                    .with_all(others.iter().copied())
                    .with(others.len()),
            );
        }
        rows
    }

    /// When the image number `depth` of `way` was created, of those that the index has for the branch; NULL if there are
    /// not so many. The further back, the fewer images that are not wanted come in between.
    pub(super) fn reach(self, way: Way<'_>, depth: usize) -> Statement {
        let (table, letter) = match way {
            Way::Images => ("images i", "i"),
            Way::Tag(_) => ("image_tags t", "t"),
            Way::Members => ("image_members m", "m"),
        };
        let Columns { created_at, id } = way.columns();
        let mut reach = Statement::new(format!("SELECT {created_at} FROM {table} WHERE 1 = 1"));
        reach.push(if way == Way::Members {
            self.membership()
        } else {
            self.index(way, letter)
        });
        reach.push(
            Statement::new(format!(
                " ORDER BY {created_at} DESC, {id} DESC LIMIT 1 OFFSET ?"
            ))
            .with(depth),
        );
        reach
    }

    /// The condition that the index of `way` serves; `letter` is the table that has owner and visibility.
    fn index(self, way: Way<'_>, letter: &str) -> Statement {
        let mut condition = match way {
            Way::Tag(tag) => Statement::new(" AND t.tag = ?").with(tag.as_str()),
            Way::Images => Statement::default(),
            Way::Members => self.membership(),
        };
        condition.push(match self {
            Self::Own(project, _) => {
                Statement::new(format!(" AND {letter}.owner = ?")).with(project)
            }
            Self::Visible(visibility, _) => visible(letter, visibility),
            Self::Shared(..) => visible(letter, Visibility::Shared),
        });
        condition
    }

    /// That the project is a member, for the way through the members, which only `Shared` has.
    fn membership(self) -> Statement {
        match self {
            Self::Shared(project, _) => Statement::new(" AND m.project = ?").with(project),
            Self::Own(..) | Self::Visible(..) => Statement::default(),
        }
    }

    /// Which of the images on `way` are not of the branch.
    fn rest(self, way: Way<'_>) -> Statement {
        match self {
            Self::Own(_, Some(visibility)) => visible("i", visibility),
            Self::Own(_, None) | Self::Visible(_, None) => Statement::default(),
            Self::Visible(_, Some(project)) => Statement::new(NOT_OWN).with(project),
            Self::Shared(project, status) => {
                let mut rest = Statement::new(NOT_OWN).with(project);
                let is_status = status
                    .map(|status| Statement::new(" AND m.status = ?").with(status.to_string()));
                let is_status = is_status.unwrap_or_default();
                if way == Way::Members {
                    rest.push(is_status);
                } else {
                    let text = " AND EXISTS (SELECT 1 FROM image_members m WHERE m.image_id = i.id AND m.project = ?";
                    rest.push(Statement::new(text).with(project));
                    rest.push(is_status);
                    rest.push(")");
                }
                rest
            }
        }
    }
}

fn visible(letter: &str, visibility: Visibility) -> Statement {
    Statement::new(format!(" AND {letter}.visibility = ?")).with(visibility.to_string())
}
