//! Examples of each limiter, and comparisons with slow models.

use proptest::prelude::*;

use super::*;

#[test]
fn a_penalty_lasts_the_minute_after_the_excess() {
    let limiter = FixedPenalty::new();
    assert_eq!(limiter.check(&"k", 2, 0).remaining, 1);
    assert!(limiter.check(&"k", 2, 10_000).allowed);
    let excess = limiter.check(&"k", 2, 50_000);
    assert_eq!((excess.allowed, excess.retry_after_s), (false, 60));
    // The first minute is over, but the penalty is not, and a refused request does not prolong it.
    assert_eq!(limiter.check(&"k", 2, 70_000).retry_after_s, 40);
    assert_eq!(limiter.check(&"k", 2, 109_999).retry_after_s, 1);
    assert!(limiter.check(&"k", 2, 110_000).allowed);
    assert!(limiter.check(&"other", 2, 70_000).allowed);
}

#[test]
fn a_burst_is_anchored_at_its_first_request() {
    let limiter = FixedWindow::new(30_000);
    for now in [5_000, 20_000] {
        assert!(limiter.check(&1, 2, 1, now).allowed);
    }
    assert_eq!(limiter.check(&1, 2, 1, 34_500).retry_after_s, 1);
    assert!(limiter.check(&1, 2, 1, 35_000).allowed);
    assert!(limiter.check(&2, 2, 1, 20_000).allowed);
}

#[test]
fn a_refused_request_costs_nothing() {
    let limiter = FixedWindow::per_minute();
    assert_eq!(limiter.check(&1, 5, 0, 0).remaining, 5);
    assert_eq!(limiter.check(&1, 5, 2, 0).remaining, 3);
    assert_eq!(limiter.check(&1, 5, 2, 0).remaining, 1);
    let refused = limiter.check(&1, 5, 2, 1_000);
    assert_eq!(
        refused,
        Verdict {
            allowed: false,
            limit: 5,
            remaining: 1,
            retry_after_s: 59
        }
    );
    assert_eq!(limiter.check(&1, 5, 0, 1_000).remaining, 1);
    assert!(limiter.check(&1, 5, 1, 1_000).allowed);
    assert_eq!(limiter.check(&1, 5, 0, 60_000).remaining, 5);
}

#[test]
fn a_limit_of_zero_is_off_in_every_limiter() {
    for now in 0..1_000 {
        assert_eq!(FixedPenalty::new().check(&1, 0, now), Verdict::off());
        assert_eq!(
            FixedWindow::new(30_000).check(&1, 0, 1, now),
            Verdict::off()
        );
        assert_eq!(
            FixedWindow::per_minute().check(&1, 0, 2, now),
            Verdict::off()
        );
    }
}

/// Generates times that only go forward, as steps of 0 to 20 seconds.
fn times() -> impl Strategy<Value = Vec<i64>> {
    proptest::collection::vec(0..20_000i64, 1..60).prop_map(|steps| {
        let mut now = 0;
        steps
            .iter()
            .map(|step| {
                now += step;
                now
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn a_burst_never_allows_more_than_its_limit(times in times(), limit in 1..5u32) {
        let limiter = FixedWindow::new(30_000);
        let mut anchor = None;
        let mut passed = 0;
        for now in times {
            if anchor.is_none_or(|anchor| now >= anchor + 30_000) {
                (anchor, passed) = (Some(now), 0);
            }
            let verdict = limiter.check(&(), limit, 1, now);
            prop_assert_eq!(verdict.allowed, passed < limit);
            passed += u32::from(verdict.allowed);
            prop_assert_eq!(verdict.remaining, limit - passed);
            prop_assert_eq!(verdict.retry_after_s > 0, !verdict.allowed);
        }
    }

    #[test]
    fn a_caller_that_waits_for_retry_after_is_allowed(times in times(), limit in 1..5u32) {
        let (penalty, burst, minute) = (FixedPenalty::new(), FixedWindow::new(30_000), FixedWindow::per_minute());
        let limiters: [&dyn Fn(i64) -> Verdict; 3] = [
            &|now| penalty.check(&(), limit, now),
            &|now| burst.check(&(), limit, 1, now),
            &|now| minute.check(&(), limit, 1, now),
        ];
        for check in limiters {
            let mut last = 0;
            for now in &times {
                last = last.max(*now);
                let verdict = check(last);
                if !verdict.allowed {
                    last += i64::from(verdict.retry_after_s) * 1_000;
                    prop_assert!(check(last).allowed);
                }
            }
        }
    }

    #[test]
    fn a_penalised_key_is_refused_for_exactly_a_minute(times in times(), limit in 1..4u32) {
        let limiter = FixedPenalty::new();
        let mut window: Option<(i64, u32)> = None;
        let mut penalty_until = None;
        for now in times {
            if penalty_until.is_some_and(|until| now < until) {
                prop_assert!(!limiter.check(&(), limit, now).allowed);
                continue;
            }
            if penalty_until.take().is_some() || window.is_none_or(|(start, _)| now >= start + 60_000) {
                window = Some((now, 0));
            }
            let (start, used) = window.expect("just set");
            let verdict = limiter.check(&(), limit, now);
            prop_assert_eq!(verdict.allowed, used < limit);
            if verdict.allowed {
                window = Some((start, used + 1));
            } else {
                penalty_until = Some(now + 60_000);
            }
        }
    }
}
