//! Whose `Forwarded` and `X-Forwarded-*` headers count.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// What stands for the clients of a UNIX socket in `server.trusted_proxies`.
const UNIX: &str = "unix:";

/// Proxies that are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum TrustedProxy {
    /// Those with an address in a network.
    Network(IpNet),
    /// Those that connect through a UNIX socket, and so have no address.
    Unix,
}

/// A text that is neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a network such as 10.0.0.0/8, or unix:")]
pub struct TrustedProxyError;

impl TrustedProxy {
    /// Whether a peer with this address, or without one, is such a proxy.
    #[must_use]
    pub fn includes(&self, peer: Option<IpAddr>) -> bool {
        match (self, peer) {
            (Self::Network(network), Some(address)) => network.contains(&address),
            (Self::Unix, None) => true,
            (Self::Network(_), None) | (Self::Unix, Some(_)) => false,
        }
    }
}

impl FromStr for TrustedProxy {
    type Err = TrustedProxyError;

    fn from_str(text: &str) -> Result<Self, TrustedProxyError> {
        if text == UNIX {
            return Ok(Self::Unix);
        }
        text.parse()
            .map(Self::Network)
            .map_err(|_| TrustedProxyError)
    }
}

impl TryFrom<String> for TrustedProxy {
    type Error = TrustedProxyError;

    fn try_from(text: String) -> Result<Self, TrustedProxyError> {
        text.parse()
    }
}

impl From<TrustedProxy> for String {
    fn from(proxy: TrustedProxy) -> Self {
        match proxy {
            TrustedProxy::Network(network) => network.to_string(),
            TrustedProxy::Unix => UNIX.to_owned(),
        }
    }
}
