//! Reads further facts about customers.

use std::collections::HashMap;

use heddle_domain::customer::CustomerDetails;
use heddle_domain::id::{AccountId, CustomerId};

use crate::error::Result;
use crate::rows::preference as rows;
use crate::stmt::keys;
use crate::tx::{Cost, Read, Rows};

/// Reads further facts about customers. A customer for whom none were ever given is left out.
#[derive(Clone, Debug)]
pub struct DetailsOfCustomers {
    /// Account whose data is read.
    pub account: AccountId,
    /// The customers; the caller must be allowed to see them.
    pub ids: Vec<CustomerId>,
}

impl Read for DetailsOfCustomers {
    type Out = HashMap<CustomerId, CustomerDetails>;
    const NAME: &'static str = "details_of_customers";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::page(self.account, self.ids.len())
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        details_of(rows, self.account, &self.ids).await
    }
}

/// Reads further facts about customers.
pub(super) async fn details_of(
    rows: &mut Rows<'_>,
    account: AccountId,
    ids: &[CustomerId],
) -> Result<HashMap<CustomerId, CustomerDetails>> {
    let keys = keys(account, ids.iter().copied());
    let found = rows.fetch_many(&rows::DETAILS, &keys, rows::details);
    let found = found.await?.into_iter().zip(ids);
    let one = |(mut details, id): (Vec<_>, &CustomerId)| Some((*id, details.pop()?));
    Ok(found.filter_map(one).collect())
}
