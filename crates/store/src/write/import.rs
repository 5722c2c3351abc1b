//! Imports a message under its id in the system that it comes from, once (myKaarma's historical import).

use heddle_domain::id::MessageId;

use super::customers;
use super::send::SendMessage;
use crate::error::{Refusal, Result, Trouble};
use crate::read::customers::follow;
use crate::rows::{customer as customer_rows, message_source as rows};
use crate::stmt::params;
use crate::tx::{Tx, Write};
use heddle_domain::InboxScope;

/// Adds an imported message to the customer's most recently active conversation in the inbox, or to a new one, unless the
/// inbox has a message with the same source id.
#[derive(Clone, Debug)]
pub struct ImportMessage {
    /// The message, which must be marked as imported.
    pub send: SendMessage,
    /// Id of the message in the system that it comes from.
    pub source: String,
}

/// The field that a refusal names if the source id belongs to another customer's message.
pub const SOURCE: &str = "source";

impl Write for ImportMessage {
    /// The message: the one that was imported now, or the one that was imported before.
    type Out = MessageId;
    const NAME: &'static str = "import_message";

    fn weight(&self) -> usize {
        256 + self.send.weight()
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<MessageId> {
        let SendMessage {
            caller,
            inbox,
            customer,
            ..
        } = &self.send;
        let account = caller.account;
        let reach = InboxScope::only([*inbox]);
        let customer =
            customers::pin(tx, &customer_rows::PEEK, caller, *customer, &reach, 0).await?;
        let claim = params![account, *inbox, &self.source, customer.id];
        let claimed = tx.fetch_one(&rows::CLAIM, claim, |row| row.text()).await?;
        let key = params![account, *inbox, &self.source];
        if claimed.is_some() {
            let message = self.send.apply(tx).await?.message.id;
            tx.queue(
                &rows::SETTLE,
                params![account, *inbox, &self.source, message],
            )?;
            return Ok(message);
        }
        let found = tx.fetch_one(&rows::GET, key, rows::imported).await?;
        let (owner, message) =
            found.ok_or_else(|| Trouble::Internal("a source id vanished".into()))?;
        let owner = follow(tx, &customer_rows::PEEK, account, owner).await?;
        match owner.is_some_and(|owner| owner.id == customer.id) {
            true => Ok(message),
            false => Err(Refusal::invalid(SOURCE, "belongs to another customer's message").into()),
        }
    }
}
