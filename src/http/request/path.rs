//! Percent-encoded paths: canonical form, decoding, encoding.
//!
//! The service reads paths from their raw form. The router's own decoding lets malformed escapes
//! pass, and it cannot tell `/` from `%2F`.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::http::HttpError;

/// The canonical form of a path: runs of `/` become one, and escapes of unreserved characters are
/// decoded (RFC 3986, 6.2.2.2). `%2F` stays, because `/` is reserved; [`decode`] turns it into a
/// slash.
///
/// If any escape is malformed, all of them stay, so that a malformed path never becomes
/// well-formed.
pub(crate) fn canonical(path: &str) -> Cow<'_, str> {
    let may_unescape = path.contains('%') && is_well_formed(path);
    let has_runs = path.as_bytes().windows(2).any(|pair| pair == b"//");
    if !has_runs && !may_unescape {
        return path.into();
    }
    let mut canonical = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(character) = rest.chars().next() {
        let unreserved = (rest.strip_prefix('%').filter(|_| may_unescape))
            .and_then(|escape| u8::from_str_radix(escape.get(..2)?, 16).ok())
            .filter(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte));
        if let Some(byte) = unreserved {
            canonical.push(byte.into());
            rest = &rest[3..];
        } else {
            if character != '/' || !canonical.ends_with('/') {
                canonical.push(character);
            }
            rest = &rest[character.len_utf8()..];
        }
    }
    canonical.into()
}

/// Whether two hexadecimal digits follow every `%`.
fn is_well_formed(text: &str) -> bool {
    let is_escape = |after: &str| {
        after
            .as_bytes()
            .get(..2)
            .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
    };
    text.split('%').skip(1).all(is_escape)
}

/// Decodes a percent-encoded text, which must be UTF-8.
pub(crate) fn decode(segment: &str) -> Result<String, HttpError> {
    if !segment.contains('%') {
        return Ok(segment.to_owned());
    }
    if !is_well_formed(segment) {
        return Err(HttpError::Undecodable);
    }
    let text = percent_decode_str(segment)
        .decode_utf8()
        .map_err(|_| HttpError::Undecodable)?;
    Ok(text.into_owned())
}

/// Percent-encodes `text` for a path or a query.
pub(crate) fn encode(text: &str) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_comes_back_from_its_escaped_form(text: String) {
            let path = canonical(&encode(&text)).into_owned();
            prop_assert_eq!(decode(&path).unwrap(), text);
        }

        #[test]
        fn no_path_makes_the_decoder_panic(text: String) {
            let _ = decode(&canonical(&text));
        }
    }
}
