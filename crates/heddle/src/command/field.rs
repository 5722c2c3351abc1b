//! `heddle field`: defines the custom fields of inboxes.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use heddle::apis;
use heddle_access::provision;
use heddle_domain::account::Account;
use heddle_domain::custom_field::{CustomField, FieldKind, FieldOption};
use heddle_domain::id::{CustomFieldId, InboxId};
use heddle_store::read::account::GetInboxView;
use heddle_store::read::custom_fields::ListCustomFields;
use heddle_store::write::custom_field::{DefineField, OptionWish, RemoveField, UpdateField};
use heddle_store::{Entity, Error, Refusal, Store};
use serde::Serialize;

use super::argument::{InAccount, Name, id, switch, whole_number};
use super::failure::Failure;
use super::outcome::Outcome;
use super::output::{Columns, Row};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Define a custom field of an inbox
    Create(Create),
    /// List the custom fields of an inbox, in their order
    List(InInbox),
    /// Change a custom field; values that are not given stay
    Update(Update),
    /// Remove a custom field; conversations keep their values under its name
    Remove(Remove),
}

/// The inbox that defines the field.
#[derive(Args, Debug)]
pub(crate) struct InInbox {
    #[command(flatten)]
    account: InAccount,
    /// The inbox's number
    #[arg(long, value_name = "INBOX", value_parser = id)]
    inbox: i64,
}

#[derive(Args, Debug)]
pub(crate) struct Create {
    #[command(flatten)]
    place: InInbox,
    /// Its name in conversations; never changes
    #[arg(long)]
    name: Name,
    /// Which values it takes; never changes
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    kind: FieldKind,
    /// Its place among the fields of the inbox; behind the others if not given
    #[arg(long, value_name = "N", value_parser = whole_number(0, 1_000_000))]
    order: Option<i64>,
    /// Whether people must fill it in
    #[arg(long, value_name = "on|off", value_parser = switch, default_value = "off")]
    required: bool,
    /// A value of a dropdown; give one for each, in order
    #[arg(long, value_name = "LABEL")]
    option: Vec<Name>,
}

#[derive(Args, Debug)]
pub(crate) struct Update {
    #[command(flatten)]
    place: InInbox,
    /// The field's number
    #[arg(long, value_name = "FIELD", value_parser = id)]
    field: i64,
    /// Its place among the fields of the inbox
    #[arg(long, value_name = "N", value_parser = whole_number(0, 1_000_000))]
    order: Option<i64>,
    /// Whether people must fill it in
    #[arg(long, value_name = "on|off", value_parser = switch)]
    required: Option<bool>,
    /// A value of the dropdown; give all that it is to have, in order. Known values keep their numbers
    #[arg(long, value_name = "LABEL")]
    option: Vec<Name>,
}

#[derive(Args, Debug)]
pub(crate) struct Remove {
    #[command(flatten)]
    place: InInbox,
    /// The field's number
    #[arg(long, value_name = "FIELD", value_parser = id)]
    field: i64,
}

/// Parses a kind; the command line's help lists all.
fn kinds() -> impl TypedValueParser<Value = FieldKind> {
    let words = FieldKind::ALL.iter().map(|kind| kind.as_str());
    PossibleValuesParser::new(words)
        .map(|word| FieldKind::parse(&word).expect("one of the possible values"))
}

impl Command {
    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        match self {
            Self::Create(create) => create.perform(store).await,
            Self::List(place) => {
                let account = place.account.get(store).await?;
                let views: Vec<_> = place.fields(store, &account).await?;
                Outcome::list("fields", &views)
            }
            Self::Update(update) => update.perform(store).await,
            Self::Remove(remove) => remove.perform(store).await,
        }
    }
}

impl InInbox {
    /// Returns the fields of the inbox.
    ///
    /// # Errors
    /// Fails if there is no such inbox.
    async fn fields(&self, store: &Store, account: &Account) -> anyhow::Result<Vec<FieldView>> {
        let id = InboxId(self.inbox);
        let inbox = GetInboxView {
            account: account.id,
            api: apis::NATIVE,
            id,
        };
        if store.read(inbox).await?.is_none() {
            let missing = Error::Refused(Refusal::NotFound(Entity::Inbox));
            return Err(self.failure(missing, account, None).into());
        }
        let read = ListCustomFields {
            account: account.id,
            inbox: id,
        };
        let fields = store.read(read).await?;
        Ok(fields.into_iter().map(FieldView::of).collect())
    }

    fn failure(&self, error: Error, account: &Account, field: Option<i64>) -> Failure {
        let mut named = vec![(Entity::Inbox, self.inbox)];
        named.extend(field.map(|field| (Entity::CustomField, field)));
        Failure::naming(error, account.id, &named)
    }
}

impl Create {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.place.account.get(store).await?;
        let command = DefineField {
            caller: provision::operator_caller(&account),
            inbox: InboxId(self.place.inbox),
            name: self.name.into_string(),
            kind: self.kind,
            order: self.order,
            required: self.required,
            options: self.option.into_iter().map(Name::into_string).collect(),
        };
        let defined = store.write(command).await;
        let defined = defined.map_err(|error| self.place.failure(error, &account, None))?;
        Outcome::one("field", &FieldView::of(defined.field))
    }
}

impl Update {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.place.account.get(store).await?;
        let wish = |label: Name| OptionWish {
            id: None,
            label: label.into_string(),
        };
        let options: Vec<_> = self.option.into_iter().map(wish).collect();
        let command = UpdateField {
            caller: provision::operator_caller(&account),
            inbox: InboxId(self.place.inbox),
            id: CustomFieldId(self.field),
            expected: None,
            order: self.order,
            required: self.required,
            options: (!options.is_empty()).then_some(options),
        };
        let field = Some(self.field);
        let defined = store.write(command).await;
        let defined = defined.map_err(|error| self.place.failure(error, &account, field))?;
        Outcome::one("field", &FieldView::of(defined.field))
    }
}

impl Remove {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.place.account.get(store).await?;
        let command = RemoveField {
            caller: provision::operator_caller(&account),
            inbox: InboxId(self.place.inbox),
            id: CustomFieldId(self.field),
            expected: None,
        };
        let written = store.write(command).await;
        written.map_err(|error| self.place.failure(error, &account, Some(self.field)))?;
        Outcome::list("fields", &self.place.fields(store, &account).await?)
    }
}

/// A custom field as the command line shows it.
#[derive(Debug, Serialize)]
struct FieldView {
    id: i64,
    name: String,
    kind: &'static str,
    order: i64,
    required: bool,
    options: Vec<FieldOption>,
}

impl FieldView {
    fn of(field: CustomField) -> Self {
        let CustomField {
            id,
            inbox: _,
            name,
            kind,
            order,
            required,
            options,
        } = field;
        Self {
            id: id.get(),
            name,
            kind: kind.as_str(),
            order,
            required,
            options,
        }
    }
}

impl Row for FieldView {
    fn columns() -> Columns<Self> {
        Columns::new()
            .with("field", |it: &Self| it.id.to_string())
            .with("name", |it| it.name.clone())
            .with("kind", |it| it.kind.to_owned())
            .with("order", |it| it.order.to_string())
            .with("required", |it| {
                if it.required { "yes" } else { "no" }.to_owned()
            })
            .with("options", |it| {
                let labels: Vec<_> = it
                    .options
                    .iter()
                    .map(|option| option.label.as_str())
                    .collect();
                labels.join(", ")
            })
    }
}
