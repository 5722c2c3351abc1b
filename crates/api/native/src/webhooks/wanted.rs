//! What a webhook may be beyond what every API checks ([`manage`]): within its maker's inboxes and rights, and told only of
//! what it can be told of.

use heddle_domain::ApiName;
use heddle_domain::id::{InboxId, WebhookId};

use crate::auth::Holder;
use crate::context::NAME;
use crate::error::{Error, FieldError};
use heddle_api::{App, Description};
use heddle_webhooks::allow::Allow;
use heddle_webhooks::hook::Hook;
use heddle_webhooks::manage::{self, CheckError, Checked, Wishes};

/// The checks of one request, with every fault that they found.
#[derive(Debug)]
pub(crate) struct Checks<'a> {
    holder: &'a Holder,
    api: ApiName,
    pub(crate) hook: &'static dyn Hook,
    pub(crate) faults: Vec<FieldError>,
}

impl<'a> Checks<'a> {
    /// Checks of a webhook of an API.
    ///
    /// # Errors
    /// 422 if the API has no webhooks.
    pub(crate) fn of(holder: &'a Holder, api: &Description) -> Result<Self, Error> {
        let no_webhooks = || FieldError::new("api", "invalid", "has no webhooks");
        Ok(Self {
            holder,
            api: api.name(),
            hook: api
                .hook
                .ok_or_else(|| Error::Invalid(vec![no_webhooks()]))?,
            faults: Vec::new(),
        })
    }

    /// Checks what every API checks, too, and seals what is secret.
    ///
    /// # Errors
    /// 422 with every fault.
    pub(crate) async fn settle(
        mut self,
        app: &App,
        id: WebhookId,
        wishes: Wishes<'_>,
        kept_allow: &Allow,
    ) -> Result<Checked, Error> {
        let account = self.holder.account();
        match manage::check(&app.webhooks, account, id, self.hook, wishes, kept_allow).await {
            Ok(checked) => Error::invalid_if_any(self.faults).map(|()| checked),
            Err(CheckError::Faults(faults)) => {
                let faults = faults.into_iter();
                let told =
                    faults.map(|fault| FieldError::new(&fault.field, "invalid", fault.detail));
                self.faults.extend(told);
                Err(Error::Invalid(self.faults))
            }
            Err(CheckError::Store(error)) => Err(error.into()),
            Err(CheckError::Seal(error)) => Err(error.into()),
        }
    }

    pub(crate) fn refuse(&mut self, field: &str, detail: impl Into<String>) {
        self.faults.push(FieldError::new(field, "invalid", detail));
    }

    /// Inboxes as they are kept: sorted, each once; empty means all. Who reaches some must name some of them.
    pub(crate) fn inboxes(&mut self, ids: Option<Vec<i64>>) -> Vec<InboxId> {
        let reached = self.holder.inboxes();
        let mut inboxes: Vec<InboxId> = ids.unwrap_or_default().into_iter().map(InboxId).collect();
        if inboxes.is_empty() && !reached.is_empty() {
            self.refuse("inbox_ids", "must be inboxes that the token reaches");
        }
        for (at, inbox) in inboxes.iter().enumerate() {
            if !reached.is_empty() && !reached.contains(inbox) {
                let field = format!("inbox_ids[{at}]");
                self.faults.push(FieldError::unknown(&field));
            }
        }
        inboxes.sort_unstable();
        inboxes.dedup();
        if self.hook.needs_one_inbox() && inboxes.len() != 1 {
            self.refuse("inbox_ids", "must be exactly one inbox for this API");
        }
        inboxes
    }

    /// No event stands there twice, and a webhook with these inboxes can be told of each.
    pub(crate) fn events(&mut self, events: &[String], inboxes: &[InboxId]) {
        for (at, event) in events.iter().enumerate() {
            let field = format!("events[{at}]");
            if events[..at].contains(event) {
                let twice = FieldError::new(&field, "duplicate", "stands there twice");
                self.faults.push(twice);
            } else if self.api == NAME && !inboxes.is_empty() && is_about_account(event) {
                self.refuse(&field, "is about the account, not about inboxes");
            }
        }
    }

    pub(crate) fn application(&mut self, application: Option<i64>) {
        match (self.hook.needs_application(), application) {
            (true, None) => self.refuse("application_id", "is needed for this API"),
            (false, Some(_)) => {
                self.refuse("application_id", "is not taken by webhooks of this API");
            }
            (true, Some(_)) | (false, None) => {}
        }
    }

    /// The secret that somebody chose, or a new one; `None` if the webhook has none.
    pub(crate) fn secret(&mut self, chosen: Option<String>) -> Option<String> {
        self.hook.secret(chosen).unwrap_or_else(|detail| {
            self.refuse("secret", detail);
            None
        })
    }
}

/// Whether events of this kind belong to no inbox, and not to a customer either.
fn is_about_account(kind: &str) -> bool {
    let (subject, _) = kind.split_once('.').unwrap_or_default();
    ["account", "inbox", "agent", "credential", "tag", "webhook"].contains(&subject)
}

/// The caller may read what a webhook with these events is told.
///
/// # Errors
/// 403 naming the right that is missing.
pub(crate) fn must_know(holder: &Holder, hook: &dyn Hook, events: &[String]) -> Result<(), Error> {
    let mut needed = events.iter().flat_map(|event| hook.scopes(event));
    match needed.find(|scope| !holder.may(*scope)) {
        Some(scope) => Err(Error::Forbidden(scope)),
        None => Ok(()),
    }
}
