//! The bytes of a line, compared with those that tracing-subscriber makes of the same event.

use std::fmt;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue};
use tracing::Level;
use tracing::subscriber::with_default;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use super::access_line::AccessLine;
use super::request_context::RequestContext;
use super::request_id::RequestId;
use super::test_output::Captured;
use crate::config::LogFormat;
use crate::identity::Identity;

/// A clock that stands still.
struct Fixed;

impl FormatTime for Fixed {
    fn format_time(&self, line: &mut Writer<'_>) -> fmt::Result {
        write!(line, "2026-01-05T09:00:00.000001Z")
    }
}

/// The line that tracing-subscriber makes of the event with the fields of `line`.
fn by_tracing(line: &AccessLine<'_>, format: LogFormat) -> String {
    let captured = Captured::default();
    let to = captured.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(Level::TRACE)
        .with_timer(Fixed)
        .with_writer(move || to.clone());
    let log = || line.trace();
    let subscriber = subscriber.with_target(false);
    if format == LogFormat::Json {
        let json = subscriber.json().flatten_event(true);
        let json = json.with_target(true).with_current_span(false);
        with_default(json.with_span_list(false).finish(), log);
    } else {
        with_default(subscriber.finish(), log);
    }
    captured.text()
}

/// A request whose client has chosen this id. One without a caller is a part of a trace.
fn request(id: &str, caller: Option<(&str, &str)>) -> Arc<RequestContext> {
    let id = (RequestId::HEADER, HeaderValue::from_str(id).unwrap());
    let mut headers = HeaderMap::from_iter([id]);
    if caller.is_none() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        headers.insert("traceparent", HeaderValue::from_static(parent));
    }
    let request = RequestContext::of(&headers);
    if let Some((user, project)) = caller {
        let identity = Identity::new(user, Some(project.parse().unwrap()), []);
        request.caller.set(Arc::new(identity)).unwrap();
    }
    Arc::new(request)
}

#[test]
fn a_line_is_the_one_that_tracing_writes() {
    let member = Some(("member", "5ef70662f8b34079a6eddb8da9d75fe8"));
    let member = request("req-1188fda4-7ad4-42d6-bcfa-8173e84f52c5", member);
    let nobody = request("abc", None);
    let strange = ("J\u{f6}rg\n\u{1b}[31m 'x' \u{7f}\u{200b}", " ");
    let strange = request("req-a\"b\\c", Some(strange));
    let usual = || AccessLine {
        time: "2026-01-05T09:00:00.000001Z".parse().unwrap(),
        level: Level::INFO,
        request: &member,
        client: Some([127, 0, 0, 10].into()),
        method: "PUT",
        path: "/v2/images/82c96579-ba53-4a84-a69a-716382fe0293/tags/%C3%A9",
        status: 204,
        elapsed_us: 0,
        cause: None,
    };
    let lines = [
        usual(),
        AccessLine {
            client: None,
            request: &nobody,
            level: Level::DEBUG,
            ..usual()
        },
        AccessLine {
            client: Some("2001:db8::1".parse().unwrap()),
            request: &strange,
            status: 503,
            elapsed_us: u64::MAX,
            level: Level::ERROR,
            cause: Some("the store: \"gone\"\tand\0 away"),
            ..usual()
        },
    ];
    for line in lines {
        for format in [LogFormat::Text, LogFormat::Json] {
            let mut ours = Vec::new();
            line.write(format, &mut ours).unwrap();
            assert_eq!(String::from_utf8(ours).unwrap(), by_tracing(&line, format));
        }
    }
}
