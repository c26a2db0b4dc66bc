//! The text formats, and which one a client prefers.

use prometheus_client::encoding::prometheus_text;

/// A text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// The text format of Prometheus, version 0.0.4, for clients that do not ask for OpenMetrics.
    Prometheus,
}

impl Format {
    /// The format that these values of `Accept` prefer: OpenMetrics if they name it and weigh it no
    /// less than plain text. Plain text is also for clients that accept neither.
    #[must_use]
    pub fn preferred_by<'a>(accept: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut open_metrics, mut plain) = (0.0_f32, 0.0_f32);
        for range in accept.into_iter().flat_map(|value| value.split(',')) {
            let Range {
                media_type,
                version,
                weight,
            } = Range::parse(range);
            match (&*media_type.to_ascii_lowercase(), version) {
                ("application/openmetrics-text", None | Some("1.0.0")) => {
                    open_metrics = open_metrics.max(weight);
                }
                ("text/plain", None | Some("0.0.4")) | ("text/*" | "*/*", _) => {
                    plain = plain.max(weight);
                }
                _ => {}
            }
        }
        if open_metrics > 0.0 && open_metrics >= plain {
            Self::OpenMetrics
        } else {
            Self::Prometheus
        }
    }

    /// The value of `Content-Type`.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => prometheus_text::CONTENT_TYPE,
        }
    }
}

/// What one media range of `Accept` says. Parameters besides the version do not matter.
struct Range<'a> {
    media_type: &'a str,
    version: Option<&'a str>,
    weight: f32,
}

impl<'a> Range<'a> {
    fn parse(range: &'a str) -> Self {
        let mut parts = range.split(';').map(str::trim);
        let mut parsed = Self {
            media_type: parts.next().unwrap_or_default(),
            version: None,
            weight: 1.0,
        };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            if name.eq_ignore_ascii_case("q") {
                parsed.weight = value.parse().unwrap_or_default();
            } else if name.eq_ignore_ascii_case("version") {
                parsed.version = Some(value.trim_matches('"'));
            }
        }
        parsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_the_one_that_the_client_prefers() {
        for accept in [
            // Prometheus 2 and 3.
            "application/openmetrics-text;version=1.0.0;q=0.5,\
             application/openmetrics-text;version=0.0.1;q=0.4,\
             text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
             application/openmetrics-text;version=0.0.1;q=0.4,\
             text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
             text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
            "application/openmetrics-text",
            "Application/OpenMetrics-Text; Version=\"1.0.0\"; Q=1",
            "text/plain, application/openmetrics-text",
        ] {
            assert_eq!(
                Format::preferred_by([accept]),
                Format::OpenMetrics,
                "{accept}"
            );
        }
        for accept in [
            "",
            "*/*",
            "text/plain",
            "application/json",
            "application/openmetrics-text;q=0",
            "application/openmetrics-text;version=0.0.1",
            "application/openmetrics-text;q=0.5,text/plain;version=0.0.4",
            "application/openmetrics-text;q=wrong",
        ] {
            assert_eq!(
                Format::preferred_by([accept]),
                Format::Prometheus,
                "{accept}"
            );
        }
        let two = ["text/plain;q=0.5", "application/openmetrics-text"];
        assert_eq!(Format::preferred_by(two), Format::OpenMetrics);
        assert_eq!(Format::preferred_by([]), Format::Prometheus);
    }
}
