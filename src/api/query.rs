//! The parameters of a query string, in their order.

use super::error::Error;
use super::path;

/// Names and values as they are meant: `+` is a blank, escapes are UTF-8.
pub(super) fn parameters(query: &str) -> Result<Vec<(String, String)>, Error> {
    let decode = |text: &str| path::decode(&text.replace('+', " "));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decode(name)?, decode(value)?) {
                (name, value) if name.contains('\0') || value.contains('\0') => {
                    Err(Error::Nul("A query"))
                }
                pair => Ok(pair),
            }
        })
        .collect()
}

/// The query string of `parameters`, with its `?`; empty for none.
pub(super) fn string<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut string = String::new();
    for (name, value) in parameters {
        string.push(if string.is_empty() { '?' } else { '&' });
        string.push_str(
            &format!("{}={}", path::encode(name), path::encode(value)).replace("%20", "+"),
        );
    }
    string
}
