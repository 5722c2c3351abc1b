//! `GET /__demo__/deliveries`: the deliveries of all webhooks, with their requests and attempts.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use heddle_api::App;
use heddle_domain::id::{AccountId, WebhookId};
use heddle_store::read::webhooks::{GetDelivery, ListDeliveries, ListWebhooks};
use heddle_store::write::webhook::WebhookReach;
use heddle_store::{Attempt, Delivery, Error, StoredWebhook};
use heddle_webhooks::manage::masked_url;
use serde_json::{Value, json};

use super::problem::Problem;
use super::state::Shared;

/// The maximum number of deliveries that are shown of one webhook: the newest.
const MOST: i64 = 100;
/// The maximum number of webhooks of an account whose deliveries are shown.
const MOST_WEBHOOKS: i64 = 100;

pub(super) async fn list(State(control): Shared) -> Result<Response, Problem> {
    let read = control.host.with_app(async |app| all(app).await).await;
    let all = read.ok_or_else(Problem::interrupted)??;
    Ok(axum::Json(json!({ "deliveries": all })).into_response())
}

/// Returns the deliveries of all accounts, the newest first in each webhook.
async fn all(app: &App) -> Result<Vec<Value>, Error> {
    let mut all = Vec::new();
    for account in app.store.account_ids().await? {
        let webhooks = ListWebhooks {
            account,
            reach: WebhookReach::ALL,
            after: WebhookId(0),
            limit: MOST_WEBHOOKS,
        };
        for webhook in app.store.read(webhooks).await? {
            all.extend(of_webhook(app, account, &webhook).await?);
        }
    }
    Ok(all)
}

async fn of_webhook(
    app: &App,
    account: AccountId,
    webhook: &StoredWebhook,
) -> Result<Vec<Value>, Error> {
    let list = ListDeliveries {
        account,
        reach: WebhookReach::ALL,
        id: webhook.id,
        before: None,
        state: None,
        limit: MOST,
    };
    let url = masked_url(&app.webhooks, account, webhook).ok();
    let mut shown = Vec::new();
    for delivery in app.store.read(list).await? {
        let get = GetDelivery {
            account,
            reach: WebhookReach::ALL,
            id: webhook.id,
            delivery: delivery.id,
        };
        if let Some((delivery, attempts)) = app.store.read(get).await? {
            shown.push(view(account, webhook, url.as_deref(), &delivery, &attempts));
        }
    }
    Ok(shown)
}

fn view(
    account: AccountId,
    webhook: &StoredWebhook,
    url: Option<&str>,
    delivery: &Delivery,
    attempts: &[Attempt],
) -> Value {
    let headers: Value = serde_json::from_str(&delivery.headers).unwrap_or(Value::Null);
    let attempts = attempts.iter().map(|attempt| {
        json!({
            "number": attempt.number,
            "at": attempt.started_at.to_string(),
            "duration_ms": attempt.duration_ms,
            "status": attempt.status,
            "answer": attempt.answer,
            "error": attempt.error,
        })
    });
    json!({
        "account": account.get(),
        "webhook": webhook.id.get(),
        "api": webhook.api,
        "url": url,
        "delivery": delivery.id.get(),
        "event": delivery.name,
        "state": delivery.state.as_str(),
        "headers": headers,
        "body": delivery.body,
        "next_attempt_at": delivery.next_attempt_at.map(|at| at.to_string()),
        "problem": delivery.problem,
        "attempts": attempts.collect::<Vec<_>>(),
    })
}
