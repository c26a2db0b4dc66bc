//! The listening socket that the service manager hands over: `sd_listen_fds(3)`.

use std::io;

use listenfd::ListenFd;
use socket2::Socket;

/// Why the socket that was handed over is of no use.
#[derive(Debug, thiserror::Error)]
pub enum ActivationError {
    /// The service listens on one socket only.
    #[error("LISTEN_FDS: {0} sockets were handed over, and the service listens on one")]
    Several(usize),
    /// The socket is neither a TCP nor a UNIX stream socket.
    #[error("LISTEN_FDS: {0}")]
    Kind(#[from] io::Error),
    /// The socket is a connection, as with `Accept=yes`.
    #[error("LISTEN_FDS: the socket that was handed over does not listen")]
    NotListening,
}

/// Takes the listening socket that `LISTEN_FDS` announces, if any, and removes the variable. To be
/// called before there is a second thread, because the environment belongs to all of them.
pub fn take_socket() -> Result<Option<Socket>, ActivationError> {
    let mut sockets = ListenFd::from_env();
    match sockets.len() {
        0 => return Ok(None),
        1 => {}
        count => return Err(ActivationError::Several(count)),
    }
    let socket = match sockets.take_unix_listener(0) {
        Ok(listener) => listener.map(Socket::from),
        Err(_) => sockets.take_tcp_listener(0)?.map(Socket::from),
    };
    match socket {
        Some(socket) if !is_listening(&socket)? => Err(ActivationError::NotListening),
        socket => Ok(socket),
    }
}

/// Whether the socket listens; where systemd does not run, this is taken for granted.
fn is_listening(socket: &Socket) -> io::Result<bool> {
    #[cfg(target_os = "linux")]
    return socket.is_listener();
    #[cfg(not(target_os = "linux"))]
    return Ok(true);
}
