//! Answers that are there before the request body: they arrive, and the connection goes on or ends as they say
//! (RFC 9112, 9.3 and 9.6).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::support::raw::Raw;
use crate::support::{DEBIAN, MEMBER, TestApp, TestServer};

const WRONG: &str = "0123456789abcdef0123456789abcdef";

/// The pause of a client between the head of its request and the body.
const PAUSE: Duration = Duration::from_millis(50);

/// Between 40 KB and 400 KB, so that every route meets bodies on both sides of its limit.
const LIMIT: usize = 100_000;

/// A body of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Payload {
    Sized(usize),
    /// In chunks, of which there is always another one.
    Endless,
}

const PAYLOADS: [Payload; 4] = [
    Payload::Sized(9),
    Payload::Sized(40_000),
    Payload::Sized(400_000),
    Payload::Endless,
];

/// A request with a body that nobody waits for.
#[derive(Clone, Debug)]
struct Case {
    method: &'static str,
    path: String,
    token: &'static str,
    payload: Payload,
    pause: Duration,
}

/// Every route of the table, with every method.
fn routes() -> Vec<(&'static str, String)> {
    let image = format!("/v2/images/{DEBIAN}");
    let below = [
        "",
        "/file",
        "/actions/deactivate",
        "/actions/reactivate",
        "/tags/x",
        "/members",
        "/members/x",
    ];
    let mut paths: Vec<_> = below.iter().map(|path| format!("{image}{path}")).collect();
    let fixed = [
        "/ /versions /healthcheck /unknown /v2 /v2/ /v2/versions /v2/unknown /v2/images",
        "/v2/schemas/image /v2/schemas/images /v2/schemas/member /v2/schemas/members",
        "/identity /identity/ /identity/v3 /identity/v3/ /identity/v3/auth/tokens /identity/v3/auth/catalog",
        "/identity/v3/auth/projects /identity/v3/projects /identity/v3/projects/x /identity/unknown",
    ];
    paths.extend(
        fixed
            .iter()
            .flat_map(|line| line.split(' '))
            .map(str::to_owned),
    );
    let methods = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
    ];
    paths
        .iter()
        .flat_map(|path| methods.map(|method| (method, path.clone())))
        .collect()
}

impl Case {
    fn head(&self) -> String {
        let Self {
            method,
            path,
            token,
            payload,
            ..
        } = self;
        let framing = match payload {
            Payload::Sized(length) => format!("Content-Length: {length}"),
            Payload::Endless => "Transfer-Encoding: chunked".to_owned(),
        };
        format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {token}\r\n{framing}\r\n\r\n"
        )
    }

    /// Sends the request and, if the answer allows it, another one. Panics if anything is lost; gives the status.
    async fn play(&self, address: &str) -> u16 {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (mut reader, mut writer) = stream.into_split();
        let case = self.clone();
        let mut write = Box::pin(async move {
            case.write(&mut writer).await;
            writer
        });
        let mut written = None;
        let mut read = Vec::new();
        let (status, is_closing) = loop {
            if let Some((status, is_closing, length)) = parse(&read, self.method == "HEAD") {
                assert_eq!(read.len(), length, "{self:?}");
                break (status, is_closing);
            }
            tokio::select! {
                writer = &mut write, if written.is_none() => written = Some(writer),
                count = reader.read_buf(&mut read) => assert_ne!(count.unwrap(), 0, "{self:?}: no answer"),
            }
        };
        // A client that sends its body to the end first, as some do, must be able to.
        if written.is_none() && self.payload != Payload::Endless {
            written = Some(write.await);
        }
        if is_closing {
            assert_eq!(reader.read(&mut [0]).await.unwrap(), 0, "{self:?}");
        } else {
            let mut writer = written
                .unwrap_or_else(|| panic!("{self:?} has not ended, but the connection goes on"));
            writer
                .write_all(b"GET /versions HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .await
                .unwrap();
            read.clear();
            while !read.starts_with(b"HTTP/1.1 200 ") {
                assert!(read.len() < 20, "{self:?}");
                assert_ne!(
                    reader.read_buf(&mut read).await.unwrap(),
                    0,
                    "{self:?}: no second answer"
                );
            }
        }
        status
    }

    async fn write(&self, writer: &mut (impl AsyncWriteExt + Unpin)) {
        writer.write_all(self.head().as_bytes()).await.unwrap();
        if !self.pause.is_zero() {
            tokio::time::sleep(self.pause).await;
        }
        match self.payload {
            Payload::Sized(length) => writer.write_all(&vec![b'x'; length]).await.unwrap(),
            Payload::Endless => loop {
                let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
                writer.write_all(chunk.as_bytes()).await.unwrap();
                tokio::time::sleep(Duration::from_millis(1)).await;
            },
        }
    }
}

/// The status of the answer that `read` is, whether it is the last one, and its length.
fn parse(read: &[u8], is_head: bool) -> Option<(u16, bool, usize)> {
    let end = read.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&read[..end]).unwrap();
    let value = |name: &str| head.split("\r\n").find_map(|line| line.strip_prefix(name));
    let length: usize = value("Content-Length: ")
        .filter(|_| !is_head)
        .map_or(0, |length| length.parse().unwrap());
    let status = head[9..12].parse().unwrap();
    (read.len() >= end + length).then_some((
        status,
        value("Connection: ") == Some("close"),
        end + length,
    ))
}

