//! The rule `get_image`, which is evaluated once for a whole list.

use super::language::{Check, Credential, Field, Operand, Piece, Text};
use crate::image::Attribute;

/// `get_image` without what it asks about an image: `of_store` is what the store answers to that.
///
/// The store shows a project its own images, public and community ones, and those that are shared
/// with it. Glance's rule asks for the same once more, and so its policy can be evaluated for a
/// whole list at once. No other rule of `get_image` about images can.
pub(super) fn without_visibility(check: &Check, of_store: &Check) -> Result<Check, String> {
    let check = assume(of_store, check);
    let mut asks_about_image = false;
    check.walk(&mut |check| asks_about_image |= check.has_field());
    if asks_about_image {
        return Err(
            "it can ask who the caller is, and about the image only what the default asks: \
             (project_id:%(project_id)s or project_id:%(member_id)s or \
             'community':%(visibility)s or 'public':%(visibility)s or 'shared':%(visibility)s)"
                .into(),
        );
    }
    Ok(check)
}

/// The same check, with `of_store` in place of the five checks that the store makes.
fn assume(of_store: &Check, check: &Check) -> Check {
    let inner = |check: &Check| assume(of_store, check);
    match check {
        Check::Any(checks)
            if visible()
                .iter()
                .all(|any| any.iter().any(|it| checks.contains(it))) =>
        {
            let is_other = |check: &&Check| !visible().concat().contains(check);
            let others = checks.iter().filter(is_other).map(inner);
            Check::Any(others.chain([of_store.clone()]).collect())
        }
        Check::Any(checks) => Check::Any(checks.iter().map(inner).collect()),
        Check::All(checks) => Check::All(checks.iter().map(inner).collect()),
        Check::Not(check) => Check::Not(Box::new(inner(check))),
        Check::Rule(check) => inner(check),
        Check::Always | Check::Never | Check::Role(_) | Check::Equal(..) => check.clone(),
    }
}

/// The checks of which one holds for every image that the store shows, each in all its forms.
fn visible() -> [Vec<Check>; 5] {
    let field = |field| Text(vec![Piece::Field(field)]);
    let project = |of| Check::Equal(Operand::Credential(Credential::ProjectId), field(of));
    let visibility = |value: &str| {
        let of = field(Field::Attribute(Attribute::Visibility));
        Check::Equal(Operand::Literal(value.to_owned()), of)
    };
    [
        vec![
            project(Field::Project),
            project(Field::Attribute(Attribute::Owner)),
        ],
        vec![project(Field::Member)],
        vec![visibility("community")],
        vec![visibility("public")],
        vec![visibility("shared")],
    ]
}
