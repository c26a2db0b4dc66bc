//! The parts of what a viewer sees. No image is in two branches of one list.

use crate::image::{MemberStatus, Tag, Viewer, Visibility};
use crate::store::sql::statement::Statement;
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

/// Where a branch has the attributes by which lists are sorted first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    pub(super) created_at: &'static str,
    pub(super) id: &'static str,
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
                let visible = [Public, Community, Shared, Private].into_iter().filter(wanted);
                let mut branches: Vec<_> = visible.map(|visibility| Self::Visible(visibility, None)).collect();
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

    pub(super) fn columns(self, tags: &[&Tag]) -> Columns {
        match self {
            Self::Shared(..) => Columns { created_at: "m.image_created_at", id: "m.image_id" },
            _ if tags.is_empty() => Columns { created_at: "i.created_at", id: "i.id" },
            _ => Columns { created_at: "t.image_created_at", id: "t.image_id" },
        }
    }

    /// What comes after `FROM`: the branch's images `i` that have all of `tags`. The first table has the index.
    pub(super) fn rows(self, tags: &[&Tag]) -> Statement {
        let (mut rows, letter, checked) = match (self, tags) {
            (Self::Shared(..), _) => {
                (Statement::new("image_members m CROSS JOIN images i WHERE i.id = m.image_id"), "i", tags)
            }
            (_, []) => (Statement::new("images i WHERE 1 = 1"), "i", tags),
            (_, [first, others @ ..]) => {
                let text = "image_tags t CROSS JOIN images i WHERE i.id = t.image_id AND t.tag = ?";
                (Statement::new(text).with(first.as_str()), "t", others)
            }
        };
        rows.push(self.condition(letter));
        for tag in checked {
            let text = " AND EXISTS (SELECT 1 FROM image_tags x WHERE x.image_id = i.id AND x.tag = ?)";
            rows.push(Statement::new(text).with(tag.as_str()));
        }
        rows
    }

    /// Which images the branch has; `letter` is the table that has the index.
    fn condition(self, letter: &str) -> Statement {
        match self {
            Self::Own(project, visibility) => {
                let mut condition = Statement::new(format!(" AND {letter}.owner = ?")).with(project);
                if let Some(visibility) = visibility {
                    condition.push(Statement::new(" AND i.visibility = ?").with(visibility.to_string()));
                }
                condition
            }
            Self::Visible(visibility, project) => {
                let text = format!(" AND {letter}.visibility = ?");
                let mut condition = Statement::new(text).with(visibility.to_string());
                if let Some(project) = project {
                    condition.push(Statement::new(NOT_OWN).with(project));
                }
                condition
            }
            Self::Shared(project, status) => {
                let mut condition = Statement::new(" AND m.project = ?").with(project);
                if let Some(status) = status {
                    condition.push(Statement::new(" AND m.status = ?").with(status.to_string()));
                }
                condition.push(" AND i.visibility = 'shared'");
                condition.push(Statement::new(NOT_OWN).with(project));
                condition
            }
        }
    }
}
