//! From Heddle's entities to the native bodies.

use heddle_domain::account;
use heddle_domain::account::{Account as DomainAccount, AccountSettings, RateLimit};
use heddle_store::read::principal::{InboxView, Principal};
use serde_json::Value;

use super::time::rfc3339;
use super::wire::{Account, Inbox, Settings};

/// The caller's account with the inboxes that its credential reaches.
pub(super) fn account(principal: &Principal) -> Account {
    let DomainAccount {
        id,
        name,
        guid_tag: _,
        integration_agent: _,
        settings,
        created_at,
        version: _,
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
        created_at: _,
        version: _,
    } = &view.inbox;
    Inbox {
        id: id.get(),
        public_id: view.public_id.clone(),
        name: name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_words_or_figures() {
        assert_eq!(rate(RateLimit::Off), Value::from("off"));
        assert_eq!(rate(RateLimit::Vendor), Value::from("vendor"));
        assert_eq!(rate(RateLimit::Own(7)), Value::from(7));
    }
}
