//! `If-Match` and `If-None-Match`: the states of a resource for which a request is meant (RFC 9110,
//! 13).

use axum::http::{HeaderMap, HeaderName, header};

use crate::http::{EntityTag, HttpError};

/// The most entity tags in one header. A client has one per state of the resource that it knows.
const MAX_TAGS: usize = 100;

/// The preconditions of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConditionHeaders {
    if_match: Option<Condition>,
    if_none_match: Option<Condition>,
}

/// What one of the headers names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    /// `*`: every state.
    Any,
    OneOf(Vec<EntityTag>),
}

/// What the preconditions say about a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The request is meant for this state.
    Met,
    /// `If-Match` names other states.
    NotMatched,
    /// `If-None-Match` names this state, by this tag.
    Matched(EntityTag),
}

impl ConditionHeaders {
    /// Reads the headers: 400 for one that is malformed, or that has too many tags.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, HttpError> {
        Ok(Self {
            if_match: condition(headers, &header::IF_MATCH, "If-Match")?,
            if_none_match: condition(headers, &header::IF_NONE_MATCH, "If-None-Match")?,
        })
    }

    /// Whether the request has no precondition.
    pub(crate) fn is_empty(&self) -> bool {
        self.if_match.is_none() && self.if_none_match.is_none()
    }

    /// Whether the request is only for a resource that exists, in whichever state.
    pub(crate) fn requires_existence(&self) -> bool {
        self.if_match.is_some()
    }

    /// Whether the request is only for a resource that does not exist: `If-None-Match: *`.
    pub(crate) fn requires_absence(&self) -> bool {
        self.if_none_match == Some(Condition::Any)
    }

    /// Evaluates the preconditions for a resource in the state `current`. `*` names that state if
    /// the resource `exists`.
    ///
    /// `If-Match` ignores `W/`, although RFC 9110, 13.1.1, asks for the strong comparison. The tags
    /// of this service name a revision and no bytes, and compression, here or in a proxy, makes
    /// them weak: a client could not use a tag that came with a compressed answer.
    pub(crate) fn evaluate(&self, current: &EntityTag, exists: bool) -> Outcome {
        let found = |condition: &Condition| condition.find(current, exists);
        if self.if_match.as_ref().is_some_and(|it| found(it).is_none()) {
            return Outcome::NotMatched;
        }
        match self.if_none_match.as_ref().and_then(found) {
            Some(tag) => Outcome::Matched(tag),
            None => Outcome::Met,
        }
    }
}

impl Condition {
    /// The tag that names the state `current`, as the client has sent it.
    fn find(&self, current: &EntityTag, exists: bool) -> Option<EntityTag> {
        match self {
            Self::Any => exists.then(|| current.clone()),
            Self::OneOf(tags) => tags.iter().find(|tag| tag.matches(current)).cloned(),
        }
    }
}

/// Reads one header, all of its lines taken together. `shown` is its name.
fn condition(
    headers: &HeaderMap,
    name: &HeaderName,
    shown: &str,
) -> Result<Option<Condition>, HttpError> {
    let lines: Vec<_> = headers.get_all(name).iter().collect();
    match lines.as_slice() {
        [] => return Ok(None),
        [line] if line.as_bytes().trim_ascii() == b"*" => return Ok(Some(Condition::Any)),
        _ => {}
    }
    let malformed = || {
        let text = format!("{shown} must be * or a list of entity tags in quotation marks.");
        HttpError::invalid(text)
    };
    let mut tags = Vec::new();
    for line in lines {
        let mut rest = next_element(line.as_bytes());
        while !rest.is_empty() {
            let (tag, after) = EntityTag::read(rest).ok_or_else(malformed)?;
            if tags.len() == MAX_TAGS {
                let text = format!("{shown} has more than {MAX_TAGS} entity tags.");
                return Err(HttpError::invalid(text));
            }
            tags.push(tag);
            let after = after.trim_ascii_start();
            if !after.is_empty() && !after.starts_with(b",") {
                return Err(malformed());
            }
            rest = next_element(after);
        }
    }
    if tags.is_empty() {
        return Err(malformed());
    }
    Ok(Some(Condition::OneOf(tags)))
}

