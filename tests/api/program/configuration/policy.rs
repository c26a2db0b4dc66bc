//! Policy files: the one that is named, and those of a Glance that nobody has named.

use std::fs;
use std::path::Path;

use image_tags::config::{Config, PolicyConfig};
use image_tags::policy::Rule;

use super::load::{file, load_error};
use crate::support::{DEBIAN, TestApp, config, store_of};

/// Loads a configuration beside a Glance whose own is in `directory`.
fn beside_glance(directory: &Path, policy_file: &Path) -> Result<Config, String> {
    let text = format!(
        "[store]\nurl = \"glance+mysql://db/glance\"\n[glance]\nconfig_dir = \"{}\"\n\
         [policy]\nfile = \"{}\"",
        directory.display(),
        policy_file.display()
    );
    Config::load(file(&text).path(), [], None).map_err(|error| error.to_string())
}

#[test]
fn a_policy_file_that_cannot_be_evaluated_stops_the_start() {
    for (policy, says) in [
        (
            "modify_image: ldap:admins",
            "modify_image: the service does not know the check ldap:",
        ),
        (
            "modify_image: rule:gone",
            "modify_image: there is no rule \"gone\"",
        ),
        (
            "modify_image: {}",
            "expected a rule: a text or lists of texts at line 1, column 15",
        ),
        ("\u{0}", ""),
    ] {
        let policy = file(policy);
        let error = load_error(&format!("[policy]\nfile = \"{}\"", policy.path().display()));
        let start = format!("policy.file: {}: ", policy.path().display());
        assert!(error.starts_with(&start) && error.contains(says), "{error}");
    }
    let absent = load_error("[policy]\nfile = \"/nonexistent\"");
    assert_eq!(
        absent,
        "policy.file: /nonexistent: No such file or directory (os error 2)"
    );
    let large = file(&"#".repeat((1 << 20) + 1));
    let large = load_error(&format!("[policy]\nfile = \"{}\"", large.path().display()));
    assert!(large.ends_with(": larger than 1048576 bytes"), "{large}");
}

#[test]
fn a_policy_file_overrides_the_rules_that_it_has() {
    let policy = file("delete_image: \"!\"\ncopy_image: \"\"");
    let config = file(&format!("[policy]\nfile = \"{}\"", policy.path().display()));
    let config = Config::load(config.path(), [], None).unwrap();
    let policy = config.policy.policy();
    assert_eq!(policy.overridden(), [Rule::DeleteImage]);
}

#[tokio::test]
async fn a_policy_file_is_read_with_the_configuration_and_not_again() {
    let policy = file("modify_image: \"!\"");
    let mut config = config();
    config.policy = PolicyConfig::from_file(policy.path()).unwrap();
    policy.close().unwrap();
    let app = TestApp::with_store(store_of(config.images.clone()), config);
    assert_eq!(app.admin().put_tag(DEBIAN, "x").await.status, 403);
}

#[test]
fn beside_a_glance_its_policy_files_have_to_be_named_if_they_override_a_rule() {
    for (name, text, says) in [
        (
            "policy.yaml",
            "modify_image: \"@\"\nget_image: \"\"",
            "overrides get_image, modify_image",
        ),
        (
            "policy.json",
            r#"{"delete_image": "!"}"#,
            "overrides delete_image",
        ),
        (
            "policy.d/site.yaml",
            "add_member: \"!\"",
            "overrides add_member",
        ),
        (
            "policy.yaml",
            "add_member: ldap:admins",
            "does not know the check ldap:",
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        let error = beside_glance(directory.path(), Path::new("")).unwrap_err();
        assert!(
            error.contains(&*path.to_string_lossy()) && error.contains(says),
            "{error}"
        );
        let other = file("modify_image: \"!\"");
        assert!(
            beside_glance(directory.path(), other.path()).is_ok(),
            "{name}"
        );
    }
}

#[test]
fn beside_a_glance_with_its_default_policy_no_file_has_to_be_named() {
    let directory = tempfile::tempdir().unwrap();
    assert!(beside_glance(&directory.path().join("absent"), Path::new("")).is_ok());
    for text in ["", "# modify_image: \"!\"", "copy_image: ldap:admins"] {
        fs::write(directory.path().join("policy.yaml"), text).unwrap();
        assert!(
            beside_glance(directory.path(), Path::new("")).is_ok(),
            "{text}"
        );
    }
}
