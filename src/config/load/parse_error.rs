//! Error messages of the TOML parser, in one line and without the offending value.

/// Formats `error` in one line. The value that it is about is removed, because it may be a secret.
pub(super) fn message(error: &toml::de::Error) -> String {
    without_values(error.message())
}

/// Removes the value from an "invalid type" message, and joins the lines.
fn without_values(message: &str) -> String {
    let message = message.lines().collect::<Vec<_>>().join(" ");
    let redacted = message.strip_prefix("invalid type: ").and_then(|rest| {
        let (found, expected) = rest.rsplit_once(", expected ")?;
        let kind: Vec<_> = found
            .split(' ')
            .take_while(|word| !word.starts_with(['"', '`']))
            .collect();
        Some(format!(
            "invalid type: {}, expected {expected}",
            kind.join(" ")
        ))
    });
    redacted.unwrap_or(message)
}
