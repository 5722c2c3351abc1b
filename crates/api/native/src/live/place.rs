//! Places in the feed, which are the ids of the stream.

use std::fmt;

/// A place in the feed: what a reader has received. As a text, it is the id of an event of the stream.
///
/// A new conversation and its first messages share one position. If the connection breaks between them, the client goes on with
/// the next of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    position: i64,
    /// The last part of the position's events that was received; `None` if all were.
    part: Option<usize>,
}

impl Place {
    /// The place after everything with this position.
    pub(crate) const fn after_all(position: i64) -> Self {
        Self {
            position,
            part: None,
        }
    }

    /// The place after one part of what has this position.
    pub(crate) const fn after_part(position: i64, part: usize) -> Self {
        Self {
            position,
            part: Some(part),
        }
    }

    /// Reads the id of an event of the stream.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (position, part) = match text.split_once('.') {
            Some((position, part)) => (position, Some(part)),
            None => (text, None),
        };
        let number = |text: &str| {
            let is_plain =
                (1..=16).contains(&text.len()) && (text == "0" || !text.starts_with('0'));
            let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<i64>().ok().filter(|_| is_plain && is_digits)
        };
        let part = match part {
            Some(part) => Some(usize::try_from(number(part)?).ok()?),
            None => None,
        };
        let position = number(position)?;
        (part.is_none() || position > 0).then_some(Self { position, part })
    }

    /// The position up to which everything was received.
    pub(crate) fn whole(self) -> i64 {
        self.position - i64::from(self.part.is_some())
    }

    /// The greatest position of which anything was received.
    pub(crate) const fn position(self) -> i64 {
        self.position
    }

    /// Whether this part of what has the position was received.
    pub(super) fn has(self, position: i64, part: usize) -> bool {
        position <= self.whole()
            || (position == self.position && self.part.is_some_and(|last| part <= last))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.position)?;
        match self.part {
            Some(part) => write!(f, ".{part}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_position_or_a_part_of_one() {
        for text in ["0", "7", "9007199254740991", "7.0", "7.12"] {
            let place = Place::parse(text).expect("a place");
            assert_eq!(place.to_string(), text);
        }
        let bad = [
            "",
            " ",
            "x",
            "-1",
            "+1",
            "1.",
            ".1",
            "1.x",
            "1.-1",
            "01",
            "1.01",
            "0.1",
            "1 ",
            "1e3",
            "1.1.1",
            "99999999999999999",
            "9223372036854775808",
            "١",
            "1\u{0}",
        ];
        for text in bad {
            assert_eq!(Place::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_place_inside_a_position_has_only_the_parts_up_to_it() {
        let place = Place::after_part(7, 1);
        assert_eq!((place.whole(), place.position()), (6, 7));
        for (position, part, has) in [
            (6, 9, true),
            (7, 0, true),
            (7, 1, true),
            (7, 2, false),
            (8, 0, false),
        ] {
            assert_eq!(place.has(position, part), has, "{position}.{part}");
        }
        assert!(Place::after_all(7).has(7, 3) && !Place::after_all(7).has(8, 0));
    }
}
