//! What of the headers is passed on.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::TraceContext;
use super::traceparent::TRACEPARENT;
use super::tracestate::TRACESTATE;

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
