//! What a webhook must be before it is kept, for every API over which webhooks are made: its URL leads nowhere that the
//! operator did not open, and URL and secret are kept sealed. Deliberately missing: a look-up of the URL's host. What a name
//! leads to may change; it is looked up and checked each time that something is sent.

use heddle_domain::id::{AccountId, WebhookId};
use heddle_store::read::webhooks::GetWebhookAllow;
use heddle_store::{Error as StoreError, StoredWebhook};
use url::Url;

use super::allow::{Allow, Entry, NotAnEntry};
use super::guard::{Permits, Refusal, Target};
use super::opened::{self, NotOpened, SECRET, URL};
use crate::App;
use crate::seal::SealError;

/// The lists of those who run the server that apply to an account's webhooks.
#[derive(Clone, Debug)]
pub struct OperatorAllow<'a> {
    server: &'a Allow,
    account: Allow,
}

impl<'a> OperatorAllow<'a> {
    /// Reads the account's list.
    ///
    /// # Errors
    /// As reads of the store; [`StoreError::Internal`] if it is no list.
    pub async fn read(app: &'a App, account: AccountId) -> Result<Self, StoreError> {
        let entries = app.store.read(GetWebhookAllow(account)).await?;
        let wrong = |error: NotAnEntry| StoreError::Internal(error.to_string());
        Ok(Self {
            server: &app.config.webhooks.allow,
            account: Allow::parse(&entries).map_err(wrong)?,
        })
    }

    /// The first entry of a webhook's own list that would open what the operator did not.
    #[must_use]
    pub fn first_beyond<'b>(&self, own: &'b Allow) -> Option<&'b Entry> {
        own.first_beyond([self.server, &self.account])
    }

    /// Reads a webhook's URL, and refuses what can be told to lead inside without a look-up.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, url: &str, own: &Allow) -> Result<Target, Refusal> {
        let target = Target::parse(url)?;
        let permits = Permits {
            server: self.server,
            account: &self.account,
            webhook: own,
        };
        target.check(&permits)?;
        Ok(target)
    }
}

/// A webhook's URL as it is kept.
///
/// # Errors
/// If the key cannot be had.
pub fn seal_url(
    app: &App,
    account: AccountId,
    id: WebhookId,
    url: &str,
) -> Result<String, SealError> {
    app.sealer.seal(URL, account, id.get(), url.as_bytes())
}

/// A webhook's secret as it is kept; a door without secrets keeps none.
///
/// # Errors
/// If the key cannot be had.
pub fn seal_secret(
    app: &App,
    account: AccountId,
    id: WebhookId,
    secret: Option<&str>,
) -> Result<String, SealError> {
    secret.map_or(Ok(String::new()), |secret| {
        app.sealer
            .seal(SECRET, account, id.get(), secret.as_bytes())
    })
}

/// A webhook's URL.
///
/// # Errors
/// If it was sealed with a key that this node does not have.
pub fn open_url(
    app: &App,
    account: AccountId,
    webhook: &StoredWebhook,
) -> Result<String, NotOpened> {
    opened::unseal(&app.sealer, URL, account, webhook, &webhook.url)
}

/// A URL for people: what its query's parameters say may be a secret and is left out.
#[must_use]
pub fn shown(url: &str) -> String {
    let Ok(mut parsed) = Url::parse(url) else {
        return String::new();
    };
    if let Some(query) = parsed.query() {
        let parameters = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) => format!("{name}=***"),
            None => "***".to_owned(),
        });
        let masked = parameters.collect::<Vec<_>>().join("&");
        parsed.set_query(Some(&masked));
    }
    parsed.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_what_may_be_secret() {
        for (url, wanted) in [
            ("https://a.example/hook", "https://a.example/hook"),
            (
                "https://a.example/hook?Token=abc&x=1",
                "https://a.example/hook?Token=***&x=***",
            ),
            ("https://a.example/?abc", "https://a.example/?***"),
            (
                "https://a.example/?a=b=c&&",
                "https://a.example/?a=***&***&***",
            ),
            ("nonsense", ""),
        ] {
            assert_eq!(shown(url), wanted, "{url}");
        }
    }
}
