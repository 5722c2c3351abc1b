//! A server for tests of APIs: two accounts, all kinds of credentials, a real router on a real store.
//!
//! The test chooses the APIs. This crate knows only their names, which credentials need.
//!
//! The ids in the foreign account begin at 1,000,000, so that no id exists in both accounts (`rules.md` 5).

use std::fmt;
use std::num::NonZeroU32;
use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use heddle_access::provision;
use heddle_access::seal::Sealer;
use heddle_access::secrets::{mint_key, mint_name};
use heddle_api::App;
use heddle_api::app::Options;
use heddle_api::{Api, Description};
use heddle_domain::account::{Account, AccountSettings};
use heddle_domain::credential::Grant;
use heddle_domain::credential::{ApiName, Scope};
use heddle_domain::customer::Profile;
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_domain::{EntityKind, InboxScope};
use heddle_http::base_url::BaseUrl;
use heddle_http::budget::BodyBudget;
use heddle_http::dispatch::{Hosts, Mount};
use heddle_http::path_prefix::PathPrefix;
use heddle_http::peer::TrustedProxies;
use heddle_http::request_id::RequestId;
use heddle_store::Store;
use heddle_webhooks::allow::AllowList;
use heddle_webhooks::sender;

use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use uuid::Uuid;

use crate::{On, TestStore};

const HELPSCOUT: ApiName = ApiName::named("helpscout");
const MAGICLINE: ApiName = ApiName::named("magicline");
const MEWS: ApiName = ApiName::named("mews");
const MYKAARMA: ApiName = ApiName::named("mykaarma");
const NATIVE: ApiName = ApiName::named("native");

/// Returns the default configuration with a sealing key, so that no test creates one in the working folder.
#[must_use]
pub fn options() -> Options {
    let number = |number| NonZeroU32::new(number).expect("not zero");
    let key = "5".repeat(64).try_into().expect("a key");
    Options {
        sealer: Sealer::new(Some(key), Path::new("")),
        webhooks: sender::Settings {
            allow: AllowList::default(),
            keep_days: number(30),
            max_connections: number(512),
            max_in_flight: number(8),
            lease_seconds: number(30),
        },
        failed_auth_per_minute: 120,
        largest_attachment: 25 << 20,
        has_search: true,
        tries_calls: false,
    }
}

/// Returns a router with one API alone.
pub fn serve_alone(api: Api) -> Router {
    let nothing = Api {
        description: Description {
            title: "Nothing",
            mount: Mount {
                name: ApiName::named("nothing"),
                prefixes: &[],
                render: |_, _| StatusCode::NOT_FOUND.into_response(),
                spell: RequestId::hex,
                private_after: &[],
                joins_slashes: false,
            },
            routes: Vec::new,
            unsupported: Vec::new,
            hook: None,
            ..api.description.clone()
        },
        router: Router::new(),
        path_prefix: PathPrefix::default(),
    };
    heddle_api::api::router(
        vec![api],
        nothing,
        Hosts::new(),
        TrustedProxies::default(),
        BodyBudget::new(64 << 20),
    )
}

/// Creates a token in the form of Mews' tokens.
fn mews_token() -> String {
    let digits = || Uuid::new_v4().simple().to_string().to_uppercase();
    format!("{}-{}", digits(), &digits()[..31])
}

