//! Writes sample data into an empty store, through the same commands as the APIs.
//!
//! The order (`rules.md` 36): people and inboxes, credentials, conversations; then the summary with the ids is saved. The native
//! credential comes last, so that its presence says that the demo is complete.

mod conversations;
mod credentials;
mod extras;
mod people;

use anyhow::Context;
use heddle::apis;
use heddle_access::authentication::{Lookup, key_hash};
use heddle_access::provision;
use heddle_access::seal::Sealer;
use heddle_api::setting::Kind;
use heddle_domain::account::{AccountSettings, RateLimit, SettingChange};
use heddle_domain::{ApiName, InboxScope};
use heddle_store::read::account::ListAccountIds;
use heddle_store::read::principal::{FindPrincipal, Principal};
use heddle_store::write::counts::Counts;
use heddle_store::write::folders::FolderCounts;
use heddle_store::{Error, Store};

use super::clock::DemoClock;
use super::folder::{DemoFile, Folder};
use super::identity::Identity;
use super::sample::Sample;
use super::summary::Summary;
use conversations::NewConversation;
use extras::Extras;
use people::Directory;

/// The first id in the second account. The ids of the two accounts must differ (`rules.md` 5).
const SECOND_ACCOUNT_FIRST_ID: i64 = 1_000_000;

/// Returns changes that set the rate limits of the vendors.
pub(super) fn vendor_limits() -> Vec<SettingChange> {
    apis::descriptions()
        .settings()
        .filter(|setting| setting.kind == Kind::Rate)
        .map(|setting| setting.to_rate(RateLimit::Vendor))
        .collect()
}

/// What the store is filled with.
pub(super) struct Content<'a> {
    pub(super) sample: &'a Sample,
    /// The second account, if there is one.
    pub(super) neighbour: Option<&'a Sample>,
    /// Makes the ids of both accounts.
    pub(super) identity: Identity,
    /// Settings of both accounts.
    pub(super) settings: AccountSettings,
    /// Seals the secrets of webhooks.
    pub(super) sealer: Sealer,
}

/// Whether the store contains no account.
pub(super) async fn is_empty(store: &Store) -> Result<bool, Error> {
    let first = ListAccountIds {
        after: heddle_domain::AccountId(0),
        limit: 1,
    };
    Ok(store.read(first).await?.is_empty())
}

/// Returns the principal (authenticated caller) of a credential of the demo. The native credential exists if and only
/// if the store holds the complete demo.
pub(super) async fn find_principal(
    store: &Store,
    api: ApiName,
    lookup: Lookup<'_>,
) -> Result<Option<Principal>, Error> {
    let key_hash = key_hash(api, lookup);
    store.read(FindPrincipal { api, key_hash }).await
}

/// Fills the store with `sample`, and with `neighbour` as a second account. Takes the secrets from `demo_file` and fills in the
/// ids there. The store's clock is `clock`.
pub(super) async fn fill(
    store: &Store,
    folder: &Folder,
    demo_file: &mut DemoFile,
    content: &Content<'_>,
    clock: &DemoClock,
) -> anyhow::Result<()> {
    let Content {
        sample, identity, ..
    } = *content;
    let ids = identity.of_account(&sample.account);
    let settings = content.settings.clone();
    let directory = people::make(store, sample, settings, ids, 1).await?;
    let application = credentials::make(store, &directory, &demo_file.summary).await?;
    let made = conversations::make(store, sample, &directory, Some(application), (ids, clock));
    let made = made.await?;
    if let Some(neighbour) = content.neighbour {
        let (ids, settings) = (
            identity.of_account(&neighbour.account),
            content.settings.clone(),
        );
        let first_id = SECOND_ACCOUNT_FIRST_ID;
        let directory = people::make(store, neighbour, settings, ids, first_id).await?;
        conversations::make(store, neighbour, &directory, None, (ids, clock)).await?;
    }
    clock.step();
    let extras = Extras {
        store,
        sample,
        directory: &directory,
        identity,
        sealer: &content.sealer,
    };
    extras.make().await?;
    fill_in_ids(store, &mut demo_file.summary, sample, &directory, &made).await?;
    folder.save(demo_file)?;
    let native = heddle_native::description().default_grant(InboxScope::All);
    provision::create_key(
        store,
        &directory.account,
        native,
        &demo_file.summary.native.token,
    )
    .await?;
    demo_file.seeded = true;
    folder.save(demo_file)
}

