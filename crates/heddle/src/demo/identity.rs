//! The secrets and public ids of the sample data: the same at every start, or random ones.
//!
//! A fixed value is computed from a text that says what it is for, so that it is the same on every machine and does not depend on
//! the order in which records are made. Fixed secrets are public: `serve` refuses a store that has them, and a demo with them
//! serves only the loopback.

use heddle_access::provision::AccountIds;
use heddle_access::secrets::{mint_key, mint_name};
use heddle_store::write::account::ApiPublicId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How secrets and public ids are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The same at every start.
    Fixed,
    /// New ones.
    Random,
}

impl Identity {
    /// Returns a key of 64 hexadecimal digits.
    pub(crate) fn key(self, purpose: &str) -> String {
        match self {
            Self::Fixed => base16ct::lower::encode_string(&digest(purpose)),
            Self::Random => mint_key(),
        }
    }

    /// Returns a name of 32 hexadecimal digits.
    pub(crate) fn name(self, purpose: &str) -> String {
        match self {
            Self::Fixed => base16ct::lower::encode_string(&digest(purpose)[..16]),
            Self::Random => mint_name(),
        }
    }

    /// Returns a token in the form of Mews.
    pub(crate) fn mews_token(self, purpose: &str) -> String {
        match self {
            Self::Fixed => {
                let digits = self.key(purpose).to_uppercase();
                format!("{}-{}", &digits[..32], &digits[33..])
            }
            Self::Random => heddle_mews::mint_token(),
        }
    }

    /// Returns the ids of one account's records.
    pub(crate) fn of_account(self, account: &str) -> SampleIds<'_> {
        SampleIds {
            identity: self,
            account,
        }
    }

    fn uuid(self, purpose: &str) -> Uuid {
        match self {
            Self::Fixed => {
                let mut bytes = [0; 16];
                bytes.copy_from_slice(&digest(purpose)[..16]);
                // The version of a random UUID, as of those that Heddle makes otherwise.
                uuid::Builder::from_random_bytes(bytes).into_uuid()
            }
            Self::Random => Uuid::new_v4(),
        }
    }
}

fn digest(purpose: &str) -> [u8; 32] {
    Sha256::digest(format!("heddle demo: {purpose}")).into()
}

/// Makes the public ids of one account's records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SampleIds<'a> {
    identity: Identity,
    /// The account's name.
    account: &'a str,
}

impl SampleIds<'_> {
    /// Returns the ids of the account itself.
    pub(crate) fn account(self) -> AccountIds {
        let own = self.uuid("account", "");
        AccountIds {
            // The last digits: the first ones of a random UUID hold its version.
            guid_tag: self.uuid("guid tag", "").as_u64_pair().1 as u32,
            public_ids: [own.to_string(), self.uuid("built-in agent", "").to_string()],
        }
    }

    /// Returns the public id, for all APIs, of the record with a key.
    pub(crate) fn for_all_apis(self, kind: &str, key: &str) -> Vec<ApiPublicId> {
        vec![(String::new(), self.uuid(kind, key).to_string())]
    }

    fn uuid(self, kind: &str, key: &str) -> Uuid {
        let Self { identity, account } = self;
        // The lengths keep apart what the texts alone would not.
        identity.uuid(&format!("{} {account} {kind} {key}", account.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_values_are_always_the_same_and_differ_by_purpose() {
        let fixed = Identity::Fixed;
        assert_eq!(fixed.key("a"), fixed.key("a"));
        assert_ne!(fixed.key("a"), fixed.key("b"));
        // Clients have recorded these values: they never change.
        assert_eq!(
            fixed.name("native.token"),
            "1551f304c794a377c6e5d327cd817f9d"
        );
        assert_eq!(
            fixed.mews_token("mews.access_token"),
            "FB43CE0AACF13590DA7679DE2699D057-38E3EE9215E2C12C47D40BBC9CAE9B9"
        );
        assert_ne!(Identity::Random.key("a"), Identity::Random.key("a"));
    }

    #[test]
    fn ids_differ_by_account_kind_and_key() {
        let ids = [
            ("a", "b", "c"),
            ("b", "b", "c"),
            ("a", "c", "c"),
            ("a", "b", "d"),
        ];
        let made: std::collections::BTreeSet<_> = ids
            .map(|(account, kind, key)| Identity::Fixed.of_account(account).for_all_apis(kind, key))
            .into();
        assert_eq!(made.len(), ids.len());
    }

    #[test]
    fn a_mews_token_has_the_form_of_the_vendor() {
        for identity in [Identity::Fixed, Identity::Random] {
            let token = identity.mews_token("x");
            assert_eq!((token.len(), token.find('-')), (64, Some(32)), "{token}");
        }
    }
}