/// `text` from its first element on. Elements may be empty (RFC 9110, 5.6.1).
fn next_element(text: &[u8]) -> &[u8] {
    let is_between = |byte: &u8| b", \t".contains(byte);
    let start = text.iter().position(|byte| !is_between(byte));
    &text[start.unwrap_or(text.len())..]
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(name: &HeaderName, lines: &[&str]) -> Result<ConditionHeaders, String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        ConditionHeaders::read(&headers).map_err(|error| error.to_string())
    }

    /// Whether `If-Match` with these lines names the state 1.
    fn names_one(lines: &[&str]) -> bool {
        let [if_match, if_none_match] = [header::IF_MATCH, header::IF_NONE_MATCH].map(|name| {
            let conditions = read(&name, lines).unwrap();
            conditions.evaluate(&EntityTag::of(&[1]), true)
        });
        let is_named = if_match == Outcome::Met;
        assert_eq!(if_none_match != Outcome::Met, is_named, "{lines:?}");
        is_named
    }

    #[test]
    fn a_header_names_the_states_of_all_of_its_lines() {
        for (lines, expected) in [
            (&["\"1\""][..], true),
            (&["W/\"1\""], true),
            (&["\"2\", W/\"3\",\"1\""], true),
            (&["\"2\"", "\"1\""], true),
            (&[" , ,\t\"1\" ,, "], true),
            (&["", "\"1\""], true),
            (&["*"], true),
            (&["  * "], true),
            (&["\"2\""], false),
            (&["\"2,1\""], false),
            (&["\"*\""], false),
            (&["\"\""], false),
        ] {
            assert_eq!(names_one(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_malformed_header_is_an_error() {
        for lines in [
            &[""][..],
            &[" , "],
            &["1"],
            &["\"1"],
            &["\"1\" \"2\""],
            &["\"1\"; \"2\""],
            &["\"1\"\"2\""],
            &["w/\"1\""],
            &["\"1 2\""],
            &["*, \"1\""],
            &["\"1\", *"],
            &["*", "\"1\""],
            &["*", "*"],
            &["**"],
        ] {
            let error = read(&header::IF_NONE_MATCH, lines).unwrap_err();
            let expected = "If-None-Match must be * or a list of entity tags in quotation marks.";
            assert_eq!(error, expected, "{lines:?}");
        }
    }

    #[test]
    fn the_number_of_tags_is_bounded() {
        let many = |count| vec!["\"1\""; count].join(",");
        assert!(names_one(&[&many(MAX_TAGS)]));
        let error = read(&header::IF_MATCH, &[&many(MAX_TAGS), "\"2\""]).unwrap_err();
        assert_eq!(error, "If-Match has more than 100 entity tags.");
    }

    #[test]
    fn if_match_comes_before_if_none_match() {
        let (one, two) = (EntityTag::of(&[1]), EntityTag::of(&[2]));
        let conditions = |if_match: &EntityTag, if_none_match: &EntityTag| ConditionHeaders {
            if_match: Some(Condition::OneOf(vec![if_match.clone()])),
            if_none_match: Some(Condition::OneOf(vec![if_none_match.clone()])),
        };
        for (if_match, if_none_match, expected) in [
            (&one, &two, Outcome::Met),
            (&one, &one, Outcome::Matched(one.clone())),
            (&two, &one, Outcome::NotMatched),
            (&two, &two, Outcome::NotMatched),
        ] {
            let conditions = conditions(if_match, if_none_match);
            assert_eq!(conditions.evaluate(&one, true), expected);
        }
    }

    #[test]
    fn a_star_names_no_state_of_what_does_not_exist() {
        let one = EntityTag::of(&[1]);
        let evaluate = |name, exists| read(&name, &["*"]).unwrap().evaluate(&one, exists);
        assert_eq!(evaluate(header::IF_MATCH, true), Outcome::Met);
        assert_eq!(evaluate(header::IF_MATCH, false), Outcome::NotMatched);
        let matched = Outcome::Matched(one.clone());
        assert_eq!(evaluate(header::IF_NONE_MATCH, true), matched);
        assert_eq!(evaluate(header::IF_NONE_MATCH, false), Outcome::Met);
    }
}
