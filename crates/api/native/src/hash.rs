//! Computes one SHA-256 of several texts.

use sha2::{Digest, Sha256};

/// Hashes several texts. The length of each text is hashed too, so `"ab", "c"` and `"a", "bc"` differ.
pub(crate) fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Sha256 {
    texts.into_iter().fold(Sha256::new(), |sum, text| {
        sum.chain_update(text.len().to_le_bytes())
            .chain_update(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_letters_in_other_parts_have_another_hash() {
        let hash = |texts: [&'static str; 2]| of_texts(texts).finalize();
        assert_ne!(hash(["ab", "c"]), hash(["a", "bc"]));
    }
}
