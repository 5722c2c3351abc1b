//! Names of tags. A tag has one name in every API (`rules.md` 12c), so every name that a request gives, be it to add, to
//! remove or to filter, is this type.

use unicode_normalization::UnicodeNormalization;

/// The name of a tag: trimmed, in Unicode normalisation form C, in lower case, 1 to 100 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagName(String);

impl TagName {
    /// The maximum length of a tag's name, in characters.
    pub const LONGEST: usize = 100;

    /// Returns the name that a text stands for; `None` if it has no characters, or more than 100.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = normal(text);
        (1..=Self::LONGEST)
            .contains(&name.chars().count())
            .then_some(Self(name))
    }

    /// Returns the name for a tag that was stored before this rule: a longer name is cut, a blank one becomes `(blank)`.
    #[must_use]
    pub fn nearest(text: &str) -> Self {
        let cut: String = normal(text).chars().take(Self::LONGEST).collect();
        Self::parse(&cut).unwrap_or_else(|| Self("(blank)".to_owned()))
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Lower case can take a text out of the normalisation form, so the form comes last.
fn normal(text: &str) -> String {
    let composed: String = text.trim().nfc().collect();
    composed.to_lowercase().nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> Option<String> {
        TagName::parse(text).map(|name| name.0)
    }

    #[test]
    fn spellings_of_a_name_are_one_name() {
        for (text, expected) in [
            ("Refund", Some("refund")),
            (" refund\t", Some("refund")),
            ("ÄRGER", Some("ärger")),
            ("A\u{308}RGER", Some("ärger")),
            ("\u{212b}", Some("å")),
            ("two words", Some("two words")),
            ("", None),
            (" \n", None),
        ] {
            assert_eq!(name(text).as_deref(), expected, "{text:?}");
        }
        assert!(name(&"ä".repeat(100)).is_some());
        assert!(name(&"a\u{308}".repeat(100)).is_some());
        assert!(name(&"ä".repeat(101)).is_none());
    }

    #[test]
    fn every_stored_text_has_a_nearest_name() {
        assert_eq!(TagName::nearest(" ").as_str(), "(blank)");
        assert_eq!(TagName::nearest(&"X".repeat(300)).as_str(), "x".repeat(100));
    }

    proptest! {
        #[test]
        fn the_name_of_a_name_is_itself(text in "\\PC{0,40}") {
            let nearest = TagName::nearest(&text);
            prop_assert_eq!(TagName::parse(nearest.as_str()), Some(nearest.clone()));
        }
    }
}
