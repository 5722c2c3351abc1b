//! The line that `demo --json` prints: the server's address, its secrets, and the ids that tests need.
//!
//! Other programs depend on its keys; `tests/it/demo.rs` lists them. Secrets are created first, so that they are on disk before
//! the data that they protect. Ids are filled in when the data exists, and stay null where an operator's own sample data has
//! no such record. The types have no `Debug`, because it would print the secrets.

use heddle_access::secrets::{mint_key, mint_name};
use heddle_mews::mint_token as mint_mews_token;
use serde::{Deserialize, Serialize};

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

impl Summary {
    /// Creates a summary with new secrets. Its ids are still missing.
    pub(crate) fn mint() -> Self {
        Self {
            helpscout: HelpScout {
                client_id: mint_name(),
                client_secret: mint_key(),
                ..HelpScout::default()
            },
            mews: Mews {
                client_token: mint_mews_token(),
                access_token: mint_mews_token(),
                portfolio_access_token: mint_mews_token(),
                other_client_token: mint_mews_token(),
                other_access_token: mint_mews_token(),
                ..Mews::default()
            },
            magicline: Magicline {
                api_key: mint_key(),
                read_only_api_key: mint_key(),
                ..Magicline::default()
            },
            mykaarma: MyKaarma {
                username: mint_name(),
                password: mint_key(),
                ..MyKaarma::default()
            },
            native: Native { token: mint_key() },
            ..Self::default()
        }
    }
}
