//! Reads the custom fields that an inbox defines, and the conversations that have a value of one.

use heddle_domain::custom_field::CustomField;
use heddle_domain::id::{AccountId, ConversationId, CustomFieldId, InboxId};

use crate::error::Result;
use crate::rows::custom_field as rows;
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

/// The longest value by which conversations can be found, in characters.
pub const LONGEST_FOUND: usize = 100;

/// Reads the custom fields of an inbox, in order. There are at most
/// [`MOST_DEFINED`](heddle_domain::custom_field::MOST_DEFINED).
#[derive(Clone, Copy, Debug)]
pub struct ListCustomFields {
    /// Account whose data is read.
    pub account: AccountId,
    /// The inbox that defines the fields.
    pub inbox: InboxId,
}

impl Read for ListCustomFields {
    type Out = Vec<CustomField>;
    const NAME: &'static str = "list_custom_fields";

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        of_inbox(rows, self.account, self.inbox).await
    }
}

pub(crate) async fn of_inbox(
    rows: &mut Rows<'_>,
    account: AccountId,
    inbox: InboxId,
) -> Result<Vec<CustomField>> {
    rows.fetch(&rows::OF_INBOX, params![account, inbox], rows::custom_field)
        .await
}

/// Reads one custom field by its id.
#[derive(Clone, Copy, Debug)]
pub struct GetCustomField {
    /// Account whose data is read.
    pub account: AccountId,
    /// The field's id.
    pub id: CustomFieldId,
}

impl Read for GetCustomField {
    type Out = Option<CustomField>;
    const NAME: &'static str = "get_custom_field";

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let key = params![self.account, self.id];
        rows.fetch_one(&rows::GET, key, rows::custom_field).await
    }
}

/// Reads the ids of the conversations with a value of a custom field, from the index alone: also those in other inboxes, merged
/// and deleted ones. A value of more than [`LONGEST_FOUND`] characters selects nothing.
#[derive(Clone, Debug)]
pub struct FieldBearers {
    /// Account whose data is read.
    pub account: AccountId,
    /// Name of the field.
    pub name: String,
    /// The value, as a conversation stores it.
    pub value: String,
    /// The page begins after this conversation.
    pub after: ConversationId,
    /// The maximum number of rows to return.
    pub limit: i64,
}

impl Read for FieldBearers {
    type Out = Vec<ConversationId>;
    const NAME: &'static str = "field_bearers";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![
            self.account,
            &self.name,
            &self.value,
            self.after,
            self.limit
        ];
        rows.fetch(&rows::BEARERS, params, |row| row.int().map(ConversationId))
            .await
    }
}
