//! The fields of a line of text: as tracing-subscriber writes them, but plain ones without the detour over `Debug`, which
//! looks at each character of a text and was a good part of what a request cost.

use std::error::Error;
use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing_subscriber::field::{RecordFields, VisitOutput as _};
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultFields, DefaultVisitor, Writer};

/// Writes the fields of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields;

struct Visitor<'w> {
    line: Writer<'w>,
    is_empty: bool,
    result: fmt::Result,
}

impl<'w> FormatFields<'w> for Fields {
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
    /// Writes the parts of a field one after the other.
    fn plain(&mut self, parts: [&str; 4]) {
        let pad = if self.is_empty { "" } else { " " };
        self.is_empty = false;
        let mut written = self.line.write_str(pad);
        for part in parts {
            written = written.and_then(|()| self.line.write_str(part));
        }
        self.result = self.result.and(written);
    }

    fn as_usual(&mut self, record: impl FnOnce(&mut DefaultVisitor<'_>)) {
        let mut usual = DefaultVisitor::new(self.line.by_ref(), self.is_empty);
        self.is_empty = false;
        record(&mut usual);
        self.result = self.result.and(usual.finish());
    }
}

impl Visit for Visitor<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        if field.name() != "message" && value.as_bytes().iter().all(is_plain) {
            self.plain([field.name(), "=\"", value, "\""]);
        } else {
            self.as_usual(|usual| usual.record_str(field, value));
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain([field.name(), "=", "", ""]);
        self.result = self.result.and_then(|()| write!(self.line, "{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.as_usual(|usual| usual.record_debug(field, value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.as_usual(|usual| usual.record_error(field, value));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use tracing::subscriber::with_default;

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(text)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

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
    fn a_line_is_the_one_that_tracing_writes() {
        let [mine, usual] = [Kept::default(), Kept::default()];
        let lines = |to: &Kept| {
            let to = to.clone();
            tracing_subscriber::fmt()
                .without_time()
                .with_ansi(false)
                .with_writer(move || to.clone())
        };
        with_default(lines(&mine).fmt_fields(Fields).finish(), logged);
        with_default(lines(&usual).finish(), logged);
        let text = |kept: Kept| String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let mine = text(mine);
        assert!(
            mine.contains(r#" text="plain" number=3 some=true peer=1.2.3.4 "#),
            "{mine}"
        );
        assert_eq!(mine, text(usual));
    }
}
