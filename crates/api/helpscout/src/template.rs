//! The paths of the calls. A name in braces is an id.

pub(crate) const TOKEN: &str = "/v2/oauth2/token";
pub(crate) const AUTHORIZE: &str = "/authentication/authorizeClientApplication";
pub(crate) const ME: &str = "/v2/users/me";
pub(crate) const USERS: &str = "/v2/users";
pub(crate) const USER: &str = "/v2/users/{userId}";
pub(crate) const TEAMS: &str = "/v2/teams";
pub(crate) const MEMBERS: &str = "/v2/teams/{teamId}/members";
pub(crate) const CONVERSATIONS: &str = "/v2/conversations";
pub(crate) const CONVERSATION: &str = "/v2/conversations/{conversationId}";
pub(crate) const THREADS: &str = "/v2/conversations/{conversationId}/threads";
pub(crate) const PHONES: &str = "/v2/conversations/{conversationId}/phones";
pub(crate) const CHATS: &str = "/v2/conversations/{conversationId}/chats";
pub(crate) const CUSTOMER: &str = "/v2/conversations/{conversationId}/customer";
pub(crate) const NOTES: &str = "/v2/conversations/{conversationId}/notes";
pub(crate) const REPLY: &str = "/v2/conversations/{conversationId}/reply";

pub(crate) const CONVERSATION_TAGS: &str = "/v2/conversations/{conversationId}/tags";
pub(crate) const FIELDS: &str = "/v2/conversations/{conversationId}/fields";
pub(crate) const THREAD: &str = "/v2/conversations/{conversationId}/threads/{threadId}";
pub(crate) const SOURCE: &str =
    "/v2/conversations/{conversationId}/threads/{threadId}/original-source";
pub(crate) const FILES: &str = "/v2/conversations/{conversationId}/threads/{threadId}/attachments";
pub(crate) const FILE: &str = "/v2/conversations/{conversationId}/attachments/{attachmentId}";
pub(crate) const FILE_DATA: &str =
    "/v2/conversations/{conversationId}/attachments/{attachmentId}/data";
pub(crate) const FILE_BYTES: &str =
    "/v2/conversations/{conversationId}/attachments/{attachmentId}/file";
pub(crate) const MAILBOX_FIELDS: &str = "/v2/mailboxes/{mailboxId}/fields";
pub(crate) const CUSTOMERS: &str = "/v2/customers";
pub(crate) const ONE_CUSTOMER: &str = "/v2/customers/{customerId}";
pub(crate) const ADDRESS: &str = "/v2/customers/{customerId}/address";
pub(crate) const CUSTOMER_PROPERTIES: &str = "/v2/customer-properties";
pub(crate) const WORKFLOWS: &str = "/v2/workflows";
pub(crate) const MAILBOXES: &str = "/v2/mailboxes";
pub(crate) const MAILBOX: &str = "/v2/mailboxes/{mailboxId}";
pub(crate) const FOLDERS: &str = "/v2/mailboxes/{mailboxId}/folders";
pub(crate) const TAGS: &str = "/v2/tags";
pub(crate) const TAG: &str = "/v2/tags/{tagId}";

pub(crate) const WEBHOOKS: &str = "/v2/webhooks";
pub(crate) const WEBHOOK: &str = "/v2/webhooks/{webhookId}";
