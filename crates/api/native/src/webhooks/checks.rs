//! The checks that this API adds to those of every API ([`manage`]): a webhook stays within its creator's inboxes and
//! scopes, and its events fit its inboxes.

use heddle_domain::InboxScope;
use heddle_domain::id::{InboxId, WebhookId};
use heddle_store::read::account::GetCredential;
use heddle_store::{Entity, StoredWebhook, Write};

use super::resource::api_of;
use crate::answer::Answer;
use crate::auth::Caller;
use crate::error::{Error, FieldError};
use crate::idempotency::IdempotentWrite;
use crate::inbox_limit::parse_inbox_limit;
use heddle_api::Description;
use heddle_webhooks::allow::AllowList;
use heddle_webhooks::hook::{ALL_EVENTS, Hook};
use heddle_webhooks::manage::{self, CheckError, CheckedFields, WebhookFields};
use heddle_webhooks::rights::{lost_rights, needed_scopes};

/// The checks of one request, and the faults found so far.
#[derive(Debug)]
pub(crate) struct Checks<'a> {
    caller: &'a Caller,
    pub(crate) hook: &'static dyn Hook,
    pub(crate) faults: Vec<FieldError>,
}

impl<'a> Checks<'a> {
    /// Begins the checks.
    ///
    /// # Errors
    /// Returns a 422 if the API has no webhooks.
    pub(crate) fn of(caller: &'a Caller, api: &Description) -> Result<Self, Error> {
        let no_webhooks = || Error::invalid("api", "invalid", "has no webhooks");
        Ok(Self {
            caller,
            hook: api.hook.ok_or_else(no_webhooks)?,
            faults: Vec::new(),
        })
    }

    /// Runs the checks of every API, and seals secrets.
    ///
    /// # Errors
    /// Returns a 422 with every fault.
    pub(crate) async fn finish(
        mut self,
        id: WebhookId,
        fields: WebhookFields<'_>,
        present_allow: &AllowList,
    ) -> Result<CheckedFields, Error> {
        let account = self.caller.account();
        match manage::check(
            &self.caller.app.webhooks,
            account,
            id,
            self.hook,
            fields,
            present_allow,
        )
        .await
        {
            Ok(checked) => Error::invalid_if_any(self.faults).map(|()| checked),
            Err(CheckError::Faults(faults)) => {
                for fault in faults {
                    self.refuse(&fault.field, fault.detail);
                }
                Err(Error::Invalid(self.faults))
            }
            Err(CheckError::Store(error)) => Err(error.into()),
            Err(CheckError::Seal(error)) => Err(error.into()),
        }
    }

    pub(crate) fn refuse(&mut self, field: &str, detail: impl Into<String>) {
        self.faults.push(FieldError::new(field, "invalid", detail));
    }

    /// Reads the inboxes and returns them in the store's form. A token that is limited to some inboxes must name
    /// inboxes that it reaches.
    pub(crate) fn inboxes(&mut self, ids: Option<Vec<i64>>) -> InboxScope {
        let reached = self.caller.inboxes();
        for (at, id) in ids.iter().flatten().enumerate() {
            if !reached.contains(InboxId(*id)) {
                let field = format!("inbox_ids[{at}]");
                self.faults.push(FieldError::unknown(&field));
            }
        }
        let inboxes = parse_inbox_limit(ids);
        if inboxes == InboxScope::All && *reached != InboxScope::All {
            self.refuse("inbox_ids", "must be inboxes that the token reaches");
        }
        if self.hook.needs_one_inbox() && !inboxes.is_one() {
            self.refuse("inbox_ids", "must be exactly one inbox for this API");
        }
        inboxes
    }

    /// Checks that no event is listed twice, and that each event can occur in the webhook's inboxes.
    pub(crate) fn events(&mut self, events: &[String], inboxes: &InboxScope) {
        for (at, event) in events.iter().enumerate() {
            let field = format!("events[{at}]");
            if events[..at].contains(event) {
                let twice = FieldError::new(&field, "duplicate", "stands there twice");
                self.faults.push(twice);
            } else if event == ALL_EVENTS {
                // Events that cannot occur in the webhook's inboxes are not sent.
            } else if *inboxes != InboxScope::All && self.is_about_account(event) {
                self.refuse(&field, "is about the account, not about inboxes");
            }
        }
    }

