//! The key by which requests are queued and their permits are counted.

use std::net::{IpAddr, Ipv6Addr};

/// Identifies a queue: a client, and whether its tokens were valid before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::auth::keystone) struct QueueKey {
    client: Option<IpAddr>,
    /// Whether the queue is for tokens that were valid before.
    pub(super) was_valid: bool,
}

impl QueueKey {
    /// The queue of `client` for tokens that were valid before, or for all others. The addresses of
    /// an IPv6 /64 share a queue.
    pub(in crate::auth::keystone) fn new(client: Option<IpAddr>, was_valid: bool) -> Self {
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

    fn key(client: &str) -> QueueKey {
        QueueKey::new(Some(client.parse().unwrap()), false)
    }

    #[test]
    fn the_addresses_of_an_ipv6_64_share_a_queue() {
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:1"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
