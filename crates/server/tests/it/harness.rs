//! A world to test in: two accounts, every sort of credential, the real router.
//!
//! The foreign account's counters are raised by 1,000,000, so that "foreign" cannot mean "also mine" (`rules.md` 5).

use axum::Router;
use axum::body::Body;
use heddle_domain::account::{Account, AccountSettings};
use heddle_domain::credential::{ApiName, Scope};
use heddle_domain::customer::Profile;
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_server::App;
use heddle_server::config::{Config, Overrides};
use heddle_server::kit::base_url::BaseUrl;
use heddle_server::provision::{self, Grant};
use heddle_store::read::account::GetPublicId;
use heddle_store::{PublicKind, Store};
use heddle_testkit::{On, TestStore};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// Runs a test body on both engines, each in a world of its own.
#[macro_export]
macro_rules! on_both {
    ($(#[$meta:meta])* async fn $name:ident($world:ident: World) $body:block) => {
        mod $name {
            use super::*;
            async fn run($world: World) $body
            #[tokio::test]
            async fn sqlite() { run(World::new(heddle_testkit::On::Sqlite).await).await; }
            #[tokio::test]
            async fn postgres() { run(World::new(heddle_testkit::On::Postgres).await).await; }
        }
    };
}

/// One account with everything a test may need.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) account: Account,
    /// Help Scout mailbox, Magicline studio, Mews enterprise and myKaarma department at once.
    pub(crate) main: InboxId,
    pub(crate) second: InboxId,
    pub(crate) agent: AgentId,
    /// The main inbox's default agent.
    pub(crate) default_agent: AgentId,
    /// At home in the main inbox, with an e-mail address.
    pub(crate) customer: CustomerId,
    pub(crate) customer_email: String,
    /// At home in the second inbox.
    pub(crate) second_customer: CustomerId,
    /// Magicline: main inbox.
    pub(crate) magicline_key: String,
    /// Magicline: main inbox, without COMMUNICATION_WRITE.
    pub(crate) magicline_read_only_key: String,
    /// Help Scout: all inboxes, acting as `agent`.
    pub(crate) helpscout_client: (String, String),
    /// Mews: the application, its plain token (main inbox), its portfolio token (both).
    pub(crate) mews_client: String,
    pub(crate) mews_token: String,
    pub(crate) mews_portfolio_token: String,
    /// Another Mews application on the main inbox.
    pub(crate) mews_other_client: String,
    pub(crate) mews_other_token: String,
    /// myKaarma: main inbox only.
    pub(crate) mykaarma: (String, String),
    /// Native: everything.
    pub(crate) native_token: String,
}

/// A server in this process.
pub(crate) struct World {
    pub(crate) test: TestStore,
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) here: Tenant,
    pub(crate) foreign: Tenant,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {:?}", String::from_utf8_lossy(&self.body)))
    }

    /// A header's text; empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("a text header"))
    }
}

impl World {
    pub(crate) async fn new(on: On) -> Self {
        Self::with(on, AccountSettings::default(), Overrides::default()).await
    }

    /// A world whose accounts and configuration differ from the defaults.
    pub(crate) async fn with(on: On, settings: AccountSettings, overrides: Overrides) -> Self {
        let test = TestStore::open(on).await;
        let here = tenant(&test.store, "Here", settings.clone(), 1).await;
        let foreign = tenant(&test.store, "Foreign", settings, 1_000_000).await;
        // A test must not leave a key in the working folder.
        let overrides = overrides.set("secrets.sealing_key", Some("5".repeat(64)));
        let config = Config::load(None, overrides).expect("the default configuration");
        let base_url = BaseUrl::new(None, "127.0.0.1:8080".parse().expect("an address"));
        let app = App::new(test.store.clone(), config, base_url);
        let router = app.router();
        Self {
            test,
            app,
            router,
            here,
            foreign,
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.test.store
    }

    /// Sends a request with headers and a body.
    pub(crate) async fn send(
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

    pub(crate) async fn request(&self, request: Request<Body>) -> Answer {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("the router never fails");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes().to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// The public id of an entity at an API.
    pub(crate) async fn public_id(
        &self,
        tenant: &Tenant,
        kind: PublicKind,
        entity: i64,
        api: ApiName,
    ) -> String {
        let read = GetPublicId {
            account: tenant.account.id,
            kind,
            entity,
            api,
        };
        self.store()
            .read(read)
            .await
            .expect("a read")
            .expect("a public id")
    }
}

async fn tenant(store: &Store, name: &str, settings: AccountSettings, first_id: i64) -> Tenant {
    let account = provision::account(store, name, settings)
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
            provision::agent(store, account, (first, "Quill"), &email, Vec::new())
                .await
                .expect("an agent")
        }
    };
    let agent = make_agent("Ada").await;
    let default_agent = make_agent("Dan").await;
    let make_inbox = |name: &'static str| {
        let account = &account;
        async move {
            provision::inbox(store, account, name, Some(default_agent), Vec::new())
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
    let customer = provision::customer(
        store,
        &account,
        Some(main),
        Some(&customer_email),
        profile("Ito"),
        Vec::new(),
    )
    .await
    .expect("a customer");
    let second_customer = provision::customer(
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
        magicline_key: provision::mint_key(),
        magicline_read_only_key: provision::mint_key(),
        helpscout_client: (provision::mint_name(), provision::mint_key()),
        mews_client: provision::mint_mews_token(),
        mews_token: provision::mint_mews_token(),
        mews_portfolio_token: provision::mint_mews_token(),
        mews_other_client: provision::mint_mews_token(),
        mews_other_token: provision::mint_mews_token(),
        mykaarma: (
            format!("partner-{}", name.to_lowercase()),
            provision::mint_key(),
        ),
        native_token: provision::mint_key(),
        account,
    };
    credentials(store, &mut tenant).await;
    tenant
}

async fn credentials(store: &Store, tenant: &mut Tenant) {
    let account = &tenant.account;
    let key = |grant: Grant, secret: String| async move {
        provision::key(store, account, grant, &secret)
            .await
            .expect("a key");
    };
    let main = vec![tenant.main];
    key(
        Grant::full(heddle_server::dialect::magicline::NAME, main.clone()),
        tenant.magicline_key.clone(),
    )
    .await;
    let read_only = Grant::full(heddle_server::dialect::magicline::NAME, main.clone())
        .without(Scope::MessagesWrite);
    key(read_only, tenant.magicline_read_only_key.clone()).await;
    key(
        Grant::full(heddle_server::native::NAME, Vec::new()),
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
        let application = provision::application(store, account, "Chat", client)
            .await
            .expect("an application");
        let grant = Grant {
            application: Some(application),
            ..Grant::full(heddle_server::dialect::mews::NAME, main.clone())
        };
        key(grant.clone(), token.clone()).await;
        if let Some(token) = portfolio {
            let both = vec![tenant.main, tenant.second];
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
        ..Grant::full(heddle_server::dialect::helpscout::NAME, Vec::new())
    };
    let (id, secret) = &tenant.helpscout_client;
    provision::named(store, account, helpscout, id, secret)
        .await
        .expect("a client");
    let (user, password) = &tenant.mykaarma;
    let mykaarma = Grant::full(heddle_server::dialect::mykaarma::NAME, main);
    provision::named(store, account, mykaarma, user, password)
        .await
        .expect("an account");
}
