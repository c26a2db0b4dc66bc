//! The parts of what a viewer lists, each with the SQL that finds the rows of their tags.

use strum::VariantArray as _;

use crate::image::{Viewer, Visibility};
use crate::store::query::TagCount;
use crate::store::sql::drivers::Statement;

/// Images whose tags an index lists in order.
#[derive(Clone, Copy, Debug)]
pub(super) enum IndexedScope<'a> {
    /// The images of this project.
    Own(&'a str),
    /// All images of this visibility.
    Visible(Visibility),
}

impl<'a> IndexedScope<'a> {
    /// The scopes whose tags `viewer` sees. The public images of a project are in two of them.
    pub(super) fn all(viewer: &'a Viewer) -> Vec<Self> {
        match viewer {
            Viewer::Nobody => Vec::new(),
            Viewer::Project(project) => {
                vec![
                    Self::Own(project.as_str()),
                    Self::Visible(Visibility::Public),
                ]
            }
            Viewer::Admin(_) => {
                let all = Visibility::VARIANTS.iter();
                all.map(|visibility| Self::Visible(*visibility)).collect()
            }
        }
    }

    /// What follows `FROM`: the rows `t` of the tags of these images.
    pub(super) fn rows(self) -> Statement {
        let (column, value) = match self {
            Self::Own(project) => ("owner", project),
            Self::Visible(visibility) => ("visibility", visibility.as_str()),
        };
        Statement::new(format!("image_tags t WHERE t.{column} = ?")).with(value)
    }

    /// An aggregate for the number of images in a group of rows that no other scope counts. If
    /// there are more than [`TagCount::MAX_COUNT`], one more than that.
    pub(super) fn sum(self) -> Statement {
        let (counted, values) = match self {
            Self::Own(_) => ("CASE WHEN t.visibility <> ? THEN 1 ELSE 0 END", 1),
            Self::Visible(_) => ("1", 0),
        };
        Statement::new(format!("CAST(LEAST(SUM({counted}), ?) AS SIGNED)"))
            .with_all([Visibility::Public.as_str()].into_iter().take(values))
            .with(TagCount::MAX_COUNT + 1)
    }

    /// An expression for the number of images with the tag `tag`, an expression too, that no other
    /// scope counts. If there are more than [`TagCount::MAX_COUNT`], one more than that.
    pub(super) fn count(self, tag: &str) -> Statement {
        let tagged = || {
            let mut tagged = self.rows();
            tagged.push(format!(" AND t.tag = {tag}"));
            tagged
        };
        let mut count = Statement::new("CASE WHEN (SELECT 1 FROM ");
        count.push(tagged());
        let text = " LIMIT 1 OFFSET ?) IS NULL THEN (SELECT COUNT(*) FROM ";
        count.push(Statement::new(text).with(TagCount::MAX_COUNT));
        count.push(tagged());
        if let Self::Own(_) = self {
            // The project has fewer images than there are public ones: look at these.
            let public = Visibility::Public.as_str();
            count.push(Statement::new(" AND t.visibility <> ?").with(public));
        }
        count.push(Statement::new(") ELSE ? END").with(TagCount::MAX_COUNT + 1));
        count
    }
}
