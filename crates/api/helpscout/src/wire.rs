//! The vendor's response bodies, with exactly the vendor's names (contract sections 3 to 11). Request bodies are read
//! in `request`, because an error must name every bad field.

pub(crate) mod inboxes;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// A link.
#[derive(Debug, Serialize)]
pub(crate) struct Link {
    pub(crate) href: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) templated: bool,
}

impl Link {
    pub(crate) fn to(href: impl Into<String>) -> Self {
        Self {
            href: href.into(),
            templated: false,
        }
    }

    pub(crate) fn template(href: impl Into<String>) -> Self {
        Self {
            href: href.into(),
            templated: true,
        }
    }
}

/// The success body of the token endpoint.
#[derive(Debug, Serialize)]
pub(crate) struct TokenBody {
    pub(crate) token_type: &'static str,
    pub(crate) access_token: String,
    pub(crate) expires_in: u32,
    /// Only after the consent of a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
}

/// The error body of the token endpoint.
#[derive(Debug, Serialize)]
pub(crate) struct OAuthErrorBody<'a> {
    pub(crate) error_description: &'a str,
    pub(crate) error: &'static str,
}

/// The error body of the rate limit.
#[derive(Debug, Serialize)]
pub(crate) struct RateErrorBody<'a> {
    pub(crate) message: &'a str,
}

/// The error object.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorBody {
    #[serde(rename = "logRef")]
    pub(crate) log_ref: String,
    pub(crate) message: String,
    #[serde(rename = "_embedded", skip_serializing_if = "Option::is_none")]
    pub(crate) embedded: Option<Entries>,
    #[serde(rename = "_links")]
    pub(crate) links: About,
}

#[derive(Debug, Serialize)]
pub(crate) struct Entries {
    pub(crate) errors: Vec<Entry>,
}

/// One refused field.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) message: String,
    #[serde(rename = "rejectedValue", skip_serializing_if = "Option::is_none")]
    pub(crate) rejected_value: Option<Value>,
    pub(crate) source: &'static str,
    #[serde(rename = "_links")]
    pub(crate) links: About,
}

#[derive(Debug, Serialize)]
pub(crate) struct About {
    about: Link,
}

impl About {
    pub(crate) fn to(href: String) -> Self {
        Self {
            about: Link::to(href),
        }
    }
}

/// A user or customer in a conversation or thread.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Person {
    pub(crate) id: i64,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) first: String,
    pub(crate) last: String,
    pub(crate) email: String,
}

/// The customer of a thread.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ThreadCustomer {
    pub(crate) id: i64,
    pub(crate) first: String,
    pub(crate) last: String,
    pub(crate) photo_url: String,
    pub(crate) email: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Source {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) via: &'static str,
}

#[derive(Debug, Serialize)]
pub(crate) struct Tag {
    pub(crate) id: i64,
    pub(crate) color: &'static str,
    pub(crate) tag: String,
}

/// A tag as the list of tags shows it (contract section 10.5).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewTag {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) color: &'static str,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) ticket_count: i64,
}

/// The value of a custom field of a conversation.
#[derive(Debug, Serialize)]
pub(crate) struct CustomFieldValue {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// For a dropdown, the option's id.
    pub(crate) value: String,
    pub(crate) text: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Fields {
    pub(crate) fields: Vec<CustomField>,
}

/// A custom field of an inbox (contract section 10.1).
#[derive(Debug, Serialize)]
pub(crate) struct CustomField {
    pub(crate) id: i64,
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) order: i64,
    pub(crate) required: bool,
    pub(crate) options: Vec<CustomFieldOption>,
}

#[derive(Debug, Serialize)]
pub(crate) struct CustomFieldOption {
    pub(crate) id: i64,
    pub(crate) order: i64,
    pub(crate) label: String,
}

/// The time since which the customer waits, or last waited.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WaitingSince {
    pub(crate) time: String,
    pub(crate) friendly: String,
    pub(crate) latest_reply_from: &'static str,
}

