//! Builds the store's command that creates a credential.

use heddle_domain::credential::Grant;
use heddle_store::write::Caller;
use heddle_store::write::credential::CreateCredential;

use crate::authentication::{Lookup, key_hash, secret_hash};

/// Returns the store's command that creates a credential. `secret` is given for a credential that is looked up by its
/// public name.
pub(crate) fn create_command(
    caller: Caller,
    grant: Grant,
    lookup: Lookup<'_>,
    secret: Option<&str>,
) -> CreateCredential {
    let public_name = match lookup {
        Lookup::Name(name) => name.to_owned(),
        Lookup::Secret(_) => String::new(),
    };
    CreateCredential {
        caller,
        key_hash: key_hash(grant.api, lookup),
        grant,
        public_name,
        secret_hash: secret.map(secret_hash),
        new_application: None,
    }
}
