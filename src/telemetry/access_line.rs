//! The line of a request as bytes: the same ones that tracing-subscriber makes of the same event.
//!
//! Nearly all lines of the log are such lines. Their fields are known, so they are written one
//! after the other, without a visitor and without `fmt`.

use std::io::{self, Write as _};
use std::net::IpAddr;

use jiff::Timestamp;
use tracing::Level;

use super::oslo_format::write_head;
use super::request_context::RequestContext;
use crate::config::LogFormat;
use crate::rfc3339::write_microseconds;

/// The line of one request.
#[derive(Debug)]
pub(super) struct AccessLine<'a> {
    pub(super) time: Timestamp,
    pub(super) level: Level,
    pub(super) target: &'static str,
    pub(super) request: &'a RequestContext,
    pub(super) client: Option<IpAddr>,
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) status: u16,
    pub(super) elapsed_us: u64,
    pub(super) cause: Option<&'a str>,
}

/// The value of a field.
#[derive(Clone, Copy)]
enum Value<'a> {
    Text(&'a str),
    Number(u64),
    Address(IpAddr),
}

/// What comes before the value of a field in each format.
struct Name {
    text: &'static [u8],
    json: &'static [u8],
}

/// The [`Name`] of a field.
macro_rules! name {
    ($name:literal) => {
        Name {
            text: concat!(" ", $name, "=").as_bytes(),
            json: concat!(",\"", $name, "\":").as_bytes(),
        }
    };
}

impl AccessLine<'_> {
    /// Appends the line to `text`, with its line feed.
    pub(super) fn write(&self, format: LogFormat, text: &mut Vec<u8>) -> io::Result<()> {
        match format {
            LogFormat::Text => self.write_text(text)?,
            LogFormat::Json => self.write_json(text)?,
            LogFormat::Oslo => self.write_oslo(text)?,
        }
        text.write_all(b"\n")
    }

    fn fields(&self) -> [(Name, Option<Value<'_>>); 12] {
        let [
            client,
            method,
            path,
            status,
            elapsed_us,
            trace_id,
            span_id,
            parent_id,
            cause,
        ] = self.own_fields();
        let Self { request, .. } = self;
        let request_id = request.id().as_str();
        [
            (name!("request_id"), Some(Value::Text(request_id))),
            client,
            method,
            path,
            status,
            elapsed_us,
            (name!("user"), request.user().map(Value::Text)),
            (name!("project"), request.project().map(Value::Text)),
            trace_id,
            span_id,
            parent_id,
            cause,
        ]
    }

    /// The fields of this line alone: those that the context block of oslo.log does not have.
    fn own_fields(&self) -> [(Name, Option<Value<'_>>); 9] {
        let Self { request, .. } = self;
        [
            (name!("client"), self.client.map(Value::Address)),
            (name!("method"), Some(Value::Text(self.method))),
            (name!("path"), Some(Value::Text(self.path))),
            (name!("status"), Some(Value::Number(self.status.into()))),
            (name!("elapsed_us"), Some(Value::Number(self.elapsed_us))),
            (name!("trace_id"), request.trace_id().map(Value::Text)),
            (name!("span_id"), request.span_id().map(Value::Text)),
            (name!("parent_id"), request.parent_id().map(Value::Text)),
            (name!("cause"), self.cause.map(Value::Text)),
        ]
    }

    fn write_text(&self, text: &mut Vec<u8>) -> io::Result<()> {
        write_microseconds(text, self.time)?;
        let level = self.level.as_str();
        text.write_all(if level.len() < 5 { b"  " } else { b" " })?;
        text.write_all(level.as_bytes())?;
        text.write_all(b" request")?;
        write_fields(text, self.fields())
    }

    fn write_oslo(&self, text: &mut Vec<u8>) -> io::Result<()> {
        write_head(text, self.time, self.level, self.target, Some(self.request))?;
        text.write_all(b"request")?;
        write_fields(text, self.own_fields())
    }

    fn write_json(&self, text: &mut Vec<u8>) -> io::Result<()> {
        text.write_all(br#"{"timestamp":""#)?;
        write_microseconds(text, self.time)?;
        text.write_all(br#"","level":""#)?;
        text.write_all(self.level.as_str().as_bytes())?;
        text.write_all(br#"","message":"request""#)?;
        let target = (name!("target"), Some(Value::Text(self.target)));
        for (name, value) in self.fields().into_iter().chain([target]) {
            let Some(value) = value else { continue };
            text.write_all(name.json)?;
            match value {
                Value::Text(value) => serde_json::to_writer(&mut *text, value)?,
                Value::Number(number) => write_number(text, number)?,
                Value::Address(address) => {
                    text.write_all(b"\"")?;
                    write_address(text, address)?;
                    text.write_all(b"\"")?;
                }
            }
        }
        text.write_all(b"}")
    }
}

/// Writes fields as `name="text"` and `name=number`.
fn write_fields<'a>(
    text: &mut Vec<u8>,
    fields: impl IntoIterator<Item = (Name, Option<Value<'a>>)>,
) -> io::Result<()> {
    for (name, value) in fields {
        let Some(value) = value else { continue };
        text.write_all(name.text)?;
        match value {
            Value::Text(value) => write_debug(text, value)?,
            Value::Number(number) => write_number(text, number)?,
            Value::Address(address) => write_address(text, address)?,
        }
    }
    Ok(())
}

/// Writes `value` as `Debug` shows it.
fn write_debug(text: &mut Vec<u8>, value: &str) -> io::Result<()> {
    let is_plain = |byte| matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~');
    // Without a branch for each byte, the compiler looks at many at once.
    if !value
        .bytes()
        .fold(true, |plain, byte| plain & is_plain(byte))
    {
        return write!(text, "{value:?}");
    }
    text.write_all(b"\"")?;
    text.write_all(value.as_bytes())?;
    text.write_all(b"\"")
}

fn write_number(text: &mut Vec<u8>, number: u64) -> io::Result<()> {
    text.write_all(itoa::Buffer::new().format(number).as_bytes())
}

fn write_address(text: &mut Vec<u8>, address: IpAddr) -> io::Result<()> {
    let IpAddr::V4(address) = address else {
        return write!(text, "{address}");
    };
    let [first, rest @ ..] = address.octets();
    write_number(text, first.into())?;
    for octet in rest {
        text.write_all(b".")?;
        write_number(text, octet.into())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fmt;
    use std::sync::Arc;

    use axum::http::{HeaderMap, HeaderValue};
    use tracing::subscriber::with_default;
    use tracing_subscriber::fmt::format::Writer;
    use tracing_subscriber::fmt::time::FormatTime;

    use super::super::request_id::RequestId;
    use super::super::test_output::Captured;
    use super::*;
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
        let log = || {
            macro_rules! log {
                ($level:ident) => {
                    tracing::event!(
                        Level::$level,
                        request_id = line.request.id().as_str(),
                        client = line.client.map(tracing::field::display),
                        method = line.method,
                        path = line.path,
                        status = line.status,
                        elapsed_us = line.elapsed_us,
                        user = line.request.user(),
                        project = line.request.project(),
                        trace_id = line.request.trace_id(),
                        span_id = line.request.span_id(),
                        parent_id = line.request.parent_id(),
                        cause = line.cause,
                        "request"
                    )
                };
            }
            match line.level {
                Level::ERROR => log!(ERROR),
                Level::INFO => log!(INFO),
                _ => log!(DEBUG),
            }
        };
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
            target: module_path!(),
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
}