/// The conversation object (contract section 6.1).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Conversation {
    pub(crate) id: i64,
    pub(crate) number: i64,
    pub(crate) threads: i64,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) folder_id: i64,
    pub(crate) status: &'static str,
    pub(crate) state: &'static str,
    pub(crate) subject: String,
    pub(crate) preview: String,
    pub(crate) mailbox_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) assignee: Option<Person>,
    pub(crate) created_by: Person,
    pub(crate) created_at: String,
    /// Id of the user who closed the conversation; 0 if it is not closed.
    pub(crate) closed_by: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) closed_by_user: Option<Person>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) closed_at: Option<String>,
    pub(crate) user_updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) customer_waiting_since: Option<WaitingSince>,
    pub(crate) source: Source,
    pub(crate) tags: Vec<Tag>,
    pub(crate) cc: Vec<String>,
    pub(crate) bcc: Vec<String>,
    pub(crate) primary_customer: Person,
    pub(crate) custom_fields: Vec<CustomFieldValue>,
    #[serde(rename = "_embedded", skip_serializing_if = "Option::is_none")]
    pub(crate) embedded: Option<Threads>,
    #[serde(rename = "_links")]
    pub(crate) links: ConversationLinks,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConversationLinks {
    #[serde(rename = "self")]
    pub(crate) this: Link,
    pub(crate) mailbox: Link,
    pub(crate) primary_customer: Link,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_by_customer: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_by_user: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) assignee: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) closed_by: Option<Link>,
    pub(crate) threads: Link,
    pub(crate) web: Link,
}

/// The thread object (contract section 7.1).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Thread {
    pub(crate) id: i64,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) status: &'static str,
    pub(crate) state: &'static str,
    pub(crate) action: Action,
    /// Body of the thread; `None` for line items (system entries such as "merged").
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
    pub(crate) source: Source,
    pub(crate) customer: ThreadCustomer,
    pub(crate) created_by: Person,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) assigned_to: Option<Person>,
    pub(crate) saved_reply_id: i64,
    pub(crate) to: Vec<String>,
    pub(crate) cc: Vec<String>,
    pub(crate) bcc: Vec<String>,
    pub(crate) created_at: String,
    #[serde(rename = "_embedded")]
    pub(crate) embedded: Attachments,
    #[serde(rename = "_links")]
    pub(crate) links: ThreadLinks,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Action {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Text of a line item (a system entry such as "merged"); `None` for other threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    pub(crate) associated_entities: AssociatedEntities,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssociatedEntities {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) original_conversation: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ThreadLinks {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_by_customer: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_by_user: Option<Link>,
    pub(crate) customer: Link,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) assigned_to: Option<Link>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Attachments {
    pub(crate) attachments: Vec<Attachment>,
}

/// An attachment. Responses call the file's name `filename`, requests call it `fileName`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attachment {
    pub(crate) id: i64,
    pub(crate) filename: String,
    pub(crate) mime_type: String,
    pub(crate) width: i64,
    pub(crate) height: i64,
    pub(crate) size: i64,
    pub(crate) state: &'static str,
    #[serde(rename = "_links")]
    pub(crate) links: AttachmentLinks,
}

#[derive(Debug, Serialize)]
pub(crate) struct AttachmentLinks {
    #[serde(rename = "self")]
    pub(crate) this: Link,
    pub(crate) data: Link,
    pub(crate) web: Link,
}

#[derive(Debug, Serialize)]
pub(crate) struct Threads {
    pub(crate) threads: Vec<Thread>,
}

/// A page of a collection (contract section 3).
#[derive(Debug, Serialize)]
pub(crate) struct Page<T> {
    #[serde(rename = "_embedded")]
    pub(crate) embedded: T,
    #[serde(rename = "_links")]
    pub(crate) links: PageLinks,
    pub(crate) page: PageNumbers,
}

#[derive(Debug, Serialize)]
pub(crate) struct PageLinks {
    #[serde(rename = "self")]
    pub(crate) this: Link,
    pub(crate) first: Link,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) previous: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<Link>,
    pub(crate) last: Link,
    pub(crate) page: Link,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageNumbers {
    pub(crate) size: i64,
    pub(crate) total_elements: i64,
    pub(crate) total_pages: i64,
    pub(crate) number: i64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Webhooks {
    pub(crate) webhooks: Vec<Webhook>,
}

/// A webhook (contract section 11.1), without its secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Webhook {
    pub(crate) id: i64,
    pub(crate) url: String,
    pub(crate) state: &'static str,
    pub(crate) events: Vec<String>,
    pub(crate) notification: bool,
    pub(crate) payload_version: String,
    pub(crate) label: String,
    pub(crate) mailbox_ids: Vec<i64>,
    #[serde(rename = "_links")]
    pub(crate) links: SelfLink,
}

