//! `[tags]`: what it holds, and rules that stop the start.

use image_tags::config::Config;
use image_tags::identity::ProjectId;

use super::load::{file, load_error, with_environment};

/// A configuration with these rules, the first with this pattern.
fn rules(first: &str, rest: &str) -> String {
    format!("[[tags.rules]]\npattern = \"{first}\"\n{rest}")
}

fn error(first: &str, rest: &str) -> String {
    let error = load_error(&rules(first, rest));
    let prefix = format!("FILE:1: tags.rules[0] (\"{first}\"): ");
    error.strip_prefix(&prefix).unwrap_or(&error).to_owned()
}

#[test]
fn the_error_names_a_malformed_rule_and_its_key() {
    for (pattern, rest, says) in [
        (
            "v[0-9",
            "",
            "pattern: a class that begins with [ must end with ], after at least one character",
        ),
        (
            "{a,b}",
            "",
            "pattern: { has no meaning in a pattern; [{] stands for the character itself",
        ),
        ("", "", "pattern: a pattern must not be empty"),
        (
            "a",
            "exclusive = \"owner\"",
            "exclusive: unknown variant `owner`, expected `project` or `service`",
        ),
        (
            "a",
            "exclusive = \"project\"\non_conflict = \"steal\"",
            "on_conflict: unknown variant `steal`, expected `move` or `refuse`",
        ),
        (
            "a",
            "immutable = \"yes\"",
            "immutable: invalid type: string \"yes\", expected a boolean",
        ),
        (
            "a",
            "add_roles = \"operator\"",
            "add_roles: invalid type: string \"operator\", expected a sequence",
        ),
        (
            "a",
            "add_roles = []",
            "add_roles: at least one role is needed",
        ),
        (
            "a",
            "remove_roles = [\"member\", \"\"]",
            "remove_roles: the name of a role must not be empty",
        ),
        (
            "a",
            "add_roles = [\" member\"]",
            "add_roles: \" member\": the name of a role must not begin or end with a blank",
        ),
        ("a", "roles = []", "unknown field `roles`"),
    ] {
        assert_eq!(error(pattern, rest), says);
    }
    assert_eq!(
        load_error("[[tags.rules]]\nimmutable = true"),
        "FILE:1: tags.rules[0] (\"no pattern\"): missing field `pattern`"
    );
}

#[test]
fn rules_that_contradict_themselves_or_each_other_stop_the_start() {
    for (rest, says) in [
        ("on_conflict = \"refuse\"", "on_conflict requires exclusive"),
        (
            "exclusive = \"project\"\non_conflict = \"move\"\nimmutable = true",
            "immutable = true contradicts on_conflict = \"move\": a move does not take an immutable \
             tag",
        ),
        (
            "immutable = true\nremove_roles = [\"member\"]",
            "immutable = true contradicts remove_roles: nobody but an admin removes an immutable \
             tag",
        ),
    ] {
        assert_eq!(error("v*", rest), says);
    }
    let two = |first: &str, second: &str| load_error(&(rules(first, "") + &rules(second, "")));
    assert_eq!(
        two("v*", "v*"),
        "FILE:1: tags.rules[1] (\"v*\"): the pattern is a duplicate of rules[0]"
    );
    assert_eq!(
        two("v*", "v1"),
        "FILE:1: tags.rules[1] (\"v1\"): the rule never counts, because rules[0] (\"v*\") comes \
         first and matches all of its tags"
    );
    let many: String = (0..101)
        .map(|number| rules(&number.to_string(), ""))
        .collect();
    assert_eq!(
        load_error(&many),
        "FILE:1: tags.rules: at most 100 are allowed"
    );
}

