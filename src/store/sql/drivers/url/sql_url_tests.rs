//! URLs of databases: which are accepted, what the driver gets, and what is shown.

use super::error::SqlUrlError;
use super::sql_url::SqlUrl;

#[test]
fn debug_output_contains_no_secret() {
    for (url, shown) in [
        (
            "postgres://me@db.example/images?password=secret",
            "postgres://…db.example/images",
        ),
        (
            "mysql://me:secret%40x@db.example:3306/images",
            "mysql://…db.example:3306/images",
        ),
        ("sqlite:///var/lib/images.db", "sqlite://…var/lib/images.db"),
    ] {
        assert_eq!(format!("{:?}", SqlUrl::try_from(url).unwrap()), shown);
    }
}

#[test]
fn missing_options_are_added_and_given_ones_are_kept() {
    for (url, for_driver) in [
        (
            "postgres://host/images",
            "postgres://host/images?statement-cache-capacity=64",
        ),
        (
            "mysql://host/images?charset=utf8mb4",
            "mysql://host/images?charset=utf8mb4&statement-cache-capacity=64",
        ),
        (
            "mysql://host/images?statement-cache-capacity=9",
            "mysql://host/images?statement-cache-capacity=9",
        ),
        ("sqlite:images.db", "sqlite:images.db?mode=rwc"),
        ("sqlite:images.db?mode=ro", "sqlite:images.db?mode=ro"),
        (
            "sqlite:///var/x.db?mod%65=ro",
            "sqlite:///var/x.db?mod%65=ro",
        ),
        ("sqlite:a#b.db", "sqlite:a#b.db?mode=rwc"),
        (
            "mysql://me:statement-cache-capacity@host/x",
            "mysql://me:statement-cache-capacity@host/x?statement-cache-capacity=64",
        ),
    ] {
        assert_eq!(SqlUrl::try_from(url).unwrap().expose(), for_driver);
    }
}

#[test]
fn an_unusable_url_is_rejected() {
    use SqlUrlError::{Malformed, NoFile, NotEncoded, Twice, UnknownEngine};
    for (url, error) in [
        ("redis:", UnknownEngine),
        ("sqlite:", NoFile),
        ("sqlite::memory:", NoFile),
        ("sqlite:%3Amemory%3a", NoFile),
        ("sqlite:file:x?mode=ro", NoFile),
        ("sqlite:x?mode=memory", NoFile),
        ("sqlite:x?mode=%6demory", NoFile),
        ("sqlite:%ff", Malformed),
        ("postgres://me:se#cret@host/images", Malformed),
        ("postgres://me:1#cret@host/images", NotEncoded),
        ("postgres://me:1/cret@host/images", NotEncoded),
        ("postgres://me:1?cret@host/images", NotEncoded),
        ("mysql://host/images#?ssl-mode=VERIFY_CA", NotEncoded),
        ("postgres://host/images?host=other", Twice("host")),
        ("postgres://me@host/images?user=other", Twice("user")),
        ("postgres://host/images?dbname=other", Twice("dbname")),
    ] {
        assert_eq!(SqlUrl::try_from(url), Err(error), "{url}");
    }
}

#[test]
fn a_value_that_the_driver_does_not_understand_is_rejected_and_not_shown() {
    for (url, message) in [
        (
            "postgres://localhost/x?sslmode=secret",
            "a value for sslmode that the driver of its database does not understand; it is one of disable, allow, prefer, require, verify-ca or verify-full",
        ),
        (
            "postgres://localhost/x?sslmode=",
            "a value for sslmode that",
        ),
        (
            "mysql://localhost/x?charset=utf8mb4&sslmode=VERIFY-IDENTITY",
            "a value for ssl-mode that",
        ),
        (
            "mysql://localhost/x?statement-cache-capacity=secret",
            "a value for statement-cache-capacity that the driver of its database does not understand",
        ),
        ("postgres:///x?hostaddr=secret", "a value for host that"),
        ("sqlite:x?cache=secret", "a value for cache that"),
    ] {
        let error = SqlUrl::try_from(url).unwrap_err().to_string();
        assert!(
            error.contains(message) && !error.contains("secret"),
            "{error}"
        );
    }
}

#[test]
fn a_remote_host_without_verified_tls_is_reported() {
    for (url, host) in [
        ("postgres://me:secret@db.example/images", Some("db.example")),
        (
            "postgres://db.example/images?sslmode=require",
            Some("db.example"),
        ),
        (
            "postgres://db.example/images?sslmode=verify-ca",
            Some("db.example"),
        ),
        ("postgres://db.example/images?ssl-mode=verify-full", None),
        ("postgres:///images?host=db.example", Some("db.example")),
        ("postgres:///images?host=/run/postgresql", None),
        ("postgres://%2Frun%2Fpostgresql/images", None),
        ("postgres://[::1]/images", None),
        (
            "mysql://10.0.0.1/images?ssl-mode=REQUIRED",
            Some("10.0.0.1"),
        ),
        (
            "mysql://10.0.0.1/images?ssl-mode=VERIFY_CA",
            Some("10.0.0.1"),
        ),
        ("mysql://10.0.0.1/images?sslmode=verify_identity", None),
        ("mysql://localhost/images", None),
        ("mysql://db/images?socket=/run/mysqld/mysqld.sock", None),
        ("sqlite://db.example/images", None),
    ] {
        assert_eq!(
            SqlUrl::try_from(url).unwrap().unverified_host().as_deref(),
            host,
            "{url}"
        );
    }
}

#[test]
fn existing_only_does_not_let_the_driver_create_a_file() {
    for (url, existing) in [
        ("sqlite:images.db", "sqlite:images.db?mode=rw"),
        (
            "sqlite:///var/a%20b#c.db?cache=private",
            "sqlite:///var/a%20b#c.db?cache=private&mode=rw",
        ),
        ("sqlite:images.db?mode=ro", "sqlite:images.db?mode=ro"),
        (
            "postgres://host/images?statement-cache-capacity=1",
            "postgres://host/images?statement-cache-capacity=1",
        ),
    ] {
        assert_eq!(
            SqlUrl::try_from(url).unwrap().existing_only().expose(),
            existing
        );
    }
}