    /// Whether events of this name are never about an inbox or a customer. Unknown names have another fault.
    fn is_about_account(&self, event: &str) -> bool {
        self.hook.event_names().contains(&event) && !self.hook.occurs_in_inboxes(event)
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

    /// Returns the secret that the client chose, or a new secret; `None` if webhooks of this API have no secret.
    pub(crate) fn secret(&mut self, chosen: Option<String>) -> Option<String> {
        self.hook.secret(chosen).unwrap_or_else(|detail| {
            self.refuse("secret", detail);
            None
        })
    }
}

/// Checks that the caller may change a webhook, and use its secret, its URL and its deliveries: it could read what the
/// webhook sends.
///
/// # Errors
/// Returns a 403 if the caller lacks a scope.
pub(crate) fn must_be_able_to_change(
    caller: &Caller,
    webhook: &StoredWebhook,
) -> Result<(), Error> {
    let hook = Checks::of(caller, api_of(caller, webhook)?)?.hook;
    must_have_scopes(caller, hook, &webhook.kinds, &webhook.inboxes)
}

/// Checks that the webhook's maker may stand behind the webhook as it will be.
///
/// # Errors
/// Returns a 409 if it may not: somebody who may must adopt the webhook.
pub(crate) async fn must_have_a_maker(
    caller: &Caller,
    hook: &dyn Hook,
    webhook: &StoredWebhook,
) -> Result<(), Error> {
    let Some(id) = webhook.credential else {
        return Ok(());
    };
    let account = caller.account();
    let maker = caller.read(GetCredential { account, id }).await?;
    let maker = maker.map(|stored| stored.credential);
    if lost_rights(hook, webhook, maker.as_ref()).is_none() {
        return Ok(());
    }
    let detail = format!(
        "Its credential {id} was revoked, or lacks scopes or inboxes that it needs; `adopt` it"
    );
    Err(Error::Conflict(detail))
}

/// Runs a write whose command is made, with the checks of the caller's rights, from the webhook as it is. If the webhook is
/// changed between check and write, nothing is written, and the command is made again. Other requests of this node that change the
/// webhook wait meanwhile.
///
/// # Errors
/// Returns the errors of the checks and of [`IdempotentWrite::run`]; a 409 if others change the webhook during each try.
pub(crate) async fn write_checked<W, F>(
    (caller, id): (&Caller, i64),
    write: &IdempotentWrite,
    command: impl Fn() -> F,
    fields: &[(Entity, &'static str)],
    answer: impl Fn(&W::Out) -> Answer + Clone + Send + Sync + 'static,
) -> Result<Answer, Error>
where
    W: Write,
    F: Future<Output = Result<W, Error>>,
{
    let webhook = (caller.account(), WebhookId(id));
    let _turn = caller.app.webhook_turns.take(webhook).await;
    for _ in 0..manage::MAX_CHECKS {
        match write.run(command().await?, fields, answer.clone()).await {
            // With `If-Match`, this can be the client's version, which does not come back.
            Err(Error::Stale) if write.expected.is_none() => {}
            answer => return answer,
        }
    }
    let detail = "Other requests change the webhook all the time";
    Err(Error::Conflict(detail.to_owned()))
}

/// Checks that the caller has the scopes for these events in these inboxes.
///
/// # Errors
/// Returns a 403 if the caller lacks a scope to read what deliveries of these events show.
pub(crate) fn must_have_scopes(
    caller: &Caller,
    hook: &dyn Hook,
    events: &[String],
    inboxes: &InboxScope,
) -> Result<(), Error> {
    match needed_scopes(hook, events, inboxes).find(|scope| !caller.may(*scope)) {
        Some(scope) => Err(Error::Forbidden(scope)),
        None => Ok(()),
    }
}
