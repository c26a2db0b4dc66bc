//! [`Upstream`]: the client of Glance's own API.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Request, Response, Uri, Version, header};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Url};
use tokio::time::timeout;

use super::ambiguity;
use super::body::StreamedBody;
use super::error::UpstreamError;
use super::headers;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long Glance may take to answer a request that is no upload.
const ANSWER_TIMEOUT: Duration = Duration::from_hours(1);

/// The longest body of a request that is no upload, in bytes.
const SHORT: u64 = 16 << 20;

/// Where Glance is.
#[derive(Clone, Debug)]
pub struct UpstreamOptions {
    /// The URL of its API, without the version.
    pub url: Url,
    /// A file of certificates to trust besides those of the system.
    pub cafile: Option<PathBuf>,
    /// The longest time that the next piece of a request's body may take.
    pub body_timeout: Duration,
}

/// Glance's own API.
///
/// Each request has a connection of its own. uWSGI, under which Glance mostly runs, closes kept
/// connections without announcing it, and what is sent at that instant fails.
#[derive(Clone, Debug)]
pub struct Upstream {
    client: Client,
    base: String,
    body_timeout: Duration,
}

impl Upstream {
    /// A client that takes nothing from the environment: no proxy, no credentials.
    ///
    /// # Errors
    ///
    /// [`UpstreamError::Client`] if the certificates cannot be read or the client cannot be made.
    pub fn new(options: &UpstreamOptions) -> Result<Self, UpstreamError> {
        // Fails only if a provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(0)
            .http1_only();
        let certificates = match &options.cafile {
            Some(file) => {
                let pem = std::fs::read(file).map_err(UpstreamError::Client)?;
                Certificate::from_pem_bundle(&pem)?
            }
            None => Vec::new(),
        };
        if options.url.scheme() == "http" {
            // Without TLS, the certificates of the system need not be there.
            builder = builder.tls_certs_only(certificates);
        } else {
            builder = builder.tls_certs_merge(certificates);
        }
        Ok(Self {
            client: builder.build()?,
            base: options.url.as_str().trim_end_matches('/').to_owned(),
            body_timeout: options.body_timeout,
        })
    }

    /// Describes the client of a request, which reached this service at the base URL `base`.
    pub fn describe(headers: &mut HeaderMap, client: Option<IpAddr>, base: &str) {
        headers::remove_those_of_the_connection(headers);
        headers::describe_client(headers, client, base);
    }

    /// Sends a request to Glance, and returns its answer as soon as it begins.
    ///
    /// # Errors
    ///
    /// [`UpstreamError::Request`] if Glance does not answer, [`UpstreamError::Ambiguous`] if it
    /// might read the request otherwise than this service.
    pub async fn pass(&self, request: Request<Body>) -> Result<Response<Body>, UpstreamError> {
        ambiguity::check(&request)?;
        let (mut head, body) = request.into_parts();
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let uri = Uri::try_from(format!("{}{path}", self.base));
        let malformed = |_| UpstreamError::Ambiguous("The path is malformed.");
        head.uri = uri.map_err(malformed)?;
        head.version = Version::HTTP_11;
        headers::remove_those_of_the_connection(&mut head.headers);
        if let Some(length) = body.size_hint().exact()
            && length > 0
        {
            // Some servers in front of Glance take no chunks.
            head.headers.insert(header::CONTENT_LENGTH, length.into());
        }
        let close = HeaderValue::from_static("close");
        head.headers.insert(header::CONNECTION, close);
        let is_short = body
            .size_hint()
            .upper()
            .is_some_and(|length| length <= SHORT);
        let body = if body.is_end_stream() {
            reqwest::Body::default()
        } else {
            reqwest::Body::wrap(StreamedBody::new(body, self.body_timeout))
        };
        let path = head.uri.path().to_owned();
        let request = reqwest::Request::try_from(Request::from_parts(head, body))?;
        if request.url().path() != path {
            return Err(UpstreamError::Ambiguous("The path has more than one form."));
        }
        let answer = self.client.execute(request);
        let answer = if is_short {
            let answer = timeout(ANSWER_TIMEOUT, answer).await;
            answer.map_err(|_| UpstreamError::TimedOut)?
        } else {
            // Data may take any time, as long as it keeps coming.
            answer.await
        };
        let answer = answer?;
        let response = Response::<reqwest::Body>::from(answer);
        let (mut head, body) = response.into_parts();
        headers::remove_those_of_the_connection(&mut head.headers);
        Ok(Response::from_parts(head, Body::new(body)))
    }

    /// Sends a request with the head of another one, but with this body.
    ///
    /// # Errors
    ///
    /// [`UpstreamError::Request`] if Glance does not answer.
    pub async fn send(
        &self,
        mut head: Parts,
        body: impl Into<Body>,
    ) -> Result<Response<Body>, UpstreamError> {
        head.headers.remove(header::CONTENT_LENGTH);
        self.pass(Request::from_parts(head, body.into())).await
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use futures_util::stream;

    use super::*;

    /// Answers each request with the number of its connection, and keeps the connection.
    fn answer(mut connection: &TcpStream, number: usize) {
        let mut lines = BufReader::new(connection).lines().map_while(Result::ok);
        while lines.next().is_some() {
            let head: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
            if head.iter().any(|line| line == "transfer-encoding: chunked") {
                // The last chunk, and the line after it.
                lines.by_ref().find(|line| line == "0").unwrap();
                lines.next().unwrap();
            }
            write!(
                connection,
                "HTTP/1.1 204 \r\nconnection-number: {number}\r\n\r\n"
            )
            .unwrap();
        }
    }

    fn upstream() -> Upstream {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for (number, connection) in listener.incoming().enumerate() {
                thread::spawn(move || answer(&connection.unwrap(), number));
            }
        });
        let options = UpstreamOptions {
            url: url.parse().unwrap(),
            cafile: None,
            body_timeout: Duration::from_mins(1),
        };
        Upstream::new(&options).unwrap()
    }

    #[tokio::test]
    async fn no_request_is_sent_on_a_connection_that_the_server_may_be_about_to_close() {
        let upstream = upstream();
        let chunks = stream::iter(["a", "b"].map(Ok::<_, Infallible>));
        let bodies = [Body::empty(), Body::from_stream(chunks), Body::empty()];
        let mut connections = Vec::new();
        for body in bodies {
            let answer = upstream.pass(Request::put("/").body(body).unwrap()).await;
            let answer = answer.unwrap();
            let number = &answer.headers()["connection-number"];
            connections.push(number.to_str().unwrap().to_owned());
        }
        assert_eq!(connections, ["0", "1", "2"]);
    }
}
