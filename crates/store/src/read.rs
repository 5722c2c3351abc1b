//! Reads: queries of the APIs, each on one snapshot.

pub mod account;
pub mod applications;
pub mod audit;
pub mod check;
pub mod contents;
pub mod conversations;
pub mod customers;
pub mod dump;
pub mod event_messages;
pub mod feed;
pub mod listing;
mod merge;
mod place;
pub mod principal;
pub mod references;
pub mod tags;
pub mod threads;
pub mod uploads;
pub mod webhooks;

use heddle_domain::customer::Customer;
use heddle_domain::id::{AccountId, AgentId, CustomerId};
use heddle_domain::person::Agent;

use crate::error::Result;
use crate::rows::{account as account_rows, customer as customer_rows};
use crate::stmt::params;
use crate::tx::Rows;

/// Reads the customers with these ids, in the given order; each must exist.
async fn customers(
    rows: &mut Rows<'_>,
    account: AccountId,
    ids: &[CustomerId],
) -> Result<Vec<Customer>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    rows.fetch(
        &customer_rows::GET_MANY,
        params![account, ids.as_slice()],
        customer_rows::customer,
    )
    .await
}

/// Reads the agents with these ids.
async fn agents(rows: &mut Rows<'_>, account: AccountId, ids: &[AgentId]) -> Result<Vec<Agent>> {
    let params: Vec<_> = ids
        .iter()
        .map(|id| [account.into(), (*id).into()])
        .collect();
    let params: Vec<_> = params.iter().map(<[_; 2]>::as_slice).collect();
    let found = rows
        .fetch_many(&account_rows::GET_AGENT, &params, account_rows::agent)
        .await?;
    Ok(found.into_iter().flatten().collect())
}