/// Derives from the sample data what a server derives from its feed: counts, folders and the search index. So they are complete in
/// the first answer, show the time of recording, and are in the copy to which a reset returns. On PostgreSQL, events whose
/// positions are not assigned yet are left to the server.
pub(super) async fn derive(store: &Store, has_search: bool) -> Result<(), Error> {
    for account in store.account_ids().await? {
        store.catch_up::<Counts>(account).await?;
        store.catch_up::<FolderCounts>(account).await?;
        if has_search {
            store.index(account).await?;
        }
    }
    Ok(())
}

/// Gives a demo of an earlier version its Help Scout token.
pub(super) async fn add_helpscout_token(
    store: &Store,
    summary: &mut Summary,
) -> anyhow::Result<()> {
    let name = Lookup::Name(&summary.helpscout.client_id);
    let client = find_principal(store, heddle_helpscout::NAME, name).await?;
    let client = client.context("the demo's Help Scout credential is gone")?;
    let (account, credential) = (client.credential.account, client.credential.id);
    let token = Identity::Random.key("helpscout.access_token");
    credentials::issue_helpscout_token(store, account, credential, &token).await?;
    summary.helpscout.access_token = token;
    Ok(())
}

/// Writes the ids of the new records into the summary.
async fn fill_in_ids(
    store: &Store,
    summary: &mut Summary,
    sample: &Sample,
    directory: &Directory,
    made: &[NewConversation],
) -> Result<(), Error> {
    let main = directory.main_customer(sample);
    let customer = main.map(|at| directory.customers[at].1.get());
    let email = main.and_then(|at| sample.customers[at].email.as_deref());
    fill_in_conversation_ids(summary, sample, main, made);
    summary.helpscout.mailbox_id = Some(directory.inboxes[0].1.get());
    summary.helpscout.user_id = Some(directory.agents[0].1.get());
    summary.helpscout.customer_id = customer;
    summary.helpscout.customer_email = email.map(str::to_owned);
    summary.magicline.customer_id = customer;
    summary.magicline.other_studio_customer_id = directory.other_customer(sample);
    summary.mews.enterprise_ids = directory.enterprise_ids(store).await?;
    let mykaarma = &mut summary.mykaarma;
    let filled = directory.fill_in_mykaarma_ids(store, sample, main, mykaarma);
    filled.await
}

/// Writes the ids of conversations into the summary: for each kind, the id of the first such conversation in the
/// sample.
fn fill_in_conversation_ids(
    summary: &mut Summary,
    sample: &Sample,
    main: Option<usize>,
    made: &[NewConversation],
) {
    let all = || sample.conversations.iter().zip(made);
    let main_key = main.map(|at| &*sample.customers[at].key);
    let first = |matches: &dyn Fn(&super::sample::Conversation) -> bool| {
        let found = all().find(|(conversation, _)| {
            conversation.stays() && !conversation.archived && matches(conversation)
        });
        found.map(|(_, made)| made.id.get())
    };
    let is_closed =
        |c: &super::sample::Conversation| c.status.is_some_and(|status| status.0.is_closed());
    let is_main =
        |c: &super::sample::Conversation| main_key.is_some() && c.customer.as_deref() == main_key;
    let of_length = |length| {
        first(&move |c| !is_closed(c) && c.mews_sender.is_none() && Sample::length(c) == length)
    };
    let ids = &mut summary.helpscout;
    ids.conversation_id = first(&|c| is_main(c) && !is_closed(c));
    ids.closed_conversation_id = first(&|c| is_main(c) && is_closed(c));
    ids.conversation_id_98_threads = of_length(98);
    ids.conversation_id_99_threads = of_length(99);
    let merged = made.iter().find_map(|made| Some((made, made.merged_into?)));
    ids.merged_conversation_id = merged.map(|(made, _)| made.id.get());
    ids.merged_into_id = merged.map(|(_, into)| into.get());
}
