//! The command line: what it says, and the commands that are not the service itself.

mod transfer;

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

pub use transfer::{export, import};

use crate::config::ListenAddress;

/// Keeps tags on images and speaks the OpenStack Image API v2.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Arguments {
    /// The configuration.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "/etc/image-tags/config.toml",
        global = true
    )]
    pub config: PathBuf,
    /// The address to listen on, in place of the configured one.
    #[arg(long, value_name = "ADDR", global = true)]
    pub listen: Option<SocketAddr>,
    /// What to do; without it, serve.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do other than to serve.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Check the configuration and say what is wrong with it.
    CheckConfig,
    /// Ask the running service whether it is well: exit code 0 or 1. Of the configuration, the address is all that counts.
    Healthcheck,
    /// Write all images of the store to standard output, one a line, in JSON.
    Export,
    /// Create the images of an export. Those that the store has already are not touched.
    Import {
        /// The file, or - for standard input.
        file: PathBuf,
    },
}

/// How long a health check waits for each step.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the service of this machine whether it is well. Nothing counts of its configuration but the address.
pub fn healthcheck(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let ListenAddress { address, warning } =
        ListenAddress::find(&arguments.config, std::env::vars_os(), arguments.listen)?;
    if let Some(warning) = warning {
        eprintln!("image-tags: {warning}");
    }
    Ok(ask(address)?)
}

/// Asks the service that listens on `listen` on this machine for `/healthcheck`.
fn ask(listen: SocketAddr) -> io::Result<()> {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let address = SocketAddr::new(ip, listen.port());
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET /healthcheck HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
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
