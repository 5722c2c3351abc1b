//! Reads the parameters of a query. Unknown parameters are ignored (contract section 4).

use std::ops::RangeInclusive;

use heddle_http::query::Query;

use crate::error::Error;
use crate::text::Text;

/// Returns the text of a parameter. Of several, the last one counts.
pub(crate) fn text<'a>(query: &'a Query, name: &str) -> Result<Option<&'a str>, Error> {
    match query.last(name) {
        Some(text) if text.contains('\0') => Err(Error::field(Text::NulCharacter, name)),
        found => Ok(found),
    }
}

/// Returns what the word of a parameter means.
pub(crate) fn word<T: Copy>(
    query: &Query,
    name: &str,
    words: &[(&str, T)],
) -> Result<Option<T>, Error> {
    let Some(text) = text(query, name)? else {
        return Ok(None);
    };
    let known = words.iter().find(|(word, _)| *word == text);
    match known {
        Some((_, meaning)) => Ok(Some(*meaning)),
        None => Err(Error::field(Text::UnknownValue, name)),
    }
}

/// Returns how many items a slice of a list has.
pub(crate) fn slice_size(
    query: &Query,
    allowed: RangeInclusive<usize>,
    usual: usize,
) -> Result<usize, Error> {
    let name = "sliceSize";
    let Some(text) = text(query, name)? else {
        return Ok(usual);
    };
    let size = text.parse().ok().filter(|size| allowed.contains(size));
    size.ok_or_else(|| Error::field(Text::BadSliceSize, name))
}

/// Checks how the numbers of cards are to be written. No customer has a card, so the answer does not depend on it.
pub(crate) fn check_card_number_format(query: &Query) -> Result<(), Error> {
    word(query, "cardNumberFormat", &CARD_NUMBER_FORMATS).map(drop)
}

/// The statuses that the list of customers has, and whether they are those of prospects.
pub(crate) const CUSTOMER_STATUSES: [(&str, bool); 2] = [("MEMBER", false), ("PROSPECT", true)];

/// The ways to write the number of a card.
pub(crate) const CARD_NUMBER_FORMATS: [(&str, ()); 3] =
    [("DECIMAL", ()), ("HEX_MSB", ()), ("HEX_LSB", ())];
