//! The disjoint parts of what a viewer sees, each with the SQL that finds its images.

use std::collections::BTreeSet;

use super::access_path::{AccessPath, Columns};
use super::tag_condition;
use crate::image::{Attribute, MemberStatus, Viewer, Visibility};
use crate::store::query::{Filter, ImageQuery, VisibilityFilter};
use crate::store::sql::drivers::{Engine, Statement};

/// The maximum number of scopes of a list.
pub(super) const MAX_SCOPES: usize = 4;

/// A part of the images that a viewer sees. No image is in two scopes of one list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VisibleScope<'a> {
    /// The images of one owner, of one visibility or of all.
    Own(&'a str, Option<Visibility>),
    /// All images of a visibility, except those of the project.
    Visible(Visibility, Option<&'a str>),
    /// The images shared with the project, except its own; with a status, only those whose
    /// membership has it.
    Shared(&'a str, Option<MemberStatus>),
}

const NOT_OWN: &str = " AND (i.owner IS NULL OR i.owner <> ?)";

impl<'a> VisibleScope<'a> {
    /// The scopes of `query`, at most [`MAX_SCOPES`]; none if no image can be in the list.
    pub(super) fn all(query: &'a ImageQuery) -> Vec<Self> {
        use Visibility::{Community, Private, Public, Shared};
        const ALL: [Visibility; 4] = [Public, Community, Shared, Private];
        let wanted = |visibility: &Visibility| match query.visibility {
            VisibilityFilter::All => true,
            VisibilityFilter::Default => *visibility != Community,
            VisibilityFilter::Only(only) => *visibility == only,
        };
        let only = match query.visibility {
            VisibilityFilter::Only(visibility) => Some(visibility),
            VisibilityFilter::All | VisibilityFilter::Default => None,
        };
        let of_owner = |owner, visibility| Self::Own(owner, Some(visibility));
        match (&query.viewer, only_owner(query)) {
            _ if query.any_tags.as_ref().is_some_and(BTreeSet::is_empty) => Vec::new(),
            (Viewer::Nobody, _) => Vec::new(),
            (Viewer::Project(own) | Viewer::Admin(own), Some(owner)) if own.as_str() == owner => {
                vec![Self::Own(owner, only)]
            }
            (Viewer::Admin(_), Some(owner)) => {
                let wanted = ALL.into_iter().filter(wanted);
                wanted
                    .map(|visibility| of_owner(owner, visibility))
                    .collect()
            }
            (Viewer::Admin(project), None) => {
                let wanted = ALL.into_iter().filter(wanted);
                let visible = wanted.map(|visibility| Self::Visible(visibility, None));
                let by_default = query.visibility == VisibilityFilter::Default;
                let own = by_default.then(|| of_owner(project.as_str(), Community));
                visible.chain(own).collect()
            }
            (Viewer::Project(project), owner) => {
                let project = project.as_str();
                let own = owner.is_none().then_some(Self::Own(project, only));
                let visible = [Public, Community].into_iter().filter(wanted);
                let visible = visible.map(|visibility| match owner {
                    Some(owner) => of_owner(owner, visibility),
                    None => Self::Visible(visibility, Some(project)),
                });
                let shared = wanted(&Shared).then_some(Self::Shared(project, query.member_status));
                own.into_iter().chain(visible).chain(shared).collect()
            }
        }
    }

    /// The ways to find the images of the scope that have the wanted tags: each is a list of access
    /// paths that together find them all, one for each tag of which an image needs only one.
    pub(super) fn plans(self, query: &ImageQuery) -> Vec<Vec<AccessPath<'_>>> {
        let tags = query.tags.iter().map(AccessPath::Tag);
        let mut plans: Vec<_> = tags.map(|path| vec![path]).collect();
        if let Some(any) = &query.any_tags
            && any.is_disjoint(&query.tags)
        {
            plans.push(any.iter().map(AccessPath::Tag).collect());
        }
        if plans.is_empty() || self.whole() == AccessPath::Members {
            plans.push(vec![self.whole()]);
        }
        plans
    }

    /// The access path to all images of the scope.
    pub(super) fn whole(self) -> AccessPath<'static> {
        match self {
            Self::Shared(..) => AccessPath::Members,
            Self::Own(..) | Self::Visible(..) => AccessPath::Images,
        }
    }

    /// What follows `FROM`: the images `i` of the scope with the wanted tags of `query`, as far as
    /// `path` finds them.
    pub(super) fn rows(
        self,
        engine: Engine,
        path: AccessPath<'_>,
        query: &ImageQuery,
    ) -> Statement {
        let (tables, alias) = match path {
            AccessPath::Images => (self.images(engine), "i"),
            AccessPath::Tag(_) => (
                "image_tags t CROSS JOIN images i WHERE i.id = t.image_id".to_owned(),
                "t",
            ),
            AccessPath::Members => (
                "image_members m CROSS JOIN images i WHERE i.id = m.image_id".to_owned(),
                "i",
            ),
        };
        let mut rows = Statement::new(tables);
        rows.push(self.indexed(path, alias));
        rows.push(self.residual(path));
        rows.push(tag_condition::wanted(query, path));
        rows
    }

    /// What follows `FROM` for the images `i` of the scope, up to the conditions. MariaDB otherwise
    /// looks up the scope in the index and reads all images before the marker.
    fn images(self, engine: Engine) -> String {
        let index = match (engine, self) {
            (Engine::Sqlite | Engine::Postgres | Engine::Glance, _) => "",
            (Engine::MariaDb, Self::Own(..)) => "FORCE INDEX FOR ORDER BY (images_by_owner) ",
            (Engine::MariaDb, Self::Visible(..) | Self::Shared(..)) => {
                "FORCE INDEX FOR ORDER BY (images_by_visibility) "
            }
        };
        format!("images i {index}WHERE 1 = 1")
    }

    /// `created_at` of the row at `depth` in the index of this access path, newest first, or NULL
    /// if the index has fewer rows for the scope. The path whose probe is oldest is the most
    /// selective.
    pub(super) fn depth_probe(self, path: AccessPath<'_>, depth: usize) -> Statement {
        let (table, alias) = match path {
            AccessPath::Images => ("images i", "i"),
            AccessPath::Tag(_) => ("image_tags t", "t"),
            AccessPath::Members => ("image_members m", "m"),
        };
        let Columns { created_at, id } = path.columns();
        let mut probe = Statement::new(format!("SELECT {created_at} FROM {table} WHERE 1 = 1"));
        probe.push(if path == AccessPath::Members {
            self.membership()
        } else {
            self.indexed(path, alias)
        });
        probe.push(
            Statement::new(format!(
                " ORDER BY {created_at} DESC, {id} DESC LIMIT 1 OFFSET ?"
            ))
            .with(depth),
        );
        probe
    }

    /// The conditions that the index of `path` serves, and the visibility or owner. `alias` names
    /// the table that these two are read from.
    fn indexed(self, path: AccessPath<'_>, alias: &str) -> Statement {
        let mut condition = match path {
            AccessPath::Tag(tag) => Statement::new(" AND t.tag = ?").with(tag.as_str()),
            AccessPath::Images => Statement::default(),
            AccessPath::Members => self.membership(),
        };
        condition.push(match self {
            Self::Own(project, _) => {
                Statement::new(format!(" AND {alias}.owner = ?")).with(project)
            }
            Self::Visible(visibility, _) => has_visibility(alias, visibility),
            Self::Shared(..) => has_visibility(alias, Visibility::Shared),
        });
        condition
    }

    /// The condition that the project is a member, for [`AccessPath::Members`], which only `Shared`
    /// has.
    fn membership(self) -> Statement {
        match self {
            Self::Shared(project, _) => Statement::new(" AND m.project = ?").with(project),
            Self::Own(..) | Self::Visible(..) => Statement::default(),
        }
    }

    /// The conditions of the scope that the index of `path` does not serve.
    fn residual(self, path: AccessPath<'_>) -> Statement {
        match self {
            Self::Own(_, Some(visibility)) => has_visibility("i", visibility),
            Self::Own(_, None) | Self::Visible(_, None) => Statement::default(),
            Self::Visible(_, Some(project)) => Statement::new(NOT_OWN).with(project),
            Self::Shared(project, status) => {
                let mut residual = Statement::new(NOT_OWN).with(project);
                let has_status = status
                    .map(|status| Statement::new(" AND m.status = ?").with(status.to_string()));
                let has_status = has_status.unwrap_or_default();
                if path == AccessPath::Members {
                    residual.push(has_status);
                } else {
                    let text = " AND EXISTS (SELECT 1 FROM image_members m WHERE m.image_id = i.id AND m.project = ?";
                    residual.push(Statement::new(text).with(project));
                    residual.push(has_status);
                    residual.push(")");
                }
                residual
            }
        }
    }
}

/// The only owner whose images `query` lists, if there is one.
fn only_owner(query: &ImageQuery) -> Option<&str> {
    query.filters.iter().find_map(|filter| match filter {
        Filter::Text(Attribute::Owner, owners) if owners.len() == 1 => {
            owners.first().map(String::as_str)
        }
        _ => None,
    })
}

fn has_visibility(alias: &str, visibility: Visibility) -> Statement {
    Statement::new(format!(" AND {alias}.visibility = ?")).with(visibility.to_string())
}
