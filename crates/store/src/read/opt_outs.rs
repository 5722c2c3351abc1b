//! Reads opt-outs: whether addresses may be written to.

use base16ct::lower::encode_string;
use heddle_domain::id::{AccountId, InboxId};
use heddle_domain::opt_out::{OptOut, OptOutAddress};
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::rows::opt_out as rows;
use crate::stmt::Value;
use crate::tx::{Cost, Read, Rows};

/// Reads the opt-outs of some addresses in an inbox.
#[derive(Clone, Debug)]
pub struct GetOptOuts {
    /// Account whose data is read.
    pub account: AccountId,
    /// The inbox from which the addresses are written to.
    pub inbox: InboxId,
    /// The addresses.
    pub addresses: Vec<OptOutAddress>,
}

impl Read for GetOptOuts {
    /// In the order of the addresses; `None` for an address about which nothing was recorded.
    type Out = Vec<Option<OptOut>>;
    const NAME: &'static str = "get_opt_outs";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::page(self.account, self.addresses.len())
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let hashes: Vec<String> = self
            .addresses
            .iter()
            .map(|address| hashed(self.account, address))
            .collect();
        let keys: Vec<[Value<'_>; 4]> = self
            .addresses
            .iter()
            .zip(&hashes)
            .map(|(address, hash)| {
                let kind = address.kind().as_str().into();
                [self.account.into(), self.inbox.into(), kind, hash.into()]
            })
            .collect();
        let found = rows.fetch_many(&rows::GET, &keys, rows::opt_out);
        Ok(found.await?.into_iter().map(|mut row| row.pop()).collect())
    }
}

/// Returns the form in which an address is stored. It differs between accounts, and does not show the address. Who has the
/// database can find a telephone number by trying all of them.
pub(crate) fn hashed(account: AccountId, address: &OptOutAddress) -> String {
    let text = format!("{account}|{}|{}", address.kind().as_str(), address.value());
    encode_string(&Sha256::digest(text.as_bytes()))
}
