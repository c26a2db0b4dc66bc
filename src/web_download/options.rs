//! What may be downloaded, and how much of it.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::Url;

use super::address::is_public;
use super::origin::AllowedOrigin;

/// What may be downloaded, and how much of it.
#[derive(Clone, Debug)]
pub struct WebOptions {
    /// The origins that may be used.
    pub allow: Vec<AllowedOrigin>,
    /// The networks that names may lead to although their addresses are not public.
    pub private_networks: Vec<IpNet>,
    /// How long a download may take, including the time in which it waits for others.
    pub timeout: Duration,
    /// How many downloads go on at the same time.
    pub downloads: usize,
}

impl WebOptions {
    /// Whether `url` may be used, as far as that can be told without the addresses of its host.
    pub(super) fn allows(&self, url: &Url) -> bool {
        let has_user = !url.username().is_empty() || url.password().is_some();
        let address = match url.host() {
            Some(url::Host::Ipv4(address)) => Some(IpAddr::from(address)),
            Some(url::Host::Ipv6(address)) => Some(IpAddr::from(address)),
            Some(url::Host::Domain(_)) | None => None,
        };
        // An origin with an address names that address, for its own scheme and port alone.
        let is_reachable = |origin: &AllowedOrigin| match address {
            Some(address) => origin.address() == Some(address) || self.allows_address(address),
            None => true,
        };
        let mut origins = self.allow.iter().filter(|origin| origin.allows(url));
        !has_user && origins.any(is_reachable)
    }

    /// Whether a name may lead to `address`.
    pub(super) fn allows_address(&self, address: IpAddr) -> bool {
        is_public(address)
            || self
                .private_networks
                .iter()
                .any(|network| network.contains(&address.to_canonical()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(allow: &[&str], networks: &[&str]) -> WebOptions {
        WebOptions {
            allow: allow.iter().map(|text| text.parse().unwrap()).collect(),
            private_networks: networks.iter().map(|text| text.parse().unwrap()).collect(),
            timeout: Duration::from_secs(1),
            downloads: 1,
        }
    }

    #[test]
    fn an_address_that_is_not_public_has_to_be_named() {
        let all = [
            "http://*",
            "http://*:81",
            "http://127.0.0.2",
            "http://[::1]",
        ];
        let options = options(&all, &["10.1.0.0/16", "fd00::/8"]);
        for (url, expected) in [
            ("http://1.1.1.1/", true),
            ("http://127.0.0.1/", false),
            ("http://127.0.0.2/", true),
            ("http://127.0.0.2:81/", false),
            ("http://[::1]/", true),
            ("http://[::ffff:127.0.0.1]/", false),
            ("http://10.1.2.3/", true),
            ("http://[::ffff:10.1.2.3]/", true),
            ("http://10.2.2.3/", false),
            ("http://169.254.169.254/latest/meta-data/", false),
            ("http://2852039166/", false),
            ("http://[fd00::1]/", true),
            ("http://[fe80::1]/", false),
            ("http://user@1.1.1.1/", false),
            ("http://:secret@1.1.1.1/", false),
            ("ftp://1.1.1.1/", false),
        ] {
            assert_eq!(options.allows(&url.parse().unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn nothing_is_allowed_without_an_origin() {
        let url = "https://example.org/".parse().unwrap();
        assert!(!options(&[], &["0.0.0.0/0"]).allows(&url));
    }
}
