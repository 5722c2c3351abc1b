//! The name of this API, and the state of its router.

use std::sync::Arc;

use heddle_api::{Apis, Description, Turns};
use heddle_domain::{AccountId, ApiName};

use crate::document::Document;
use crate::error::Error;
use crate::live::hub::Hub;
use crate::vocabulary::ApiWord;

/// The name of this API.
pub const NAME: ApiName = ApiName::named("native");

/// The state that only this API needs.
#[derive(Debug)]
pub(crate) struct Own {
    /// The descriptions of all APIs, because webhooks and credentials can be created for each API.
    pub(crate) apis: Apis,
    pub(crate) document: Arc<Document>,
    pub(crate) in_flight: Turns<(AccountId, [u8; 32])>,
    pub(crate) live: Arc<Hub>,
}

impl Own {
    /// Returns the description of an API.
    ///
    /// # Errors
    /// Returns a 422 for the field `api` if there is no API with this name.
    pub(crate) fn api(&self, name: &ApiWord) -> Result<&Description, Error> {
        let found = self.apis.find(&name.0);
        found.ok_or_else(|| Error::invalid("api", "choice", "is no API of this server"))
    }
}

/// The state of this API's router.
pub(crate) type Context = heddle_api::Context<Own>;
