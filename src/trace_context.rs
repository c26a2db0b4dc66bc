//! The trace that a request is a part of (W3C Trace Context): the headers `traceparent` and
//! `tracestate`.
//!
//! The service only passes them on and logs the ids. What does not follow the recommendation is
//! ignored. Nothing else depends on what a client sends here.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The length of a `traceparent` of version 00, and of the part of later versions that has the same
/// form: version, trace id, parent id and flags, with a `-` between them.
const LENGTH: usize = 55;

/// A longer `tracestate` is not passed on, in bytes. The recommendation asks for at least as many.
const MAX_STATE_BYTES: usize = 512;

/// The most members of a `tracestate`, by the recommendation.
const MAX_STATE_MEMBERS: usize = 32;

/// The longest key and the longest value of a member of `tracestate`, by the recommendation.
const MAX_STATE_CHARS: usize = 256;

tokio::task_local! {
    static CURRENT: Option<TraceContext>;
}

/// Where a request is in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// Of version 00.
    parent: HeaderValue,
    state: Option<HeaderValue>,
}

impl TraceContext {
    /// Reads the headers of a request; `None` if there is no valid `traceparent`, or more than one.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut parents = headers.get_all(TRACEPARENT).iter();
        let (Some(parent), None) = (parents.next(), parents.next()) else {
            return None;
        };
        let parent = version_00(parent)?;
        let state = state(headers);
        Some(Self { parent, state })
    }

    /// A part of a trace by its own ids, in hexadecimal digits; `None` if they are invalid.
    #[cfg(feature = "otlp")]
    pub(crate) fn new(
        trace_id: &str,
        span_id: &str,
        is_sampled: bool,
        state: &str,
    ) -> Option<Self> {
        let flags = u8::from(is_sampled);
        let parent = format!("00-{trace_id}-{span_id}-{flags:02x}");
        let state = Some(state).filter(|state| !state.is_empty());
        Some(Self {
            parent: version_00(&parent.parse().ok()?)?,
            state: state.and_then(|state| state.parse().ok()),
        })
    }

    /// Whether the caller records the trace.
    #[cfg(feature = "otlp")]
    pub(crate) fn is_sampled(&self) -> bool {
        u8::from_str_radix(self.part(53, 55), 16).is_ok_and(|flags| flags & 1 == 1)
    }

    /// What other systems say of the trace.
    #[cfg(feature = "otlp")]
    pub(crate) fn state(&self) -> &str {
        let state = self.state.as_ref();
        state
            .and_then(|state| state.to_str().ok())
            .unwrap_or_default()
    }

    /// The id of the trace: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        self.part(3, 35)
    }

    /// The id of the caller's part of the trace, its span: 16 hexadecimal digits.
    #[must_use]
    pub fn parent_id(&self) -> &str {
        self.part(36, 52)
    }

    fn part(&self, start: usize, end: usize) -> &str {
        let text = self.parent.to_str().unwrap_or_default();
        text.get(start..end).unwrap_or_default()
    }

    /// Does `work` within the trace `context`, if there is one.
    pub fn scope<F: Future>(
        context: Option<Self>,
        work: F,
    ) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(context, work)
    }

    /// The trace that the current task works in.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok().flatten()
    }

    /// Replaces what `headers` say of a trace by `context`.
    pub fn pass_on(context: Option<&Self>, headers: &mut HeaderMap) {
        headers.remove(TRACEPARENT);
        headers.remove(TRACESTATE);
        let Some(Self { parent, state }) = context else {
            return;
        };
        headers.insert(TRACEPARENT, parent.clone());
        if let Some(state) = state {
            headers.insert(TRACESTATE, state.clone());
        }
    }
}

