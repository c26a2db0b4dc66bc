//! Counts the instructions that the program executes for a request, under
//! `valgrind --tool=callgrind`, and compares them with the recorded ones.
//!
//! A count hardly depends on what else the machine does, so a change that makes requests dearer
//! fails here, also where a measurement of time would drown in noise. `make instructions` runs it;
//! `UPDATE_COUNTS=1 make instructions` records the counts of this build in `counts.json`.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The program, built with the profile of the test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_image-tags");

/// The images of the program. The first twenty are in the list.
const IMAGES: usize = 64;

/// The requests of each kind before those that are counted.
const FEW: usize = 200;

/// The requests that are counted.
const COUNTED: usize = 1000;

/// By how many hundredths a count may differ from the recorded one: other processors have other
/// versions of `memcpy`, and some requests meet a timer.
const MARGIN_PERCENT: u64 = 8;

const TOKEN: &str = "5f0d7c3e9b1a48d2a6c4e8f0b2d4c6a8";
const PROJECT: &str = "5ef70662f8b34079a6eddb8da9d75fe8";

/// The kinds of requests, and what they are called where they are recorded.
#[derive(Clone, Copy, Debug)]
enum Kind {
    PutSet,
    Get,
    List,
}

impl Kind {
    const ALL: [(Self, &str); 3] = [
        (Self::PutSet, "PUT of a set tag"),
        (Self::Get, "GET of an image"),
        (Self::List, "list by tag, 20 images"),
    ];

    /// The request line and the expected status of request number `index`.
    fn request(self, index: usize) -> (String, &'static str) {
        let image = format!("/v2/images/{}", id(index % IMAGES));
        match self {
            Self::PutSet => (format!("PUT {image}/tags/set"), "204"),
            Self::Get => (format!("GET {image}"), "200"),
            Self::List => ("GET /v2/images?tag=listed&limit=20".to_owned(), "200"),
        }
    }
}

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn configuration() -> String {
    let mut text = format!(
        "[[auth.tokens]]\ntoken = \"{TOKEN}\"\nuser = \"member\"\nproject = \"{PROJECT}\"\n\
         roles = [\"member\"]\n"
    );
    for number in 0..IMAGES {
        let tags = if number < 20 {
            r#"["set", "listed"]"#
        } else {
            r#"["set"]"#
        };
        write!(
            text,
            "[[images]]\nid = \"{}\"\nname = \"image-{number}\"\nowner = \"{PROJECT}\"\n\
             visibility = \"private\"\ndisk_format = \"qcow2\"\ncontainer_format = \"bare\"\n\
             tags = {tags}\ncreated_at = \"2026-01-05T09:00:00Z\"\n\
             properties = {{ os_distro = \"debian\", os_version = \"12\" }}\n",
            id(number)
        )
        .unwrap();
    }
    text
}

/// The connection to the program, once it accepts one. Under valgrind it takes its time.
fn connect(address: &str) -> TcpStream {
    for _ in 0..600 {
        if let Ok(stream) = TcpStream::connect(address) {
            return stream;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the program does not accept a connection");
}

/// Sends requests over one connection, each after the answer to the one before.
fn send(stream: &TcpStream, kind: Kind, count: usize) {
    let mut answers = BufReader::new(stream);
    for index in 0..count {
        let (line, expected) = kind.request(index);
        let request =
            format!("{line} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {TOKEN}\r\n\r\n");
        { stream }.write_all(request.as_bytes()).unwrap();
        let (mut status, mut length) = (String::new(), 0);
        answers.read_line(&mut status).unwrap();
        assert_eq!(status.split(' ').nth(1), Some(expected), "{line}");
        loop {
            let mut header = String::new();
            answers.read_line(&mut header).unwrap();
            let header = header.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length: ") {
                length = value.parse().unwrap();
            }
        }
        answers.read_exact(&mut vec![0; length]).unwrap();
    }
}

/// The instructions of a process that answers [`FEW`] requests of each kind, and `more` of one.
fn instructions(home: &Path, more: Option<Kind>) -> u64 {
    let file = home.join("config.toml");
    fs::write(&file, configuration()).unwrap();
    let counts = home.join("callgrind.out");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let mut valgrind = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", counts.display()))
        .arg(PROGRAM)
        .arg("--config")
        .arg(&file)
        .args(["--listen", &address])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let stream = connect(&address);
    for (kind, _) in Kind::ALL {
        send(&stream, kind, FEW);
    }
    if let Some(kind) = more {
        send(&stream, kind, COUNTED);
    }
    drop(stream);
    let process = valgrind.id().to_string();
    let stopped = Command::new("kill").args(["-TERM", &process]).status();
    assert!(stopped.unwrap().success());
    assert!(valgrind.wait().unwrap().success());
    let counts = fs::read_to_string(counts).unwrap();
    let total = counts
        .lines()
        .find_map(|line| line.strip_prefix("totals: "));
    total.unwrap().trim().parse().unwrap()
}

#[test]
#[ignore = "needs valgrind and takes a minute: make instructions"]
fn a_request_takes_no_more_instructions_than_recorded() {
    let home = tempfile::tempdir().unwrap();
    let before = instructions(home.path(), None);
    let count = |(kind, name): (Kind, &str)| {
        let counted = instructions(home.path(), Some(kind)) - before;
        (name.to_owned(), counted / u64::try_from(COUNTED).unwrap())
    };
    let counts: BTreeMap<String, u64> = Kind::ALL.into_iter().map(count).collect();
    println!("{counts:#?}");

    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/instructions/counts.json");
    if std::env::var_os("UPDATE_COUNTS").is_some_and(|value| value == "1") {
        let json = serde_json::to_string_pretty(&counts).unwrap();
        fs::write(&file, json + "\n").unwrap();
        return;
    }
    let recorded = fs::read(&file).unwrap();
    let recorded: BTreeMap<String, u64> = serde_json::from_slice(&recorded).unwrap();
    for (name, recorded) in &recorded {
        let (counted, margin) = (counts[name], recorded * MARGIN_PERCENT / 100);
        assert!(
            counted <= recorded + margin,
            "{name}: {counted} instructions, recorded {recorded}: docs/performance.md"
        );
        assert!(
            counted + margin >= *recorded,
            "{name}: only {counted} instructions, recorded {recorded}: UPDATE_COUNTS=1 make instructions"
        );
    }
    assert_eq!(recorded.len(), counts.len());
}
