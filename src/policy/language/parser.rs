//! Parses the language of oslo.policy: <https://docs.openstack.org/oslo.policy/latest/>.
//!
//! oslo.policy takes what it cannot read for a check that never holds, and a name that it does not
//! know for one that may always hold. Here both are errors.

use super::check::{Check, Operand, Piece, Text};
use super::facts::{Credential, Field};

/// How deep parentheses and `not` may be nested.
const MAX_DEPTH: usize = 64;

/// What a check may refer to.
pub(in crate::policy) trait References {
    /// The check of the rule `name`.
    fn rule(&mut self, name: &str) -> Result<Check, String>;
}

/// Parses `text`. An empty one always holds.
pub(in crate::policy) fn parse(text: &str, rules: &mut impl References) -> Result<Check, String> {
    let mut parser = Parser {
        tokens: tokens(text),
        next: 0,
        depth: 0,
        rules,
    };
    if parser.tokens.is_empty() {
        return Ok(Check::Always);
    }
    let check = parser.any()?;
    match parser.peek() {
        None => Ok(check),
        Some(token) => Err(format!("unexpected {}", token.text())),
    }
}

/// Parses the older form: a list of lists, of which all checks of one have to hold.
pub(in crate::policy) fn parse_lists(
    lists: &[Vec<String>],
    rules: &mut impl References,
) -> Result<Check, String> {
    let mut any = Vec::new();
    for list in lists.iter().filter(|list| !list.is_empty()) {
        let all = list.iter().map(|text| check(text, rules));
        any.push(Check::All(all.collect::<Result<_, _>>()?));
    }
    match (lists.is_empty(), any.is_empty()) {
        (true, _) => Ok(Check::Always),
        (false, true) => Ok(Check::Never),
        (false, false) => Ok(Check::Any(any)),
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Open,
    Close,
    And,
    Or,
    Not,
    Check(&'a str),
}

impl Token<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Open => "(",
            Self::Close => ")",
            Self::And => "and",
            Self::Or => "or",
            Self::Not => "not",
            Self::Check(text) => text,
        }
    }
}

/// Splits `text` at blanks, and parentheses off both ends of each word: those within belong to
/// `%(name)s`.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for word in text.split_whitespace() {
        let opened = word.trim_start_matches('(');
        let inner = opened.trim_end_matches(')');
        tokens.extend(std::iter::repeat_n(Token::Open, word.len() - opened.len()));
        tokens.extend(match inner.to_ascii_lowercase().as_str() {
            "" => None,
            "and" => Some(Token::And),
            "or" => Some(Token::Or),
            "not" => Some(Token::Not),
            _ => Some(Token::Check(inner)),
        });
        tokens.extend(std::iter::repeat_n(
            Token::Close,
            opened.len() - inner.len(),
        ));
    }
    tokens
}

/// Parses by recursive descent: `or` binds weaker than `and`, and `and` weaker than `not`.
struct Parser<'a, R> {
    tokens: Vec<Token<'a>>,
    next: usize,
    depth: usize,
    rules: &'a mut R,
}

impl<'a, R: References> Parser<'a, R> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.next).copied()
    }

    fn take(&mut self, token: Token<'_>) -> bool {
        let is_next = self.peek() == Some(token);
        self.next += usize::from(is_next);
        is_next
    }

    fn any(&mut self) -> Result<Check, String> {
        let first = self.all()?;
        let mut checks = vec![first];
        while self.take(Token::Or) {
            checks.push(self.all()?);
        }
        Ok(single_or(checks, Check::Any))
    }

    fn all(&mut self) -> Result<Check, String> {
        let first = self.one()?;
        let mut checks = vec![first];
        while self.take(Token::And) {
            checks.push(self.one()?);
        }
        Ok(single_or(checks, Check::All))
    }

    fn one(&mut self) -> Result<Check, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("too many nested checks".into());
        }
        let token = self.peek();
        self.next += 1;
        let check = match token {
            Some(Token::Not) => Check::Not(Box::new(self.one()?)),
            Some(Token::Open) => {
                let inner = self.any()?;
                if !self.take(Token::Close) {
                    return Err("a parenthesis is not closed".into());
                }
                inner
            }
            Some(Token::Check(text)) => check(text, self.rules)?,
            Some(token) => return Err(format!("unexpected {}", token.text())),
            None => return Err("a check is missing at the end".into()),
        };
        self.depth -= 1;
        Ok(check)
    }
}

fn single_or(mut checks: Vec<Check>, join: fn(Vec<Check>) -> Check) -> Check {
    match checks.len() {
        1 => checks.remove(0),
        _ => join(checks),
    }
}

/// Parses one check without blanks, such as `role:member`.
fn check(text: &str, rules: &mut impl References) -> Result<Check, String> {
    match text {
        "@" => return Ok(Check::Always),
        "!" => return Ok(Check::Never),
        _ => {}
    }
    let (kind, rest) = text.split_once(':').ok_or_else(|| {
        format!("{text:?} is not a check: expected one such as role:member, @ or !")
    })?;
    match kind {
        "rule" => rules.rule(rest),
        "role" => Ok(Check::Role(parse_text(rest)?)),
        _ => Ok(Check::Equal(operand(kind)?, parse_text(rest)?)),
    }
}

fn operand(text: &str) -> Result<Operand, String> {
    for quote in ['\'', '"'] {
        let literal = text
            .strip_prefix(quote)
            .and_then(|text| text.strip_suffix(quote));
        if let Some(literal) = literal.filter(|literal| !literal.contains([quote, '\\'])) {
            return Ok(Operand::Literal(literal.to_owned()));
        }
    }
    if matches!(text, "True" | "False" | "None") {
        return Ok(Operand::Literal(text.to_owned()));
    }
    if let Ok(number) = text.parse::<i64>() {
        return Ok(Operand::Literal(number.to_string()));
    }
    let credential = text.parse::<Credential>();
    credential
        .map(Operand::Credential)
        .map_err(|_| format!("the service does not know the check {text}:"))
}

/// Parses a text with places in the form `%(name)s`.
fn parse_text(text: &str) -> Result<Text, String> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        literal.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            literal.push('%');
            rest = after;
            continue;
        }
        let place = after
            .strip_prefix('(')
            .and_then(|after| after.split_once(")s"));
        let (name, after) = place.ok_or_else(|| {
            format!("{text:?}: a percent sign is the begin of %(name)s, or written twice")
        })?;
        let field =
            Field::named(name).ok_or_else(|| format!("the service does not compare %({name})s"))?;
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Field(field));
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(Text(pieces))
}
