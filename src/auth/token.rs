//! The token of a request, checked for its form and redacted in every output.

use secrecy::{ExposeSecret, SecretString};

/// A token as a client sent it: 1 to 8,192 visible ASCII characters.
///
/// Its `Debug` output is redacted, and it has no `Display`.
///
/// ```
/// use image_tags::auth::Token;
///
/// let token = Token::new(b"0c3a50a694f44b748abd8e0660ecbd45").expect("32 visible characters");
/// assert!(!format!("{token:?}").contains("0c3a50"));
///
/// assert!(Token::new(b"").is_none(), "empty");
/// assert!(Token::new(b"two words").is_none(), "a space");
/// assert!(Token::new("é".as_bytes()).is_none(), "not ASCII");
/// assert!(Token::new(&[b'x'; Token::MAX_CHARS]).is_some());
/// assert!(Token::new(&[b'x'; Token::MAX_CHARS + 1]).is_none(), "too long");
/// ```
#[derive(Clone, Debug)]
pub struct Token(SecretString);

impl Token {
    /// Maximum length in characters. Keystone's Fernet tokens are below 300 characters; its old PKI
    /// tokens reached this length.
    pub const MAX_CHARS: usize = 8192;

    /// Parses a token. Returns `None` if `text` is empty, too long, or contains anything but
    /// visible ASCII characters.
    #[must_use]
    pub fn new(text: &[u8]) -> Option<Self> {
        let is_well_formed =
            (1..=Self::MAX_CHARS).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic);
        let text = std::str::from_utf8(text).ok().filter(|_| is_well_formed)?;
        Some(Self(text.into()))
    }

    /// The token in clear text.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_1_to_8192_visible_ascii_characters() {
        assert!(Token::new(b"x").is_some());
        assert!(Token::new(&[b'x'; 8192]).is_some());
        for text in [&b""[..], b"a b", b"a\t", b"\xC3\xA9", &[b'x'; 8193]] {
            assert!(Token::new(text).is_none());
        }
    }

    #[test]
    fn debug_output_does_not_contain_the_token() {
        let token = Token::new(b"0c3a50a694f44b748abd8e0660ecbd45").unwrap();
        assert!(!format!("{token:?}").contains("0c3a50"));
    }
}
