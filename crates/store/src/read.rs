//! Reads: queries of the APIs. If the statements of a read must see the same state, they see one snapshot.

pub mod account;
pub mod applications;
pub mod audit;
mod bodies;
pub mod check;
pub mod contents;
pub mod conversations;
pub mod custom_fields;
pub mod customer_details;
pub mod customer_list;
pub mod customer_match;
pub mod customers;
mod details;
pub(crate) mod documents;
pub mod dump;
pub mod event_messages;
pub mod feed;
pub mod folders;
pub mod followers;
pub mod history;
pub mod inbox_profiles;
pub mod listing;
mod merge;
pub mod opt_outs;
pub mod people;
mod position;
pub mod preferences;
pub mod principal;
pub mod references;
pub mod room;
pub(crate) mod search;
pub mod selection;
pub mod tags;
pub mod threads;
pub mod uploads;
mod views;
pub mod webhooks;

use heddle_domain::customer::Customer;
use heddle_domain::id::{AccountId, AgentId, CustomerId};
use heddle_domain::message::{Attachment, Message};
use heddle_domain::person::Agent;

use crate::error::Result;
use crate::rows::{
    account as account_rows, attachment as attachment_rows, customer as customer_rows,
};
use crate::stmt::{keys, params};
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
    let keys = keys(account, ids.iter().copied());
    let found = rows
        .fetch_many(&account_rows::GET_AGENT, &keys, account_rows::agent)
        .await?;
    Ok(found.into_iter().flatten().collect())
}

/// Adds attachments to messages, only to those that are `wanted`; keeps their order.
async fn with_files(
    rows: &mut Rows<'_>,
    account: AccountId,
    messages: Vec<Message>,
    wanted: fn(&Message) -> bool,
) -> Result<Vec<(Message, Vec<Attachment>)>> {
    let having = |message: &Message| message.attachments > 0 && wanted(message);
    let params: Vec<_> = messages
        .iter()
        .filter(|message| having(message))
        .map(|m| [account.into(), m.conversation.into(), m.id.into()])
        .collect();
    let found = rows
        .fetch_many(
            &attachment_rows::OF_MESSAGE,
            &params,
            attachment_rows::attachment,
        )
        .await?;
    let mut found = found.into_iter();
    let with = |message: Message| {
        let files = match having(&message) {
            true => found.next().unwrap_or_default(),
            false => Vec::new(),
        };
        (message, files)
    };
    Ok(messages.into_iter().map(with).collect())
}
