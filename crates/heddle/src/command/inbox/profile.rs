//! `heddle inbox profile`: shows and sets what an inbox tells vendors' clients about its place.

use clap::{Args, Subcommand};
use heddle_access::provision;
use heddle_domain::account::Account;
use heddle_domain::id::InboxId;
use heddle_domain::inbox_profile::{Degrees, InboxProfile};
use heddle_store::read::account::GetInbox;
use heddle_store::read::inbox_profiles::ReadInboxProfiles;
use heddle_store::write::inbox_profile::PutInboxProfile;
use heddle_store::{Entity, Error, Refusal, Store};

use super::super::argument::{InAccount, id};
use super::super::failure::{Code, Failure};
use super::super::outcome::{Invalidation, Outcome};
use super::super::output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the profile of an inbox
    Show(InInbox),
    /// Set values of the profile; values that are not given stay, an empty text removes one
    Set(Box<Set>),
}

/// The inbox that has the profile.
#[derive(Args, Debug)]
pub(crate) struct InInbox {
    #[command(flatten)]
    account: InAccount,
    /// The inbox's number
    #[arg(long, value_name = "INBOX", value_parser = id)]
    inbox: i64,
}

#[derive(Args, Debug)]
pub(crate) struct Set {
    #[command(flatten)]
    place: InInbox,
    /// The time zone, such as Europe/Berlin
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// The language, such as en-US
    #[arg(long)]
    language: Option<String>,
    /// Mews: whose law applies, such as UK
    #[arg(long, value_name = "CODE")]
    legal_environment: Option<String>,
    /// Mews: whose rules for guests apply
    #[arg(long, value_name = "CODE")]
    accommodation_environment: Option<String>,
    /// Mews: whose rules for bookkeeping apply
    #[arg(long, value_name = "CODE")]
    accounting_environment: Option<String>,
    /// Mews: whose taxes apply
    #[arg(long, value_name = "CODE")]
    tax_environment: Option<String>,
    /// The currency, such as EUR
    #[arg(long)]
    currency: Option<String>,
    /// The URL of the website
    #[arg(long, value_name = "URL")]
    website: Option<String>,
    /// The e-mail address
    #[arg(long)]
    email: Option<String>,
    /// The telephone number
    #[arg(long)]
    phone: Option<String>,
    /// Street and house number
    #[arg(long, value_name = "TEXT")]
    line1: Option<String>,
    /// What else comes before the city
    #[arg(long, value_name = "TEXT")]
    line2: Option<String>,
    /// The city
    #[arg(long)]
    city: Option<String>,
    /// The postal code
    #[arg(long, value_name = "CODE")]
    postal_code: Option<String>,
    /// The country, such as DE
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
    /// State, province or region, such as CH-ZH
    #[arg(long, value_name = "CODE")]
    subdivision: Option<String>,
    /// Degrees north of the equator
    #[arg(long, value_name = "DEGREES", allow_negative_numbers = true)]
    latitude: Option<String>,
    /// Degrees east of Greenwich
    #[arg(long, value_name = "DEGREES", allow_negative_numbers = true)]
    longitude: Option<String>,
}

impl Command {
    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        match self {
            Self::Show(place) => {
                let account = place.account.get(store).await?;
                let (_, profile) = place.read(store, &account).await?;
                outcome(&profile)
            }
            Self::Set(set) => set.perform(store).await,
        }
    }
}

impl InInbox {
    /// Returns the version of the inbox, and its profile.
    ///
    /// # Errors
    /// Fails if there is no such inbox.
    async fn read(&self, store: &Store, account: &Account) -> anyhow::Result<(i64, InboxProfile)> {
        let (account_id, id) = (account.id, InboxId(self.inbox));
        let inbox = GetInbox {
            account: account_id,
            id,
        };
        let Some(inbox) = store.read(inbox).await? else {
            let missing = Error::Refused(Refusal::NotFound(Entity::Inbox));
            return Err(self.failure(missing, account).into());
        };
        let read = ReadInboxProfiles {
            account: account_id,
            inboxes: vec![id],
        };
        let profile = store.read(read).await?.pop();
        Ok((inbox.version, profile.unwrap_or_default()))
    }

    fn failure(&self, error: Error, account: &Account) -> Failure {
        Failure::naming(error, account.id, &[(Entity::Inbox, self.inbox)])
    }
}

impl Set {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.place.account.get(store).await?;
        let (version, before) = self.place.read(store, &account).await?;
        let profile = self.applied_to(before)?;
        let command = PutInboxProfile {
            caller: provision::operator_caller(&account),
            id: InboxId(self.place.inbox),
            expected: Some(version),
            profile: profile.clone(),
        };
        let written = store.write(command).await;
        written.map_err(|error| self.place.failure(error, &account))?;
        Ok(outcome(&profile)?.invalidating(Invalidation::Account(account.id)))
    }

    /// Returns the profile with the values that were given.
    fn applied_to(&self, mut profile: InboxProfile) -> anyhow::Result<InboxProfile> {
        let mut address = profile.address.take().unwrap_or_default();
        for (given, member) in [
            (&self.time_zone, &mut profile.time_zone),
            (&self.language, &mut profile.language),
            (&self.legal_environment, &mut profile.legal_environment),
            (
                &self.accommodation_environment,
                &mut profile.accommodation_environment,
            ),
            (
                &self.accounting_environment,
                &mut profile.accounting_environment,
            ),
            (&self.tax_environment, &mut profile.tax_environment),
            (&self.currency, &mut profile.currency),
            (&self.website, &mut profile.website),
            (&self.email, &mut profile.email),
            (&self.phone, &mut profile.phone),
            (&self.line1, &mut address.line1),
            (&self.line2, &mut address.line2),
            (&self.city, &mut address.city),
            (&self.postal_code, &mut address.postal_code),
            (&self.country, &mut address.country_code),
            (&self.subdivision, &mut address.country_subdivision_code),
        ] {
            if let Some(text) = given {
                *member = Some(text.clone()).filter(|text| !text.is_empty());
            }
        }
        for (given, member) in [
            (&self.latitude, &mut address.latitude),
            (&self.longitude, &mut address.longitude),
        ] {
            if let Some(text) = given {
                *member = degrees(text)?;
            }
        }
        let is_empty = address == Default::default();
        profile.address = Some(address).filter(|_| !is_empty);
        Ok(profile)
    }
}

/// Parses degrees; `None` for an empty text.
fn degrees(text: &str) -> Result<Option<Degrees>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    let wrong = || {
        Failure::new(
            Code::Invalid,
            format!("expected degrees such as 53.5503, not {text:?}"),
        )
    };
    number.map(Degrees::from).map(Some).ok_or_else(wrong)
}

/// Shows a profile: in JSON with the members that have a value, as text one a line.
fn outcome(profile: &InboxProfile) -> anyhow::Result<Outcome> {
    let value = serde_json::to_value(profile)?;
    let mut lines = Vec::new();
    for (name, member) in value.as_object().into_iter().flatten() {
        match member.as_object() {
            None => lines.push((name.clone(), shown(member))),
            Some(parts) => {
                lines.extend(parts.iter().map(|(name, part)| (name.clone(), shown(part))));
            }
        }
    }
    let pairs = lines
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    let text = match lines.is_empty() {
        true => "the profile is empty".to_owned(),
        false => output::pairs(pairs),
    };
    Outcome::new("profile", profile, text)
}

/// Returns a value of the profile as text.
fn shown(value: &serde_json::Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