/// Plays every route with every body, some at once; gives the statuses.
async fn play_all(
    server: &TestServer,
    token: &'static str,
    pause: Duration,
) -> BTreeSet<(String, u16)> {
    let mut cases = JoinSet::new();
    let at_once = Arc::new(Semaphore::new(100));
    for (method, path) in routes() {
        for payload in PAYLOADS {
            let case = Case {
                method,
                path: path.clone(),
                token,
                payload,
                pause,
            };
            let (address, at_once) = (server.address.clone(), Arc::clone(&at_once));
            cases.spawn(async move {
                let _permit = at_once.acquire().await.unwrap();
                let status =
                    tokio::time::timeout(Duration::from_secs(100), case.play(&address)).await;
                (
                    case.path.clone(),
                    status.unwrap_or_else(|_| panic!("{case:?} takes too long")),
                )
            });
        }
    }
    cases.join_all().await.into_iter().collect()
}

fn app() -> TestApp {
    TestApp::with(|config| {
        config.limits.json_bytes = LIMIT;
        config.limits.upload_bytes = LIMIT as u64;
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_of_any_route_is_lost_whatever_body_comes_with_it() {
    let server = app().listen().await;
    for pause in [Duration::ZERO, PAUSE] {
        let statuses = play_all(&server, WRONG, pause).await;
        // The body does not change what a stranger is told.
        for (path, status) in statuses.iter().filter(|(path, _)| path.starts_with("/v2")) {
            assert!([200, 401].contains(status), "{path}: {status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_to_a_member_is_lost_either() {
    let server = app().listen().await;
    for pause in [Duration::ZERO, PAUSE] {
        play_all(&server, MEMBER, pause).await;
    }
}

/// The head of a request without a valid token.
fn stranger(length: usize) -> String {
    format!(
        "POST /v2/images HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {WRONG}\r\nContent-Length: {length}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_401_follows_a_small_body_and_the_connection_goes_on() {
    let server = TestApp::new().listen().await;
    let mut client = Raw::connect(&server.address).await;
    for _ in 0..3 {
        client.send_whole(stranger(9)).await;
        tokio::time::sleep(PAUSE).await;
        client.send_whole("123456789").await;
        let answer = client.answer().await.unwrap();
        assert_eq!((answer.status, answer.header("Connection")), (401, None));
    }
}

#[tokio::test]
async fn an_answer_does_not_wait_long_for_a_body_that_does_not_come() {
    let server = TestApp::new().listen().await;
    let mut client = Raw::connect(&server.address).await;
    client.send_whole(stranger(9)).await;
    let answer = client.answer().await.unwrap();
    assert_eq!(
        (answer.status, answer.header("Connection")),
        (401, Some("close"))
    );
    // It comes after all: that does not break the connection.
    client.send_whole("123456789").await;
    assert!(client.ends().await);
}

#[tokio::test]
async fn a_malformed_chunk_ends_the_connection_and_the_answer_says_so() {
    let server = TestApp::new().listen().await;
    let mut client = Raw::connect(&server.address).await;
    let head = format!("PUT /v2/images/{DEBIAN}/tags/x HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\n");
    client
        .send_whole(head + "Transfer-Encoding: chunked\r\n\r\nnonsense\r\n")
        .await;
    let answer = client.answer().await.unwrap();
    assert_eq!(
        (answer.status, answer.header("Connection")),
        (400, Some("close"))
    );
    assert!(client.ends().await);
}

#[tokio::test]
async fn a_body_after_a_head_that_cannot_be_read_does_not_destroy_the_answer() {
    let server = TestApp::new().listen().await;
    let large = format!("GET / HTTP/1.1\r\nX-Large: {}\r\n\r\n", "x".repeat(400_000));
    for (head, status) in [(&*large, 431), ("GET\r\n\r\n", 400)] {
        let mut client = Raw::connect(&server.address).await;
        client.send_whole(head).await;
        tokio::time::sleep(PAUSE).await;
        client.send_whole(vec![b'x'; 400_000]).await;
        assert_eq!(client.answer().await.unwrap().status, status);
        assert!(client.ends().await);
    }
}

#[tokio::test]
async fn an_upgrade_that_is_not_granted_does_not_destroy_the_answer() {
    let server = TestApp::new().listen().await;
    let mut client = Raw::connect(&server.address).await;
    let length = 10_000_000;
    let head = stranger(length);
    client
        .send_whole(head.trim_end().to_owned() + "\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        .await;
    tokio::time::sleep(PAUSE).await;
    client.send_whole(vec![b'x'; length]).await;
    let answer = client.answer().await.unwrap();
    assert_eq!(
        (answer.status, answer.header("Connection")),
        (401, Some("close"))
    );
    assert!(client.ends().await);
}

#[tokio::test]
async fn a_connection_too_many_gets_its_503_also_while_it_sends_a_body() {
    let server = TestApp::with(|config| config.limits.connections = 1)
        .listen()
        .await;
    let mut first = Raw::connect(&server.address).await;
    first.send("GET /versions HTTP/1.1\r\n\r\n").await;
    assert_eq!(first.answer().await.unwrap().status, 200);
    for length in [9, 400_000] {
        let mut second = Raw::connect(&server.address).await;
        second.send_whole(stranger(length)).await;
        tokio::time::sleep(PAUSE).await;
        second.send_whole(vec![b'x'; length]).await;
        let answer = second.answer().await.unwrap();
        assert_eq!(
            (answer.status, answer.header("Connection")),
            (503, Some("close"))
        );
        assert!(second.ends().await);
    }
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_client_that_sends_for_ever() {
    let mut server =
        TestApp::with(|config| config.server.shutdown_timeout = Duration::from_millis(200))
            .listen()
            .await;
    let mut client = Raw::connect(&server.address).await;
    client.send_whole(stranger(10_000_000)).await;
    assert_eq!(client.answer().await.unwrap().status, 401);
    server.stop();
    server.stopped().await;
}
