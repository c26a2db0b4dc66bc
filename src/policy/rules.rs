//! A policy: Glance's rules, each as its policy file or the default has it.

use std::sync::{Arc, LazyLock};

use super::file::RuleTexts;
use super::get_image::without_visibility;
use super::language::{Check, Facts, References as _};
use super::resolver::Resolver;
use super::rule::Rule;

static DEFAULT: LazyLock<Policy> = LazyLock::new(|| {
    let defaults = Policy::new(&RuleTexts::new());
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
        let mut resolver = Resolver::of(texts);
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
