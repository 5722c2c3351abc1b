//! The page on which users allow apps to act for them, and what apps get for it (contract sections 4.1 and 4.2).

use std::collections::BTreeMap;

use heddle_access::passwords::hash_password;
use heddle_access::provision;
use heddle_access::secrets::mint_name;
use heddle_domain::credential::Grant;
use heddle_domain::id::{AgentId, CredentialId};
use heddle_domain::{Fact, InboxScope};
use heddle_helpscout::NAME;
use heddle_http::query::Query;
use heddle_store::read::feed::ReadFeed;
use heddle_store::write::agent::SetPassword;
use http::Method;
use serde_json::json;

use crate::harness::{Answer, World};
use crate::{Client, conversation, created, operator, refused, rows, thread};
use heddle_testkit::on_both;

const PAGE: &str = "/authentication/authorizeClientApplication";
const RETURN: &str = "https://app.example/return?from=heddle";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const PASSWORD: &str = "correct horse";
/// A verifier and the challenge that it solves (RFC 7636, appendix B).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An app that may ask users, and a user who may sign in: the second agent.
struct App<'a> {
    world: &'a World,
    id: CredentialId,
    client_id: String,
    user: AgentId,
}

impl<'a> App<'a> {
    async fn new(world: &'a World) -> Self {
        let email = "mina@here.example";
        let (store, account) = (world.store(), &world.here.account);
        let user = provision::create_agent(store, account, ("Mina", "Roth"), email, Vec::new());
        let user = user.await.expect("an agent");
        set_password(world, user, Some(PASSWORD)).await;
        Self::of(world, user, Some(RETURN)).await
    }

    async fn of(world: &'a World, user: AgentId, redirect_url: Option<&str>) -> Self {
        let client_id = mint_name();
        let grant = Grant {
            name: "<Ledger> & Co".into(),
            agent: Some(world.here.agent),
            redirect_url: redirect_url.map(str::to_owned),
            ..Grant::full(NAME, InboxScope::All)
        };
        let (store, account) = (world.store(), &world.here.account);
        let made = provision::create_named(store, account, grant, &client_id, "s3cret");
        Self {
            world,
            id: made.await.expect("an app"),
            client_id,
            user,
        }
    }

    /// Opens the page in a browser without cookies.
    async fn open(&self, more: &str) -> Answer {
        let path = format!("{PAGE}?client_id={}{more}", self.client_id);
        self.world.send(Method::GET, &path, &[], "").await
    }

    /// Fills in the form of a page and sends it.
    async fn fill(&self, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let cookie = page
            .header("set-cookie")
            .split(';')
            .next()
            .unwrap_or_default()
            .to_owned();
        self.send(page, &cookie, fields, &[]).await
    }

    async fn send(
        &self,
        page: &Answer,
        cookie: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let text = String::from_utf8(page.body.clone()).expect("UTF-8");
        let part = |from: &str| {
            let (_, rest) = text.split_once(from).expect("a form");
            rest.split_once('"')
                .expect("an end")
                .0
                .replace("&amp;", "&")
        };
        let action = part("action=\"");
        let path = action
            .strip_prefix("http://heddle.test")
            .expect("our own page");
        let token = part("name=\"token\" value=\"");
        let mut all = BTreeMap::from([
            ("token", token.as_str()),
            ("email", "mina@here.example"),
            ("password", PASSWORD),
            ("decision", "allow"),
        ]);
        all.extend(fields.iter().copied());
        let body = all
            .iter()
            .map(|(name, value)| format!("{name}={}", escaped(value)));
        let mut sent = vec![FORM, ("cookie", cookie)];
        sent.extend(headers);
        self.world
            .send(
                Method::POST,
                path,
                &sent,
                body.collect::<Vec<_>>().join("&"),
            )
            .await
    }

    /// Gets a code by the consent of the user.
    async fn code(&self, more: &str) -> String {
        let page = self.open(more).await;
        let back = self.fill(&page, &[]).await;
        let (_, query) = returned(&back);
        query.last("code").expect("a code").to_owned()
    }

    async fn exchange(&self, fields: &[(&str, &str)]) -> Answer {
        let mut body: BTreeMap<&str, &str> = fields.iter().copied().collect();
        body.insert("client_id", &self.client_id);
        body.insert("client_secret", "s3cret");
        let json = [("content-type", "application/json")];
        self.world
            .send(
                Method::POST,
                "/v2/oauth2/token",
                &json,
                json!(body).to_string(),
            )
            .await
    }

