//! The listening socket that the service manager hands over: `sd_listen_fds(3)`.

use std::env;
use std::io;

use listenfd::ListenFd;
use socket2::Socket;

/// Why the socket that was handed over is of no use.
#[derive(Debug, thiserror::Error)]
pub enum ActivationError {
    /// A variable is no number, or none that makes sense.
    #[error("{0}: expected a number of 1 or more")]
    Number(&'static str),
    /// The service listens on one socket only.
    #[error("LISTEN_FDS: {0} sockets were handed over, and the service listens on one")]
    Several(u32),
    /// The socket is neither a TCP nor a UNIX stream socket.
    #[error("LISTEN_FDS: {0}")]
    Kind(#[from] io::Error),
    /// The socket is a connection, as with `Accept=yes`.
    #[error("LISTEN_FDS: the socket that was handed over does not listen")]
    NotListening,
}

/// Takes the listening socket that `LISTEN_FDS` announces, if `LISTEN_PID` says that it is for this
/// process, and removes both variables. To be called before there is a second thread, because the
/// environment belongs to all of them.
pub fn take_socket() -> Result<Option<Socket>, ActivationError> {
    if number("LISTEN_PID")? != Some(std::process::id()) {
        return Ok(None);
    }
    match number("LISTEN_FDS")? {
        None => return Ok(None),
        Some(1) => {}
        Some(count) => return Err(ActivationError::Several(count)),
    }
    let mut sockets = ListenFd::from_env();
    let socket = match sockets.take_unix_listener(0) {
        Ok(listener) => listener.map(Socket::from),
        Err(_) => sockets.take_tcp_listener(0)?.map(Socket::from),
    };
    match socket {
        Some(socket) if !is_listening(&socket)? => Err(ActivationError::NotListening),
        socket => Ok(socket),
    }
}

/// The number in a variable, if it is set.
fn number(name: &'static str) -> Result<Option<u32>, ActivationError> {
    let Some(text) = env::var_os(name) else {
        return Ok(None);
    };
    let number = text.to_str().and_then(|text| text.parse().ok());
    let number = number.filter(|number| *number > 0);
    number.map(Some).ok_or(ActivationError::Number(name))
}

/// Whether the socket listens; where systemd does not run, this is taken for granted.
fn is_listening(socket: &Socket) -> io::Result<bool> {
    #[cfg(target_os = "linux")]
    return socket.is_listener();
    #[cfg(not(target_os = "linux"))]
    return Ok(true);
}
