//! From Heddle's entities to the native bodies.

use heddle_domain::account::{Account as DomainAccount, AccountSettings, RateLimit};
use heddle_domain::{Timestamp, account};
use heddle_store::read::principal::{InboxView, Principal};
use serde_json::Value;

use super::wire::{Account, Inbox, Settings};

/// The caller's account with the inboxes that its credential reaches.
pub(super) fn account(principal: &Principal) -> Account {
    let DomainAccount {
        id,
        name,
        guid_tag: _,
        version: _,
        integration_agent: _,
        settings,
        created_at,
    } = &principal.account;
    Account {
        id: id.get(),
        public_id: principal.account_public_id.clone(),
        name: name.clone(),
        created_at: rfc3339(*created_at),
        settings: self::settings(settings),
        inboxes: principal.inboxes.iter().map(inbox).collect(),
    }
}

fn settings(settings: &AccountSettings) -> Settings {
    let AccountSettings {
        thread_cap,
        lock_after_days,
        helpscout_rate,
        magicline_rate,
        mews_rate,
    } = settings;
    Settings {
        thread_cap: *thread_cap,
        lock_after_days: *lock_after_days,
        helpscout_rate: rate(*helpscout_rate),
        magicline_rate: rate(*magicline_rate),
        mews_rate: rate(*mews_rate),
    }
}

fn rate(limit: RateLimit) -> Value {
    match limit {
        RateLimit::Off => "off".into(),
        RateLimit::Vendor => "vendor".into(),
        RateLimit::Own(figure) => figure.into(),
    }
}

fn inbox(view: &InboxView) -> Inbox {
    let account::Inbox {
        id,
        name,
        default_agent: _,
        messaging_off: _,
        version: _,
        created_at: _,
    } = &view.inbox;
    Inbox {
        id: id.get(),
        public_id: view.public_id.clone(),
        name: name.clone(),
    }
}

/// An instant as RFC 3339 in UTC, to the millisecond.
fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .expect("recorded times come from a clock and lie within the calendar")
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_their_milliseconds() {
        assert_eq!(
            rfc3339(Timestamp(1_772_615_700_000)),
            "2026-03-04T09:15:00.000Z"
        );
        assert_eq!(rfc3339(Timestamp(7)), "1970-01-01T00:00:00.007Z");
    }

    #[test]
    fn rates_are_words_or_figures() {
        assert_eq!(rate(RateLimit::Off), Value::from("off"));
        assert_eq!(rate(RateLimit::Vendor), Value::from("vendor"));
        assert_eq!(rate(RateLimit::Own(7)), Value::from(7));
    }
}