    async fn tokens(&self, fields: &[(&str, &str)]) -> (Client<'a>, String) {
        let answer = self.exchange(fields).await;
        let body = answer.json();
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(
            (answer.header("cache-control"), answer.header("pragma")),
            ("no-store", "no-cache")
        );
        assert_eq!(answer.header("content-type"), "application/json");
        let text = |name: &str| body[name].as_str().expect(name).to_owned();
        assert_eq!(
            body,
            json!({
                "token_type": "bearer", "expires_in": 172_800, "access_token": body["access_token"], "refresh_token": body["refresh_token"],
            })
        );
        (
            Client {
                world: self.world,
                token: text("access_token"),
            },
            text("refresh_token"),
        )
    }

    async fn refused(&self, fields: &[(&str, &str)], expected: (&str, &str)) {
        let answer = self.exchange(fields).await;
        let body = json!({ "error": expected.0, "error_description": expected.1 });
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (400, body),
            "{fields:?}"
        );
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

fn of_code(code: &str) -> [(&str, &str); 2] {
    [("grant_type", "authorization_code"), ("code", code)]
}

fn of_refresh(token: &str) -> [(&str, &str); 2] {
    [("grant_type", "refresh_token"), ("refresh_token", token)]
}

const CODE_REFUSED: (&str, &str) = ("invalid_grant", "Invalid authorization code");
const REFRESH_REFUSED: (&str, &str) = ("invalid_request", "Invalid refresh_token");

async fn set_password(world: &World, agent: AgentId, password: Option<&str>) {
    let set = SetPassword {
        caller: operator(&world.here),
        id: agent,
        expected: None,
        hash: password.map(hash_password),
    };
    world.store().write(set).await.expect("set");
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Returns the URL to which an answer sends the browser, without its query, and its query.
fn returned(answer: &Answer) -> (String, Query) {
    assert_eq!(
        answer.status,
        303,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    assert!(answer.body.is_empty());
    let (url, query) = answer.header("location").split_once('?').expect("a query");
    (url.to_owned(), Query::parse(query))
}

/// Checks a page of HTML, and returns its text.
fn page(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status);
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    let policy = answer.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    let text = String::from_utf8(answer.body.clone()).expect("UTF-8");
    assert!(
        text.starts_with("<!doctype html>") && !text.contains("<script"),
        "{text}"
    );
    text
}

on_both! {
    async fn a_user_signs_in_and_the_app_acts_as_this_user(world: World) {
        let app = App::new(&world).await;
        let state = "a b&c=<d>\n\u{e4}%\"'";
        let opened = app.open(&format!("&state={}&response_type=code&redirect_uri={}", escaped(state), escaped(RETURN))).await;
        let text = page(&opened, 200);
        assert!(text.contains("&lt;Ledger&gt; &amp; Co") && text.contains("Here"), "{text}");
        assert!(opened.header("content-security-policy").contains("form-action 'self' https://app.example;"));
        let cookie = opened.header("set-cookie");
        assert!(cookie.starts_with("heddle_consent=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600"), "{cookie}");
        let back = app.fill(&opened, &[]).await;
        let (url, query) = returned(&back);
        assert_eq!((url.as_str(), query.last("from"), query.last("state")), ("https://app.example/return", Some("heddle"), Some(state)));
        assert_eq!(back.header("cache-control"), "no-store");
        let code = query.last("code").expect("a code");
        let (client, refresh) = app.tokens(&[("grant_type", "authorization_code"), ("code", code)]).await;
        let me = client.get("/v2/users/me").await.json();
        assert_eq!((&me["id"], &me["firstName"]), (&json!(app.user.get()), &json!("Mina")));
        let id = client.create(&conversation(&world)).await;
        created(&client.add(id, "notes", &json!({ "text": "Looked into it" })).await);
        assert_eq!(client.threads(id).await[0]["createdBy"]["id"], app.user.get());
        created(&client.add(id, "phones", &thread(&world)).await);

        // The app's own grant still acts as its own user.
        let own = app.exchange(&[("grant_type", "client_credentials")]).await.json();
        assert!(own.get("refresh_token").is_none());
        let own = Client { world: &world, token: own["access_token"].as_str().expect("a token").to_owned() };
        assert_eq!(own.get("/v2/users/me").await.json()["id"], world.here.agent.get());

        let (again, other) = app.tokens(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]).await;
        assert_ne!(other, refresh);
        assert_eq!(again.get("/v2/users/me").await.json()["id"], app.user.get());
        assert_eq!(client.get("/v2/users/me").await.status, 200, "several live tokens");
    }
}

on_both! {
    async fn a_code_works_once_and_for_a_minute(world: World) {
        let app = App::new(&world).await;
        let (code, late) = (app.code("").await, app.code("").await);
        let (client, refresh) = app.tokens(&of_code(&code)).await;
        app.refused(&of_code(&code), CODE_REFUSED).await;
        refused(&client.get("/v2/users/me").await, 401);
        app.refused(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)], REFRESH_REFUSED).await;
        // The second use of the one code ended the whole consent, the other code with it.
        app.refused(&of_code(&late), CODE_REFUSED).await;
        let late = app.code("").await;
        world.test.clock.advance(60_000);
        app.refused(&of_code(&late), CODE_REFUSED).await;
        app.refused(&of_code(&"0".repeat(64)), CODE_REFUSED).await;
        app.refused(&[("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "https://evil.example/")], CODE_REFUSED).await;
        let other = App::of(&world, app.user, Some(RETURN)).await;
        let code = app.code("").await;
        other.refused(&of_code(&code), CODE_REFUSED).await;
        app.tokens(&[("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", RETURN)]).await;
    }
}

on_both! {
    async fn a_challenge_is_enforced(world: World) {
        let app = App::new(&world).await;
        let asked = format!("&code_challenge={CHALLENGE}&code_challenge_method=S256");
        let grant = "authorization_code";
        let code = app.code(&asked).await;
        app.refused(&[("grant_type", grant), ("code", &code)], CODE_REFUSED).await;
        app.refused(&[("grant_type", grant), ("code", &code), ("code_verifier", "wrong")], CODE_REFUSED).await;
        app.tokens(&[("grant_type", grant), ("code", &code), ("code_verifier", VERIFIER)]).await;
        let code = app.code("").await;
        app.refused(&[("grant_type", grant), ("code", &code), ("code_verifier", VERIFIER)], CODE_REFUSED).await;
        for wrong in ["&code_challenge=x&code_challenge_method=S256", &format!("&code_challenge={CHALLENGE}"), "&code_challenge_method=S256"] {
            let (_, query) = returned(&app.open(&format!("&state=7{wrong}")).await);
            assert_eq!((query.last("error"), query.last("state"), query.last("code")), (Some("invalid_request"), Some("7"), None), "{wrong}");
        }
    }
}

on_both! {
    async fn the_browser_goes_only_to_the_registered_url(world: World) {
        let app = App::new(&world).await;
        let plain = App::of(&world, app.user, None).await;
        let foreign = "&redirect_uri=https://app.example/return";
        for answer in [
            app.open(foreign).await,
            app.open(&format!("&redirect_uri={}", escaped("https://app.example/return?from=heddle&x"))).await,
            plain.open("").await,
            plain.open(&format!("&redirect_uri={}", escaped(RETURN))).await,
            world.send(Method::GET, PAGE, &[], "").await,
            world.send(Method::GET, &format!("{PAGE}?client_id=nobody"), &[], "").await,
            world.send(Method::POST, &format!("{PAGE}?client_id=nobody"), &[FORM], "decision=deny").await,
        ] {
            page(&answer, 400);
            assert_eq!(answer.header("location"), "");
        }
        let (url, query) = returned(&app.open("&response_type=token&state=s").await);
        assert_eq!((url.as_str(), query.last("error")), ("https://app.example/return", Some("unsupported_response_type")));
        let opened = app.open("&state=s").await;
        let (url, query) = returned(&app.fill(&opened, &[("decision", "deny"), ("password", "")]).await);
        assert_eq!((url.as_str(), query.last("error"), query.last("state")), ("https://app.example/return", Some("access_denied"), Some("s")));
        assert_eq!(query.last("code"), None);
    }
}

on_both! {
    async fn a_wrong_password_gives_nothing(world: World) {
        let app = App::new(&world).await;
        let opened = app.open("").await;
        let before = rows(&world).await;
        for (email, password) in [
            ("mina@here.example", "wrong horse"),
            ("mina@here.example", ""),
            ("", PASSWORD),
            ("ada@here.example", PASSWORD),
            ("nobody@here.example", PASSWORD),
            ("mina@here.example\0", PASSWORD),
            ("mina@here.example", &PASSWORD.repeat(100)),
        ] {
            let answer = app.fill(&opened, &[("email", email), ("password", password)]).await;
            let text = page(&answer, 401);
            assert!(text.contains("E-mail address or password is wrong."), "{text}");
            assert!(!text.contains("horse"), "no password is shown: {text}");
        }
        assert_eq!(rows(&world).await, before);
        let again = app.fill(&opened, &[("email", " MINA@here.example "), ("password", PASSWORD)]).await;
        assert!(returned(&again).1.last("code").is_some());
    }
}

on_both! {
    async fn too_many_wrong_passwords_are_refused_even_with_the_right_one(world: World) {
        let app = App::new(&world).await;
        let opened = app.open("").await;
        // The address counts the wrong secrets of apps, too, which cost less here.
        for _ in 0..119 {
            app.exchange(&[("grant_type", "x")]).await;
            let wrong = format!("grant_type=client_credentials&client_id={}&client_secret=wrong", app.client_id);
            world.send(Method::POST, "/v2/oauth2/token", &[FORM], wrong).await;
        }
        let last = app.fill(&opened, &[("password", "wrong horse")]).await;
        page(&last, 401);
        let refused = app.fill(&opened, &[]).await;
        let text = page(&refused, 429);
        assert!(text.contains("Too many wrong passwords. Please try again in 60 seconds."), "{text}");
        world.test.clock.advance(60_000);
        assert!(returned(&app.fill(&opened, &[]).await).1.last("code").is_some());
    }
}

on_both! {
    async fn a_form_works_only_in_the_browser_that_got_it(world: World) {
        let app = App::new(&world).await;
        let (opened, other) = (app.open("").await, app.open("").await);
        let before = rows(&world).await;
        let cookie = |of: &Answer| of.header("set-cookie").split(';').next().expect("a cookie").to_owned();
        for (cookie, headers) in [
            (String::new(), &[][..]),
            (cookie(&other), &[]),
            ("heddle_consent=x".into(), &[]),
            (cookie(&opened), &[("sec-fetch-site", "cross-site")]),
            (cookie(&opened), &[("sec-fetch-site", "same-site")]),
        ] {
            let answer = app.send(&opened, &cookie, &[], headers).await;
            assert!(page(&answer, 403).contains("This form is out of date"));
        }
        assert_eq!(rows(&world).await, before);
        let answer = app.send(&opened, &cookie(&opened), &[("decision", "")], &[]).await;
        page(&answer, 400);
        let answer = app.send(&opened, &cookie(&opened), &[], &[("sec-fetch-site", "same-origin")]).await;
        assert!(returned(&answer).1.last("code").is_some());
        // A second tab gets the same cookie, so that the form of the first one still works.
        let path = format!("{PAGE}?client_id={}", app.client_id);
        let tab = world.send(Method::GET, &path, &[("cookie", &cookie(&opened))], "").await;
        assert_eq!(cookie(&tab), cookie(&opened));
    }
}

on_both! {
    async fn without_a_password_the_tokens_end(world: World) {
        let app = App::new(&world).await;
        let code = app.code("").await;
        let (client, refresh) = app.tokens(&[("grant_type", "authorization_code"), ("code", &code)]).await;
        set_password(&world, app.user, None).await;
        world.app.authentication.forget_account(world.here.account.id);
        refused(&client.get("/v2/users/me").await, 401);
        app.refused(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)], REFRESH_REFUSED).await;
        let opened = app.open("").await;
        page(&app.fill(&opened, &[]).await, 401);
    }
}

