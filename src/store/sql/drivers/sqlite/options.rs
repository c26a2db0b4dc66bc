//! The URL of a file as SQLite itself reads it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::{Url, form_urlencoded};

/// What SQLite has to get percent-encoded in the path of a URI.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'.')
    .remove(b'-')
    .remove(b'_')
    .remove(b'~');

/// The name under which SQLite opens the file at `url`, one that
/// [`SqlUrl`](crate::store::SqlUrl) has checked: a URI (<https://sqlite.org/uri.html>).
pub(super) fn uri(url: &str) -> String {
    let (location, query) = url.split_once('?').unwrap_or((url, ""));
    let path = location.trim_start_matches("sqlite:");
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = percent_decode_str(path).decode_utf8_lossy();
    let mut options = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = match (&*name, &*value) {
            ("immutable", "true") => "1",
            ("immutable", _) => "0",
            (_, value) => value,
        };
        options.append_pair(&name, value);
    }
    let path = utf8_percent_encode(&path, ENCODED);
    format!("file:{path}?{}", options.finish())
}

/// Whether SQLite understands the options of `url`.
pub(in crate::store::sql::drivers) fn are_understood(url: &Url) -> bool {
    url.query_pairs().all(|(name, value)| match &*name {
        "mode" => ["ro", "rw", "rwc"].contains(&&*value),
        "cache" => ["private", "shared"].contains(&&*value),
        "immutable" => ["true", "false"].contains(&&*value),
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_gets_the_path_and_the_options_of_the_url() {
        for (url, expected) in [
            ("sqlite:images.db?mode=rwc", "file:images.db?mode=rwc"),
            (
                "sqlite:///var/a%20b#c%3f.db?cache=private&immutable=true",
                "file:/var/a%20b%23c%3F.db?cache=private&immutable=1",
            ),
            (
                "sqlite://data/é.db?vfs=unix-dotfile",
                "file:data/%C3%A9.db?vfs=unix-dotfile",
            ),
        ] {
            assert_eq!(uri(url), expected);
        }
    }
}
