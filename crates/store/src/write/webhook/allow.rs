//! Which internal hosts and networks an account's webhooks may reach.

use heddle_domain::event::EventKind;
use heddle_domain::id::AccountId;
use heddle_domain::{EventDetail, Field};

use crate::error::Result;
use crate::rows::webhook as rows;
use crate::stmt::params;
use crate::tx::{Rows, Tx, Write};
use crate::write::caller::Caller;
use crate::write::events::append_plain_event;

/// Returns the internal hosts and networks that the operator allows for an account's webhooks.
pub(crate) async fn allowed(rows: &mut Rows<'_>, account: AccountId) -> Result<String> {
    let params = params![account];
    let found = rows.fetch_one(&rows::ALLOWED, params, |row| row.text());
    Ok(found.await?.unwrap_or_default())
}

/// Sets which internal hosts and networks an account's webhooks may reach. Only for the operator.
#[derive(Clone, Debug)]
pub struct AllowWebhooks {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The hosts and networks, separated by commas.
    pub entries: String,
}

impl Write for AllowWebhooks {
    type Out = ();
    const NAME: &'static str = "allow_webhooks";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        let account = self.caller.account;
        let before = allowed(tx, account).await?;
        let mut detail = EventDetail::default();
        detail.change(Field::WebhookAllow, &before, &self.entries);
        tx.queue(&rows::ALLOW, params![account, &self.entries])?;
        let kind = EventKind::AccountUpdated;
        append_plain_event(tx, &self.caller, kind, account.get(), detail).map(drop)
    }
}
