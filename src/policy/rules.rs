//! A policy: Glance's rules, each as its policy file or the default has it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::check::{Check, Operand, Piece, Text};
use super::facts::{Credential, Facts, Field};
use super::parser::{References, parse, parse_lists};
use super::rule::Rule;
use crate::image::Attribute;

/// How many rules may refer to each other in a row.
const MAX_NESTED_RULES: usize = 32;

/// Of how many checks a rule may consist, with those of the rules that it refers to. Each request
/// evaluates some of them.
const MAX_CHECKS: usize = 1000;

/// Rules that others refer to, with Glance's defaults for them.
const HELPERS: [(&str, &str); 2] = [
    ("default", ""),
    ("service_api", "role:service or role:admin"),
];

static DEFAULT: LazyLock<Policy> = LazyLock::new(|| {
    let defaults = Policy::new(&BTreeMap::new());
    // Every start and every test would show it.
    defaults.unwrap_or_else(|error| unreachable!("a default: {error}"))
});

/// What Glance's rules allow to whom: its defaults, or those of a policy file.
///
/// ```
/// use image_tags::policy::Policy;
///
/// assert!(Policy::from_yaml("modify_image: rule:context_is_admin or role:tagger").is_ok());
/// let error = Policy::from_yaml("modify_image: rule:tagger").unwrap_err();
/// assert_eq!(error.to_string(), "modify_image: there is no rule \"tagger\"");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// By [`Rule`]. `get_image` is for what the store shows to a project.
    checks: Arc<[Check]>,
    /// `get_image` for any other image, which the store shows to admins alone.
    get_any_image: Arc<Check>,
}

/// Why a file is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The file is not YAML in the form of a policy.
    #[error("{0}")]
    Form(String),
    /// A rule that the service asks cannot be evaluated.
    #[error("{rule}: {message}")]
    Rule {
        /// The name of the rule.
        rule: &'static str,
        /// What is wrong with it.
        message: String,
    },
}

impl PolicyError {
    fn of(rule: Rule, message: String) -> Self {
        let rule = rule.name();
        Self::Rule { rule, message }
    }
}

/// The rules of a file by name.
type RuleTexts = BTreeMap<String, RuleText>;

/// A rule as a file has it: in the language, or in the older lists.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a rule: a text or lists of texts")]
enum RuleText {
    Text(String),
    Lists(Vec<OneOrAll>),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrAll {
    One(String),
    All(Vec<String>),
}

impl Default for Policy {
    /// Glance's defaults.
    fn default() -> Self {
        DEFAULT.clone()
    }
}

impl Policy {
    /// The policy of a file in oslo.policy's form, in YAML or JSON: rules by name. Rules that the
    /// file does not have keep Glance's defaults, and those that the service does not ask are
    /// ignored.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] for the first rule that the service asks and cannot evaluate.
    pub fn from_yaml(text: &str) -> Result<Self, PolicyError> {
        let texts = serde_saphyr::from_str::<Option<RuleTexts>>(text);
        let texts =
            texts.map_err(|error| PolicyError::Form(error.without_snippet().to_string()))?;
        Self::new(&texts.unwrap_or_default())
    }

    fn new(texts: &RuleTexts) -> Result<Self, PolicyError> {
        let mut resolver = Resolver {
            texts,
            resolved: BTreeMap::new(),
            open: BTreeSet::new(),
            size: 0,
        };
        let mut checks = Vec::with_capacity(Rule::ALL.len());
        for rule in Rule::ALL {
            let check = resolver.rule(rule.name());
            checks.push(check.map_err(|message| PolicyError::of(*rule, message))?);
        }
        let get_image = &mut checks[Rule::GetImage as usize];
        let assuming = |of_store| {
            let check = without_visibility(get_image, &of_store);
            check.map_err(|message| PolicyError::of(Rule::GetImage, message))
        };
        let get_any_image = Arc::new(assuming(Check::Never)?);
        *get_image = assuming(Check::Always)?;
        Ok(Self {
            checks: checks.into(),
            get_any_image,
        })
    }

    /// The rules that differ from Glance's defaults.
    #[must_use]
    pub fn overridden(&self) -> Vec<Rule> {
        let default = Self::default();
        let differs = |rule: &Rule| self.check(*rule) != default.check(*rule);
        Rule::ALL.iter().copied().filter(differs).collect()
    }

    pub(super) fn allows(&self, rule: Rule, facts: &Facts<'_>) -> bool {
        self.check(rule).allows(facts)
    }

    /// Whether `get_image` allows an image that its project does not see.
    pub(super) fn allows_any_image(&self, facts: &Facts<'_>) -> bool {
        self.get_any_image.allows(facts)
    }

    fn check(&self, rule: Rule) -> &Check {
        &self.checks[rule as usize]
    }
}

/// Resolves rules by name.
struct Resolver<'a> {
    texts: &'a RuleTexts,
    /// The checks of rules, and of how many checks each consists with those that it refers to.
    resolved: BTreeMap<String, (Arc<Check>, usize)>,
    /// The rules that are being resolved.
    open: BTreeSet<String>,
    /// Of how many checks the rule that is being resolved consists so far.
    size: usize,
}

