//! The API that a request names.

use heddle_api::Description;

use crate::context::Context;
use crate::error::{Error, FieldError};
use crate::words::ApiWord;

/// The API of that name.
///
/// # Errors
/// 422 for the member `api` if there is none.
pub(crate) fn api_named<'a>(
    context: &'a Context,
    name: &ApiWord,
) -> Result<&'a Description, Error> {
    let unknown = || FieldError::new("api", "choice", "is no API of this server");
    let found = context.own.apis.find(&name.0);
    found.ok_or_else(|| Error::Invalid(vec![unknown()]))
}
