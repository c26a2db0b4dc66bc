//! Sends requests at a constant rate and measures their latency:
//! `bench-pace ADDRESS KIND TOKEN IMAGES CONNECTIONS RATE SECONDS`.
//!
//! Each request has a time at which it is due, whatever became of the ones before. The latency
//! counts from then, so it includes the time that a request waits for an earlier one of its
//! connection: a service that stalls is measured as its clients would see it. The kinds are those
//! of `requests.lua`.

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The time before the first request, in which all connections are made.
const LEAD: Duration = Duration::from_millis(200);

#[derive(Clone)]
struct Plan {
    address: String,
    kind: String,
    token: String,
    images: usize,
    connections: usize,
    /// Requests a second, over all connections.
    rate: f64,
    duration: Duration,
}

impl Plan {
    fn from_arguments(arguments: &[String]) -> Result<Self> {
        let [address, kind, token, images, connections, rate, seconds] = arguments else {
            return Err(
                "usage: bench-pace ADDRESS KIND TOKEN IMAGES CONNECTIONS RATE SECONDS".into(),
            );
        };
        Ok(Self {
            address: address.clone(),
            kind: kind.clone(),
            token: token.clone(),
            images: images.parse()?,
            connections: connections.parse()?,
            rate: rate.parse()?,
            duration: Duration::try_from_secs_f64(seconds.parse()?)?,
        })
    }

    /// The request that a connection sends in this step. It removes a new tag in the step after the
    /// one in which it sets it, so no tag is there twice.
    fn request(&self, connection: usize, step: usize) -> String {
        let position = connection + step * self.connections;
        let image = |number: usize| {
            let number = number % self.images;
            format!("/v2/images/00000000-0000-4000-8000-{number:012}")
        };
        let (method, path) = match self.kind.as_str() {
            "set" => ("PUT", format!("{}/tags/set", image(position))),
            "new" => {
                let method = ["PUT", "DELETE"][step % 2];
                let image = image(connection + step / 2 * self.connections);
                (method, format!("{image}/tags/paced-{connection}"))
            }
            "get" => ("GET", image(position)),
            _ => ("GET", "/v2/images?tag=listed&limit=20".to_owned()),
        };
        let Self { address, token, .. } = self;
        format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nX-Auth-Token: {token}\r\n\r\n")
    }
}

/// The latencies of the requests of one connection, in order.
fn latencies(plan: &Plan, connection: usize, start: Instant) -> Result<Vec<Duration>> {
    let stream = TcpStream::connect(&plan.address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut reader = BufReader::with_capacity(1 << 16, stream.try_clone()?);
    let mut writer = stream;
    let mut latencies = Vec::new();
    for step in 0.. {
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 requests")]
        let position = (connection + step * plan.connections) as f64;
        let after = Duration::try_from_secs_f64(position / plan.rate)?;
        if after >= plan.duration {
            break;
        }
        let request = plan.request(connection, step);
        let due = start + after;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        writer.write_all(request.as_bytes())?;
        read_response(&mut reader)?;
        latencies.push(due.elapsed());
    }
    Ok(latencies)
}

/// Reads a response with a status of success, up to its end.
fn read_response(reader: &mut BufReader<TcpStream>) -> Result<()> {
    let (mut line, mut length, mut is_status) = (String::new(), 0, true);
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Err("the connection was closed".into());
        }
        let text = line.trim_end().to_ascii_lowercase();
        if is_status && !text.starts_with("http/1.1 2") {
            return Err(text.into());
        }
        is_status = false;
        if let Some(value) = text.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        if text.is_empty() {
            break;
        }
    }
    io::copy(&mut reader.take(length), &mut io::sink())?;
    Ok(())
}

/// The latency that `percent` of the sorted requests do not exceed, in microseconds.
fn percentile(sorted: &[Duration], percent: usize) -> u128 {
    let index = (sorted.len() * percent)
        .div_ceil(100)
        .clamp(1, sorted.len());
    sorted[index - 1].as_micros()
}

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let plan = Plan::from_arguments(&arguments)?;
    // Linux wakes a thread up to 50 µs late otherwise. Threads inherit it.
    fs::write("/proc/self/timerslack_ns", "1")?;
    let start = Instant::now() + LEAD;
    let threads = (0..plan.connections).map(|connection| {
        let plan = plan.clone();
        thread::spawn(move || latencies(&plan, connection, start))
    });
    let threads: Vec<_> = threads.collect();
    let mut all = Vec::new();
    for thread in threads {
        all.extend(thread.join().map_err(|_| "a connection panicked")??);
    }
    let elapsed = start.elapsed();
    if all.is_empty() {
        return Err("no request was due".into());
    }
    all.sort_unstable();
    writeln!(
        io::stdout(),
        "{{\"requests\":{},\"seconds\":{},\"p50\":{},\"p99\":{},\"max\":{}}}",
        all.len(),
        elapsed.as_secs_f64(),
        percentile(&all, 50),
        percentile(&all, 99),
        percentile(&all, 100)
    )?;
    Ok(())
}
