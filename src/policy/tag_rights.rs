//! Who may add and remove the tags that rules protect.
//!
//! These functions come after those of the image: a caller who may not change the image is refused
//! for that reason. An admin may add and remove every tag.

use super::rights::Rights;
use crate::identity::RoleNames;
use crate::image::{Refusal, Tag, TagRules, Tags};

impl Rights {
    /// Whether the caller may add `tag` to an image that it may change.
    pub fn may_add_tag(&self, rules: &TagRules, tag: &Tag) -> Result<(), Refusal> {
        let Some((_, rule)) = rules.rule_for(tag).filter(|_| !self.is_admin()) else {
            return Ok(());
        };
        if self.has_one_of(rule.add_roles()) {
            Ok(())
        } else {
            Err(Refusal::TagNotAddable(tag.clone()))
        }
    }

    /// Whether the caller may remove `tag` from an image that it may change.
    pub fn may_remove_tag(&self, rules: &TagRules, tag: &Tag) -> Result<(), Refusal> {
        let Some((_, rule)) = rules.rule_for(tag).filter(|_| !self.is_admin()) else {
            return Ok(());
        };
        if rule.is_immutable() {
            Err(Refusal::TagImmutable(tag.clone()))
        } else if self.has_one_of(rule.remove_roles()) {
            Ok(())
        } else {
            Err(Refusal::TagNotRemovable(tag.clone()))
        }
    }

    /// Whether the caller may make the tags `after` of the tags `before`. A tag that stays is
    /// neither added nor removed.
    pub fn may_change_tags(
        &self,
        rules: &TagRules,
        before: &Tags,
        after: &Tags,
    ) -> Result<(), Refusal> {
        if rules.is_empty() {
            return Ok(());
        }
        for tag in after.iter().filter(|tag| !before.contains(tag)) {
            self.may_add_tag(rules, tag)?;
        }
        for tag in before.iter().filter(|tag| !after.contains(tag)) {
            self.may_remove_tag(rules, tag)?;
        }
        Ok(())
    }

    /// Whether the caller has one of `roles`; `None` stands for everybody.
    fn has_one_of(&self, roles: Option<&RoleNames>) -> bool {
        roles.is_none_or(|roles| roles.iter().any(|role| self.identity().has_role(role)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::identity::Identity;
    use crate::image::{Glob, TagRule, TagRuleParts};
    use crate::policy::Policy;

    fn rights_in(project: Option<&str>, roles: &[&str]) -> Rights {
        let project = project.map(|project| project.parse().unwrap());
        let identity = Identity::new("user", project, roles.iter().copied());
        Rights::new(Arc::new(identity), Policy::default())
    }

    fn rights(roles: &[&str]) -> Rights {
        rights_in(Some("project"), roles)
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
            let (rights, rules, case) = (rights(roles), rules(), format!("{roles:?} {tag}"));
            let tag: Tag = tag.parse().unwrap();
            let addition = rights.may_add_tag(&rules, &tag);
            let refusal = Refusal::TagNotAddable(tag.clone());
            assert_eq!(addition, may_add.then_some(()).ok_or(refusal), "{case}");
            assert_eq!(rights.may_remove_tag(&rules, &tag), removal, "{case}");
        }
    }

    #[test]
    fn an_admin_without_a_project_has_no_more_rights_than_its_roles_give() {
        let unscoped = rights_in(None, &["admin"]);
        let tag = "kept".parse().unwrap();
        assert_eq!(
            unscoped.may_remove_tag(&rules(), &tag),
            Err(Refusal::TagImmutable(tag))
        );
    }

    #[test]
    fn only_the_tags_that_change_are_judged() {
        let (member, rules) = (rights(&["member"]), rules());
        let change = |before: &[&str], after: &[&str]| {
            member.may_change_tags(&rules, &tags(before), &tags(after))
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
        let (nobody, none) = (rights(&[]), TagRules::default());
        assert_eq!(nobody.may_change_tags(&none, &tags(&[]), &all), Ok(()));
        assert_eq!(nobody.may_change_tags(&none, &all, &tags(&[])), Ok(()));
    }
}