impl References for Resolver<'_> {
    fn rule(&mut self, name: &str) -> Result<Check, String> {
        if let Some((check, size)) = self.resolved.get(name) {
            self.size += size;
            return Ok(Check::Rule(Arc::clone(check)));
        }
        if !self.open.insert(name.to_owned()) {
            return Err(format!("the rule {name:?} refers to itself"));
        }
        if self.open.len() > MAX_NESTED_RULES {
            return Err("too many nested rules".into());
        }
        let size_before = std::mem::take(&mut self.size);
        let check = match self.texts.get(name) {
            Some(RuleText::Text(text)) => parse(text, self)?,
            Some(RuleText::Lists(lists)) => {
                let lists: Vec<_> = lists.iter().map(OneOrAll::all).collect();
                parse_lists(&lists, self)?
            }
            None => parse(default_text(name)?, self)?,
        };
        self.open.remove(name);
        let size = self.size + check.size();
        if size > MAX_CHECKS {
            return Err(format!(
                "more than {MAX_CHECKS} checks, with those of other rules"
            ));
        }
        self.size = size_before + size;
        let check = Arc::new(check);
        let resolved = (Arc::clone(&check), size);
        self.resolved.insert(name.to_owned(), resolved);
        Ok(Check::Rule(check))
    }
}

impl OneOrAll {
    fn all(&self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text.clone()],
            Self::All(texts) => texts.clone(),
        }
    }
}

fn default_text(name: &str) -> Result<&'static str, String> {
    if let Ok(rule) = name.parse::<Rule>() {
        return Ok(rule.default());
    }
    let helper = HELPERS.iter().find(|(helper, _)| *helper == name);
    let (_, text) = helper.ok_or_else(|| format!("there is no rule {name:?}"))?;
    Ok(text)
}

/// `get_image` without what it asks about an image: `of_store` is what the store answers to that.
///
/// The store shows a project its own images, public and community ones, and those that are shared
/// with it. Glance's rule asks for the same once more, and so its policy can be evaluated for a
/// whole list at once. No other rule of `get_image` about images can.
fn without_visibility(check: &Check, of_store: &Check) -> Result<Check, String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Policy::from_yaml(text).unwrap_err().to_string()
    }

    /// Rules of which each refers to the next one, from `modify_image` on.
    fn chain(length: usize, refer: impl Fn(&str) -> String) -> String {
        let mut names = vec!["modify_image".to_owned()];
        names.extend((1..length).map(|number| format!("rule_{number}")));
        let mut lines: Vec<_> = names
            .windows(2)
            .map(|pair| format!("{}: {}", pair[0], refer(&pair[1])))
            .collect();
        lines.push(format!("{}: role:a", names[length - 1]));
        lines.join("\n")
    }

    #[test]
    fn a_file_without_rules_is_the_default() {
        for text in [
            "",
            "# \"modify_image\": \"!\"\n",
            "{}",
            "copy_image: http://example.org/",
        ] {
            let policy = Policy::from_yaml(text).unwrap();
            assert_eq!(policy.overridden(), [], "{text}");
        }
    }

    #[test]
    fn the_rules_that_differ_are_known_by_name_also_through_others() {
        let policy = Policy::from_yaml(r#"{"modify_image": "rule:mine", "mine": ["role:a"]}"#);
        assert_eq!(policy.unwrap().overridden(), [Rule::ModifyImage]);
        let policy = Policy::from_yaml("context_is_admin: role:cloud_admin").unwrap();
        let names: Vec<_> = policy.overridden().iter().map(|rule| rule.name()).collect();
        assert!(names.contains(&"context_is_admin") && names.contains(&"publicize_image"));
        let line = |rule: &Rule| format!("{}: \"{}\"", rule.name(), rule.default());
        let written_out: Vec<_> = Rule::ALL.iter().map(line).collect();
        assert_eq!(
            Policy::from_yaml(&written_out.join("\n"))
                .unwrap()
                .overridden(),
            []
        );
    }

    #[test]
    fn a_rule_that_the_service_cannot_evaluate_is_named() {
        for (text, message) in [
            (
                "delete_image: rule:gone",
                "delete_image: there is no rule \"gone\"",
            ),
            (
                "a: rule:b\nb: not rule:a\nmodify_image: rule:a",
                "modify_image: the rule \"a\" refers to itself",
            ),
            (
                "get_member: http://example.org/",
                "get_member: the service does not know the check http:",
            ),
            (
                &chain(40, |next| format!("rule:{next}")),
                "modify_image: too many nested rules",
            ),
            (
                &chain(20, |next| format!("rule:{next} or rule:{next}")),
                "modify_image: more than 1000 checks, with those of other rules",
            ),
        ] {
            assert_eq!(error(text), message);
        }
        for text in ["- a", "a: {b: c}", "a: role:b\na: role:c", "a: [", "a:\n"] {
            assert!(Policy::from_yaml(text).is_err(), "{text}");
        }
    }

    #[test]
    fn of_an_image_get_image_asks_only_what_its_default_asks() {
        let visible = "(project_id:%(project_id)s or project_id:%(member_id)s or \
                       'community':%(visibility)s or 'public':%(visibility)s or \
                       'shared':%(visibility)s)";
        for text in ["", "@", "!", "role:a", &format!("not role:a and {visible}")] {
            let policy = Policy::from_yaml(&format!("get_image: \"{text}\""));
            assert!(policy.is_ok(), "{text}");
        }
        for text in [
            "project_id:%(project_id)s",
            "role:a or 'public':%(visibility)s",
            &format!("{visible} and True:%(protected)s"),
        ] {
            let error = error(&format!("get_image: \"{text}\""));
            assert!(error.starts_with("get_image: it can ask"), "{error}");
        }
    }
}
