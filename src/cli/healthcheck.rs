//! The health check: one request to the service on this machine.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use socket2::{SockAddr, Socket, Type};

use super::arguments::Arguments;
use crate::config::{Listen, ListenAddress};

/// Timeout of each step: connect, send, receive.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Checks the health of the service on this machine, or only whether it is `live`. Reads only its
/// address from the configuration.
pub(super) fn healthcheck(arguments: &Arguments, live: bool) -> Result<(), Box<dyn Error>> {
    let ListenAddress { address, warning } = ListenAddress::find(
        &arguments.config,
        std::env::vars_os(),
        arguments.listen.clone(),
    )?;
    if let Some(warning) = warning {
        eprintln!("image-tags: {warning}");
    }
    let path = if live { "/livez" } else { "/healthcheck" };
    Ok(request(&address, path)?)
}

/// Requests `path` of the service that listens on `listen`. A status other than 200 is an error.
fn request(listen: &Listen, path: &str) -> io::Result<()> {
    let address = match listen {
        Listen::Tcp(address) => SockAddr::from(reachable(*address)),
        Listen::Unix(path) => SockAddr::unix(path)?,
    };
    let mut stream = Socket::new(address.domain(), Type::STREAM, None)?;
    stream.connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let host = listen.authority();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )?;
    let mut status = [0; 12];
    stream.read_exact(&mut status)?;
    if status == *b"HTTP/1.1 200" {
        Ok(())
    } else {
        Err(io::Error::other(
            String::from_utf8_lossy(&status).into_owned(),
        ))
    }
}

/// The address at which a service that listens on `listen` is reached from this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
