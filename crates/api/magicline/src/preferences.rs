//! Communication preferences of a customer (contract section 5.4).

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use heddle_domain::id::CustomerId;
use heddle_store::read::preferences::FindPreferences;
use heddle_store::write::customers::UpdatePreferences;
use http::HeaderMap;

use crate::auth::{CustomersReader, CustomersWriter};
use crate::customers::follow;
use crate::error::Error;
use crate::map;
use crate::request::{self, preferences};
use crate::wire::CategoryPreferences;
use heddle_api::App;
use heddle_http::path::{BadPath, Params};

/// `GET /v1/communications/{customerId}/communication-preferences`
pub(crate) async fn show(
    State(app): State<App>,
    CustomersReader(caller): CustomersReader,
    path: Result<Params, BadPath>,
) -> Result<Json<Vec<CategoryPreferences>>, Error> {
    let id = CustomerId(request::id(&path, "customerId")?);
    let (account, inboxes) = (caller.account(), caller.reach()?);
    let read = |id| {
        let inboxes = inboxes.clone();
        app.store.read(FindPreferences {
            account,
            inboxes,
            id,
        })
    };
    let view = follow(id, read).await?;
    Ok(Json(map::preferences(&view.preferences)))
}

/// `PUT /v1/communications/{customerId}/communication-preferences`
pub(crate) async fn update(
    State(app): State<App>,
    CustomersWriter(caller): CustomersWriter,
    path: Result<Params, BadPath>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Vec<CategoryPreferences>>, Error> {
    let id = CustomerId(request::id(&path, "customerId")?);
    let changes = preferences::read(&headers, body).await?;
    let inboxes = caller.reach()?;
    let write = |id| {
        app.store.write(UpdatePreferences {
            caller: caller.for_store(),
            inboxes: inboxes.clone(),
            id,
            expected: None,
            changes: changes.clone(),
        })
    };
    let view = follow(id, write).await?;
    Ok(Json(map::preferences(&view.preferences)))
}