/// One account with the records and credentials that tests need.
#[derive(Debug)]
pub struct Tenant {
    pub account: Account,
    /// The main inbox: at the same time Help Scout's mailbox, Magicline's studio, Mews' enterprise and myKaarma's
    /// department.
    pub main: InboxId,
    pub second: InboxId,
    pub agent: AgentId,
    /// The main inbox's default agent.
    pub default_agent: AgentId,
    /// A customer with an e-mail address, whose home inbox (the only inbox that shows the customer) is the main inbox.
    pub customer: CustomerId,
    pub customer_email: String,
    /// A customer whose home inbox is the second inbox.
    pub second_customer: CustomerId,
    /// A Magicline key for the main inbox.
    pub magicline_key: String,
    /// A Magicline key for the main inbox, without COMMUNICATION_WRITE.
    pub magicline_read_only_key: String,
    /// Client id and secret of a Help Scout app that reaches all inboxes and acts as `agent`.
    pub helpscout_client: (String, String),
    /// The client token of the Mews application. `mews_token` is its access token for the main inbox,
    /// `mews_portfolio_token` its access token for both inboxes.
    pub mews_client: String,
    pub mews_token: String,
    pub mews_portfolio_token: String,
    /// The client token of another Mews application, for the main inbox.
    pub mews_other_client: String,
    pub mews_other_token: String,
    /// User name and password for myKaarma's API, for the main inbox only.
    pub mykaarma: (String, String),
    /// A token of the native API with all scopes and inboxes.
    pub native_token: String,
}

/// A test server in this process.
pub struct World {
    pub test: TestStore,
    pub app: App,
    pub router: Router,
    pub here: Tenant,
    pub foreign: Tenant,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

/// The response to a request.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// Parses the body of the response as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {:?}", String::from_utf8_lossy(&self.body)))
    }

    /// Returns the text of a header; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("a text header"))
    }
}

impl World {
    /// Opens a store with two accounts that have these settings. `serve` returns the router of the APIs that are
    /// tested.
    pub async fn open(
        on: On,
        settings: AccountSettings,
        options: Options,
        serve: impl FnOnce(&App) -> Router,
    ) -> Self {
        let test = TestStore::open(on).await;
        let here = tenant(&test.store, "Here", settings.clone(), 1).await;
        let foreign = tenant(&test.store, "Foreign", settings, 1_000_000).await;
        let base_url = BaseUrl::new(None, "127.0.0.1:8080".parse().expect("an address"));
        let app = App::new(test.store.clone(), base_url, options);
        let router = serve(&app);
        Self {
            test,
            app,
            router,
            here,
            foreign,
        }
    }

    pub fn store(&self) -> &Store {
        &self.test.store
    }

    /// Sends a request with headers and a body.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "heddle.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.request(request.body(body.into()).expect("a request"))
            .await
    }

    /// Sends a request; the test reads the body of the response.
    ///
    /// # Panics
    /// Never: the router does not fail.
    pub async fn respond(&self, request: Request<Body>) -> Response {
        let response = self.router.clone().oneshot(request).await;
        response.expect("the router never fails")
    }

    /// Sends a request. Of a stream of events, which has no end, the body is only the first frame.
    pub async fn request(&self, request: Request<Body>) -> Answer {
        let (parts, mut body) = self.respond(request).await.into_parts();
        let content = parts.headers.get("content-type");
        let body = match content.is_some_and(|kind| kind == "text/event-stream") {
            true => {
                let first = body
                    .frame()
                    .await
                    .expect("a frame")
                    .expect("a readable one");
                first.into_data().expect("bytes").to_vec()
            }
            false => body.collect().await.expect("a body").to_bytes().to_vec(),
        };
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// Returns the public id that an API shows for an entity.
    pub async fn public_id(
        &self,
        tenant: &Tenant,
        kind: EntityKind,
        entity: i64,
        api: ApiName,
    ) -> String {
        let store = self.store();
        let found = store.find_public_id(tenant.account.id, kind, entity, api);
        found.await.expect("a read").expect("a public id")
    }
}

