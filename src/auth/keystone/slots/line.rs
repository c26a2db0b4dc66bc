//! Which requests count together when slots are shared.

use std::net::{IpAddr, Ipv6Addr};

/// Whose slots count together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::auth::keystone) struct Line {
    client: Option<IpAddr>,
    /// Whether it is a line of tokens that were valid before.
    pub(super) was_valid: bool,
}

impl Line {
    /// The line of a client, for a token that was valid before or for another. An IPv6 client has a /64 to itself.
    pub(in crate::auth::keystone) fn of(client: Option<IpAddr>, was_valid: bool) -> Self {
        let client = client.map(|address| match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        });
        Self { client, was_valid }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(client: &str) -> Line {
        Line::of(Some(client.parse().unwrap()), false)
    }

    #[test]
    fn an_ipv6_client_has_a_64_to_itself() {
        assert_eq!(line("2001:db8::1"), line("2001:db8::ffff:1"));
        assert_ne!(line("2001:db8::1"), line("2001:db8:0:1::1"));
        assert_ne!(line("192.0.2.1"), line("192.0.2.2"));
    }
}
