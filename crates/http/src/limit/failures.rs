//! The limit on failed authentication per address. Only a wrong credential counts; a request without one does not, and a
//! request with a valid one is never refused. So an API verifies the credential first and records a failure afterwards. An
//! API whose credential is in the body first asks whether the address is over the limit, and then reads no large body.

use std::net::IpAddr;

use super::fixed_window::FixedWindow;
use super::verdict::Verdict;
use crate::peer::network;

/// Counts wrong credentials per address and minute. An IPv6 address counts as its /64 network, which a provider usually
/// gives to one customer.
#[derive(Debug)]
pub struct Failures {
    per_minute: u32,
    counts: FixedWindow<IpAddr>,
}

impl Failures {
    /// Creates a limit of `per_minute` wrong credentials per address; 0 means no limit.
    pub fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            counts: FixedWindow::per_minute(),
        }
    }

    /// Counts one wrong credential. If the verdict is a refusal, the API must return 429 instead of 401.
    pub fn record(&self, address: IpAddr, now_ms: i64) -> Verdict {
        self.counts
            .check(&network(address), self.per_minute, 1, now_ms)
    }

    /// Returns what [`Self::record`] would, and counts nothing.
    pub fn foresee(&self, address: IpAddr, now_ms: i64) -> Verdict {
        self.counts
            .foresee(&network(address), self.per_minute, 1, now_ms)
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
            assert!(failures.record(one, now).allowed);
        }
        assert_eq!(failures.foresee(one, 30_000).retry_after_s, 30);
        let verdict = failures.record(one, 30_000);
        assert!(!verdict.allowed);
        assert_eq!(verdict.retry_after_s, 30);
        assert!(failures.record(one, 60_000).allowed);
    }

    #[test]
    fn what_is_foreseen_is_not_counted() {
        let failures = Failures::new(1);
        let one = address("192.0.2.1");
        for _ in 0..3 {
            assert!(failures.foresee(one, 0).allowed);
        }
        assert!(failures.record(one, 0).allowed);
        for _ in 0..3 {
            assert!(!failures.foresee(one, 0).allowed);
        }
        assert!(failures.foresee(one, 60_000).allowed);
        assert!(Failures::new(0).foresee(one, 0).allowed);
    }

    #[test]
    fn ipv4_addresses_count_separately_and_ipv6_networks_together() {
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
    }
}
