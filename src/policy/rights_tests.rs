//! Who may do what by the defaults, and by policy files.

use jiff::Timestamp;

use std::sync::Arc;

use super::rights::Rights;
use super::rules::Policy;
use crate::identity::{Identity, Role};
use crate::image::{Image, ImageId, Member, MemberStatus, Refusal, Viewer, Visibility};

const HIDDEN: Result<(), Refusal> = Err(Refusal::NotVisible);
const FORBIDDEN: Result<(), Refusal> = Err(Refusal::Forbidden {
    policy: "modify_image",
});

fn rights(project: Option<&str>, role: Option<Role>) -> Rights {
    let project = project.map(|project| project.parse().unwrap());
    let identity = Identity::new("user", project, role.map(Role::name));
    Rights::new(Arc::new(identity), Policy::default())
}

/// What a project that does not own an image may do, by the image's visibility and the
/// project's membership.
#[test]
fn a_project_that_does_not_own_an_image_may_at_most_read_it() {
    for (visibility, membership, changed_by_member) in [
        (Visibility::Public, None, FORBIDDEN),
        (Visibility::Community, None, FORBIDDEN),
        (Visibility::Private, None, HIDDEN),
        (Visibility::Private, Some(MemberStatus::Accepted), HIDDEN),
        (Visibility::Shared, None, HIDDEN),
        (Visibility::Shared, Some(MemberStatus::Pending), FORBIDDEN),
        (Visibility::Shared, Some(MemberStatus::Accepted), FORBIDDEN),
        (Visibility::Shared, Some(MemberStatus::Rejected), FORBIDDEN),
    ] {
        let mut image = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
        image.owner = Some("owner".parse().unwrap());
        image.visibility = visibility;
        image.members = membership
            .map(|status| {
                (
                    "other".parse().unwrap(),
                    Member::new(status, image.created_at()),
                )
            })
            .into_iter()
            .collect();
        for (project, role, expected) in [
            (Some("owner"), Some(Role::Admin), Ok(())),
            (Some("owner"), Some(Role::Member), Ok(())),
            (Some("owner"), Some(Role::Reader), FORBIDDEN),
            (Some("owner"), None, HIDDEN),
            (Some("other"), Some(Role::Admin), Ok(())),
            (Some("other"), Some(Role::Member), changed_by_member.clone()),
            (Some("other"), Some(Role::Reader), changed_by_member.clone()),
            (Some("other"), None, HIDDEN),
            (None, Some(Role::Admin), HIDDEN),
            (None, Some(Role::Member), HIDDEN),
            (None, None, HIDDEN),
        ] {
            let rights = rights(project, role);
            let case = format!("{visibility} {membership:?} {project:?} {role:?}");
            assert_eq!(rights.may_modify(&image), expected, "{case}");
            assert_eq!(rights.may_get(&image).is_ok(), expected != HIDDEN, "{case}");
        }
    }
}

#[test]
fn an_image_without_an_owner_can_be_changed_by_admins_only() {
    let mut image = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
    image.visibility = Visibility::Public;
    assert_eq!(
        rights(Some("any"), Some(Role::Member)).may_modify(&image),
        FORBIDDEN
    );
    assert_eq!(rights(None, Some(Role::Member)).may_modify(&image), HIDDEN);
    assert_eq!(
        rights(Some("any"), Some(Role::Admin)).may_modify(&image),
        Ok(())
    );
}

fn by(policy: &str, roles: &[&str]) -> Rights {
    let identity = Identity::new(
        "user",
        Some("other".parse().unwrap()),
        roles.iter().copied(),
    );
    Rights::new(Arc::new(identity), Policy::from_yaml(policy).unwrap())
}

fn private() -> Image {
    let mut image = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
    image.owner = Some("owner".parse().unwrap());
    image.visibility = Visibility::Private;
    image
}

/// Glance's database shows everything to admins, and `get_image` is asked for each of it.
#[test]
fn an_admin_sees_foreign_images_only_if_get_image_allows_it_without_the_database() {
    let visible = "(project_id:%(owner)s or project_id:%(member_id)s or \
                   'community':%(visibility)s or 'public':%(visibility)s or \
                   'shared':%(visibility)s)";
    let image = private();
    for (get_image, may_get) in [
        (String::new(), true),
        ("role:reader".to_owned(), true),
        (format!("rule:context_is_admin or {visible}"), true),
        (format!("role:reader and ({visible} or role:admin)"), true),
        (format!("role:reader and {visible}"), false),
        ("not role:reader".to_owned(), false),
    ] {
        let rights = by(&format!("get_image: \"{get_image}\""), &["admin"]);
        assert_eq!(rights.may_get(&image).is_ok(), may_get, "{get_image}");
        assert!(rights.is_admin());
        let rights = by(&format!("get_image: \"{get_image}\""), &["member"]);
        assert!(rights.may_get(&image).is_err(), "{get_image}");
    }
}

#[test]
fn whatever_a_rule_allows_nobody_but_an_admin_creates_or_changes_an_image_of_another_project() {
    let everything = "add_image: '@'\nmodify_image: '@'\ndelete_image: '@'\nget_image: '@'";
    let mut image = private();
    image.visibility = Visibility::Public;
    let member = by(everything, &["member"]);
    assert!(member.may_get(&image).is_ok());
    assert!(member.may_modify(&image).is_err());
    assert!(member.may_delete(&image).is_err());
    image.visibility = Visibility::Private;
    let owner = image.owner.clone();
    assert_eq!(
        member.may_add(&image),
        Err(Refusal::CreatedForAnother(owner))
    );
    assert!(by(everything, &["admin"]).may_add(&image).is_ok());
}

#[test]
fn a_role_that_a_token_may_have_lost_is_not_taken_to_be_absent() {
    let policy = "get_image: not role:suspended";
    assert_ne!(by(policy, &["member"]).viewer(), Viewer::Nobody);
    assert_eq!(
        by(policy, &["member", "suspended"]).viewer(),
        Viewer::Nobody
    );
    let long = ["a", "b", "c", "d", "e"].map(|name| name.repeat(250));
    let mut roles: Vec<_> = long.iter().map(String::as_str).collect();
    roles.push("suspended");
    assert_eq!(by(policy, &roles).viewer(), Viewer::Nobody);
}

#[test]
fn the_target_of_a_list_has_a_project_and_no_owner_as_in_glance() {
    for (check, may_list) in [
        ("project_id:%(project_id)s", true),
        ("project_id:%(owner)s", false),
    ] {
        let rights = by(&format!("get_images: \"{check}\""), &["reader"]);
        assert_eq!(rights.may_list().is_ok(), may_list, "{check}");
    }
}
