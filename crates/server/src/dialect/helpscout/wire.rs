//! The vendor's bodies, with exactly the vendor's names (contract sections 3 to 7). What requests carry is read by
//! [`super::request`], because every bad field of it must be told.

use serde::Serialize;
use serde_json::Value;

/// A link.
#[derive(Debug, Serialize)]
pub(super) struct Link {
    pub(super) href: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) templated: bool,
}

impl Link {
    pub(super) fn to(href: impl Into<String>) -> Self {
        Self {
            href: href.into(),
            templated: false,
        }
    }

    pub(super) fn template(href: impl Into<String>) -> Self {
        Self {
            href: href.into(),
            templated: true,
        }
    }
}

/// What the token endpoint answers.
#[derive(Debug, Serialize)]
pub(super) struct TokenBody {
    pub(super) token_type: &'static str,
    pub(super) access_token: String,
    pub(super) expires_in: u32,
}

/// What the token endpoint refuses with.
#[derive(Debug, Serialize)]
pub(super) struct OAuthErrorBody<'a> {
    pub(super) error_description: &'a str,
    pub(super) error: &'static str,
}

/// What an exceeded rate limit says.
#[derive(Debug, Serialize)]
pub(super) struct RateErrorBody<'a> {
    pub(super) message: &'a str,
}

/// The error object.
#[derive(Debug, Serialize)]
pub(super) struct ErrorBody {
    #[serde(rename = "logRef")]
    pub(super) log_ref: String,
    pub(super) message: String,
    #[serde(rename = "_embedded", skip_serializing_if = "Option::is_none")]
    pub(super) embedded: Option<Entries>,
    #[serde(rename = "_links")]
    pub(super) links: About,
}

#[derive(Debug, Serialize)]
pub(super) struct Entries {
    pub(super) errors: Vec<Entry>,
}

/// One refused field.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) message: String,
    #[serde(rename = "rejectedValue", skip_serializing_if = "Option::is_none")]
    pub(super) rejected_value: Option<Value>,
    pub(super) source: &'static str,
    #[serde(rename = "_links")]
    pub(super) links: About,
}

#[derive(Debug, Serialize)]
pub(super) struct About {
    about: Link,
}

impl About {
    pub(super) fn to(href: String) -> Self {
        Self {
            about: Link::to(href),
        }
    }
}

/// A user or customer as conversations and threads name one.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Person {
    pub(super) id: i64,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) email: String,
}

/// The customer that a thread is about.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ThreadCustomer {
    pub(super) id: i64,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) photo_url: String,
    pub(super) email: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Source {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) via: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Tag {
    pub(super) id: i64,
    pub(super) color: &'static str,
    pub(super) tag: String,
}

/// Since when the customer waits or last waited.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WaitingSince {
    pub(super) time: String,
    pub(super) friendly: String,
    pub(super) latest_reply_from: &'static str,
}

/// The conversation object (contract section 6.1).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Conversation {
    pub(super) id: i64,
    pub(super) number: i64,
    pub(super) threads: i64,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) folder_id: i64,
    pub(super) status: &'static str,
    pub(super) state: &'static str,
    pub(super) subject: String,
    pub(super) preview: String,
    pub(super) mailbox_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assignee: Option<Person>,
    pub(super) created_by: Person,
    pub(super) created_at: String,
    /// 0 unless closed.
    pub(super) closed_by: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) closed_by_user: Option<Person>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) closed_at: Option<String>,
    pub(super) user_updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) customer_waiting_since: Option<WaitingSince>,
    pub(super) source: Source,
    pub(super) tags: Vec<Tag>,
    pub(super) cc: Vec<String>,
    pub(super) bcc: Vec<String>,
    pub(super) primary_customer: Person,
    pub(super) custom_fields: [(); 0],
    #[serde(rename = "_embedded", skip_serializing_if = "Option::is_none")]
    pub(super) embedded: Option<Threads>,
    #[serde(rename = "_links")]
    pub(super) links: ConversationLinks,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConversationLinks {
    #[serde(rename = "self")]
    pub(super) this: Link,
    pub(super) mailbox: Link,
    pub(super) primary_customer: Link,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_by_customer: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_by_user: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assignee: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) closed_by: Option<Link>,
    pub(super) threads: Link,
    pub(super) web: Link,
}

