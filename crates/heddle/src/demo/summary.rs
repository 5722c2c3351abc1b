//! The line that `demo --json` prints: the server's address, its secrets, and the ids that tests need.
//!
//! Other programs depend on its keys; `tests/it/demo.rs` lists them. Secrets are created first, so that they are on disk before
//! the data that they protect. Ids are filled in when the data exists, and stay null where an operator's own sample data has
//! no such record. The types have no `Debug`, because it would print the secrets.

use heddle_access::authentication::Lookup;
use heddle_domain::ApiName;
use serde::{Deserialize, Serialize};

use super::identity::Identity;

#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct Summary {
    /// The server's address, without a slash at its end.
    pub(crate) url: String,
    pub(crate) pid: u32,
    /// The data folder.
    pub(crate) data: String,
    pub(crate) helpscout: HelpScout,
    pub(crate) mews: Mews,
    pub(crate) magicline: Magicline,
    pub(crate) mykaarma: MyKaarma,
    pub(crate) native: Native,
}

#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct HelpScout {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// A bearer token that is ready to use, so that a client need not ask for one. The `demo.json` of an earlier version has none.
    #[serde(default)]
    pub(crate) access_token: String,
    pub(crate) mailbox_id: Option<i64>,
    pub(crate) user_id: Option<i64>,
    pub(crate) customer_id: Option<i64>,
    pub(crate) customer_email: Option<String>,
    pub(crate) conversation_id: Option<i64>,
    pub(crate) closed_conversation_id: Option<i64>,
    pub(crate) conversation_id_98_threads: Option<i64>,
    pub(crate) conversation_id_99_threads: Option<i64>,
    pub(crate) merged_conversation_id: Option<i64>,
    pub(crate) merged_into_id: Option<i64>,
}

#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct Mews {
    pub(crate) client_token: String,
    pub(crate) access_token: String,
    pub(crate) portfolio_access_token: String,
    pub(crate) enterprise_ids: Vec<String>,
    pub(crate) other_client_token: String,
    pub(crate) other_access_token: String,
}

#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct Magicline {
    pub(crate) api_key: String,
    pub(crate) read_only_api_key: String,
    pub(crate) customer_id: Option<i64>,
    pub(crate) other_studio_customer_id: Option<i64>,
}

#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct MyKaarma {
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) dealer_uuid: Option<String>,
    pub(crate) department_uuid: Option<String>,
    pub(crate) user_uuid: Option<String>,
    pub(crate) default_user_uuid: Option<String>,
    pub(crate) customer_uuid: Option<String>,
    pub(crate) other_department_uuid: Option<String>,
}

#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct Native {
    pub(crate) token: String,
}

fn text_of(lookup: Lookup<'_>) -> &str {
    match lookup {
        Lookup::Name(text) | Lookup::Secret(text) => text,
    }
}

impl Summary {
    /// Creates a summary with secrets. Its ids are still missing.
    pub(crate) fn with_secrets(identity: Identity) -> Self {
        let (key, name) = (|of| identity.key(of), |of| identity.name(of));
        let mews_token = |of| identity.mews_token(of);
        Self {
            helpscout: HelpScout {
                client_id: name("helpscout.client_id"),
                client_secret: key("helpscout.client_secret"),
                access_token: key("helpscout.access_token"),
                ..HelpScout::default()
            },
            mews: Mews {
                client_token: mews_token("mews.client_token"),
                access_token: mews_token("mews.access_token"),
                portfolio_access_token: mews_token("mews.portfolio_access_token"),
                other_client_token: mews_token("mews.other_client_token"),
                other_access_token: mews_token("mews.other_access_token"),
                ..Mews::default()
            },
            magicline: Magicline {
                api_key: key("magicline.api_key"),
                read_only_api_key: key("magicline.read_only_api_key"),
                ..Magicline::default()
            },
            mykaarma: MyKaarma {
                username: name("mykaarma.username"),
                password: key("mykaarma.password"),
                ..MyKaarma::default()
            },
            native: Native {
                token: key("native.token"),
            },
            ..Self::default()
        }
    }

    /// Whether at least one of the secrets is a fixed one, which everybody knows.
    pub(crate) fn has_fixed_secrets(&self) -> bool {
        let fixed = Self::with_secrets(Identity::Fixed);
        let texts = |of: &Self| of.lookups().map(|(_, lookup)| text_of(lookup).to_owned());
        texts(self)
            .iter()
            .zip(&texts(&fixed))
            .any(|(own, fixed)| own == fixed)
    }

    /// Returns what each credential is looked up by, with its API.
    pub(crate) fn lookups(&self) -> [(ApiName, Lookup<'_>); 8] {
        let (mews, magicline) = (&self.mews, &self.magicline);
        [
            (heddle_native::NAME, Lookup::Secret(&self.native.token)),
            (
                heddle_helpscout::NAME,
                Lookup::Name(&self.helpscout.client_id),
            ),
            (heddle_magicline::NAME, Lookup::Secret(&magicline.api_key)),
            (
                heddle_magicline::NAME,
                Lookup::Secret(&magicline.read_only_api_key),
            ),
            (heddle_mews::NAME, Lookup::Secret(&mews.access_token)),
            (
                heddle_mews::NAME,
                Lookup::Secret(&mews.portfolio_access_token),
            ),
            (heddle_mews::NAME, Lookup::Secret(&mews.other_access_token)),
            (heddle_mykaarma::NAME, Lookup::Name(&self.mykaarma.username)),
        ]
    }
}
