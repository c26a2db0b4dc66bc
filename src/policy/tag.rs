//! Who may add and remove the tags that rules protect.
//!
//! These functions come after those of the image: a caller who may not change the image is refused
//! for that reason. An admin may add and remove every tag.

use super::image::is_admin;
use crate::identity::{Identity, Role, RoleNames};
use crate::image::{Refusal, Tag, TagRules, Tags};

/// Whether `identity` may add `tag` to an image that it may change.
pub fn may_add_tag(identity: &Identity, rules: &TagRules, tag: &Tag) -> Result<(), Refusal> {
    let Some((_, rule)) = rules.rule_for(tag).filter(|_| !is_admin(identity)) else {
        return Ok(());
    };
    if has_one_of(identity, rule.add_roles()) {
        Ok(())
    } else {
        Err(Refusal::TagNotAddable(tag.clone()))
    }
}

/// Whether `identity` may remove `tag` from an image that it may change.
pub fn may_remove_tag(identity: &Identity, rules: &TagRules, tag: &Tag) -> Result<(), Refusal> {
    let Some((_, rule)) = rules.rule_for(tag).filter(|_| !is_admin(identity)) else {
        return Ok(());
    };
    if rule.is_immutable() {
        Err(Refusal::TagImmutable(tag.clone()))
    } else if has_one_of(identity, rule.remove_roles()) {
        Ok(())
    } else {
        Err(Refusal::TagNotRemovable(tag.clone()))
    }
}

/// Whether `identity` may make the tags `after` of the tags `before`. A tag that stays is neither
/// added nor removed.
pub fn may_change_tags(
    identity: &Identity,
    rules: &TagRules,
    before: &Tags,
    after: &Tags,
) -> Result<(), Refusal> {
    if rules.is_empty() {
        return Ok(());
    }
    for tag in after.iter().filter(|tag| !before.contains(tag)) {
        may_add_tag(identity, rules, tag)?;
    }
    for tag in before.iter().filter(|tag| !after.contains(tag)) {
        may_remove_tag(identity, rules, tag)?;
    }
    Ok(())
}

/// Whether `identity` has one of `roles`; `None` stands for everybody. A role that the policy knows
/// includes the weaker ones, as Keystone's implied roles do.
fn has_one_of(identity: &Identity, roles: Option<&RoleNames>) -> bool {
    let Some(roles) = roles else {
        return true;
    };
    let is_included = |role: &Role| identity.role.is_some_and(|own| *role <= own);
    let mut known = Role::ALL.into_iter().filter(is_included);
    known.any(|role| roles.contains(role.name())) || identity.roles.contains_any(roles)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Glob, TagRule, TagRuleParts};

    fn identity(roles: &[&str]) -> Identity {
        Identity {
            user: "user".to_owned(),
            project: Some("project".parse().unwrap()),
            role: Role::strongest(roles.iter().copied()),
            roles: RoleNames::of_token(roles),
        }
    }

    fn rule(pattern: &str, add: &[&str], remove: &[&str], immutable: bool) -> TagRule {
        let names = |names: &[&str]| (!names.is_empty()).then(|| RoleNames::new(names).unwrap());
        let parts = TagRuleParts {
            add_roles: names(add),
            remove_roles: names(remove),
            immutable,
            ..TagRuleParts::default()
        };
        TagRule::new(pattern.parse::<Glob>().unwrap(), parts).unwrap()
    }

    fn rules() -> TagRules {
        TagRules::new(vec![
            rule("free-*", &[], &[], false),
            rule("certified*", &["auditor"], &["Auditor", "operator"], false),
            rule("members", &["member"], &["reader"], false),
            rule("kept", &[], &[], true),
            rule("*", &["admin"], &[], false),
        ])
        .unwrap()
    }

    fn tags(texts: &[&str]) -> Tags {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    /// By roles and tag: whether the tag may be added, and what removing it gives.
    #[test]
    fn a_tag_is_added_and_removed_by_the_roles_of_its_rule_and_by_admins() {
        let immutable = || Err(Refusal::TagImmutable("kept".parse().unwrap()));
        let refused = |tag: &str| Err(Refusal::TagNotRemovable(tag.parse().unwrap()));
        for (roles, tag, may_add, removal) in [
            (&["member"][..], "free-beer", true, Ok(())),
            (&["member"], "certified-1", false, refused("certified-1")),
            (&["member", "AUDITOR"], "certified-1", true, Ok(())),
            (&["member", "operator"], "certified-1", false, Ok(())),
            (&["admin"], "certified-1", true, Ok(())),
            (&["member"], "members", true, Ok(())),
            (&["reader"], "members", false, Ok(())),
            (&["auditor"], "members", false, refused("members")),
            (&["member"], "kept", true, immutable()),
            (&["member", "auditor"], "kept", true, immutable()),
            (&["admin"], "kept", true, Ok(())),
            (&["member", "auditor"], "other", false, Ok(())),
            (&["admin"], "other", true, Ok(())),
        ] {
            let (identity, rules, case) = (identity(roles), rules(), format!("{roles:?} {tag}"));
            let tag: Tag = tag.parse().unwrap();
            let addition = may_add_tag(&identity, &rules, &tag);
            let refusal = Refusal::TagNotAddable(tag.clone());
            assert_eq!(addition, may_add.then_some(()).ok_or(refusal), "{case}");
            assert_eq!(may_remove_tag(&identity, &rules, &tag), removal, "{case}");
        }
    }

    #[test]
    fn an_admin_without_a_project_has_no_more_rights_than_its_roles_give() {
        let mut unscoped = identity(&["admin"]);
        unscoped.project = None;
        let tag = "kept".parse().unwrap();
        assert_eq!(
            may_remove_tag(&unscoped, &rules(), &tag),
            Err(Refusal::TagImmutable(tag))
        );
    }

    #[test]
    fn only_the_tags_that_change_are_judged() {
        let (member, rules) = (identity(&["member"]), rules());
        let change = |before: &[&str], after: &[&str]| {
            may_change_tags(&member, &rules, &tags(before), &tags(after))
        };
        assert_eq!(change(&["kept", "free-a"], &["kept", "free-b"]), Ok(()));
        assert_eq!(change(&["certified"], &["certified", "kept"]), Ok(()));
        assert_eq!(
            change(&["kept"], &["free-a"]),
            Err(Refusal::TagImmutable("kept".parse().unwrap()))
        );
        assert_eq!(
            change(&[], &["certified", "free-a"]),
            Err(Refusal::TagNotAddable("certified".parse().unwrap()))
        );
    }

    #[test]
    fn without_rules_everybody_adds_and_removes() {
        let all = tags(&["kept", "certified"]);
        let (nobody, none) = (identity(&[]), TagRules::default());
        assert_eq!(may_change_tags(&nobody, &none, &tags(&[]), &all), Ok(()));
        assert_eq!(may_change_tags(&nobody, &none, &all, &tags(&[])), Ok(()));
    }
}
