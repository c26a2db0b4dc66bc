//! Images, tokens, users and projects that stop the start.

use super::load::load_error;

#[test]
fn the_error_names_a_malformed_image() {
    let id = "82c96579-ba53-4a84-a69a-716382fe0293";
    for (entry, says) in [
        (
            "id = \"x\"".to_owned(),
            "images[0] (\"x\"): an image id is a UUID in its 36-character form".to_owned(),
        ),
        (
            "name = \"a\"".to_owned(),
            "images[0] (\"a\"): missing field `id`".to_owned(),
        ),
        (
            format!("id = \"{id}\"\ntags = [\"{}\"]", "a".repeat(256)),
            format!(
                "images[0] (\"{id}\"): tag \"{}\": a tag has at most 255 characters",
                "a".repeat(256)
            ),
        ),
        (
            format!("id = \"{id}\"\nowner = \"{}\"", "a".repeat(256)),
            format!("images[0] (\"{id}\"): owner: a project id must have at most 255 characters"),
        ),
        (
            format!("id = \"{id}\"\nsize = 1"),
            format!("images[0] (\"{id}\"): unknown field `size`"),
        ),
        (
            format!("id = \"{id}\"\nvisibility = \"all\""),
            format!("images[0] (\"{id}\"): visibility: \"all\" is not one of public"),
        ),
        (
            format!("id = \"{id}\"\nproperties = {{ id = \"x\" }}"),
            format!(
                "images[0] (\"{id}\"): property \"id\": a property cannot have the name of an attribute"
            ),
        ),
        (
            format!("id = \"{id}\"\n[[images]]\nid = \"{}\"", id.to_uppercase()),
            format!(
                "images[1] (\"{}\"): the id is a duplicate",
                id.to_uppercase()
            ),
        ),
    ] {
        let error = load_error(&format!("[[images]]\n{entry}"));
        assert!(error.starts_with(&format!("FILE:1: {says}")), "{error}");
    }
}

#[test]
fn the_error_names_the_user_of_a_malformed_token_but_does_not_show_the_token() {
    let entry = |token: &str| {
        format!(
            "[[auth.tokens]]\nuser = \"u\"\nproject = \"p\"\nroles = [\"member\"]\ntoken = \"{token}\"\n"
        )
    };
    assert!(load_error(&entry("a b")).ends_with(
        "auth.tokens[0] (user \"u\"): a token must be 1 to 8192 visible ASCII characters"
    ));
    let twice = load_error(&(entry("secret-secret-secret") + &entry("secret-secret-secret")));
    assert!(
        twice.ends_with("auth.tokens[1] (user \"u\"): the token is a duplicate"),
        "{twice}"
    );
    assert!(!twice.contains("secret"));
    for text in [
        "[auth]\ntokens = \"secret\"",
        "[auth]\ntokens = [\"secret\"]",
        "[store]\nurl = \"postgres://secret@h/d?sslmode=no\"",
    ] {
        assert!(!load_error(text).contains("secret"), "{}", load_error(text));
    }
    assert!(
        !load_error("[[auth.tokens]]\nuser = \"u\"\ntoken = 1234567890123456")
            .contains("1234567890")
    );
    assert!(
        load_error(&entry("0123456789abcdef").replace("\"p\"", "\"\""))
            .ends_with("a project id must not be empty")
    );
}

#[test]
fn the_error_names_a_malformed_user_or_project() {
    let project = "[[identity.projects]]\nid = \"1\"\nname = \"p\"\n";
    let user =
        |rest: &str| format!("[[identity.users]]\nname = \"u\"\npassword = \"secret\"\n{rest}");
    for (text, says) in [
        (
            project.repeat(2),
            "identity.projects[1] (\"p\"): the id or the name is a duplicate",
        ),
        (
            project.replace("\"1\"", "\"\""),
            "identity.projects[0] (\"p\"): the id and the name must not be empty",
        ),
        (
            user("").repeat(2),
            "identity.users[1] (\"u\"): the id or the name is a duplicate",
        ),
        (
            user("").replace("secret", ""),
            "identity.users[0] (\"u\"): a password must have 1 to 8192 bytes",
        ),
        (
            user("").replace("secret", &"secret".repeat(2000)),
            "identity.users[0] (\"u\"): a password must have 1 to 8192 bytes",
        ),
        (
            user("id = \"\""),
            "identity.users[0] (\"u\"): the id and the name must not be empty",
        ),
        (
            user("projects = { q = [] }"),
            "identity.users[0] (\"u\"): there is no project \"q\"",
        ),
        (
            project.to_owned() + &user("default_project = \"p\""),
            "identity.users[0] (\"u\"): it has no role in \"p\", which therefore cannot be its default_project",
        ),
        (
            project.to_owned() + &user("projects = { p = [] }\ndefault_project = \"p\""),
            "identity.users[0] (\"u\"): it has no role in \"p\", which therefore cannot be its default_project",
        ),
    ] {
        let error = load_error(&text);
        assert!(error.ends_with(says), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}
