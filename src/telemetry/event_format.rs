//! Events as lines of the formats `text` and `json`: tracing-subscriber's own lines, and after
//! their fields those of the request that the event belongs to.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Full, Json, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, format};
use tracing_subscriber::registry::LookupSpan;

use super::request_context::RequestContext;

/// A format of tracing-subscriber and the fields of the request.
#[derive(Debug)]
pub(super) struct EventFormat<F> {
    format: Format<F>,
    /// What ends a line.
    end: &'static str,
    /// What comes before and after the name of a field.
    name: [&'static str; 2],
}

impl EventFormat<Full> {
    pub(super) fn text(is_terminal: bool) -> Self {
        Self {
            format: format().with_ansi(is_terminal).with_target(false),
            end: "\n",
            name: [" ", "="],
        }
    }
}

impl EventFormat<Json> {
    pub(super) fn json() -> Self {
        let format = format().json().flatten_event(true);
        Self {
            format: format.with_current_span(false).with_span_list(false),
            end: "}\n",
            name: [",\"", "\":"],
        }
    }
}

impl<S, N, F> FormatEvent<S, N> for EventFormat<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    Format<F>: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(request) = RequestContext::current() else {
            return self.format.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.format
            .format_event(context, Writer::new(&mut line), event)?;
        writer.write_str(line.strip_suffix(self.end).unwrap_or(&line))?;
        for (name, value) in request.fields() {
            let [before, after] = self.name;
            // Ids have no characters that `Debug` and JSON escape differently.
            write!(writer, "{before}{name}{after}{value:?}")?;
        }
        writer.write_str(self.end)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::http::{HeaderMap, HeaderValue};
    use tracing::subscriber::set_default;
    use tracing_subscriber::fmt::format::JsonFields;

    use super::super::request_id::RequestId;
    use super::super::test_output::Captured;
    use super::*;

    /// Logs one line outside of a request and one inside of it.
    async fn log() {
        let id = (RequestId::HEADER, HeaderValue::from_static("a\"b\\'c"));
        let request = Arc::new(RequestContext::of(&HeaderMap::from_iter([id])));
        tracing::warn!(number = 1, "outside");
        request.scope(async { tracing::warn!("inside") }).await;
        let kept = async {
            let work = RequestContext::keep(async { tracing::warn!(number = 2, "kept") });
            tokio::spawn(work).await.unwrap();
        };
        request.scope(kept).await;
    }

    #[tokio::test]
    async fn a_line_that_is_logged_for_a_request_has_its_id_also_in_another_task() {
        let output = Captured::default();
        let to = output.clone();
        let lines = tracing_subscriber::fmt()
            .with_writer(move || to.clone())
            .event_format(EventFormat::text(false));
        let guard = set_default(lines.finish());
        log().await;
        drop(guard);
        let text = output.text();
        let lines: Vec<_> = text
            .lines()
            .map(|line| line.split_once("WARN ").unwrap().1)
            .collect();
        assert_eq!(
            lines,
            [
                "outside number=1",
                r#"inside request_id="req-a\"b\\'c""#,
                r#"kept number=2 request_id="req-a\"b\\'c""#,
            ]
        );
    }

    #[tokio::test]
    async fn a_line_of_json_is_still_one_object() {
        let output = Captured::default();
        let to = output.clone();
        let lines = tracing_subscriber::fmt()
            .with_writer(move || to.clone())
            .fmt_fields(JsonFields::new())
            .event_format(EventFormat::json());
        let guard = set_default(lines.finish());
        log().await;
        drop(guard);
        let parsed = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
        let lines: Vec<_> = output.text().lines().map(parsed).collect();
        let ids: Vec<_> = lines
            .iter()
            .map(|line| line["request_id"].as_str())
            .collect();
        assert_eq!(ids, [None, Some("req-a\"b\\'c"), Some("req-a\"b\\'c")]);
        assert_eq!(
            (&lines[2]["message"], &lines[2]["number"]),
            (&"kept".into(), &2.into())
        );
    }
}
