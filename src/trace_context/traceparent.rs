//! The header `traceparent`.

use axum::http::{HeaderName, HeaderValue};

pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The length of a `traceparent` of version 00, and of the part of later versions that has the same
/// form: version, trace id, parent id and flags, with a `-` between them.
const LENGTH: usize = 55;

/// A `traceparent` in the form of version 00, if it is valid. Of a later version, the part counts
/// that has this form, and of its flags the one that is known: that the caller records the trace.
pub(super) fn version_00(value: &HeaderValue) -> Option<HeaderValue> {
    let text = value.as_bytes();
    let (known, rest) = text.split_at_checked(LENGTH)?;
    let is_hex = |part: &[u8]| {
        part.iter()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_id = |part: &[u8]| is_hex(part) && part.iter().any(|byte| *byte != b'0');
    let [version, trace, parent, flags] = [0..2, 3..35, 36..52, 53..55].map(|part| &known[part]);
    let has_form = [2, 35, 52].iter().all(|at| known[*at] == b'-');
    if !(has_form && is_hex(version) && is_id(trace) && is_id(parent) && is_hex(flags)) {
        return None;
    }
    match version {
        b"ff" => None,
        b"00" => rest.is_empty().then(|| value.clone()),
        _ if !(rest.is_empty() || rest[0] == b'-') => None,
        _ => {
            let mut known = known.to_vec();
            known[..2].copy_from_slice(b"00");
            let is_sampled = matches!(
                flags[1],
                b'1' | b'3' | b'5' | b'7' | b'9' | b'b' | b'd' | b'f'
            );
            known[53..].copy_from_slice(if is_sampled { b"01" } else { b"00" });
            HeaderValue::from_bytes(&known).ok()
        }
    }
}
