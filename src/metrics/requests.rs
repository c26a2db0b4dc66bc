//! Requests: how many, how long they take, how many are in flight.
//!
//! The handles of a route and method are looked up at their first request, and those of a status at
//! its first response. After that a request costs a few additions.

use std::iter;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use axum::http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tokio::time::Instant;

use crate::telemetry::CLIENT_CLOSED_REQUEST;

/// The upper bounds of the buckets, in seconds.
const BUCKETS: [f64; 16] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    60.0,
];

/// The labels of methods.
const METHODS: [&str; 8] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", OTHER,
];

/// The labels of statuses. A Glance behind the service may answer others.
const STATUSES: [u16; 39] = [
    200, 201, 202, 203, 204, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406,
    408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 422, 429, 431, 499, 500, 501, 502, 503, 504,
    507,
];

/// The label of everything that has none of its own.
const OTHER: &str = "other";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabels {
    method: &'static str,
    route: &'static str,
    status: String,
}

/// Measures requests, or nothing: then it is the default. Clones share the metrics.
#[derive(Clone, Debug, Default)]
pub struct RequestMetrics(Option<Arc<Table>>);

/// The metrics of all requests.
#[derive(Debug)]
struct Table {
    requests: Family<StatusLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    /// The labels of the routes. The last one is [`OTHER`].
    routes: Vec<&'static str>,
    /// The handles, by route and then by method.
    series: Vec<[OnceLock<Series>; METHODS.len()]>,
}

/// The handles of one route and method.
#[derive(Debug)]
struct Series {
    duration: Histogram,
    /// By the index in [`STATUSES`]. The last one is for [`OTHER`].
    requests: [OnceLock<Counter>; STATUSES.len() + 1],
}

/// Measures one request. A request whose client disconnects is counted when this is dropped.
#[derive(Debug, Default)]
pub struct RequestTimer(Option<Running>);

#[derive(Debug)]
struct Running {
    table: Arc<Table>,
    started: Instant,
    method: usize,
    route: AtomicUsize,
    status: u16,
}

impl RequestMetrics {
    /// Measures requests by these routes, which are known by their position.
    pub(super) fn register(
        registry: &mut Registry,
        routes: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        let durations: Family<_, _, fn() -> _> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let (requests, in_flight) = (Family::default(), Gauge::default());
        registry.register(
            "http_requests",
            "Requests by method, route and status; 499 if the client closed the connection first",
            requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "The time from the head of a request to its response",
            Unit::Seconds,
            durations.clone(),
        );
        registry.register(
            "http_requests_in_flight",
            "Requests whose response is not ready yet",
            in_flight.clone(),
        );
        let routes: Vec<_> = routes.into_iter().chain(iter::once(OTHER)).collect();
        let series = routes.iter().map(|_| Default::default()).collect();
        Self(Some(Arc::new(Table {
            requests,
            durations,
            in_flight,
            routes,
            series,
        })))
    }

    /// Begins to measure a request that started at `started`.
    #[must_use]
    pub fn start(&self, method: &Method, started: Instant) -> RequestTimer {
        RequestTimer(self.0.as_ref().map(|table| {
            table.in_flight.inc();
            Running {
                table: Arc::clone(table),
                started,
                method: index_of(method),
                route: AtomicUsize::new(table.routes.len() - 1),
                status: CLIENT_CLOSED_REQUEST,
            }
        }))
    }
}

impl RequestTimer {
    /// Notes the position of the request's route; `None` if it has none.
    pub fn note_route(&self, route: impl FnOnce() -> Option<usize>) {
        if let Some(running) = &self.0
            && let Some(route) = route()
        {
            let last = running.table.routes.len() - 1;
            running.route.store(route.min(last), Ordering::Relaxed);
        }
    }

    /// Has the request counted with the status of its response.
    pub fn finish(&mut self, status: StatusCode) {
        if let Some(running) = &mut self.0 {
            running.status = status.as_u16();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let table = &*self.table;
        table.in_flight.dec();
        let route = self.route.load(Ordering::Relaxed);
        let series = table.series[route][self.method].get_or_init(|| table.new_series(self));
        series
            .duration
            .observe(self.started.elapsed().as_secs_f64());
        let status = STATUSES.binary_search(&self.status);
        let index = status.unwrap_or(STATUSES.len());
        series.requests[index]
            .get_or_init(|| table.new_counter(self))
            .inc();
    }
}

impl Table {
    fn new_series(&self, running: &Running) -> Series {
        let labels = RouteLabels {
            method: METHODS[running.method],
            route: self.routes[running.route.load(Ordering::Relaxed)],
        };
        Series {
            duration: self.durations.get_or_create_owned(&labels),
            requests: [const { OnceLock::new() }; STATUSES.len() + 1],
        }
    }

    fn new_counter(&self, running: &Running) -> Counter {
        let is_known = STATUSES.contains(&running.status);
        self.requests.get_or_create_owned(&StatusLabels {
            method: METHODS[running.method],
            route: self.routes[running.route.load(Ordering::Relaxed)],
            status: if is_known {
                running.status.to_string()
            } else {
                OTHER.to_owned()
            },
        })
    }
}

/// The index in [`METHODS`].
fn index_of(method: &Method) -> usize {
    let known = METHODS.iter().position(|known| *known == method.as_str());
    known.unwrap_or(METHODS.len() - 1)
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;

    use super::*;

    #[tokio::test]
    async fn a_request_is_counted_by_route_method_and_status_and_others_as_other() {
        let mut registry = Registry::default();
        let metrics = RequestMetrics::register(&mut registry, ["/a/{id}"]);
        let start = |method: &str| metrics.start(&method.parse().unwrap(), Instant::now());
        for (method, route, status) in [
            ("GET", Some(0), 200),
            ("GET", Some(0), 200),
            ("GET", None, 404),
            ("FETCH", Some(0), 299),
            ("other", Some(7), 501),
        ] {
            let mut timer = start(method);
            timer.note_route(|| route);
            timer.finish(StatusCode::from_u16(status).unwrap());
        }
        let (dropped, _in_flight) = (start("PUT"), start("GET"));
        drop(dropped);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            "http_requests_total{method=\"GET\",route=\"/a/{id}\",status=\"200\"} 2",
            "http_requests_total{method=\"GET\",route=\"other\",status=\"404\"} 1",
            "http_requests_total{method=\"other\",route=\"/a/{id}\",status=\"other\"} 1",
            "http_requests_total{method=\"other\",route=\"other\",status=\"501\"} 1",
            "http_requests_total{method=\"PUT\",route=\"other\",status=\"499\"} 1",
            "http_request_duration_seconds_count{method=\"GET\",route=\"/a/{id}\"} 2",
            "http_requests_in_flight 1",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
    }

    #[test]
    fn the_statuses_are_sorted() {
        assert!(STATUSES.is_sorted());
    }

    #[test]
    fn without_metrics_nothing_is_measured() {
        let timer = RequestMetrics::default().start(&Method::GET, Instant::now());
        timer.note_route(|| panic!("nobody asks"));
        assert!(timer.0.is_none());
    }
}
