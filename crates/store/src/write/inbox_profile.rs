//! Changes the profile of an inbox. A profile belongs to its inbox: a change of it is a change of the inbox, with the
//! inbox's event and version.

use heddle_domain::event::EventKind;
use heddle_domain::id::InboxId;
use heddle_domain::{EventDetail, Field, InboxProfile};
use jiff::tz::TimeZone;

use super::caller::Caller;
use super::events::append_event_about;
use super::must::must_match;
use crate::error::{Entity, Refusal, Result};
use crate::rows::{account as account_rows, inbox_profile as rows};
use crate::stmt::params;
use crate::tx::{Tx, Write};

/// Replaces the profile of an inbox.
#[derive(Clone, Debug)]
pub struct PutInboxProfile {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The inbox.
    pub id: InboxId,
    /// The version that the inbox must have; `None` means any.
    pub expected: Option<i64>,
    /// The whole new profile.
    pub profile: InboxProfile,
}

impl Write for PutInboxProfile {
    /// The version of the inbox after the change.
    type Out = i64;
    const NAME: &'static str = "put_inbox_profile";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<i64> {
        must_be_valid(&self.profile)?;
        let account = self.caller.account;
        let key = params![account, self.id];
        let found = tx.fetch_one(&account_rows::LOCK_INBOX, key, account_rows::inbox);
        let inbox = found.await?.ok_or(Refusal::NotFound(Entity::Inbox))?;
        must_match(self.expected, inbox.version)?;
        let before = tx.fetch_one(&rows::GET, key, rows::profile).await?;
        let [old, new] = InboxProfile::differences(&before.unwrap_or_default(), &self.profile);
        if old == new {
            return Ok(inbox.version);
        }
        let mut detail = EventDetail::default();
        detail.change(|change| Field::InboxProfile(Box::new(change)), &old, &new);
        let (kind, about) = (EventKind::InboxUpdated, (self.id.get(), Some(self.id)));
        let event = append_event_about(tx, &self.caller, kind, about, detail)?;
        tx.queue(
            &account_rows::UPDATE_INBOX,
            params![
                account,
                self.id,
                &inbox.name,
                inbox.default_agent,
                inbox.messaging_off,
                event
            ],
        )?;
        let written = rows::written(&self.profile)?;
        tx.queue(&rows::PUT, params![account, self.id, &written])?;
        Ok(event.get())
    }
}

/// Refuses a profile with a wrong value. Names the first one.
fn must_be_valid(profile: &InboxProfile) -> Result<()> {
    if let Some((field, reason)) = profile.faults().into_iter().next() {
        return Err(Refusal::invalid(field, reason).into());
    }
    match profile.time_zone.as_deref() {
        Some(name) if !is_zone(name) => {
            let reason = "must be a name of the IANA time zone database, such as Europe/Berlin";
            Err(Refusal::invalid("time_zone", reason).into())
        }
        _ => Ok(()),
    }
}

/// Whether a time zone has exactly this name: the database also finds names in other letter case.
fn is_zone(name: &str) -> bool {
    let zone = TimeZone::get(name);
    zone.is_ok_and(|zone| !zone.is_unknown() && zone.iana_name() == Some(name))
}
