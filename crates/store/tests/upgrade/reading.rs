//! Reads everything in the upgraded store: at least one entity of each kind, compared with the rows.

use heddle_domain::id::{
    AccountId, ConversationId, CredentialId, CustomerId, DeliveryId, InboxId, WebhookId,
};
use heddle_domain::{ApiName, InboxScope};
use heddle_store::read::account::{GetCredential, ListAccounts, ListAgents};
use heddle_store::read::conversations::{GetConversation, ListMessages};
use heddle_store::read::customers::FindCustomer;
use heddle_store::read::principal::FindPrincipal;
use heddle_store::read::webhooks::{GetDelivery, GetWebhook};
use heddle_store::write::webhook::WebhookReach;
use heddle_store::{Error, Refusal, Store};

use crate::before::{Row, Rows, last_survivor};

const APIS: [&str; 5] = ["helpscout", "magicline", "mews", "mykaarma", "native"];

fn number(row: &Row, column: &str) -> i64 {
    row[column]
        .as_i64()
        .unwrap_or_else(|| panic!("{column}: {row:?}"))
}

fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    row[column]
        .as_str()
        .unwrap_or_else(|| panic!("{column}: {row:?}"))
}

fn account(row: &Row) -> AccountId {
    AccountId(number(row, "account_id"))
}

/// Returns the inboxes that a list in the old form meant; an empty list meant all.
fn scope(row: &Row) -> InboxScope {
    match text(row, "inboxes") {
        "" => InboxScope::All,
        ids => InboxScope::only(ids.split(',').map(|id| InboxId(id.parse().expect("an id")))),
    }
}

/// Returns the bytes of a column that is shown as hexadecimal.
fn bytes(row: &Row, column: &str) -> Vec<u8> {
    let hex = text(row, column).strip_prefix("\\x").expect("hex");
    let digit = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(digit).collect()
}

pub(crate) async fn accounts(store: &Store, rows: &Rows) {
    let list = ListAccounts {
        after: AccountId(0),
        limit: 100,
    };
    let found = store.read(list).await.expect("accounts");
    assert_eq!(found.len(), rows["account"].len());
    let mut agents = 0;
    for account in found {
        let list = ListAgents {
            account: account.id,
            after: heddle_domain::AgentId(0),
            limit: 1_000,
        };
        agents += store.read(list).await.expect("agents").len();
    }
    assert_eq!(agents, rows["agent"].len());
}

/// Reads each conversation with all its messages, bodies and attachments.
pub(crate) async fn conversations(store: &Store, rows: &Rows) {
    let (mut messages, mut files) = (0, 0);
    for row in &rows["conversation"] {
        let (account, id) = (account(row), ConversationId(number(row, "id")));
        let get = GetConversation {
            account,
            inboxes: InboxScope::All,
            id,
        };
        match store.read(get).await {
            Ok(view) => {
                assert_eq!(view.conversation.subject, text(row, "subject"));
                assert_eq!(view.conversation.customer.get(), number(row, "customer_id"));
            }
            Err(Error::Refused(Refusal::MergedConversation { survivor, .. })) => {
                assert_eq!(last_survivor(&rows["conversation"], row), survivor.get());
                continue;
            }
            Err(error) => panic!("{account} {id}: {error}"),
        }
        let list = ListMessages {
            account,
            inboxes: InboxScope::All,
            conversation: id,
            page: 1,
            size: 1_000,
            after: None,
        };
        let page = store.read(list).await.expect("messages");
        for (message, attachments) in &page.messages {
            let body = body(rows, account, id, message.id.get());
            assert_eq!(message.body, body, "{account} {id} {}", message.id);
            files += attachments.len();
        }
        messages += page.messages.len();
    }
    assert_eq!(messages, rows["message"].len());
    assert_eq!(files, rows["attachment"].len());
}

/// Returns a message's body, from whichever of the two tables holds it.
fn body(rows: &Rows, account: AccountId, conversation: ConversationId, id: i64) -> &str {
    let of = |row: &&Row, column: &str| {
        row["account_id"] == account.get()
            && row["conversation_id"] == conversation.get()
            && row[column] == id
    };
    let message = rows["message"].iter().find(|row| of(row, "id"));
    let short = message.expect("a message")["body"].as_str();
    short.unwrap_or_else(|| {
        let long = rows["message_body"]
            .iter()
            .find(|row| of(row, "message_id"));
        text(long.expect("a long body"), "body")
    })
}

pub(crate) async fn customers(store: &Store, rows: &Rows) {
    for row in &rows["customer"] {
        let find = FindCustomer {
            account: account(row),
            inboxes: InboxScope::All,
            id: CustomerId(number(row, "id")),
        };
        match store.read(find).await {
            Ok(view) => {
                let name = view.customer.profile.first_name;
                assert_eq!(name.as_deref(), row["first_name"].as_str());
            }
            Err(Error::Refused(Refusal::MergedCustomer(into))) => {
                assert_eq!(into.get(), number(row, "merged_into_id"));
            }
            Err(Error::Refused(Refusal::ErasedCustomer)) => assert!(!row["erased_at"].is_null()),
            Err(error) => panic!("{error}"),
        }
    }
}

/// Reads each credential, and finds it by each of its keys that is not a token.
pub(crate) async fn credentials(store: &Store, rows: &Rows) {
    for row in &rows["credential"] {
        let get = GetCredential {
            account: account(row),
            id: CredentialId(number(row, "id")),
        };
        let found = store
            .read(get)
            .await
            .expect("a read")
            .expect("a credential");
        assert_eq!(found.credential.name, text(row, "name"));
        assert_eq!(found.credential.inboxes, scope(row));
    }
    for key in &rows["credential_key"] {
        let of = |row: &&Row| {
            row["account_id"] == key["account_id"] && row["id"] == key["credential_id"]
        };
        let credential = rows["credential"].iter().find(of).expect("its credential");
        let name = credential.get("api").or_else(|| credential.get("door"));
        let api = APIS
            .into_iter()
            .find(|api| name.is_some_and(|name| name == api));
        let find = FindPrincipal {
            api: ApiName::named(api.expect("an API")),
            key_hash: bytes(key, "key_hash").try_into().expect("a hash"),
        };
        let found = store.read(find).await.expect("a read");
        let found = found.expect("a principal").credential;
        assert_eq!(found.id.get(), number(key, "credential_id"));
        assert_eq!(found.revoked, !credential["revoked_at"].is_null());
    }
}

/// Reads each webhook with its deliveries and their attempts.
pub(crate) async fn webhooks(store: &Store, rows: &Rows) {
    for row in &rows["webhook"] {
        let get = GetWebhook {
            account: account(row),
            reach: WebhookReach::ALL,
            id: WebhookId(number(row, "id")),
        };
        let found = store.read(get).await.expect("a read").expect("a webhook");
        assert_eq!(found.label, text(row, "label"));
        assert!(!found.kinds.is_empty());
        assert_eq!(found.inboxes, scope(row));
    }
    let mut attempts = 0;
    for row in &rows["delivery"] {
        let get = GetDelivery {
            account: account(row),
            reach: WebhookReach::ALL,
            id: WebhookId(number(row, "webhook_id")),
            delivery: DeliveryId(number(row, "id")),
        };
        let found = store.read(get).await.expect("a read");
        let (delivery, tried) = found.expect("a delivery");
        assert_eq!(delivery.body, text(row, "body"));
        attempts += tried.len();
    }
    assert_eq!(attempts, rows["delivery_attempt"].len());
}
