//! Finds the API that a request names.

use heddle_api::Description;

use crate::context::Context;
use crate::error::Error;
use crate::vocabulary::ApiWord;

/// # Errors
/// 422 for the field `api` if there is no API of that name.
pub(crate) fn api_named<'a>(
    context: &'a Context,
    name: &ApiWord,
) -> Result<&'a Description, Error> {
    let found = context.own.apis.find(&name.0);
    found.ok_or_else(|| Error::invalid("api", "choice", "is no API of this server"))
}
