//! Tokens of the time of a document, on PostgreSQL: with them its index by token finds documents of some days only.
//!
//! Without them it finds all documents with the words of a query, however old, before the newest ones are known.

use heddle_domain::Timestamp;

use super::property::MARK;

/// The length of a day in milliseconds. The days are those of UTC, counted from 1970-01-01.
pub(crate) const DAY: i64 = 86_400_000;
/// How many days a longer period has.
const DAYS: i64 = 32;
/// A query names at most so many periods.
const MOST_PERIODS: i64 = 128;

fn day_of(at: Timestamp) -> i64 {
    at.0.div_euclid(DAY)
}

fn day_token(day: i64) -> String {
    format!("{MARK}d{day}")
}

fn period_token(period: i64) -> String {
    format!("{MARK}r{period}")
}

/// Returns the tokens that a document of this time has: its day and its longer period.
pub(crate) fn tokens_of(at: Timestamp) -> [String; 2] {
    let day = day_of(at);
    [day_token(day), period_token(day.div_euclid(DAYS))]
}

/// Returns tokens of which each document between two times, both included, has one. Others that are at most a day away from these
/// times may have one, too. `None` if they would be too many.
pub(crate) fn tokens_between(from: Timestamp, up_to: Timestamp) -> Option<Vec<String>> {
    let (mut day, last) = (day_of(from), day_of(up_to));
    if last.checked_sub(day)? > MOST_PERIODS * DAYS {
        return None;
    }
    let mut tokens = Vec::new();
    while day <= last {
        if day.rem_euclid(DAYS) == 0 && day + DAYS - 1 <= last {
            tokens.push(period_token(day.div_euclid(DAYS)));
            day += DAYS;
        } else {
            tokens.push(day_token(day));
            day += 1;
        }
    }
    (!tokens.is_empty()).then_some(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_of_a_range_has_one_of_its_tokens_and_no_other_time_has() {
        for (from, up_to) in [(0, 0), (5, 40), (-40, 70), (31, 32), (32, 63), (-3, 1_000)] {
            let tokens = tokens_between(Timestamp(from * DAY), Timestamp(up_to * DAY + 7));
            let tokens = tokens.expect("few periods");
            for day in from - 70..up_to + 70 {
                let of_day = tokens_of(Timestamp(day * DAY + DAY - 1));
                let found = of_day.iter().filter(|token| tokens.contains(token)).count();
                let expected = usize::from((from..=up_to).contains(&day));
                assert_eq!(found, expected, "{day} of {from} to {up_to}");
            }
        }
    }

    #[test]
    fn a_long_range_has_no_tokens() {
        let ends = [i64::MIN, -5, 0, 5_000 * DAY, i64::MAX].map(Timestamp);
        assert_eq!(tokens_between(ends[0], ends[4]), None);
        assert_eq!(tokens_between(ends[2], ends[3]), None);
        assert_eq!(tokens_between(ends[0], ends[1]), None);
        assert_eq!(
            tokens_between(ends[3], ends[1]),
            None,
            "the wrong way round"
        );
        let year = tokens_between(Timestamp(0), Timestamp(365 * DAY)).expect("few periods");
        assert_eq!(year.len(), 11 + 14);
    }
}
