//! Where the service listens.

use std::fmt::{self, Display, Formatter};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::net::is_loopback;

/// The prefix of the path of a UNIX socket.
const UNIX: &str = "unix:";

/// The longest path of a UNIX socket in bytes, without the NUL at its end: unix(7).
const MAX_UNIX_PATH_BYTES: usize = 107;

/// The address of a listening socket.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Listen {
    /// TCP: an IP address and a port.
    Tcp(SocketAddr),
    /// A UNIX socket: its absolute path.
    Unix(PathBuf),
}

/// A text that is no address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListenError {
    /// Neither of the two forms.
    #[error(
        "expected an address with a port, such as 127.0.0.1:9292, or unix: and an absolute path"
    )]
    Form,
    /// The path of a UNIX socket has a bound.
    #[error("the path of a UNIX socket has at most {MAX_UNIX_PATH_BYTES} bytes")]
    TooLong,
}

impl Listen {
    /// Whether other machines cannot reach the address.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => is_loopback(&address.ip().to_string()),
            Self::Unix(_) => true,
        }
    }

    /// The authority of the URLs of a service at this address.
    #[must_use]
    pub fn authority(&self) -> String {
        match self {
            Self::Tcp(address) => address.to_string(),
            Self::Unix(_) => "localhost".to_owned(),
        }
    }
}

impl Display for Listen {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(formatter),
            Self::Unix(path) => write!(formatter, "{UNIX}{}", path.display()),
        }
    }
}

impl FromStr for Listen {
    type Err = ListenError;

    fn from_str(text: &str) -> Result<Self, ListenError> {
        let Some(path) = text.strip_prefix(UNIX) else {
            return text.parse().map(Self::Tcp).map_err(|_| ListenError::Form);
        };
        if !path.starts_with('/') || path.ends_with('/') || path.contains('\0') {
            return Err(ListenError::Form);
        }
        if path.len() > MAX_UNIX_PATH_BYTES {
            return Err(ListenError::TooLong);
        }
        Ok(Self::Unix(path.into()))
    }
}

impl TryFrom<String> for Listen {
    type Error = ListenError;

    fn try_from(text: String) -> Result<Self, ListenError> {
        text.parse()
    }
}

impl From<Listen> for String {
    fn from(listen: Listen) -> Self {
        listen.to_string()
    }
}

impl From<SocketAddr> for Listen {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_tcp_or_the_path_of_a_unix_socket() {
        for text in ["127.0.0.1:9292", "[::1]:0", "unix:/run/image-tags.sock"] {
            let listen: Listen = text.parse().unwrap();
            assert_eq!(listen.to_string(), text);
        }
        for text in [
            "",
            "9292",
            "localhost:9292",
            "unix:",
            "unix:/",
            "unix:run/x",
            "unix:@x",
            "unix:/x\0",
        ] {
            assert_eq!(text.parse::<Listen>(), Err(ListenError::Form), "{text}");
        }
        let path = |length: usize| format!("unix:/{}", "x".repeat(length - 1)).parse::<Listen>();
        assert!(path(107).is_ok());
        assert_eq!(path(108), Err(ListenError::TooLong));
    }

    #[test]
    fn only_a_network_is_not_local() {
        for (text, is_local) in [
            ("127.0.0.1:1", true),
            ("[::1]:1", true),
            ("unix:/x", true),
            ("0.0.0.0:1", false),
            ("[::]:1", false),
        ] {
            assert_eq!(text.parse::<Listen>().unwrap().is_local(), is_local);
        }
    }
}
