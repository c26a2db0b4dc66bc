//! Content negotiation for error bodies, decided as WebOb decides it.
//!
//! HTML and JSON are on offer. A tie goes to HTML, so `*/*` gets HTML. A malformed header counts as
//! `*/*`. Plain text is the answer if neither is acceptable or the header is missing.

use axum::http::HeaderValue;

/// The forms of an error body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Html,
    Json,
    Plain,
}

/// The form that the values of the `Accept` headers prefer.
pub(crate) fn format(values: &[HeaderValue]) -> Format {
    text(values).map_or(Format::Html, |text| preferred(&text))
}

/// Whether the values prefer JSON to plain text. A tie goes to plain text, and so does a header
/// that accepts neither.
pub(crate) fn prefers_json_to_plain(values: &[HeaderValue]) -> bool {
    let text = text(values).unwrap_or_default();
    let ranges = ranges(&text).unwrap_or_default();
    quality(&ranges, "application", "json") > quality(&ranges, "text", "plain")
}

/// The values joined with commas.
fn text(values: &[HeaderValue]) -> Option<String> {
    let values: Vec<_> = values.iter().map(HeaderValue::as_bytes).collect();
    String::from_utf8(values.join(&b","[..])).ok()
}

fn preferred(text: &str) -> Format {
    let Some(ranges) = ranges(text) else {
        return Format::Html;
    };
    let html = quality(&ranges, "text", "html");
    let json = quality(&ranges, "application", "json");
    match (html, json) {
        (0, 0) => Format::Plain,
        _ if html >= json => Format::Html,
        _ => Format::Json,
    }
}

/// A media range with its weight in thousandths.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    has_parameters: bool,
    weight: u16,
}

/// The weight of the most specific matching range. Of two equally specific ones the first counts.
fn quality(ranges: &[Range<'_>], kind: &str, subtype: &str) -> u16 {
    let mut best = (0, 0);
    for range in ranges {
        let kind_matches = range.kind.eq_ignore_ascii_case(kind);
        let specificity = if kind_matches && range.subtype.eq_ignore_ascii_case(subtype) {
            if range.has_parameters { 0 } else { 3 }
        } else if kind_matches && range.subtype == "*" {
            2
        } else {
            u8::from(range.kind == "*" && range.subtype == "*")
        };
        if specificity > best.0 {
            best = (specificity, range.weight);
        }
    }
    best.1
}

/// The ranges of a header; `None` if it is malformed.
fn ranges(text: &str) -> Option<Vec<Range<'_>>> {
    let mut ranges = Vec::new();
    for element in split(text, ',')? {
        if !element.is_empty() {
            ranges.push(range(element)?);
        }
    }
    Some(ranges)
}

fn range(element: &str) -> Option<Range<'_>> {
    let mut parts = split(element, ';')?.into_iter();
    let (kind, subtype) = parts.next()?.split_once('/')?;
    if !is_token(kind) || !is_token(subtype) {
        return None;
    }
    let mut range = Range {
        kind,
        subtype,
        has_parameters: false,
        weight: 1000,
    };
    let mut weighed = false;
    for part in parts {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (part, None),
        };
        match value {
            Some(value) if !weighed && name.eq_ignore_ascii_case("q") => {
                range.weight = weight(value)?;
                weighed = true;
            }
            // Extensions follow the weight. They need no value.
            None if weighed && is_token(name) => {}
            Some(value) if is_token(name) && (is_token(value) || value.starts_with('"')) => {
                range.has_parameters |= !weighed;
            }
            _ => return None,
        }
    }
    Some(range)
}

/// Splits at `separator` outside quoted strings, and trims. `None` if a quoted string is not
/// closed.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (index, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if character == separator && !quoted => {
                parts.push(text[start..index].trim_matches([' ', '\t']));
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim_matches([' ', '\t']));
    (!quoted).then_some(parts)
}

/// `0` to `1` with up to three decimals, in thousandths.
fn weight(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_that_webob_picks() {
        use Format::{Html, Json, Plain};
        for (accept, format) in [
            ("", Plain),
            ("*/*", Html),
            ("text/html", Html),
            ("text/*", Html),
            ("text/plain", Plain),
            ("application/xml", Plain),
            ("application/json", Json),
            ("APPLICATION/JSON", Json),
            ("application/*", Json),
            ("application/json, text/html", Html),
            ("application/json, */*", Html),
            ("application/json;q=0.9, text/html;q=0.1", Json),
            ("text/html;q=0, */*;q=0.5", Json),
            ("*/*;q=0", Plain),
            ("application/json; charset=utf-8", Plain),
            ("application/json;q=1;ext", Json),
            ("text/html;level=\"1,2\"", Plain),
            (",, application/json ,", Json),
            (";;;", Html),
            ("json", Html),
            ("application/json;q=2", Html),
            ("application/json;q=0.1234", Html),
            ("application/json;x=\"", Html),
        ] {
            assert_eq!(preferred(accept), format, "{accept:?}");
        }
    }
}
