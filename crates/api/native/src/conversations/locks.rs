//! `GET /api/v1/conversations/{id}/locks`: whether Help Scout's API may still add threads to a conversation.

use heddle_domain::Timestamp;
use heddle_domain::conversation::{Conversation, Lock, Locks};
use heddle_store::read::contents::LabelledConversation;
use serde::Serialize;
use utoipa::ToSchema;

use super::lookup;
use crate::auth::ConversationsReader;
use crate::error::Error;
use crate::path::Id;
use crate::time::Instant;

/// Whether Help Scout's API may still add to a conversation. Other APIs always may.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LocksView {
    locked: bool,
    /// `full`, or too `old`.
    #[schema(required)]
    reason: Option<LockReason>,
    /// The number that the cap limits: messages and notes of any state.
    message_count: i64,
    /// The account's thread cap; null: none. An addition to a conversation that already has cap - 1 threads is refused.
    #[schema(required)]
    thread_cap: Option<i64>,
    /// How many more may be added; null: no limit.
    #[schema(required)]
    remaining: Option<i64>,
    /// The number of days without a message after which it is locked; null: never.
    #[schema(required)]
    lock_after_days: Option<i64>,
    /// When it will be locked by age, or was.
    #[schema(required)]
    locks_at: Option<Instant>,
}

/// Why a conversation is locked.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LockReason {
    Full,
    Old,
}

impl LocksView {
    fn of(conversation: &Conversation, locks: Locks, now: Timestamp) -> Self {
        const DAY_MS: i64 = 86_400_000;
        let lock = locks.refuses_addition(conversation, now);
        let thread_cap = Some(locks.thread_cap).filter(|cap| *cap > 0);
        let after_days = Some(locks.after_days).filter(|days| *days > 0);
        let locks_at = |days: i64| {
            let at = conversation.last_activity();
            at.plus_ms(days.saturating_mul(DAY_MS)).into()
        };
        Self {
            locked: lock.is_some(),
            reason: lock.map(|lock| match lock {
                Lock::Full => LockReason::Full,
                Lock::Old => LockReason::Old,
            }),
            message_count: conversation.messages,
            thread_cap,
            remaining: thread_cap.map(|cap| (cap - 1 - conversation.messages).max(0)),
            lock_after_days: after_days,
            locks_at: after_days.map(locks_at),
        }
    }
}

/// Get whether Help Scout may still add to a conversation.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/locks", tag = "conversations", operation_id = "get_locks",
    params(Id), security(("token" = ["conversations.read"])),
    responses((status = 200, body = LocksView, description = "The locks")))]
pub(crate) async fn locks(
    ConversationsReader(caller): ConversationsReader,
    Id(id): Id,
) -> Result<axum::Json<LocksView>, Error> {
    let found = lookup::get(&caller, id).await;
    let LabelledConversation { conversation, .. } =
        found.map_err(|error| error.or_redirect("/locks"))?;
    let settings = &caller.principal().account.settings;
    let read = caller.app.own.apis.iter().find_map(|api| api.locks);
    let locks = read.map_or(Locks::NONE, |read| read(settings));
    let view = LocksView::of(&conversation, locks, caller.app.now());
    Ok(axum::Json(view))
}