/// The thread object (contract section 7.1).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Thread {
    pub(super) id: i64,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
    pub(super) state: &'static str,
    pub(super) action: Action,
    /// Line items have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
    pub(super) source: Source,
    pub(super) customer: ThreadCustomer,
    pub(super) created_by: Person,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assigned_to: Option<Person>,
    pub(super) saved_reply_id: i64,
    pub(super) to: Vec<String>,
    pub(super) cc: Vec<String>,
    pub(super) bcc: Vec<String>,
    pub(super) created_at: String,
    #[serde(rename = "_embedded")]
    pub(super) embedded: Attachments,
    #[serde(rename = "_links")]
    pub(super) links: ThreadLinks,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Action {
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Line items only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    pub(super) associated_entities: AssociatedEntities,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssociatedEntities {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) original_conversation: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ThreadLinks {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_by_customer: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_by_user: Option<Link>,
    pub(super) customer: Link,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assigned_to: Option<Link>,
}

#[derive(Debug, Serialize)]
pub(super) struct Attachments {
    pub(super) attachments: Vec<Attachment>,
}

/// An attachment; `fileName` in requests, `filename` here.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attachment {
    pub(super) id: i64,
    pub(super) filename: String,
    pub(super) mime_type: String,
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) size: i64,
    pub(super) state: &'static str,
    #[serde(rename = "_links")]
    pub(super) links: AttachmentLinks,
}

#[derive(Debug, Serialize)]
pub(super) struct AttachmentLinks {
    #[serde(rename = "self")]
    pub(super) this: Link,
    pub(super) data: Link,
    pub(super) web: Link,
}

#[derive(Debug, Serialize)]
pub(super) struct Threads {
    pub(super) threads: Vec<Thread>,
}

/// A page of a collection (contract section 3).
#[derive(Debug, Serialize)]
pub(super) struct Page<T> {
    #[serde(rename = "_embedded")]
    pub(super) embedded: T,
    #[serde(rename = "_links")]
    pub(super) links: PageLinks,
    pub(super) page: PageNumbers,
}

#[derive(Debug, Serialize)]
pub(super) struct PageLinks {
    #[serde(rename = "self")]
    pub(super) this: Link,
    pub(super) first: Link,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) previous: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<Link>,
    pub(super) last: Link,
    pub(super) page: Link,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageNumbers {
    pub(super) size: i64,
    pub(super) total_elements: i64,
    pub(super) total_pages: i64,
    pub(super) number: i64,
}

#[derive(Debug, Serialize)]
pub(super) struct Webhooks {
    pub(super) webhooks: Vec<Webhook>,
}

/// A webhook (contract section 11.1), without its secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Webhook {
    pub(super) id: i64,
    pub(super) url: String,
    pub(super) state: &'static str,
    pub(super) events: Vec<String>,
    pub(super) notification: bool,
    pub(super) payload_version: String,
    pub(super) label: String,
    pub(super) mailbox_ids: Vec<i64>,
    #[serde(rename = "_links")]
    pub(super) links: SelfLink,
}

/// The user object (contract section 10.3), with the company that only `users/me` tells.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Me {
    pub(super) id: i64,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) email: String,
    pub(super) role: &'static str,
    pub(super) timezone: &'static str,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) mention: String,
    pub(super) initials: String,
    pub(super) job_title: &'static str,
    pub(super) phone: &'static str,
    pub(super) alternate_emails: [(); 0],
    pub(super) company_id: i64,
    #[serde(rename = "_links")]
    pub(super) links: SelfLink,
}

#[derive(Debug, Serialize)]
pub(super) struct SelfLink {
    #[serde(rename = "self")]
    pub(super) this: Link,
}

/// A customer as a resource (contract section 9.1). Missing texts are empty.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CustomerResource {
    pub(super) id: i64,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) gender: String,
    pub(super) job_title: String,
    pub(super) location: String,
    pub(super) organization: String,
    pub(super) photo_type: String,
    pub(super) photo_url: String,
    pub(super) age: String,
    pub(super) background: String,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    #[serde(rename = "_embedded")]
    pub(super) embedded: CustomerEntries,
    #[serde(rename = "_links")]
    pub(super) links: SelfLink,
}

/// A customer's entries.
#[derive(Debug, Default, Serialize)]
pub(super) struct CustomerEntries {
    pub(super) emails: Vec<CustomerEntry>,
    pub(super) phones: Vec<CustomerEntry>,
    pub(super) chats: Vec<CustomerEntry>,
    pub(super) websites: Vec<CustomerEntry>,
    pub(super) social_profiles: Vec<CustomerEntry>,
    pub(super) properties: [(); 0],
}

/// One of them.
#[derive(Debug, Serialize)]
pub(super) struct CustomerEntry {
    pub(super) id: i64,
    pub(super) value: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<&'static str>,
}
