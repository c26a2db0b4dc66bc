//! Globs over tags.
//!
//! The crates for globs are about paths: `*` may stop at a slash, `**` is something else, and some
//! count bytes where a tag has characters.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::glob_token::{GlobError, GlobToken, match_all, tokens};
use crate::image::value::Tag;

/// A glob over a whole tag: up to 255 characters (code points).
///
/// | in the glob | matches |
/// |---|---|
/// | `*` | any characters, also none, and slashes too |
/// | `?` | one character |
/// | `[abc]`, `[a-z]` | one of these characters |
/// | `[!abc]`, `[!a-z]` | one other character |
/// | any other character | itself |
///
/// A character that has a meaning stands for itself in a class: `[*]`. The braces and the backslash
/// that other globs know are errors outside of one.
///
/// ```
/// use image_tags::image::Glob;
///
/// let glob: Glob = "v[0-9]*".parse().unwrap();
/// assert!(glob.matches("v1/rc") && !glob.matches("version"));
/// assert!("v[0-9".parse::<Glob>().is_err());
/// ```
#[derive(Clone)]
pub struct Glob {
    text: Arc<str>,
    tokens: Arc<[GlobToken]>,
}

impl Glob {
    /// The longest glob in characters (code points).
    pub const MAX_CHARS: usize = Tag::MAX_CHARS;

    /// The glob as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the glob matches the whole of `text`.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match_all(&self.tokens, text.chars(), |token, character| {
            token.matches(character)
        })
    }

    /// Whether this glob matches everything that `other` matches. `true` is certain; `false` is not
    /// where the globs have classes that only overlap.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match_all(&self.tokens, other.tokens.iter(), GlobToken::covers)
    }
}

impl FromStr for Glob {
    type Err = GlobError;

    fn from_str(text: &str) -> Result<Self, GlobError> {
        if text.is_empty() {
            return Err(GlobError::Empty);
        }
        if text.chars().nth(Self::MAX_CHARS).is_some() {
            return Err(GlobError::TooLong);
        }
        Ok(Self {
            text: text.into(),
            tokens: tokens(text)?.into(),
        })
    }
}

impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Glob {}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn glob(text: &str) -> Glob {
        text.parse().unwrap()
    }

    #[test]
    fn a_glob_matches_a_whole_tag_by_its_characters() {
        for (pattern, matching, others) in [
            (
                "production",
                &["production"][..],
                &["production ", "Production", ""][..],
            ),
            ("*", &["", "a", "a/b\n😀"], &[]),
            ("v*", &["v", "v1", "v/1/2"], &["", "1v"]),
            (
                "*-rc*",
                &["-rc", "v1-rc1", "-rc-rc", "--rc"],
                &["rc", "v1-r-c"],
            ),
            ("a*b*c", &["abc", "aXbYc", "abcbc"], &["ab", "acb", "abcx"]),
            ("?", &["a", "é", "😀", "/"], &["", "ab"]),
            ("v?.?", &["v1.2"], &["v1.", "v11.2"]),
            (
                "[é0-9x-]",
                &["é", "5", "x", "-"],
                &["e", "\u{c3}", "y", "55"],
            ),
            ("[!a-cé]", &["d", "ê", "😀"], &["a", "c", "é", ""]),
            ("[^a]", &["b", "^"], &["a"]),
            ("[a^]", &["a", "^"], &["b"]),
            ("[]]", &["]"], &["[", "]]"]),
            ("[!]]", &["["], &["]"]),
            ("[*][?][[][{][\\]", &["*?[{\\"], &["a?[{\\", "**?[{\\"]),
            ("a]-b", &["a]-b"], &["a-b"]),
            ("**", &["", "a"], &[]),
        ] {
            let glob = glob(pattern);
            for text in matching {
                assert!(glob.matches(text), "{pattern} {text:?}");
            }
            for text in others {
                assert!(!glob.matches(text), "{pattern} {text:?}");
            }
        }
    }

    #[test]
    fn what_is_no_glob_is_an_error_that_says_why() {
        let long = "a".repeat(256);
        for (text, error) in [
            ("", GlobError::Empty),
            (&*long, GlobError::TooLong),
            ("a\0", GlobError::Nul),
            ("v[0-9", GlobError::Unclosed),
            ("[", GlobError::Unclosed),
            ("[!", GlobError::Unclosed),
            ("[]", GlobError::Unclosed),
            ("[!]", GlobError::Unclosed),
            ("[9-0]", GlobError::Reversed('9', '0')),
            ("{a,b}", GlobError::Unsupported('{')),
            ("a}", GlobError::Unsupported('}')),
            ("\\*", GlobError::Unsupported('\\')),
        ] {
            assert_eq!(text.parse::<Glob>(), Err(error), "{text:?}");
        }
        assert!("é".repeat(255).parse::<Glob>().is_ok());
    }

    #[test]
    fn a_glob_covers_those_that_match_nothing_else() {
        for (wide, narrow, covers) in [
            ("*", "*", true),
            ("*", "a", true),
            ("*", "**", true),
            ("a*", "a", true),
            ("a*", "a*", true),
            ("a*", "a*b*c", true),
            ("*b*", "a*b", true),
            ("*a*b*", "*ab", true),
            ("*", "?[a-z]*", true),
            ("?*", "[a-z]x*", true),
            ("[a-z]*", "[a-z]", true),
            ("[0-9]", "5", true),
            ("[a]", "a", true),
            ("a", "[a]", true),
            ("a", "b", false),
            ("a", "a*", false),
            ("a*", "*", false),
            ("*a", "a*", false),
            ("*ab*", "*a*b*", false),
            ("?", "*", false),
            ("a?", "a", false),
            ("[0-9]", "?", false),
            ("a*b", "ab*", false),
        ] {
            assert_eq!(glob(wide).covers(&glob(narrow)), covers, "{wide} {narrow}");
        }
    }

    /// Globs and texts of few characters, so that many of them match.
    const GLOBS: &str = "([ab*?é]|\\[!?[ab]\\]|\\[a-b\\]){1,8}";
    const TEXTS: &str = "[abé]{0,8}";

    /// The definition of a match, without regard to its cost.
    fn is_match(tokens: &[GlobToken], text: &[char]) -> bool {
        match (tokens, text) {
            ([], text) => text.is_empty(),
            ([GlobToken::Sequence, rest @ ..], text) => {
                (0..=text.len()).any(|skipped| is_match(rest, &text[skipped..]))
            }
            ([token, rest @ ..], [first, others @ ..]) => {
                token.matches(*first) && is_match(rest, others)
            }
            ([_, ..], []) => false,
        }
    }

    proptest! {
        #[test]
        fn a_match_is_what_its_definition_says(pattern in GLOBS, text in TEXTS) {
            let glob = glob(&pattern);
            let chars: Vec<_> = text.chars().collect();
            prop_assert_eq!(glob.matches(&text), is_match(&glob.tokens, &chars));
        }

        #[test]
        fn a_covered_glob_matches_nothing_more(wide in GLOBS, narrow in GLOBS, text in TEXTS) {
            let (wide, narrow) = (glob(&wide), glob(&narrow));
            if wide.covers(&narrow) && narrow.matches(&text) {
                prop_assert!(wide.matches(&text));
            }
        }

        #[test]
        fn any_text_is_a_glob_or_an_error(text: String) {
            if let Ok(glob) = text.parse::<Glob>() {
                prop_assert!(glob.covers(&glob) && glob.as_str() == text);
            }
        }
    }
}
