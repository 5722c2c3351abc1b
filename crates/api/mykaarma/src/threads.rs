//! Lists a customer's threads (contract section 4): a query that is sent as POST and changes nothing.

use axum::extract::{Request, State};
use heddle_store::read::threads::ListCustomerThreads;

use crate::auth::ThreadReader;
use crate::context::NAME;
use crate::error::Error;
use crate::map;
use crate::request::{Path, ThreadFilter};
use crate::wire::ThreadsResponse;
use heddle_api::App;
use heddle_http::json::LongJson;
use heddle_http::request_id::RequestId;

/// `POST /communications/departments/{departmentUUID}/customers/{customerUUID}/threads`
pub(crate) async fn list(
    State(app): State<App>,
    ThreadReader(subscriber): ThreadReader,
    path: Path,
    id: RequestId,
    request: Request,
) -> Result<LongJson<ThreadsResponse>, Error> {
    let department = subscriber.department(path.get("departmentUUID"))?;
    let ThreadFilter {
        assignee,
        archived,
        closed,
        limit,
        order,
        ascending,
    } = ThreadFilter::receive(request).await?;
    let read = ListCustomerThreads {
        api: NAME,
        account: subscriber.account(),
        inbox: department.inbox.id,
        customer: path.get("customerUUID").to_owned(),
        assignee,
        archived,
        closed,
        order,
        ascending,
        limit,
    };
    let found = app.store.read(read).await?;
    let threads = found.threads.iter().map(|(conversation, assignee)| {
        let owners = map::ThreadOwners {
            dealer: subscriber.dealer_uuid(),
            department: &department.public_id,
            customer: &found.customer,
        };
        map::thread(conversation, assignee.as_deref(), &owners)
    });
    Ok(LongJson(ThreadsResponse {
        customer_threads: threads.collect(),
        request_uuid: id.uuid(),
        errors: [],
        warnings: [],
    }))
}
