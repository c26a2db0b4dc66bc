//! The body of an error, in the form that the client wants: what WebOb makes of an exception, to the byte for HTML and
//! plain text. In JSON the message is clean, where Glance's ends in HTML markup.

use std::fmt::Write as _;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::ext::ReasonPhrase;
use serde::Serialize;

use super::accept::{self, Format};
use super::error::{Error, Text};

/// How a client wants to be told of an error.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// The `Accept` headers, which are read only if there is an error.
    accept: Vec<HeaderValue>,
    head: bool,
}

/// Marks an answer that tells of its error by itself: no page is made of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnBody;

#[derive(Serialize)]
struct Json<'a> {
    message: &'a str,
    code: &'a str,
    title: &'a str,
}

impl Page {
    /// What the `Accept` header of `request` asks for. `HEAD` gets no body and the content type of HTML, as in Glance.
    pub(super) fn wanted_by(request: &Request) -> Self {
        let accept = request
            .headers()
            .get_all(header::ACCEPT)
            .iter()
            .cloned()
            .collect();
        Self {
            accept,
            head: request.method() == Method::HEAD,
        }
    }

    /// The whole answer that tells of `error`.
    pub(super) fn of(&self, error: &Error) -> Response {
        let format = if self.head {
            Format::Html
        } else {
            accept::format(&self.accept)
        };
        let (code, title) = (error.status(), title(error.status()));
        let status = format!("{} {title}", code.as_u16());
        let Text {
            explanation,
            detail,
            is_short,
        } = error.text();
        let (explanation, detail) = (shortened(explanation), shortened(detail));
        let end = if is_short { "" } else { "\n\n" };
        let (content_type, body) = match format {
            Format::Html => {
                let text = format!(
                    "{}<br /><br />\n{}{end}",
                    escape(&explanation),
                    escape(&detail)
                );
                ("text/html; charset=UTF-8", html(&status, &text))
            }
            Format::Plain => {
                let text = format!("{explanation}<br /><br />\n{detail}{end}");
                (
                    "text/plain; charset=UTF-8",
                    format!("{status}\n\n{}", strip_tags(&text)),
                )
            }
            Format::Json => {
                let message = format!("{} {detail}", explanation.trim());
                let json = Json {
                    message: message.trim(),
                    code: &status,
                    title,
                };
                (
                    "application/json",
                    serde_json::to_string(&json).unwrap_or_default(),
                )
            }
        };
        let body = if self.head {
            Body::empty()
        } else {
            body.into()
        };
        let mut response = (code, [(header::CONTENT_TYPE, content_type)], body).into_response();
        if self.head {
            response
                .headers_mut()
                .insert(header::CONTENT_LENGTH, 0.into());
        }
        if let Some((name, value)) = error.header() {
            response.headers_mut().insert(name, value);
        }
        if code == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(
                header::RETRY_AFTER,
                HeaderValue::from_static(RETRY_AFTER_SECONDS),
            );
        }
        if code == StatusCode::PAYLOAD_TOO_LARGE {
            response
                .extensions_mut()
                .insert(ReasonPhrase::from_static(TOO_LARGE.as_bytes()));
        }
        response
    }
}

/// The longest part of the text of an error.
const MAX_TEXT_BYTES: usize = 4 << 10;

/// Cuts off what is too long: a text may quote a whole request, and escaping makes more of it.
fn shortened(mut text: String) -> String {
    if text.len() > MAX_TEXT_BYTES {
        text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
        text.push('…');
    }
    text
}

/// When it is worth trying again after a 503.
pub(super) const RETRY_AFTER_SECONDS: &str = "1";

/// Glance's reason phrase of 413; hyper has a newer one.
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

/// Escapes as WebOb does: the five characters that mean something in HTML, and everything that is not ASCII.
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

/// Makes plain text of HTML as WebOb does: line ends become blanks, `<br>` a line end, other tags nothing.
fn strip_tags(text: &str) -> String {
    let text = text.replace('\n', " ").replace('\r', "");
    let text = cut(&text, "<br", "\n")
        .replace("<!--", "")
        .replace("-->", "");
    cut(&text, "<", "")
}

/// Puts `replacement` in the place of everything from `opening`, in upper or lower case, to the next `>`.
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
