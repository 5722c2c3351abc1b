//! What a webhook's maker must be allowed to read: the credential that created or adopted the webhook stands behind it.
//!
//! Deliveries show data, so they go on only while the maker could read that data itself. The worker checks this when it
//! claims a webhook. It claims the webhook again when the feed says that the maker was changed or revoked, or when a look at
//! the maker, twice a second, shows it first. So nothing that was committed after a revocation is sent, and a backlog from
//! before it stops within a second. A webhook that the operator made at the command line has no maker, and no limit.

use heddle_domain::InboxScope;
use heddle_domain::credential::{Credential, Scope};
use heddle_domain::webhook::DisabledReason;
use heddle_store::StoredWebhook;

use crate::hook::{Hook, subscribed};

/// Returns the scopes that a credential needs to subscribe to these events in these inboxes. A scope can occur several times.
pub fn needed_scopes(
    hook: &dyn Hook,
    events: &[String],
    inboxes: &InboxScope,
) -> impl Iterator<Item = Scope> {
    let events = subscribed(hook, events, inboxes).into_iter();
    events.flat_map(|event| hook.scopes(event))
}

/// Returns why the webhook's maker cannot stand behind it; `None` if it can. `maker` is the credential that the webhook
/// names.
#[must_use]
pub fn lost_rights(
    hook: &dyn Hook,
    webhook: &StoredWebhook,
    maker: Option<&Credential>,
) -> Option<DisabledReason> {
    webhook.credential?;
    let Some(maker) = maker.filter(|maker| !maker.revoked) else {
        return Some(DisabledReason::Revoked);
    };
    let mut needed = needed_scopes(hook, &webhook.kinds, &webhook.inboxes);
    let has_scopes = needed.all(|scope| maker.scopes.allows(scope));
    let reaches = webhook.inboxes.within(&maker.inboxes);
    (!has_scopes || !reaches).then_some(DisabledReason::Narrowed)
}
