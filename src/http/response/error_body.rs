//! The body of an error, in the form that the client prefers.
//!
//! HTML and plain text equal WebOb's rendering of an exception to the byte. The JSON message
//! carries no HTML markup, which Glance's does.

use std::fmt::Write as _;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::ext::ReasonPhrase;
use serde::Serialize;

use super::accept::{self, Format};
use super::error_message::ErrorMessage;

/// Renders error bodies for one request.
#[derive(Clone, Debug)]
pub(crate) struct ErrorBody {
    /// The `Accept` headers. They are parsed only if there is an error.
    accept: Vec<HeaderValue>,
    is_head: bool,
}

impl ErrorBody {
    /// Notes what the `Accept` headers of `request` prefer.
    pub(crate) fn preferred_by(request: &Request) -> Self {
        let accept = request.headers().get_all(header::ACCEPT);
        Self {
            accept: accept.iter().cloned().collect(),
            is_head: request.method() == Method::HEAD,
        }
    }

    /// The whole answer for `message`. `HEAD` gets no body and the content type of HTML, as in
    /// Glance.
    pub(crate) fn render(&self, message: ErrorMessage) -> Response {
        let format = if self.is_head {
            Format::Html
        } else {
            accept::format(&self.accept)
        };
        let ErrorMessage {
            status,
            explanation,
            detail,
            is_short,
            header,
        } = message;
        let texts = Texts {
            status: format!("{} {}", status.as_u16(), title(status)),
            title: title(status),
            explanation: shortened(explanation),
            detail: shortened(detail),
            end: if is_short { "" } else { "\n\n" },
        };
        let (content_type, body) = match format {
            Format::Html => ("text/html; charset=UTF-8", texts.to_html()),
            Format::Plain => ("text/plain; charset=UTF-8", texts.to_plain()),
            Format::Json => ("application/json", texts.to_json()),
        };
        let body = if self.is_head {
            Body::empty()
        } else {
            body.into()
        };
        let mut response = (status, [(header::CONTENT_TYPE, content_type)], body).into_response();
        let headers = response.headers_mut();
        if self.is_head {
            headers.insert(header::CONTENT_LENGTH, 0.into());
        }
        if let Some((name, value)) = header {
            headers.insert(name, value);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(
                header::RETRY_AFTER,
                HeaderValue::from_static(RETRY_AFTER_SECONDS),
            );
        }
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            let reason = ReasonPhrase::from_static(TOO_LARGE.as_bytes());
            response.extensions_mut().insert(reason);
        }
        response
    }
}

/// The texts of one error.
struct Texts {
    /// Code and title.
    status: String,
    title: &'static str,
    explanation: String,
    detail: String,
    /// What follows the detail.
    end: &'static str,
}

impl Texts {
    fn to_html(&self) -> String {
        let (explanation, detail) = (escape(&self.explanation), escape(&self.detail));
        let text = format!("{explanation}<br /><br />\n{detail}{}", self.end);
        html(&self.status, &text)
    }

    fn to_plain(&self) -> String {
        let Self {
            explanation,
            detail,
            end,
            status,
            ..
        } = self;
        let text = format!("{explanation}<br /><br />\n{detail}{end}");
        format!("{status}\n\n{}", strip_tags(&text))
    }

    fn to_json(&self) -> String {
        let message = format!("{} {}", self.explanation.trim(), self.detail);
        let json = Json {
            message: message.trim(),
            code: &self.status,
            title: self.title,
        };
        serde_json::to_string(&json).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Json<'a> {
    message: &'a str,
    code: &'a str,
    title: &'a str,
}

/// The longest explanation, and the longest detail, in bytes.
const MAX_TEXT_BYTES: usize = 4 << 10;

/// Truncates a long text: it may quote a whole request, and escaping makes it longer.
fn shortened(mut text: String) -> String {
    if text.len() > MAX_TEXT_BYTES {
        text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
        text.push('…');
    }
    text
}

/// The value of `Retry-After` with a 503.
pub(crate) const RETRY_AFTER_SECONDS: &str = "1";

/// Glance's reason phrase of 413. hyper sends a newer one by default.
const TOO_LARGE: &str = "Request Entity Too Large";

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => TOO_LARGE,
        _ => status.canonical_reason().unwrap_or_default(),
    }
}

fn html(status: &str, text: &str) -> String {
    format!(
        "<html>\n <head>\n  <title>{status}</title>\n </head>\n <body>\n  <h1>{status}</h1>\n  {text}\n \
         </body>\n</html>"
    )
}

/// Escapes as WebOb does: the five special characters of HTML, and everything outside ASCII.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            _ if character.is_ascii() => escaped.push(character),
            _ => {
                let _ = write!(escaped, "&#{};", u32::from(character));
            }
        }
    }
    escaped
}

/// Turns HTML into plain text as WebOb does: line ends become blanks, `<br>` becomes a line end,
/// other tags disappear.
fn strip_tags(text: &str) -> String {
    let text = text.replace('\n', " ").replace('\r', "");
    let text = cut(&text, "<br", "\n")
        .replace("<!--", "")
        .replace("-->", "");
    cut(&text, "<", "")
}

/// Replaces each span from `opening` (in any case) to the next `>` with `replacement`.
fn cut(text: &str, opening: &str, replacement: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = find_ignoring_case(rest, opening) {
        let Some(length) = rest[start..].find('>') else {
            break;
        };
        kept.push_str(&rest[..start]);
        kept.push_str(replacement);
        rest = &rest[start + length + 1..];
    }
    kept + rest
}

fn find_ignoring_case(text: &str, opening: &str) -> Option<usize> {
    text.as_bytes()
        .windows(opening.len())
        .position(|part| part.eq_ignore_ascii_case(opening.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_escapes_what_a_client_sent() {
        assert_eq!(
            escape("<script>'\"&é😀"),
            "&lt;script&gt;&#x27;&quot;&amp;&#233;&#128512;"
        );
    }

    #[test]
    fn plain_text_loses_its_tags_and_line_ends() {
        assert_eq!(
            strip_tags("a<BR/>b<b>c</b>\r\nd <!-- e --> f < g"),
            "a\nbc d  e  f < g"
        );
    }
}
