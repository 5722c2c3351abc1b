//! Webhooks: when a failed delivery is retried, when a webhook pauses, and when it is disabled.

mod policy;
mod standing;

/// Stands for all events of an API in a subscription, those of later versions included.
pub const ALL_EVENTS: &str = "*";

pub use policy::{
    DeliveryState, DisableRule, DisabledReason, MOST_QUIET_MS, MOST_TROUBLE_MS, Policy, Schedule,
    Trouble, WebhookState,
};
pub use standing::{Consequence, Ended, MOST_PAUSE_MS, Pace, Standing, Verdict, next_time};
