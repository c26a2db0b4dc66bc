//! Tells the service manager how the service is: `sd_notify(3)`.

use std::convert::Infallible;
use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tracing::warn;

/// How long a notification waits for a service manager that does not read.
const SEND_TIMEOUT: Duration = Duration::from_secs(1);

/// Sends notifications to the service manager, or nothing without one. A notification that fails is
/// logged, and changes nothing else.
#[derive(Clone, Debug)]
pub struct Notifier {
    address: Option<SocketAddr>,
    watchdog_timeout: Option<Duration>,
}

impl Notifier {
    /// Sends to `NOTIFY_SOCKET`. Keep-alives are due if `WATCHDOG_USEC` is set, and `WATCHDOG_PID`
    /// names no other process.
    #[must_use]
    pub fn from_env() -> Self {
        let address = env::var_os("NOTIFY_SOCKET").and_then(|text| {
            let address = address(&text);
            address
                .map_err(|error| warn!(%error, "NOTIFY_SOCKET is no address"))
                .ok()
        });
        let number = |name: &str| env::var(name).ok()?.parse::<u64>().ok();
        let is_meant =
            number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
        let timeout = number("WATCHDOG_USEC").filter(|usec| is_meant && *usec > 0);
        Self {
            address,
            watchdog_timeout: timeout.map(Duration::from_micros),
        }
    }

    /// The service answers requests: it has started, or its configuration is loaded again.
    pub fn ready(&self) {
        self.send("READY=1", SEND_TIMEOUT);
    }

    /// The service loads its configuration again. [`Self::ready`] has to follow, also if that
    /// fails.
    pub fn reloading(&self) {
        let now = clock_gettime(ClockId::Monotonic);
        // systemd tells by the time which of its requests this is about.
        let usec = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1000;
        let state = format!("RELOADING=1\nMONOTONIC_USEC={usec}");
        self.send(&state, SEND_TIMEOUT);
    }

    /// The shutdown has begun.
    pub fn stopping(&self) {
        self.send("STOPPING=1", SEND_TIMEOUT);
    }

    /// Sends keep-alives, two in the time in which the service manager expects one, or none if it
    /// expects none. Each follows a task that the runtime has run. So they end when the runtime
    /// runs no tasks any more, and when what polls this future is stuck.
    pub async fn keep_alive(&self) -> Infallible {
        let Some(timeout) = self.watchdog_timeout else {
            return std::future::pending().await;
        };
        let mut interval = tokio::time::interval(timeout / 2);
        loop {
            interval.tick().await;
            if tokio::spawn(async {}).await.is_ok() {
                // Two are sent in the time for one, so one may be lost.
                self.send("WATCHDOG=1", Duration::ZERO);
            }
        }
    }

    fn send(&self, state: &str, timeout: Duration) {
        let Some(address) = &self.address else {
            return;
        };
        if let Err(error) = send(address, state, timeout) {
            warn!(%error, state, "the service manager cannot be notified");
        }
    }
}

/// Sends at once, or waits for up to `timeout`.
fn send(address: &SocketAddr, state: &str, timeout: Duration) -> io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    if timeout.is_zero() {
        socket.set_nonblocking(true)?;
    } else {
        socket.set_write_timeout(Some(timeout))?;
    }
    socket.send_to_addr(state.as_bytes(), address).map(drop)
}

/// The address of a socket by its path or, after an `@`, by its abstract name, which Linux has.
fn address(text: &OsStr) -> io::Result<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = text.as_bytes().strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt as _;
        return SocketAddr::from_abstract_name(name);
    }
    SocketAddr::from_pathname(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reload_is_announced_with_the_time_and_ends_with_ready() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let notifier = Notifier {
            address: Some(address(path.as_os_str()).unwrap()),
            watchdog_timeout: None,
        };
        let receive = || {
            let mut buffer = [0; 100];
            let length = manager.recv(&mut buffer).unwrap();
            String::from_utf8(buffer[..length].to_vec()).unwrap()
        };
        let time = |text: &str| {
            let usec = text.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
            usec.parse::<u64>().unwrap()
        };
        notifier.reloading();
        let first = time(&receive());
        notifier.ready();
        assert_eq!(receive(), "READY=1");
        notifier.reloading();
        assert!(time(&receive()) >= first);
    }

    #[test]
    fn nothing_is_sent_without_a_service_manager_and_one_that_is_gone_does_no_harm() {
        let mut notifier = Notifier {
            address: None,
            watchdog_timeout: None,
        };
        notifier.ready();
        notifier.address = Some(address("/nowhere/notify".as_ref()).unwrap());
        notifier.ready();
    }
}
