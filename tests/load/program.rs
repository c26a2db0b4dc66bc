//! The program as a process: started, killed by SIGKILL, and restarted at the same address.

use std::fs::{File, OpenOptions};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::linearizability::{HELD_TAG, MAX_MEMBERS, MAX_PROPERTIES, MAX_TAGS, MOVING_TAGS};
use crate::workload::Client;

const EXAMPLE: &str = include_str!("../../config.example.toml");

/// A process of the program, which may have been killed.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    store: String,
    /// Variables of the environment.
    environment: Vec<(&'static str, String)>,
    has_small_quotas: bool,
    pub(crate) address: String,
    log: PathBuf,
}

impl Program {
    /// Starts the program over a store, with the quotas of the model or with the default quotas,
    /// which no client reaches.
    pub(crate) fn start(store: &str, has_small_quotas: bool) -> Self {
        let address = free_address();
        let log = log_of(&address);
        let child = spawn(store, &[], has_small_quotas, &address, &log);
        Self {
            child,
            store: store.to_owned(),
            environment: Vec::new(),
            has_small_quotas,
            address,
            log,
        }
    }

    /// Starts the program over a store, with the defaults for everything else.
    pub(crate) fn start_with_defaults(store: &str) -> Self {
        let address = free_address();
        let log = log_of(&address);
        let child = command(store, &address, &log).spawn().unwrap();
        Self {
            child,
            store: store.to_owned(),
            environment: Vec::new(),
            has_small_quotas: false,
            address,
            log,
        }
    }

    /// Starts the program over a store and a data store, allowed to import from these origins.
    pub(crate) fn with_data(store: &str, data: &str, origins: &[&str]) -> Self {
        let environment = vec![
            ("IMAGE_TAGS__DATA__URL", data.to_owned()),
            ("IMAGE_TAGS__IMPORT__ALLOW", format!("{origins:?}")),
        ];
        let address = free_address();
        let log = log_of(&address);
        let child = spawn(store, &environment, false, &address, &log);
        Self {
            child,
            store: store.to_owned(),
            environment,
            has_small_quotas: false,
            address,
            log,
        }
    }

    /// Runs `doctor --apply` over the same stores, and then `doctor`, which finds nothing.
    pub(crate) fn doctor_applies(&self) {
        for arguments in [&["doctor", "--apply"][..], &["doctor"]] {
            let mut command = command(&self.store, &self.address, &self.log);
            command.envs(self.environment.iter().cloned());
            let output = command.args(arguments).stdout(Stdio::piped()).output();
            let output = output.unwrap();
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success(),
                "{arguments:?}: {text}\n{}",
                self.log()
            );
        }
    }

    /// The peak resident memory of the process, in KiB.
    pub(crate) fn peak_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Sends SIGKILL, and waits until the process has ended.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn restart(&mut self) {
        self.child = spawn(
            &self.store,
            &self.environment,
            self.has_small_quotas,
            &self.address,
            &self.log,
        );
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.address)
    }

    /// Waits until the process serves.
    pub(crate) async fn ready(&mut self) {
        let (start, http) = (Instant::now(), self.client());
        while !http.is_healthy().await {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none(),
                "the program has ended: {ended:?}\n{}",
                self.log()
            );
            assert!(
                start.elapsed() < Duration::from_mins(2),
                "the program does not serve\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The last 30 lines of the log, newest first: warnings and errors.
    pub(crate) fn log(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap();
        text.lines().rev().take(30).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string()
}

fn log_of(address: &str) -> PathBuf {
    let log = file_of(address, "log");
    File::create(&log).unwrap();
    log
}

/// Writes the configuration: the example with the rules of the tags that clients use.
fn configuration_of(address: &str) -> PathBuf {
    let mut configuration: toml::Table = toml::from_str(EXAMPLE).unwrap();
    let moving = MOVING_TAGS.map(|tag| (tag, "move"));
    let rules = moving.into_iter().chain([(HELD_TAG, "refuse")]);
    let rule = |(tag, on_conflict)| {
        let keys = [
            ("pattern", tag),
            ("exclusive", "project"),
            ("on_conflict", on_conflict),
        ];
        toml::Table::from_iter(keys.map(|(key, value)| (key.to_owned(), value.into())))
    };
    configuration["tags"]["rules"] = rules.map(rule).collect::<Vec<_>>().into();
    let file = file_of(address, "toml");
    std::fs::write(&file, configuration.to_string()).unwrap();
    file
}

fn file_of(address: &str, extension: &str) -> PathBuf {
    let name = format!("load-{}.{extension}", address.replace(':', "-"));
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn command(store: &str, address: &str, log: &PathBuf) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_image-tags"));
    command
        .arg("--config")
        .arg(configuration_of(address))
        .args(["--listen", address])
        .env("IMAGE_TAGS__STORE__URL", store)
        .env("IMAGE_TAGS__LOG__LEVEL", "warn");
    let log = OpenOptions::new().append(true).open(log).unwrap();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log);
    command
}

fn spawn(
    store: &str,
    environment: &[(&'static str, String)],
    has_small_quotas: bool,
    address: &str,
    log: &PathBuf,
) -> Child {
    let mut command = command(store, address, log);
    command.envs(environment.iter().cloned());
    // With so many clients on a slow disk, changes may wait for seconds.
    command.env("IMAGE_TAGS__STORE__TIMEOUT_SECONDS", "20");
    if has_small_quotas {
        for (key, max) in [
            ("TAGS", MAX_TAGS),
            ("PROPERTIES", MAX_PROPERTIES),
            ("MEMBERS", MAX_MEMBERS),
        ] {
            command.env(
                format!("IMAGE_TAGS__LIMITS__{key}_PER_IMAGE"),
                max.to_string(),
            );
        }
    }
    command.spawn().unwrap()
}
