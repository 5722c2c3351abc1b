//! One credential for each API, with the secrets of the card; the native one comes last, elsewhere.

use heddle_access::provision::{self, Grant};
use heddle_domain::credential::Scope;
use heddle_domain::id::{ApplicationId, InboxId};
use heddle_store::{Error, Store};

use super::people::Cast;
use crate::demo::card::Card;

/// Makes them; returns the Mews application through which the sample's guests wrote.
pub(super) async fn make(store: &Store, cast: &Cast, card: &Card) -> Result<ApplicationId, Error> {
    let account = &cast.account;
    let main = vec![cast.inboxes[0].1];
    let helpscout = Grant {
        agent: Some(cast.agents[0].1),
        ..Grant::full(heddle_helpscout::NAME, Vec::new())
    };
    let (id, secret) = (&card.helpscout.client_id, &card.helpscout.client_secret);
    provision::named(store, account, helpscout, id, secret).await?;
    let full = Grant::full(heddle_magicline::NAME, main.clone());
    let read_only = full.clone().without(Scope::MessagesWrite);
    provision::key(store, account, full, &card.magicline.api_key).await?;
    provision::key(store, account, read_only, &card.magicline.read_only_api_key).await?;
    let mykaarma = Grant::full(heddle_mykaarma::NAME, main.clone());
    let (user, password) = (&card.mykaarma.username, &card.mykaarma.password);
    provision::named(store, account, mykaarma, user, password).await?;
    mews(store, cast, card, main).await
}

async fn mews(
    store: &Store,
    cast: &Cast,
    card: &Card,
    main: Vec<InboxId>,
) -> Result<ApplicationId, Error> {
    let account = &cast.account;
    let mews = &card.mews;
    let application =
        provision::application(store, account, "Guest chat", &mews.client_token).await?;
    let plain = Grant {
        application: Some(application),
        ..Grant::full(heddle_mews::NAME, main)
    };
    let portfolio = Grant {
        portfolio: true,
        inboxes: cast.inboxes.iter().map(|(_, inbox)| *inbox).collect(),
        ..plain.clone()
    };
    let other = provision::application(store, account, "Kiosk", &mews.other_client_token).await?;
    let other = Grant {
        application: Some(other),
        ..plain.clone()
    };
    provision::key(store, account, plain, &mews.access_token).await?;
    provision::key(store, account, portfolio, &mews.portfolio_access_token).await?;
    provision::key(store, account, other, &mews.other_access_token).await?;
    Ok(application)
}
