//! The metrics of a service, as they are at one instant.

use std::collections::BTreeMap;

use image_tags::config::Config;
use image_tags::metrics::{Format, Metrics};

use crate::support::TestApp;

/// Has the service count and measure. Nothing listens in these tests.
pub fn with_metrics(config: &mut Config) {
    config.metrics.listen = Some("127.0.0.1:0".parse().unwrap());
}

/// The values of the series, by their names with labels.
#[derive(Debug)]
pub struct Scrape(pub BTreeMap<String, f64>);

impl Scrape {
    pub fn of(app: &TestApp) -> Self {
        Self::of_metrics(app.api.metrics().expect("metrics are on"))
    }

    pub fn of_metrics(metrics: &Metrics) -> Self {
        let text = metrics.encode(Format::OpenMetrics).unwrap();
        assert!(text.ends_with("# EOF\n"));
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        let samples = samples.map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            (series.to_owned(), value.parse().unwrap())
        });
        Self(samples.collect())
    }

    /// The value of a series whose name begins with `image_tags_`, which is left out; 0 without it.
    #[track_caller]
    pub fn value(&self, series: &str) -> f64 {
        let value = self.0.get(&format!("image_tags_{series}"));
        value.copied().unwrap_or_default()
    }

    /// The value of the counter of requests.
    pub fn requests(&self, method: &str, route: &str, status: u16) -> f64 {
        self.value(&format!(
            "http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}"
        ))
    }

    /// Asserts the values of series.
    #[track_caller]
    pub fn assert(&self, expected: &[(&str, f64)]) {
        for (series, value) in expected {
            let found = self.value(series);
            assert!(
                (found - value).abs() < 0.000_1,
                "{series}: {found}\n{self:#?}"
            );
        }
    }
}
