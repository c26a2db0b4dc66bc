//! The URL of a file of SQLite, which the driver reads in a way of its own.

use percent_encoding::percent_decode_str;
use url::{Url, form_urlencoded};

use super::options::Options;
use super::{Engine, SqlUrlError};

/// Checks the URL of a file, and lets the driver make the file if nothing else is said. The driver takes all of it up to the
/// first `?` for the path: a `#` too.
pub(super) fn checked(url: &Url) -> Result<(Url, Options), SqlUrlError> {
    let (place, query) = url.as_str().split_once('?').unwrap_or((url.as_str(), ""));
    let path = place
        .trim_start_matches("sqlite://")
        .trim_start_matches("sqlite:");
    let path = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| SqlUrlError::Malformed)?;
    // For SQLite `file:` begins a URI with options of its own.
    if path.is_empty() || &*path == ":memory:" || path.starts_with("file:") {
        return Err(SqlUrlError::NoFile);
    }
    let options = Options::of(Engine::Sqlite, query)?;
    let url = match options.get("mode") {
        Some("memory") => return Err(SqlUrlError::NoFile),
        Some(_) => url.clone(),
        None => in_mode(place, &options, "rwc")?,
    };
    Ok((url, options))
}

/// The URL with which the driver does not make the file; `None` if it does not do so anyway.
pub(super) fn if_there(url: &Url) -> Option<String> {
    let (url, options) = checked(url).ok()?;
    let place = url.as_str().split('?').next()?;
    in_mode(place, &options, "rw")
        .ok()
        .filter(|_| options.get("mode") == Some("rwc"))
        .map(String::from)
}

/// The URL of the file at `place` with the same options but for its mode.
fn in_mode(place: &str, options: &Options, mode: &str) -> Result<Url, SqlUrlError> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(
        options
            .iter()
            .filter(|option| option.name != "mode")
            .map(|option| (&option.name, &option.value)),
    );
    let query = query.append_pair("mode", mode).finish();
    Url::parse(&format!("{place}?{query}")).map_err(|_| SqlUrlError::Malformed)
}
