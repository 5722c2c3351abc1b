//! Pairs of frequent words. On PostgreSQL each document has a token for each pair of them that stands beside each other in it.
//!
//! The index by token knows no places of words, so PostgreSQL reads every document that has all words of a phrase. Of words such as
//! "the" that is a part of all documents, and seldom do they stand beside each other. The tokens of their pairs leave few documents to
//! be read.
//!
//! The list of words is a part of the format of the index: documents that were stored before a word was added lack its pairs. So a
//! change of the list needs a migration that empties the index, like `0051_times_and_pairs`.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use super::property::MARK;

/// The most frequent words of some languages, as the index has them: without accents, in lower case.
const FREQUENT: [&str; 10] = [
    // English
    "the to and a i you of in is it that for on be with this we have not as at are if was my your but can will from me so or do an by our",
    // German
    "die der und ich sie das nicht ist es zu wir mit den in bitte auf fur haben mir eine von dass ein auch im dem des",
    // French
    "de la le et je vous a les en un pour que une pas est ne du des ce avec mon sur nous il au",
    // Spanish
    "de la que el en y a los no me por un se con mi una para es lo las su del",
    // Italian
    "di e il che la in un non per una mi con sono i le del da si ho",
    // Portuguese
    "de a o que e do da em um para nao com uma os no se na por",
    // Dutch
    "de het een en van ik te dat is in je niet op voor met zijn",
    // Polish
    "w i na nie z do sie to ze jest",
    // Swedish
    "och att det i en som pa ar for jag",
    // Russian
    "и в не на я что с по у это мы как вы за но",
];

static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let words = FREQUENT.iter().flat_map(|words| words.split(' '));
    words.collect()
});

/// Returns the token of a pair of neighbours, if both are frequent.
fn pair(neighbours: &[String]) -> Option<String> {
    let [one, two] = neighbours else {
        return None;
    };
    let are_frequent = WORDS.contains(one.as_str()) && WORDS.contains(two.as_str());
    are_frequent.then(|| format!("{MARK}w{one}.{two}"))
}

/// Returns the tokens of the pairs in a list of words, each once.
pub(crate) fn pairs(words: &[String]) -> BTreeSet<String> {
    words.windows(2).filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use heddle_search::words::words;

    use super::*;

    fn of(text: &str) -> Vec<String> {
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        pairs(&words).into_iter().collect()
    }

    #[test]
    fn only_pairs_of_frequent_neighbours_have_a_token() {
        assert_eq!(
            of("you and i and you and"),
            ["¦wand.i", "¦wand.you", "¦wi.and", "¦wyou.and"]
        );
        assert!(of("the invoice to").is_empty());
        assert!(of("the \u{a6} the").is_empty(), "a gap is between them");
        assert!(of("the").is_empty());
    }

    #[test]
    fn the_frequent_words_are_as_the_index_has_them() {
        for word in WORDS.iter() {
            let found: Vec<String> = words(word).into_iter().map(|word| word.text).collect();
            assert_eq!(found, [*word]);
        }
    }
}
