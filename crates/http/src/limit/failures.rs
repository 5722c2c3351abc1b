//! Failed authentication by address (rules of access: only a wrong credential counts, a missing one does not, and a
//! valid credential is never refused). APIs therefore verify first and record afterwards.

use std::net::{IpAddr, Ipv6Addr};

use super::{MINUTE_MS, Verdict, Windows, spend};

/// Counts wrong credentials per address and minute. An IPv6 address counts as its /64, which is what one customer of
/// a provider usually holds.
#[derive(Debug)]
pub struct Failures {
    per_minute: u32,
    windows: Windows<IpAddr>,
}

impl Failures {
    /// Allows `per_minute` wrong credentials per address; 0 = off.
    pub fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            windows: Windows::new(),
        }
    }

    /// Whether another wrong credential from `address` would be answered 429.
    pub fn is_blocked(&self, address: IpAddr, now_ms: i64) -> bool {
        let window = self.windows.used(&network(address), MINUTE_MS, now_ms);
        self.per_minute > 0 && window.is_some_and(|window| window.used >= self.per_minute)
    }

    /// Counts one wrong credential; a refusal asks the API for its own 429 in place of its 401.
    pub fn record(&self, address: IpAddr, now_ms: i64) -> Verdict {
        spend(
            &self.windows,
            &network(address),
            self.per_minute,
            1,
            MINUTE_MS,
            now_ms,
        )
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn the_attempt_after_the_limit_is_refused_until_the_minute_is_over() {
        let failures = Failures::new(3);
        let one = address("192.0.2.1");
        for now in 0..3 {
            assert!(!failures.is_blocked(one, now));
            assert!(failures.record(one, now).allowed);
        }
        assert!(failures.is_blocked(one, 3));
        let verdict = failures.record(one, 30_000);
        assert!(!verdict.allowed);
        assert_eq!(verdict.retry_after_s, 30);
        assert!(!failures.is_blocked(one, 60_000));
        assert!(failures.record(one, 60_000).allowed);
    }

    #[test]
    fn addresses_count_alone_and_networks_together() {
        let failures = Failures::new(1);
        assert!(failures.record(address("192.0.2.1"), 0).allowed);
        assert!(failures.record(address("192.0.2.2"), 0).allowed);
        assert!(!failures.record(address("::ffff:192.0.2.1"), 0).allowed);
        assert!(failures.record(address("2001:db8:1:2::1"), 0).allowed);
        assert!(!failures.record(address("2001:db8:1:2:ffff::9"), 0).allowed);
        assert!(failures.record(address("2001:db8:1:3::1"), 0).allowed);
    }

    #[test]
    fn zero_is_off() {
        let failures = Failures::new(0);
        let one = address("192.0.2.1");
        assert!((0..1_000).all(|now| failures.record(one, now).allowed));
        assert!(!failures.is_blocked(one, 1_000));
    }
}