on_both! {
    async fn a_refresh_token_works_for_a_minute_after_its_first_use(world: World) {
        let app = App::new(&world).await;
        let code = app.code("").await;
        let (_, first) = app.tokens(&[("grant_type", "authorization_code"), ("code", &code)]).await;
        let (_, second) = app.tokens(&of_refresh(&first)).await;
        world.test.clock.advance(59_999);
        let (_, third) = app.tokens(&of_refresh(&first)).await;
        world.test.clock.advance(1);
        app.refused(&of_refresh(&first), REFRESH_REFUSED).await;
        for token in [second, third] {
            app.tokens(&of_refresh(&token)).await;
        }
        for token in ["x", "", &code] {
            let answer = app.exchange(&of_refresh(token)).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (400, &json!("invalid_request")));
        }
        let (other, _) = (App::of(&world, app.user, Some(RETURN)).await, ());
        let code = app.code("").await;
        let (_, token) = app.tokens(&[("grant_type", "authorization_code"), ("code", &code)]).await;
        other.refused(&of_refresh(&token), REFRESH_REFUSED).await;
    }
}

on_both! {
    async fn the_audit_shows_who_allowed_which_app(world: World) {
        let app = App::new(&world).await;
        app.code("").await;
        world.store().drain_feed().await.expect("positions");
        let feed = ReadFeed { account: world.here.account.id, after: 0, limit: 1_000 };
        let events = world.store().read(feed).await.expect("a read").events;
        let event = events.iter().find(|event| event.kind.as_str() == "agent.consented").expect("the event");
        assert_eq!((event.entity, event.agent, event.credential), (app.user.get(), Some(app.user), Some(app.id)));
        assert_eq!(event.detail.known().facts, [Fact::App(app.id)]);
    }
}
