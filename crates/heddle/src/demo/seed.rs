//! Puts sample data into an empty store, through the same commands as everybody else.
//!
//! Order (`rules.md` 36): people and places, credentials, conversations; then the line with its ids is kept; last comes
//! the native credential, whose presence says that nothing is missing.

mod conversations;
mod credentials;
mod people;

use anyhow::anyhow;
use heddle_access::authentication::{Lookup, key_hash};
use heddle_access::provision::{self, Grant};
use heddle_domain::account::{AccountSettings, RateLimit};
use heddle_store::read::account::ListAccounts;
use heddle_store::read::principal::{FindPrincipal, Principal};
use heddle_store::{Error, Store};

use super::card::Card;
use super::folder::{Folder, Kept};
use super::sample::Sample;
use conversations::Made;
use people::Cast;

/// Foreign ids shall not look like one's own (`rules.md` 5).
const NEIGHBOURS_FIRST_ID: i64 = 1_000_000;

/// The settings of a demo's accounts.
pub(super) fn settings(vendor_limits: bool) -> AccountSettings {
    let own = AccountSettings::default();
    if !vendor_limits {
        return own;
    }
    AccountSettings {
        helpscout_rate: RateLimit::Vendor,
        magicline_rate: RateLimit::Vendor,
        mews_rate: RateLimit::Vendor,
        ..own
    }
}

/// Whether nobody has put anything into the store.
pub(super) async fn is_empty(store: &Store) -> Result<bool, Error> {
    let first = ListAccounts {
        after: heddle_domain::AccountId(0),
        limit: 1,
    };
    Ok(store.read(first).await?.is_empty())
}

/// The demo's native credential: there if and only if the store holds the whole demo.
pub(super) async fn find_native(store: &Store, card: &Card) -> Result<Option<Principal>, Error> {
    let key_hash = key_hash(heddle_native::NAME, Lookup::Secret(&card.native.token));
    let api = heddle_native::NAME;
    store.read(FindPrincipal { api, key_hash }).await
}

/// Fills the store with `sample`, and with `neighbour` as a second account, opened by the secrets of `kept`; the ids are
/// filled in there.
pub(super) async fn fill(
    store: &Store,
    folder: &Folder,
    kept: &mut Kept,
    sample: &Sample,
    neighbour: Option<&Sample>,
    settings: AccountSettings,
) -> anyhow::Result<()> {
    let cast = people::make(store, sample, settings.clone(), 1).await?;
    let application = credentials::make(store, &cast, &kept.card).await?;
    let made = conversations::make(store, sample, &cast, Some(application)).await?;
    if let Some(neighbour) = neighbour {
        let cast = people::make(store, neighbour, settings, NEIGHBOURS_FIRST_ID).await?;
        conversations::make(store, neighbour, &cast, None).await?;
    }
    name_ids(store, &mut kept.card, sample, &cast, &made).await?;
    folder.save(kept)?;
    let native = Grant::full(heddle_native::NAME, Vec::new());
    provision::key(store, &cast.account, native, &kept.card.native.token).await?;
    kept.seeded = true;
    folder.save(kept)
}

/// Writes the ids of what was made into the card.
async fn name_ids(
    store: &Store,
    card: &mut Card,
    sample: &Sample,
    cast: &Cast,
    made: &[Made],
) -> anyhow::Result<()> {
    let main = cast.main_customer(sample);
    let customer = main.map(|at| cast.customers[at].1.get());
    let email = main.and_then(|at| sample.customers[at].email.as_deref());
    name_conversations(card, sample, main, made);
    card.helpscout.mailbox_id = Some(cast.inboxes[0].1.get());
    card.helpscout.user_id = Some(cast.agents[0].1.get());
    card.helpscout.customer_id = customer;
    card.helpscout.customer_email = email.map(str::to_owned);
    card.magicline.customer_id = customer;
    card.magicline.other_studio_customer_id = cast.other_customer(sample);
    card.mews.enterprise_ids = cast.enterprise_ids(store).await?;
    let names = cast.mykaarma_names(store, sample, main).await?;
    let mykaarma = &mut card.mykaarma;
    mykaarma.dealer_uuid = Some(names.dealer);
    mykaarma.department_uuid = Some(names.department);
    mykaarma.user_uuid = Some(names.user);
    mykaarma.default_user_uuid = names.default_user;
    mykaarma.customer_uuid = names.customer;
    mykaarma.other_department_uuid = names.other_department;
    Ok(())
}

/// Each id is that of the first conversation that is such a one.
fn name_conversations(card: &mut Card, sample: &Sample, main: Option<usize>, made: &[Made]) {
    let all = || sample.conversations.iter().zip(made);
    let main_key = main.map(|at| &*sample.customers[at].key);
    let first = |wanted: &dyn Fn(&super::sample::Conversation) -> bool| {
        let found = all().find(|(conversation, _)| {
            conversation.merge_into.is_none() && !conversation.archived && wanted(conversation)
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
    let ids = &mut card.helpscout;
    ids.conversation_id = first(&|c| is_main(c) && !is_closed(c));
    ids.closed_conversation_id = first(&|c| is_main(c) && is_closed(c));
    ids.conversation_id_98_threads = of_length(98);
    ids.conversation_id_99_threads = of_length(99);
    let merged = made.iter().find_map(|made| Some((made, made.merged_into?)));
    ids.merged_conversation_id = merged.map(|(made, _)| made.id.get());
    ids.merged_into_id = merged.map(|(_, into)| into.get());
}

/// What cannot happen in a sample that was checked.
fn dangling(what: &str, key: &str) -> anyhow::Error {
    anyhow!("the sample data names the {what} {key:?}, which was not made")
}