/// The user object (contract section 10.3). It has no `photoUrl`, because Heddle has no photos of agents.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
    pub(crate) role: &'static str,
    pub(crate) timezone: &'static str,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) mention: String,
    pub(crate) initials: String,
    pub(crate) job_title: &'static str,
    pub(crate) phone: &'static str,
    pub(crate) alternate_emails: [(); 0],
    #[serde(rename = "_links")]
    pub(crate) links: SelfLink,
}

/// The user object with the company, which only `users/me` has.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Me {
    #[serde(flatten)]
    pub(crate) user: User,
    pub(crate) company_id: i64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Users {
    pub(crate) users: Vec<User>,
}

/// The team object (contract section 10.4).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Team {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) timezone: &'static str,
    pub(crate) photo_url: &'static str,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) mention: String,
    pub(crate) initials: String,
    #[serde(rename = "_links")]
    pub(crate) links: TeamLinks,
}

#[derive(Debug, Serialize)]
pub(crate) struct TeamLinks {
    #[serde(rename = "self")]
    pub(crate) this: Link,
    pub(crate) members: Link,
}

#[derive(Debug, Serialize)]
pub(crate) struct Teams {
    pub(crate) teams: Vec<Team>,
}

#[derive(Debug, Serialize)]
pub(crate) struct SelfLink {
    #[serde(rename = "self")]
    pub(crate) this: Link,
}

/// The customer object (contract section 9.1). Missing texts are empty.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomerResource {
    pub(crate) id: i64,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) gender: String,
    pub(crate) job_title: String,
    pub(crate) location: String,
    pub(crate) organization: String,
    pub(crate) photo_type: String,
    pub(crate) photo_url: String,
    pub(crate) age: String,
    pub(crate) background: String,
    pub(crate) conversation_count: i64,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    #[serde(rename = "_embedded")]
    pub(crate) embedded: CustomerEntries,
    #[serde(rename = "_links")]
    pub(crate) links: CustomerLinks,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct CustomerLinks {
    pub(crate) address: Link,
    pub(crate) chats: Link,
    pub(crate) emails: Link,
    pub(crate) phones: Link,
    pub(crate) social_profiles: Link,
    pub(crate) websites: Link,
    #[serde(rename = "self")]
    pub(crate) this: Link,
}

/// The entries and the postal address of a customer.
#[derive(Debug, Default, Serialize)]
pub(crate) struct CustomerEntries {
    pub(crate) emails: Vec<CustomerEntry>,
    pub(crate) phones: Vec<CustomerEntry>,
    pub(crate) chats: Vec<CustomerEntry>,
    pub(crate) websites: Vec<CustomerEntry>,
    pub(crate) social_profiles: Vec<CustomerEntry>,
    pub(crate) properties: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<CustomerAddress>,
}

/// An entry of a customer (contract section 9.4).
#[derive(Debug, Serialize)]
pub(crate) struct CustomerEntry {
    pub(crate) id: i64,
    pub(crate) value: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<&'static str>,
}

/// The postal address of a customer (contract section 9.4).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomerAddress {
    pub(crate) city: String,
    pub(crate) state: String,
    pub(crate) postal_code: String,
    pub(crate) country: String,
    pub(crate) lines: Vec<String>,
    #[serde(rename = "_links")]
    pub(crate) links: SelfLink,
}

/// A list without pages: its only member of `_embedded` has the name of the list.
#[derive(Debug, Serialize)]
pub(crate) struct Unpaged<T> {
    #[serde(rename = "_embedded")]
    pub(crate) embedded: BTreeMap<&'static str, Vec<T>>,
    #[serde(rename = "_links")]
    pub(crate) links: SelfLink,
}

/// A page of customers.
#[derive(Debug, Serialize)]
pub(crate) struct CustomerList {
    pub(crate) customers: Vec<CustomerResource>,
}

/// A page of workflows, of which there are none.
#[derive(Debug, Serialize)]
pub(crate) struct Workflows {
    pub(crate) workflows: [(); 0],
}
