//! The URL of an SQLite file, which the driver parses in a way of its own.

use percent_encoding::percent_decode_str;
use url::{Url, form_urlencoded};

use super::error::SqlUrlError;
use super::options::Options;
use crate::store::sql::drivers::engine::Engine;

/// Checks the URL of a file, and lets the driver create the file unless the URL sets a mode. The
/// driver reads everything up to the first `?` as the path, a `#` too.
pub(super) fn checked(url: &Url) -> Result<(Url, Options), SqlUrlError> {
    let (location, query) = url.as_str().split_once('?').unwrap_or((url.as_str(), ""));
    let path = location
        .trim_start_matches("sqlite://")
        .trim_start_matches("sqlite:");
    let path = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| SqlUrlError::Malformed)?;
    // To SQLite, `file:` begins a URI with options of its own.
    if path.is_empty() || &*path == ":memory:" || path.starts_with("file:") {
        return Err(SqlUrlError::NoFile);
    }
    let options = Options::parse(Engine::Sqlite, query)?;
    let url = match options.get("mode") {
        Some("memory") => return Err(SqlUrlError::NoFile),
        Some(_) => url.clone(),
        None => in_mode(location, &options, "rwc")?,
    };
    Ok((url, options))
}

/// The URL with which the driver does not create a missing file; `None` if it would not do so
/// anyway.
pub(super) fn existing_only(url: &Url) -> Option<String> {
    let (url, options) = checked(url).ok()?;
    let location = url.as_str().split('?').next()?;
    in_mode(location, &options, "rw")
        .ok()
        .filter(|_| options.get("mode") == Some("rwc"))
        .map(String::from)
}

/// The URL of the file at `location` with `options`, except for `mode`.
fn in_mode(location: &str, options: &Options, mode: &str) -> Result<Url, SqlUrlError> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(
        options
            .iter()
            .filter(|option| option.name != "mode")
            .map(|option| (&option.name, &option.value)),
    );
    let query = query.append_pair("mode", mode).finish();
    Url::parse(&format!("{location}?{query}")).map_err(|_| SqlUrlError::Malformed)
}
