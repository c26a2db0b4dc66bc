//! What the parser makes of rules, and what it refuses.

use super::check::{Check, Operand, Piece, Text};
use super::facts::{Credential, Field};
use super::parser::{References, parse, parse_lists};

struct NoRules;

impl References for NoRules {
    fn rule(&mut self, name: &str) -> Result<Check, String> {
        Err(format!("there is no rule {name:?}"))
    }
}

fn role(name: &str) -> Check {
    Check::Role(Text(vec![Piece::Literal(name.to_owned())]))
}

#[test]
fn or_binds_weaker_than_and_and_not_binds_strongest() {
    let [a, b, c] = ["a", "b", "c"].map(role);
    let not = |check: &Check| Check::Not(Box::new(check.clone()));
    for (text, expected) in [
        ("", Check::Always),
        ("  \n", Check::Always),
        ("@", Check::Always),
        ("!", Check::Never),
        ("role:a", a.clone()),
        ("(( role:a ))", a.clone()),
        (
            "role:a or role:b and role:c",
            Check::Any(vec![a.clone(), Check::All(vec![b.clone(), c.clone()])]),
        ),
        (
            "role:a and role:b OR role:c",
            Check::Any(vec![Check::All(vec![a.clone(), b.clone()]), c.clone()]),
        ),
        (
            "(role:a or role:b) AND role:c",
            Check::All(vec![Check::Any(vec![a.clone(), b.clone()]), c.clone()]),
        ),
        (
            "not role:a and Not (role:b)",
            Check::All(vec![not(&a), not(&b)]),
        ),
        ("not not role:a", not(&not(&a))),
    ] {
        assert_eq!(parse(text, &mut NoRules), Ok(expected), "{text}");
    }
}

#[test]
fn a_comparison_has_a_literal_or_the_caller_on_its_left() {
    let piece = |text: &str| Piece::Literal(text.to_owned());
    let owner = || Piece::Field(Field::named("owner").unwrap());
    let caller = Operand::Credential(Credential::ProjectId);
    let literal = |text: &str| Operand::Literal(text.to_owned());
    for (text, left, right) in [
        ("project_id:%(owner)s", caller.clone(), vec![owner()]),
        (
            "project_id:%(project_id)s",
            caller.clone(),
            vec![Piece::Field(Field::Project)],
        ),
        (
            "project_id:a-%(owner)s%%",
            caller,
            vec![piece("a-"), owner(), piece("%")],
        ),
        ("'public':x:y", literal("public"), vec![piece("x:y")]),
        ("\"public\":x", literal("public"), vec![piece("x")]),
        ("True:x", literal("True"), vec![piece("x")]),
        ("7:", literal("7"), vec![piece("")]),
        (
            "system_scope:all",
            Operand::Credential(Credential::SystemScope),
            vec![piece("all")],
        ),
    ] {
        let expected = Check::Equal(left, Text(right));
        assert_eq!(parse(text, &mut NoRules), Ok(expected), "{text}");
    }
}

#[test]
fn what_the_service_cannot_evaluate_is_an_error() {
    for (text, error) in [
        ("role:a role:b", "unexpected role:b"),
        ("role:a )", "unexpected )"),
        ("(role:a", "a parenthesis is not closed"),
        ("role:a or", "a check is missing at the end"),
        ("and role:a", "unexpected and"),
        ("not", "a check is missing at the end"),
        (
            "admin",
            "\"admin\" is not a check: expected one such as role:member, @ or !",
        ),
        ("\"role:a\"", "the service does not know the check \"role:"),
        (
            "http://example.org/%(id)s",
            "the service does not know the check http:",
        ),
        (
            "is_admin:True",
            "the service does not know the check is_admin:",
        ),
        ("rule:other", "there is no rule \"other\""),
        (
            "project_id:%(tags)s",
            "the service does not compare %(tags)s",
        ),
        (
            "project_id:%(owner)d",
            "\"%(owner)d\": a percent sign is the begin of %(name)s, or written twice",
        ),
        (
            "role:50%",
            "\"50%\": a percent sign is the begin of %(name)s, or written twice",
        ),
        (&"(".repeat(100), "too many nested checks"),
        (&"not ".repeat(100), "too many nested checks"),
    ] {
        assert_eq!(parse(text, &mut NoRules), Err(error.to_owned()), "{text}");
    }
}

#[test]
fn of_lists_all_checks_of_one_have_to_hold() {
    let lists = |lists: &[&[&str]]| {
        let owned = |list: &&[&str]| list.iter().map(ToString::to_string).collect();
        let lists: Vec<_> = lists.iter().map(owned).collect();
        parse_lists(&lists, &mut NoRules)
    };
    let [a, b, c] = ["a", "b", "c"].map(role);
    assert_eq!(lists(&[]), Ok(Check::Always));
    assert_eq!(lists(&[&[]]), Ok(Check::Never));
    assert_eq!(
        lists(&[&["role:a", "role:b"], &["role:c"]]),
        Ok(Check::Any(vec![
            Check::All(vec![a, b]),
            Check::All(vec![c])
        ]))
    );
    assert!(lists(&[&["role:a or role:b"]]).is_ok_and(|check| check != Check::Always));
    assert!(lists(&[&["other"]]).is_err());
}
