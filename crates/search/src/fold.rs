//! Makes spellings of a word equal that a reader takes for the same: case, diacritics, and forms of one character.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Returns the form of a text by which it is compared: Unicode normalisation form KC, without case and without diacritics.
///
/// `Über`, `über` and `uber` have one form, and so have `Straße` and `strasse`, `ﬁn` and `fin`, `１２` and `12`. Vowel signs of
/// Indic scripts are letters to their readers, so they stay.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Upper case first, because it makes letters of some marks (the Greek iota below a vowel), which other marks must not pass. It comes
    // before lower case, because lower case alone would keep `ß` apart from `ss` and a final sigma from the others.
    let upper = text.chars().flat_map(char::to_uppercase);
    let plain = upper.nfkd().filter(|c| !is_dropped(*c));
    let caseless = plain
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase);
    let mut folded = String::with_capacity(text.len());
    for c in caseless.nfkd().filter(|c| !is_dropped(*c)) {
        match base_letters(c) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(c),
        }
    }
    folded.nfc().collect()
}

/// Whether a character of a decomposed text makes no difference to a reader who searches.
fn is_dropped(c: char) -> bool {
    is_diacritic(c) || is_invisible(c)
}

/// Marks of Latin, Greek and Cyrillic, the short vowels of Arabic, and the points of Hebrew.
fn is_diacritic(c: char) -> bool {
    let is_diacritic = matches!(c,
        '\u{300}'..='\u{344}' | '\u{346}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}');
    // The Arabic tatweel (U+0640) is no mark, but only stretches a word.
    is_diacritic && (is_combining_mark(c) || c == '\u{640}')
}

/// Soft hyphens, joiners, directions of writing and selectors of glyphs.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Letters that Unicode does not decompose, although people write them with these when their keyboard has no others.
fn base_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ł' => "l",
        'ŧ' => "t",
        'þ' => "th",
        'ı' => "i",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_that_readers_take_for_the_same_are_one() {
        for (one, other) in [
            ("über", "UBER"),
            ("u\u{308}ber", "über"),
            ("Straße", "STRASSE"),
            ("ﬁn", "fin"),
            ("１２", "12"),
            ("Ørsted", "orsted"),
            ("Łódź", "lodz"),
            ("Æsop", "aesop"),
            ("ΟΔΟΣ", "οδός"),
            ("ёлка", "елка"),
            ("İstanbul", "istanbul"),
            ("ISTANBUL", "ıstanbul"),
            ("שָׁלוֹם", "שלום"),
            ("مُحَمَّد", "محمد"),
            ("Zu\u{ad}cker", "zucker"),
            ("ｶﾞｽ", "ガス"),
            ("\u{1112}\u{1161}\u{11ab}", "한"),
            // A mark after a vowel with an iota below, which is a letter after the vowel in upper case.
            ("\u{1fb7}\u{16ff0}", "\u{391}\u{342}\u{399}\u{16ff0}"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
    }

    #[test]
    fn different_words_stay_different() {
        for (one, other) in [
            ("कि", "की"),
            ("が", "か"),
            ("하", "한"),
            ("ㅏ", "ㅓ"),
            ("ไม้", "ไม"),
        ] {
            assert_ne!(fold(one), fold(other), "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn a_folded_text_stays_as_it_is(text in ".*") {
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded);
        }

        #[test]
        fn the_case_makes_no_difference(text in "\\PC*") {
            prop_assert_eq!(fold(&text.to_uppercase()), fold(&text));
        }
    }
}
