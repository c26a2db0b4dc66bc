//! Starts the program.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::support::raw::Raw;
use crate::support::{DEBIAN, MEMBER, example};

/// The program with the example configuration, a free port and a log in JSON.
pub fn program() -> Command {
    program_with(example())
}

/// The same with another configuration.
pub fn program_with(config: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_image-tags"));
    command
        .arg("--config")
        .arg(config)
        .env("IMAGE_TAGS__SERVER__LISTEN", "127.0.0.1:0");
    command
        .env("IMAGE_TAGS__LOG__FORMAT", "json")
        .stderr(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// Runs the program to its end.
pub fn output(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_image-tags"))
        .args(arguments)
        .output()
        .unwrap()
}

/// A running program.
pub struct Running {
    pub child: Child,
    pub log: BufReader<std::process::ChildStderr>,
    pub address: String,
}

impl Running {
    /// Starts the program and waits until it serves.
    pub fn start() -> Self {
        Self::start_as(&mut program())
    }

    /// Starts the program as `command` says, and waits until it serves.
    pub fn start_as(command: &mut Command) -> Self {
        let mut running = Self::spawn(command);
        let listen = running.wait_for_line("serving");
        listen["listen"]
            .as_str()
            .unwrap()
            .clone_into(&mut running.address);
        running
    }

    /// Starts the program, whose log may have any format, and waits until it serves.
    pub fn start_with(command: &mut Command) -> Self {
        let mut running = Self::spawn(command);
        let mut line = String::new();
        while !line.contains("serving") {
            line.clear();
            let read = running.log.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "the program has exited");
        }
        let (_, listen) = line.split_once("listen=").unwrap();
        let address = listen.split_whitespace().next().unwrap();
        address.clone_into(&mut running.address);
        running
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self {
            child,
            log,
            address: String::new(),
        }
    }

    /// Reads the log up to the next line with this message.
    pub fn wait_for_line(&mut self, message: &str) -> serde_json::Value {
        loop {
            let mut line = String::new();
            assert_ne!(
                self.log.read_line(&mut line).unwrap(),
                0,
                "the program has exited"
            );
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            if line["message"] == message {
                return line;
            }
        }
    }

    /// Sends a signal, which `kill` gets as an option: `-TERM`.
    pub fn signal(&self, signal: &str) {
        let kill = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(kill.success());
    }

    /// Sends a signal, waits for the exit, and returns the exit code and the rest of the log.
    pub fn stop(mut self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal);
        let mut log = String::new();
        self.log.read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }
}

impl Drop for Running {
    /// Ends a program that the test has left running, or has failed beside.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client whose request is in flight: the server has read its head and waits for its body.
pub async fn half_sent(running: &Running) -> Raw {
    let head = format!("PUT /v2/images/{DEBIAN}/tags/x HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\n");
    Raw::before_body(&running.address, head).await
}
