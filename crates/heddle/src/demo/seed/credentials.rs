//! Creates the credentials of the vendor APIs, with the secrets of the summary. The parent module creates the native
//! credential, as the last step.

use heddle_access::authentication::{Lookup, key_hash};
use heddle_access::provision;
use heddle_domain::InboxScope;
use heddle_domain::credential::Grant;
use heddle_domain::credential::Scope;
use heddle_domain::id::{AccountId, ApplicationId, CredentialId};
use heddle_store::write::credential::IssueToken;
use heddle_store::{Error, Store};

use super::people::Directory;
use crate::demo::summary::Summary;

/// How long the Help Scout token of the summary is valid: ten years, because the sample data were recorded at a fixed time in
/// the past. Tokens that clients fetch expire as the vendor's.
const TOKEN_LIFE_MS: i64 = 10 * 366 * 86_400_000;

/// Where a browser returns to after a person has allowed the app of the demo. An integration registers its own URL with
/// `heddle credential redirect-url`, or over the native API.
const REDIRECT_URL: &str = "http://127.0.0.1:9/return";

/// Creates the credentials of the vendor APIs. Returns the Mews application through which the sample's guests wrote.
pub(super) async fn make(
    store: &Store,
    directory: &Directory,
    summary: &Summary,
) -> Result<ApplicationId, Error> {
    let account = &directory.account;
    let main = InboxScope::only([directory.inboxes[0].1]);
    let helpscout = Grant {
        agent: Some(directory.agents[0].1),
        redirect_url: Some(REDIRECT_URL.to_owned()),
        ..heddle_helpscout::description().default_grant(InboxScope::All)
    };
    let (id, secret) = (
        &summary.helpscout.client_id,
        &summary.helpscout.client_secret,
    );
    let credential = provision::create_named(store, account, helpscout, id, secret).await?;
    issue_helpscout_token(
        store,
        account.id,
        credential,
        &summary.helpscout.access_token,
    )
    .await?;
    let full = heddle_magicline::description().default_grant(main.clone());
    let read_only = full.clone().without(Scope::MessagesWrite);
    provision::create_key(store, account, full, &summary.magicline.api_key).await?;
    provision::create_key(
        store,
        account,
        read_only,
        &summary.magicline.read_only_api_key,
    )
    .await?;
    let mykaarma = heddle_mykaarma::description().default_grant(main.clone());
    let (user, password) = (&summary.mykaarma.username, &summary.mykaarma.password);
    provision::create_named(store, account, mykaarma, user, password).await?;
    mews(store, directory, summary, main).await
}

/// Stores the Help Scout access token of the summary. Does nothing if the store has it.
pub(super) async fn issue_helpscout_token(
    store: &Store,
    account: AccountId,
    credential: CredentialId,
    token: &str,
) -> Result<(), Error> {
    let command = IssueToken {
        account,
        credential,
        key_hash: key_hash(heddle_helpscout::NAME, Lookup::Secret(token)),
        expires_at: store.clock().now().plus_ms(TOKEN_LIFE_MS),
    };
    store.write(command).await
}

async fn mews(
    store: &Store,
    directory: &Directory,
    summary: &Summary,
    main: InboxScope,
) -> Result<ApplicationId, Error> {
    let account = &directory.account;
    let mews = &summary.mews;
    let application =
        provision::create_application(store, account, "Guest chat", &mews.client_token).await?;
    let plain = Grant {
        application: Some(application),
        ..heddle_mews::description().default_grant(main)
    };
    let portfolio = Grant {
        portfolio: true,
        inboxes: InboxScope::only(directory.inboxes.iter().map(|(_, inbox)| *inbox)),
        ..plain.clone()
    };
    let other =
        provision::create_application(store, account, "Kiosk", &mews.other_client_token).await?;
    let other = Grant {
        application: Some(other),
        ..plain.clone()
    };
    provision::create_key(store, account, plain, &mews.access_token).await?;
    provision::create_key(store, account, portfolio, &mews.portfolio_access_token).await?;
    provision::create_key(store, account, other, &mews.other_access_token).await?;
    Ok(application)
}
