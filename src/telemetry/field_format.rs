//! A faster field formatter for text lines, with the same output as tracing-subscriber's own.
//!
//! tracing-subscriber formats strings by `Debug`, which inspects each character and took a good
//! part of the time of a request. This one copies strings of plain ASCII and prints numbers
//! directly, and leaves everything else to the default.

use std::error::Error;
use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing_subscriber::field::{RecordFields, VisitOutput as _};
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultFields, DefaultVisitor, Writer};

/// Formats the fields of a line as `name="text"` and `name=number`.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldFormat;

struct Visitor<'w> {
    line: Writer<'w>,
    is_empty: bool,
    result: fmt::Result,
}

impl<'w> FormatFields<'w> for FieldFormat {
    fn format_fields<R: RecordFields>(&self, line: Writer<'w>, fields: R) -> fmt::Result {
        if line.has_ansi_escapes() {
            return DefaultFields::new().format_fields(line, fields);
        }
        let mut visitor = Visitor {
            line,
            is_empty: true,
            result: Ok(()),
        };
        fields.record(&mut visitor);
        visitor.result
    }
}

impl Visitor<'_> {
    /// Writes the parts of a field as they are.
    fn write_plain(&mut self, parts: [&str; 4]) {
        let pad = if self.is_empty { "" } else { " " };
        self.is_empty = false;
        let mut written = self.line.write_str(pad);
        for part in parts {
            written = written.and_then(|()| self.line.write_str(part));
        }
        self.result = self.result.and(written);
    }

    /// Leaves a field to tracing-subscriber's visitor.
    fn write_by_default(&mut self, record: impl FnOnce(&mut DefaultVisitor<'_>)) {
        let mut visitor = DefaultVisitor::new(self.line.by_ref(), self.is_empty);
        self.is_empty = false;
        record(&mut visitor);
        self.result = self.result.and(visitor.finish());
    }
}

impl Visit for Visitor<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        if field.name() != "message" && value.as_bytes().iter().all(is_plain) {
            self.write_plain([field.name(), "=\"", value, "\""]);
        } else {
            self.write_by_default(|visitor| visitor.record_str(field, value));
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.write_plain([field.name(), "=", "", ""]);
        self.result = self.result.and_then(|()| write!(self.line, "{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.write_by_default(|visitor| visitor.record_debug(field, value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.write_by_default(|visitor| visitor.record_error(field, value));
    }
}

#[cfg(test)]
mod tests {
    use tracing::subscriber::with_default;

    use super::super::test_output::Captured;
    use super::*;

    fn logged() {
        for text in ["plain", "", "a \"b\" \\", "a\nb", "\u{1b}[31m", "é", "it's"] {
            let error = io_error();
            let some = text.len() > 3;
            tracing::info!(text, number = 3_u16, some, none = None::<&str>, peer = %"1.2.3.4", error, "a line: {text}");
        }
    }

    fn io_error() -> &'static (dyn Error + 'static) {
        &fmt::Error
    }

    #[test]
    fn a_line_is_the_same_as_by_the_default_format() {
        let [ours, default] = [Captured::default(), Captured::default()];
        let lines = |to: &Captured| {
            let to = to.clone();
            tracing_subscriber::fmt()
                .without_time()
                .with_ansi(false)
                .with_writer(move || to.clone())
        };
        with_default(lines(&ours).fmt_fields(FieldFormat).finish(), logged);
        with_default(lines(&default).finish(), logged);
        let ours = ours.text();
        assert!(
            ours.contains(r#" text="plain" number=3 some=true peer=1.2.3.4 "#),
            "{ours}"
        );
        assert_eq!(ours, default.text());
    }
}
