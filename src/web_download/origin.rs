//! The origins that may be downloaded from.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;
use serde::{Deserialize, Serialize};
use url::Host;

/// Scheme, hosts and port that URLs may have: `https://cloud-images.ubuntu.com`,
/// `https://*.debian.org:8443` for every host below a domain, or `https://*` for every host.
///
/// ```
/// use image_tags::web_download::AllowedOrigin;
///
/// let origin: AllowedOrigin = "https://*.example.org".parse().unwrap();
/// assert!(origin.allows(&"https://a.b.example.org/x?y".parse().unwrap()));
/// assert!(!origin.allows(&"https://example.org/".parse().unwrap()));
/// assert!(!origin.allows(&"http://a.example.org/".parse().unwrap()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AllowedOrigin {
    scheme: String,
    hosts: Hosts,
    port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hosts {
    All,
    /// Those that end with this text, which begins with a dot.
    Below(String),
    One(Host),
}

/// A text that is not an origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not an origin such as https://cloud-images.ubuntu.com, https://*.debian.org or \
     http://192.0.2.1:8080"
)]
pub struct AllowedOriginError(String);

impl AllowedOrigin {
    /// Whether `url` has this origin.
    #[must_use]
    pub fn allows(&self, url: &Url) -> bool {
        let is_host = match (&self.hosts, url.host()) {
            (Hosts::All, Some(_)) => true,
            (Hosts::Below(end), Some(Host::Domain(name))) => name.ends_with(end.as_str()),
            (Hosts::One(one), Some(host)) => *one == host.to_owned(),
            (Hosts::Below(_), Some(_)) | (_, None) => false,
        };
        is_host && url.scheme() == self.scheme && url.port_or_known_default() == Some(self.port)
    }

    /// The address that the origin names, if it names one.
    pub(super) fn address(&self) -> Option<IpAddr> {
        match self.hosts {
            Hosts::One(Host::Ipv4(address)) => Some(address.into()),
            Hosts::One(Host::Ipv6(address)) => Some(address.into()),
            _ => None,
        }
    }
}

impl FromStr for AllowedOrigin {
    type Err = AllowedOriginError;

    fn from_str(text: &str) -> Result<Self, AllowedOriginError> {
        let error = || AllowedOriginError(text.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(error)?;
        // A wildcard is replaced by a name, so that the rest goes through the parser of URLs.
        let (wildcard, rest) = match rest.strip_prefix('*') {
            Some(rest) => (true, format!("x{rest}")),
            None => (false, rest.to_owned()),
        };
        let url: Url = format!("{scheme}://{rest}").parse().map_err(|_| error())?;
        let is_origin = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && !rest.contains('*');
        let host = url.host().filter(|_| is_origin).ok_or_else(error)?;
        let hosts = match host {
            Host::Domain("x") if wildcard => Hosts::All,
            Host::Domain(name) if wildcard => {
                let end = name.strip_prefix('x').filter(|end| end.starts_with('.'));
                Hosts::Below(end.ok_or_else(error)?.to_owned())
            }
            _ if wildcard => return Err(error()),
            host => Hosts::One(host.to_owned()),
        };
        Ok(Self {
            scheme: url.scheme().to_owned(),
            hosts,
            port: url.port_or_known_default().ok_or_else(error)?,
        })
    }
}

impl fmt::Display for AllowedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        match &self.hosts {
            Hosts::All => f.write_str("*")?,
            Hosts::Below(end) => write!(f, "*{end}")?,
            Hosts::One(host) => host.fmt(f)?,
        }
        write!(f, ":{}", self.port)
    }
}

impl TryFrom<String> for AllowedOrigin {
    type Error = AllowedOriginError;

    fn try_from(text: String) -> Result<Self, AllowedOriginError> {
        text.parse()
    }
}

impl From<AllowedOrigin> for String {
    fn from(origin: AllowedOrigin) -> Self {
        origin.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(origin: &str, url: &str) -> bool {
        let origin: AllowedOrigin = origin.parse().unwrap();
        assert_eq!(origin.to_string().parse(), Ok(origin.clone()), "{origin}");
        origin.allows(&url.parse().unwrap())
    }

    #[test]
    fn a_url_needs_scheme_host_and_port_of_the_origin() {
        for (origin, url, expected) in [
            ("https://a.org", "https://a.org/x", true),
            ("https://a.org", "https://A.ORG:443/x", true),
            ("https://a.org", "https://a.org.:443/x", false),
            ("https://a.org", "https://a.org:8443/x", false),
            ("https://a.org", "http://a.org/x", false),
            ("https://a.org", "https://b.a.org/x", false),
            ("https://a.org", "https://a.org@b.org/x", false),
            ("https://*.a.org", "https://b.a.org/", true),
            ("https://*.a.org", "https://ba.org/", false),
            ("https://*.a.org", "https://a.org/", false),
            ("https://*", "https://anything/", true),
            ("https://*", "https://anything:444/", false),
            ("https://*", "https://127.0.0.1/", true),
            ("https://*:444", "https://anything:444/", true),
            ("http://127.0.0.1:80", "http://2130706433/", true),
            ("http://127.0.0.1", "http://0x7f.1/", true),
            ("http://[::1]:81", "http://[0:0::1]:81/", true),
            ("https://*.1", "https://127.0.0.1/", false),
            ("https://bücher.org", "https://xn--bcher-kva.org/", true),
        ] {
            if origin == "https://*.1" {
                assert!(origin.parse::<AllowedOrigin>().is_err());
                continue;
            }
            assert_eq!(allows(origin, url), expected, "{origin} {url}");
        }
    }

    #[test]
    fn a_text_that_is_more_or_less_than_an_origin_is_refused() {
        for text in [
            "",
            "a.org",
            "*",
            "ftp://a.org",
            "file:///etc",
            "https://",
            "https://a.org/path",
            "https://a.org?x",
            "https://a.org#x",
            "https://u@a.org",
            "https://a.*",
            "https://*a.org",
            "https://*.*.org",
            "https://a.org:*",
        ] {
            assert!(text.parse::<AllowedOrigin>().is_err(), "{text:?}");
        }
    }
}
