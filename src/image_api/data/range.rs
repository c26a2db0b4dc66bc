//! The part of the data that a client asks for: one `Range` of bytes, read as Glance 33 reads it.

use std::ops::Range;

use axum::http::{HeaderMap, header};

use crate::image_api::error::Error;

/// The bytes that a `Range` header asks for of data of `size` bytes; `None` for all of it.
///
/// A range that starts past the end is a 416, and so is one that is none. Unlike RFC 9110, a unit
/// other than bytes is not ignored, and a suffix of no bytes is all of the data.
pub(super) fn requested(headers: &HeaderMap, size: u64) -> Result<Option<Range<u64>>, Error> {
    let Some(value) = headers.get(header::RANGE) else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(value.as_bytes());
    if text.contains(',') {
        return Err(Error::invalid(
            "Requests with multiple ranges are not supported in Glance. You may make multiple \
             single-range requests instead.",
        ));
    }
    let invalid = || Error::RangeNotSatisfiable("Invalid Range header.".to_owned());
    let (first, last) = parse(&text).ok_or_else(invalid)?;
    let range = match (first, last) {
        (None, None) => return Err(invalid()),
        // The last bytes; more than there are are all.
        (None, Some(count)) if count == 0 || count > size => 0..size,
        (None, Some(count)) => size - count..size,
        (Some(first), Some(last)) if last < first => return Err(invalid()),
        (Some(first), last) => {
            let end = last.map_or(size, |last| last.saturating_add(1).min(size));
            first..end
        }
    };
    if range.start >= size {
        return Err(Error::RangeNotSatisfiable(format!(
            "Invalid start position in Range header. Start position MUST be in the inclusive range \
             [0, {}].",
            i128::from(size) - 1
        )));
    }
    Ok(Some(range))
}

/// The numbers on both sides of the hyphen. What follows them is ignored.
fn parse(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let unit = text.get(..5)?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, rest) = number(after(text.get(5..)?, '=')?);
    let (last, _) = number(after(rest, '-')?);
    Some((first, last))
}

/// What follows `separator` and the blanks around it.
fn after(text: &str, separator: char) -> Option<&str> {
    let rest = text.trim_start_matches(' ').strip_prefix(separator)?;
    Some(rest.trim_start_matches(' '))
}

/// The number that `text` starts with, and the rest. A number that is too large is the largest.
fn number(text: &str) -> (Option<u64>, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(digits);
    let number = (!digits.is_empty()).then(|| digits.parse().unwrap_or(u64::MAX));
    (number, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requested_of(value: &str, size: u64) -> Result<Option<Range<u64>>, String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, value.parse().unwrap());
        requested(&headers, size).map_err(|error| error.to_string())
    }

    #[test]
    fn a_range_is_cut_at_the_end_of_the_data() {
        assert_eq!(requested(&HeaderMap::new(), 10).unwrap(), None);
        for (value, range) in [
            ("bytes=0-4", 0..5),
            ("bytes=0-0", 0..1),
            ("bytes=3-", 3..10),
            ("bytes=3-99", 3..10),
            ("bytes=9-9", 9..10),
            ("bytes=-2", 8..10),
            ("bytes=-10", 0..10),
            ("bytes=-99", 0..10),
            ("bytes=-0", 0..10),
            ("BYTES = 1 - 2", 1..3),
            ("bytes=1-2 and more", 1..3),
            ("bytes=1-99999999999999999999", 1..10),
        ] {
            assert_eq!(requested_of(value, 10), Ok(Some(range)), "{value}");
        }
    }

    #[test]
    fn other_ranges_are_refused() {
        let invalid = "Invalid Range header.";
        let past = "Invalid start position in Range header. Start position MUST be in the \
                    inclusive range [0, 9].";
        for (value, text) in [
            ("bytes=10-", past),
            ("bytes=10-12", past),
            ("bytes=99999999999999999999-", past),
            ("bytes=4-3", invalid),
            ("bytes=-", invalid),
            ("bytes=", invalid),
            ("bytes", invalid),
            ("byte", invalid),
            ("items=0-4", invalid),
            ("bytes=a-b", invalid),
        ] {
            assert_eq!(requested_of(value, 10), Err(text.to_owned()), "{value}");
        }
        assert!(
            requested_of("bytes=0-1,3-4", 10)
                .unwrap_err()
                .contains("multiple ranges")
        );
        assert!(
            requested_of("bytes=0-", 0)
                .unwrap_err()
                .ends_with("[0, -1].")
        );
        assert!(requested_of("bytes=-1", 0).is_err());
    }
}