/// A `traceparent` in the form of version 00, if it is valid. Of a later version, the part counts
/// that has this form, and of its flags the one that is known: that the caller records the trace.
fn version_00(value: &HeaderValue) -> Option<HeaderValue> {
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

/// The members of all `tracestate` headers in one value, if they are valid and few.
fn state(headers: &HeaderMap) -> Option<HeaderValue> {
    let values: Result<Vec<_>, _> = headers
        .get_all(TRACESTATE)
        .iter()
        .map(HeaderValue::to_str)
        .collect();
    let values = values.ok()?.join(",");
    if values.len() > MAX_STATE_BYTES {
        return None;
    }
    let members = values.split(',').map(str::trim_ascii);
    let members: Vec<_> = members.filter(|member| !member.is_empty()).collect();
    let is_valid = (1..=MAX_STATE_MEMBERS).contains(&members.len())
        && members.iter().all(|member| is_member(member));
    is_valid
        .then(|| HeaderValue::from_str(&members.join(",")).ok())
        .flatten()
}

fn is_member(member: &str) -> bool {
    let Some((key, value)) = member.split_once('=') else {
        return false;
    };
    let is_key_char =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/@".contains(&byte);
    let starts_well = key.starts_with(|first: char| first.is_ascii_alphanumeric());
    let is_value_char = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'=';
    starts_well
        && key.len() <= MAX_STATE_CHARS
        && key.bytes().all(is_key_char)
        && (1..=MAX_STATE_CHARS).contains(&value.len())
        && value.bytes().all(is_value_char)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let pairs = pairs.iter().cloned();
        pairs
            .map(|(name, value)| (name, HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    /// What is passed on of a request with these headers.
    fn passed(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = headers(pairs);
        let context = TraceContext::of(&headers);
        TraceContext::pass_on(context.as_ref(), &mut headers);
        headers
    }

    #[test]
    fn a_valid_parent_has_its_ids_and_is_passed_on_as_it_is() {
        let context = TraceContext::of(&headers(&[(TRACEPARENT, PARENT)])).unwrap();
        assert_eq!(context.trace_id(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(context.parent_id(), "b7ad6b7169203331");
        for flags in ["00", "01", "03", "ff"] {
            let parent = format!("{}{flags}", &PARENT[..53]);
            let parent = [(TRACEPARENT, parent.as_str())];
            assert_eq!(passed(&parent), headers(&parent));
        }
    }

    #[test]
    fn of_a_later_version_the_known_part_counts() {
        for (flags, rest, known) in [
            ("01", "", "01"),
            ("0f", "-what-the-future-will-be-like", "01"),
            ("02", "-", "00"),
        ] {
            let sent = format!("cc{}{flags}{rest}", &PARENT[2..53]);
            let expected = format!("{}{known}", &PARENT[..53]);
            assert_eq!(
                passed(&[(TRACEPARENT, &sent)]),
                headers(&[(TRACEPARENT, &expected)])
            );
        }
    }

    #[test]
    fn an_invalid_parent_is_ignored_with_its_state() {
        let zeros = "0".repeat(32);
        for parent in [
            String::new(),
            "00".to_owned(),
            PARENT[..54].to_owned(),
            format!("{PARENT}-"),
            format!("{PARENT}-00"),
            PARENT.to_uppercase(),
            PARENT.replacen("00-", "ff-", 1),
            PARENT.replacen("00-", "0x-", 1),
            PARENT.replacen("00-", "cc-", 1) + "0",
            PARENT.replacen("af76", "AF76", 1),
            PARENT.replacen("af76", "gf76", 1),
            PARENT.replacen("0af7651916cd43dd8448eb211c80319c", &zeros, 1),
            PARENT.replacen("b7ad6b7169203331", &zeros[..16], 1),
            PARENT.replacen("-01", "-0g", 1),
            PARENT.replacen("-01", "_01", 1),
            PARENT.replace('-', "_"),
            format!("{PARENT},{PARENT}"),
        ] {
            let sent = [(TRACEPARENT, &*parent), (TRACESTATE, "a=1")];
            assert_eq!(passed(&sent), HeaderMap::new(), "{parent}");
        }
        let twice = [(TRACEPARENT, PARENT), (TRACEPARENT, PARENT)];
        assert_eq!(passed(&twice), HeaderMap::new());
        assert_eq!(passed(&[(TRACESTATE, "a=1")]), HeaderMap::new());
    }

    #[test]
    fn a_state_is_passed_on_in_one_header_if_it_is_valid_and_small() {
        let many = |count: usize| vec!["a=1"; count].join(",");
        let (most, too_many) = (many(32), many(33));
        let (long, too_long) = (
            format!("a={}", "x".repeat(256)),
            format!("a={}", "x".repeat(257)),
        );
        let too_large = [&*long, &*long].join(",");
        for (states, expected) in [
            (&["a=1", "b@c=2 3, ,d=4"][..], Some("a=1,b@c=2 3,d=4")),
            (&[&most], Some(&*most)),
            (&[&long], Some(&*long)),
            (&[&too_many], None),
            (&[&too_long], None),
            (&[&too_large], None),
            (&["A=1"], None),
            (&["a"], None),
            (&["a="], None),
            (&["a=b=c"], None),
            (&["=1"], None),
            (&[""], None),
            (&["a=1", "\u{e9}=1"], None),
        ] {
            let states = states.iter().map(|state| (TRACESTATE, *state));
            let sent: Vec<_> = [(TRACEPARENT, PARENT)].into_iter().chain(states).collect();
            let expected = expected.map(|state| (TRACESTATE, state));
            let expected: Vec<_> = [(TRACEPARENT, PARENT)]
                .into_iter()
                .chain(expected)
                .collect();
            assert_eq!(passed(&sent), headers(&expected));
        }
    }
}