#[test]
fn with_static_tokens_a_rule_for_a_role_that_nobody_has_stops_the_start() {
    let token = "[[auth.tokens]]\ntoken = \"0123456789abcdef\"\nuser = \"u\"\n\
                 roles = [\"Releaser\"]\n";
    let user = "[[identity.projects]]\nid = \"1\"\nname = \"p\"\n[[identity.users]]\n\
                name = \"u\"\npassword = \"0123456789abcdef\"\nprojects = { p = [\"auditor\"] }\n";
    let load = |text: &str| {
        let file = file(text);
        Config::load(file.path(), [], None).map_err(|error| error.to_string())
    };
    let rules = rules(
        "v*",
        "add_roles = [\"ADMIN\", \"releaser\"]\nremove_roles = [\"reader\", \"auditor\"]\n",
    );
    let refused = |key: &str, role: &str| {
        format!("tags.rules[0] (\"v*\"): {key}: \"{role}\": no token and no user has this role")
    };
    let enabled = "[identity]\nenabled = true\n";
    for (others, expected) in [
        (String::new(), Err(refused("add_roles", "releaser"))),
        (token.to_owned(), Err(refused("remove_roles", "auditor"))),
        // Nobody logs in at an embedded identity that is off.
        (
            format!("{token}{user}"),
            Err(refused("remove_roles", "auditor")),
        ),
        (format!("{enabled}{token}{user}"), Ok(())),
        (
            "[auth]\nmode = \"keystone\"\n[auth.keystone]\nauth_url = \"https://k\"\n\
             username = \"u\"\npassword = \"p\"\nproject_name = \"p\"\n"
                .to_owned(),
            Ok(()),
        ),
    ] {
        assert_eq!(load(&format!("{others}{rules}")).map(drop), expected);
    }
}

#[test]
fn images_that_share_an_exclusive_tag_stop_the_start() {
    let rules = "[[tags.rules]]\npattern = \"current*\"\nexclusive = \"project\"\n";
    let image = |number: u32, owner: &str, tag: &str| {
        let id = format!("00000000-0000-4000-8000-{number:012}");
        format!("[[images]]\nid = \"{id}\"\nowner = \"{owner}\"\ntags = [\"{tag}\"]\n")
    };
    let first = image(1, "one", "current");
    for (second, error) in [
        (image(2, "two", "current"), None),
        (image(2, "one", "current-2"), None),
        (image(2, "one", "other"), None),
        (
            image(2, "one", "current"),
            Some("images[1]: the exclusive tag \"current\" is also on images[0]"),
        ),
    ] {
        let file = file(&format!("{rules}{first}{second}"));
        let loaded = Config::load(file.path(), [], None).map(drop);
        assert_eq!(
            loaded.err().map(|error| error.to_string()).as_deref(),
            error
        );
    }
}

#[test]
fn trusted_owners_are_a_few_distinct_ids_of_projects() {
    let load = |owners: &str| load_error(&format!("[tags]\ntrusted_owners = {owners}"));
    assert_eq!(
        load("[\"a\", \"\"]"),
        "FILE:2: tags.trusted_owners[1] (\"\"): a project id must not be empty"
    );
    assert_eq!(
        load("[\"a\", \"b\", \"a\"]"),
        "FILE:2: tags.trusted_owners[2] (\"a\"): the id is a duplicate"
    );
    let many: Vec<_> = (0..33).map(|number| number.to_string()).collect();
    assert_eq!(
        load(&format!("{many:?}")),
        "FILE:2: tags.trusted_owners: there are 33 projects, at most 32 are possible"
    );
    assert_eq!(
        load_error("[tags]\ntrusted_owner = []"),
        "FILE:2: unknown field `trusted_owner`, expected one of `rules`, `trusted_owners`, \
         `history_days`"
    );
    let config = with_environment(&[
        ("IMAGE_TAGS__TAGS__TRUSTED_OWNERS", "[\"a\", \"A\"]"),
        ("IMAGE_TAGS__TAGS__HISTORY_DAYS", "0"),
    ]);
    let tags = config.unwrap().tags;
    let owners: Vec<_> = tags.trusted_owners.iter().map(ProjectId::as_str).collect();
    assert_eq!((owners, tags.history_days), (vec!["a", "A"], 0));
    assert!(!tags.rules.is_empty());
}

#[test]
fn a_token_and_a_user_with_more_roles_than_are_kept_stop_the_start() {
    let roles: Vec<_> = (0..5)
        .map(|number| number.to_string().repeat(250))
        .collect();
    let says = "the names of the roles must have at most 1024 bytes together, with a separator \
                after each";
    let token =
        format!("[[auth.tokens]]\ntoken = \"0123456789abcdef\"\nuser = \"u\"\nroles = {roles:?}");
    assert_eq!(
        load_error(&token),
        format!("FILE:1: auth.tokens[0] (user \"u\"): {says}")
    );
    let user = format!(
        "[[identity.projects]]\nid = \"1\"\nname = \"p\"\n[[identity.users]]\nname = \"u\"\n\
         password = \"0123456789abcdef\"\nprojects = {{ p = {roles:?} }}"
    );
    assert_eq!(
        load_error(&user),
        format!("identity.users[0] (\"u\"): {says}")
    );
}