async fn tenant(store: &Store, name: &str, settings: AccountSettings, first_id: i64) -> Tenant {
    let account = provision::create_account(store, name, settings)
        .await
        .expect("an account");
    if first_id > 1 {
        store
            .raise_counters(account.id, first_id)
            .await
            .expect("raised counters");
    }
    let make_agent = |first: &'static str| {
        let account = &account;
        async move {
            let email = format!(
                "{}@{}.example",
                first.to_lowercase(),
                account.name.to_lowercase()
            );
            provision::create_agent(store, account, (first, "Quill"), &email, Vec::new())
                .await
                .expect("an agent")
        }
    };
    let agent = make_agent("Ada").await;
    let default_agent = make_agent("Dan").await;
    let make_inbox = |name: &'static str| {
        let account = &account;
        async move {
            provision::create_inbox(store, account, name, Some(default_agent), Vec::new())
                .await
                .expect("an inbox")
        }
    };
    let main = make_inbox("Main").await;
    let second = make_inbox("Second").await;
    let customer_email = format!("ito@{}.example", name.to_lowercase());
    let profile = |first: &str| Profile {
        first_name: Some(first.into()),
        last_name: Some("Marsh".into()),
        phone: Some("+49 30 1234".into()),
        ..Profile::default()
    };
    let customer = provision::create_customer(
        store,
        &account,
        Some(main),
        Some(&customer_email),
        profile("Ito"),
        Vec::new(),
    )
    .await
    .expect("a customer");
    let second_customer = provision::create_customer(
        store,
        &account,
        Some(second),
        None,
        profile("Sol"),
        Vec::new(),
    )
    .await
    .expect("a customer");
    let mut tenant = Tenant {
        main,
        second,
        agent,
        default_agent,
        customer,
        customer_email,
        second_customer,
        magicline_key: mint_key(),
        magicline_read_only_key: mint_key(),
        helpscout_client: (mint_name(), mint_key()),
        mews_client: mews_token(),
        mews_token: mews_token(),
        mews_portfolio_token: mews_token(),
        mews_other_client: mews_token(),
        mews_other_token: mews_token(),
        mykaarma: (format!("partner-{}", name.to_lowercase()), mint_key()),
        native_token: mint_key(),
        account,
    };
    credentials(store, &mut tenant).await;
    tenant
}

async fn credentials(store: &Store, tenant: &mut Tenant) {
    let account = &tenant.account;
    let key = |grant: Grant, secret: String| async move {
        provision::create_key(store, account, grant, &secret)
            .await
            .expect("a key");
    };
    let main = InboxScope::only([tenant.main]);
    key(
        Grant::full(MAGICLINE, main.clone()),
        tenant.magicline_key.clone(),
    )
    .await;
    let read_only = Grant::full(MAGICLINE, main.clone()).without(Scope::MessagesWrite);
    key(read_only, tenant.magicline_read_only_key.clone()).await;
    key(
        Grant::full(NATIVE, InboxScope::All),
        tenant.native_token.clone(),
    )
    .await;
    for (client, token, portfolio) in [
        (
            &tenant.mews_client,
            &tenant.mews_token,
            Some(&tenant.mews_portfolio_token),
        ),
        (&tenant.mews_other_client, &tenant.mews_other_token, None),
    ] {
        let application = provision::create_application(store, account, "Chat", client)
            .await
            .expect("an application");
        let grant = Grant {
            application: Some(application),
            ..Grant::full(MEWS, main.clone())
        };
        key(grant.clone(), token.clone()).await;
        if let Some(token) = portfolio {
            let both = InboxScope::only([tenant.main, tenant.second]);
            key(
                Grant {
                    portfolio: true,
                    inboxes: both,
                    ..grant
                },
                token.clone(),
            )
            .await;
        }
    }
    let helpscout = Grant {
        agent: Some(tenant.agent),
        ..Grant::full(HELPSCOUT, InboxScope::All)
    };
    let (id, secret) = &tenant.helpscout_client;
    provision::create_named(store, account, helpscout, id, secret)
        .await
        .expect("a client");
    let (user, password) = &tenant.mykaarma;
    let mykaarma = Grant::full(MYKAARMA, main);
    provision::create_named(store, account, mykaarma, user, password)
        .await
        .expect("an account");
}
