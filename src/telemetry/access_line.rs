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

/// The module that the line is logged by.
const TARGET: &str = "image_tags::telemetry::access_log";

/// The line of one request.
#[derive(Debug)]
pub(super) struct AccessLine<'a> {
    pub(super) time: Timestamp,
    pub(super) level: Level,
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

/// Expands to `$macro`, which is `event` or `event_enabled` of `tracing`, with the level and the
/// fields of a line.
macro_rules! event {
    ($macro:ident, $line:expr) => {
        match $line.level {
            Level::ERROR => event!($macro, $line, ERROR),
            Level::INFO => event!($macro, $line, INFO),
            _ => event!($macro, $line, DEBUG),
        }
    };
    ($macro:ident, $line:expr, $level:ident) => {
        tracing::$macro!(
            target: TARGET,
            Level::$level,
            request_id = $line.request.id().as_str(),
            client = $line.client.map(tracing::field::display),
            method = $line.method,
            path = $line.path,
            status = $line.status,
            elapsed_us = $line.elapsed_us,
            user = $line.request.user(),
            project = $line.request.project(),
            trace_id = $line.request.trace_id(),
            span_id = $line.request.span_id(),
            parent_id = $line.request.parent_id(),
            cause = $line.cause,
            "request"
        )
    };
}

impl AccessLine<'_> {
    /// Whether the filter of the log lets the line pass.
    pub(super) fn is_enabled(&self) -> bool {
        event!(event_enabled, self)
    }

    /// Logs the line through `tracing`.
    pub(super) fn trace(&self) {
        event!(event, self);
    }

    /// Appends the line to `text`, with its line feed.
    pub(super) fn write(&self, format: LogFormat, text: &mut Vec<u8>) -> io::Result<()> {
        match format {
            LogFormat::Text => self.write_text(text)?,
            LogFormat::Json => self.write_json(text)?,
            LogFormat::Oslo => self.write_oslo(text)?,
        }
        text.write_all(b"\n")
    }

    /// The fields in their order. [`event!`] has the same ones for `tracing`.
    fn fields(&self) -> [(Name, Option<Value<'_>>); 12] {
        let Self { request, .. } = self;
        [
            (
                name!("request_id"),
                Some(Value::Text(request.id().as_str())),
            ),
            (name!("client"), self.client.map(Value::Address)),
            (name!("method"), Some(Value::Text(self.method))),
            (name!("path"), Some(Value::Text(self.path))),
            (name!("status"), Some(Value::Number(self.status.into()))),
            (name!("elapsed_us"), Some(Value::Number(self.elapsed_us))),
            (name!("user"), request.user().map(Value::Text)),
            (name!("project"), request.project().map(Value::Text)),
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
        write_head(text, self.time, self.level, TARGET, Some(self.request))?;
        text.write_all(b"request")?;
        // The context block has the others.
        let [
            _,
            client,
            method,
            path,
            status,
            elapsed,
            _,
            _,
            trace,
            span,
            parent,
            cause,
        ] = self.fields();
        let fields = [
            client, method, path, status, elapsed, trace, span, parent, cause,
        ];
        write_fields(text, fields)
    }

    fn write_json(&self, text: &mut Vec<u8>) -> io::Result<()> {
        text.write_all(br#"{"timestamp":""#)?;
        write_microseconds(text, self.time)?;
        text.write_all(br#"","level":""#)?;
        text.write_all(self.level.as_str().as_bytes())?;
        text.write_all(br#"","message":"request""#)?;
        let target = (name!("target"), Some(Value::Text(TARGET)));
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
