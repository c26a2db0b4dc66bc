//! Lines in the default format of oslo.log, which the collectors of OpenStack clouds parse:
//! `logging_context_format_string` for the lines of a request, `logging_default_format_string` for
//! all others.
//!
//! One event is one line. oslo.log lets a line feed in a message begin another line; here it is
//! escaped, so that no text can forge a line.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write as _};
use std::process;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::request_context::RequestContext;
use super::request_id::RequestId;
use crate::rfc3339::write_local_milliseconds;

/// As in Python's logging, times are in the zone of `TZ` or `/etc/localtime`.
static ZONE: LazyLock<TimeZone> = LazyLock::new(TimeZone::system);

/// Characters that are percent-encoded in the context block, whose parts are separated by blanks.
/// The brackets end it.
const SEPARATING: &AsciiSet = &CONTROLS.add(b' ').add(b'[').add(b']').add(b'%');

/// What stands for an id that is not known, in the block and where the global request id is.
const ABSENT: &str = "-";
const NO_GLOBAL_ID: &str = "None";

/// Writes everything before the message: time, process, level, logger and the context block.
pub(super) fn write_head(
    text: &mut Vec<u8>,
    time: Timestamp,
    level: Level,
    target: &str,
    request: Option<&RequestContext>,
) -> io::Result<()> {
    write_local_milliseconds(text, ZONE.to_datetime(time))?;
    write!(text, " {} {} {target} [", process::id(), name(level))?;
    match request {
        Some(request) => write_context(text, request)?,
        None => text.write_all(b"-")?,
    }
    text.write_all(b"] ")
}

/// Writes the request ids and the `user_identity`: user, project, domain, system scope, domain of
/// the user, domain of the project.
fn write_context(text: &mut Vec<u8>, request: &RequestContext) -> io::Result<()> {
    let global_id = request.global_id().map(RequestId::as_str);
    let caller = request.caller.get();
    text.write_all(global_id.unwrap_or(NO_GLOBAL_ID).as_bytes())?;
    for value in [
        Some(request.id().as_str()),
        request.user(),
        request.project(),
        caller.and_then(|caller| caller.domain.as_deref()),
        caller.and_then(|caller| caller.is_system.then_some("all")),
        caller.and_then(|caller| caller.user_domain.as_deref()),
        caller.and_then(|caller| caller.project_domain.as_deref()),
    ] {
        write!(text, " {}", part(value))?;
    }
    Ok(())
}

/// A value of the block.
fn part(value: Option<&str>) -> Cow<'_, str> {
    let value = value.filter(|value| !value.is_empty()).unwrap_or(ABSENT);
    utf8_percent_encode(value, SEPARATING).into()
}

/// The name of the level in Python, and of oslo.log's own level below `DEBUG`.
fn name(level: Level) -> &'static str {
    match level {
        Level::WARN => "WARNING",
        level => level.as_str(),
    }
}

/// Formats events as such lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct OsloFormat;

impl<S, N> FormatEvent<S, N> for OsloFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (metadata, request) = (event.metadata(), RequestContext::current());
        let (mut head, mut message) = (Vec::new(), String::new());
        write_head(
            &mut head,
            Timestamp::now(),
            *metadata.level(),
            metadata.target(),
            request.as_deref(),
        )
        .map_err(|_| fmt::Error)?;
        context.format_fields(Writer::new(&mut message), event)?;
        writer.write_str(str::from_utf8(&head).map_err(|_| fmt::Error)?)?;
        write_on_one_line(&mut writer, &message)?;
        for (name, value) in request.iter().flat_map(|request| request.trace_fields()) {
            write!(writer, " {name}={value:?}")?;
        }
        writer.write_char('\n')
    }
}

/// Writes `text` with its control characters escaped.
fn write_on_one_line(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    for piece in text.split_inclusive(char::is_control) {
        let plain = piece.trim_end_matches(char::is_control);
        writer.write_str(plain)?;
        write!(writer, "{}", piece[plain.len()..].escape_default())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tracing::subscriber::with_default;

    use super::super::test_output::Captured;
    use super::*;

    #[test]
    fn an_event_is_one_line_whatever_its_message_is() {
        let output = Captured::default();
        let to = output.clone();
        let lines = tracing_subscriber::fmt()
            .with_writer(move || to.clone())
            .event_format(OsloFormat);
        with_default(lines.finish(), || {
            let text = "b\n2026-01-05 09:00:00.001 1 INFO forged [-] c";
            tracing::warn!(text, shown = %text, "a\r\n\u{1b}[31m{text}\u{85}");
        });
        let text = output.text();
        let (time, rest) = text.split_at("2026-01-05 09:00:00.001".len());
        assert!(time.parse::<jiff::civil::DateTime>().is_ok(), "{text}");
        let target = module_path!();
        let expected = format!(
            " {} WARNING {target} [-] a\\r\\n\\x1b[31mb\\n2026-01-05 09:00:00.001 1 INFO forged [-] c\\u{{85}} \
             text=\"b\\n2026-01-05 09:00:00.001 1 INFO forged [-] c\" \
             shown=b\\n2026-01-05 09:00:00.001 1 INFO forged [-] c\n",
            process::id()
        );
        assert_eq!(rest, expected);
    }

    #[test]
    fn a_part_of_the_block_has_no_blank_and_is_never_empty() {
        assert_eq!(part(None), "-");
        assert_eq!(part(Some("")), "-");
        assert_eq!(part(Some("J\u{f6}rg A\n")), "J%C3%B6rg%20A%0A");
    }
}
