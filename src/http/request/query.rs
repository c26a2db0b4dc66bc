//! Query strings: reading and writing parameters in their order.

use super::path;
use crate::http::HttpError;

/// The decoded names and values: `+` is a blank, and escapes are UTF-8.
pub(crate) fn parameters(query: &str) -> Result<Vec<(String, String)>, HttpError> {
    let decode = |text: &str| path::decode(&text.replace('+', " "));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decode(name)?, decode(value)?) {
                (name, value) if name.contains('\0') || value.contains('\0') => {
                    Err(HttpError::Nul("A query"))
                }
                pair => Ok(pair),
            }
        })
        .collect()
}

/// The query string of `parameters` with its `?`; empty if there are none.
pub(crate) fn query_string<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut string = String::new();
    for (name, value) in parameters {
        string.push(if string.is_empty() { '?' } else { '&' });
        string.push_str(
            &format!("{}={}", path::encode(name), path::encode(value)).replace("%20", "+"),
        );
    }
    string
}
