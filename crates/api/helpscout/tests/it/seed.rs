//! Tests of contract section 1: every row of the seed by its number, and the decisions under the table.

use futures_util::future::join_all;
use heddle_domain::ApiName;
use heddle_domain::account::{MERGE_REDIRECT_DAYS, SettingChange};
use heddle_domain::id::{ConversationId, MessageId};
use heddle_domain::message::Channel;
use heddle_helpscout::settings::LOCK_AFTER_DAYS;
use heddle_store::read::conversations::GetMessage;
use heddle_store::write::account::UpdateAccount;
use http::Method;
use serde_json::{Value, json};

use crate::harness::World;
use crate::{
    Client, conversation, created, customer, customers, fragments, merge, refused, rows, thread,
    with,
};
use heddle_testkit::on_both;

const PHOTO_TYPES: [&str; 8] = [
    "unknown",
    "gravatar",
    "twitter",
    "facebook",
    "googleprofile",
    "googleplus",
    "linkedin",
    "instagram",
];

/// Returns the body of a phone thread by a new customer, with one more customer field.
fn newcomer(email: &str, fields: Value) -> Value {
    let mut customer = json!({"email": email});
    for (name, value) in fields.as_object().expect("an object") {
        customer[name] = value.clone();
    }
    json!({"text": "hi", "customer": customer})
}

/// Returns the customer of the conversation's newest thread.
async fn newest_customer(client: &Client<'_>, id: i64) -> i64 {
    client.threads(id).await[0]["customer"]["id"]
        .as_i64()
        .expect("an id")
}

on_both! {
    async fn seed_1_and_16_post_phones_answers_201_with_the_threads_id(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        world.test.clock.advance(1_000);
        let answer = client.add(id, "phones", &thread(&world)).await;
        let made = created(&answer);
        assert_eq!(answer.header("location"), "");
        let newest = &client.threads(id).await[0];
        assert_eq!(newest["id"], json!(made));
        assert_eq!((&newest["type"], &newest["body"]), (&json!("phone"), &json!("Rang again")));
        assert_eq!(newest["createdBy"]["type"], "customer");
        assert_eq!(newest["source"], json!({"type": "api", "via": "customer"}));
    }
}

on_both! {
    async fn seed_2_text_is_required(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        for text in [json!(null), json!("")] {
            let body = with(&thread(&world), json!({"text": null}));
            let body = if text.is_null() { body } else { with(&body, json!({"text": text})) };
            let answer = client.add(id, "phones", &body).await;
            assert_eq!(refused(&answer, 400), ["text"]);
            assert_eq!(fragments(&answer), ["NotEmpty"]);
        }
        for text in [json!(5), json!(["x"]), json!({}), json!(true)] {
            let answer = client.add(id, "phones", &with(&thread(&world), json!({"text": text}))).await;
            assert_eq!(refused(&answer, 400), ["text"]);
        }
    }
}

on_both! {
    async fn seed_3_customer_needs_an_id_or_an_email(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        for (customer, path) in [
            (json!(null), "customer"), (json!({}), "customer"), (json!({"id": null, "email": ""}), "customer"),
            (json!({"id": 0}), "customer"), (json!({"firstName": "Ito"}), "customer"), (json!("ito"), "customer"),
            (json!([]), "customer"), (json!({"id": "x"}), "customer.id"), (json!({"id": 1.5}), "customer.id"),
            (json!({"id": 77_777}), "customer.id"), (json!({"id": -1}), "customer.id"),
            (json!({"id": world.foreign.customer.get()}), "customer.id"),
            (json!({"email": "nobody"}), "customer.email"), (json!({"email": 5}), "customer.email"),
            (json!({"email": "a@b@c"}), "customer.email"),
        ] {
            let answer = client.add(id, "phones", &with(&thread(&world), json!({"customer": customer}))).await;
            assert_eq!(refused(&answer, 400), [path], "{customer}");
        }
        assert_eq!(customers(&world).await, 2, "a refused call makes nobody");
    }
}

on_both! {
    async fn seed_4_an_id_wins_over_somebody_elses_email(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let second = world.here.second_customer.get();
        for email in [world.here.customer_email.as_str(), "fresh@example.com", "no address"] {
            let body = json!({"text": "hi", "customer": {"id": second, "email": email}});
            world.test.clock.advance(1_000);
            created(&client.add(id, "phones", &body).await);
            assert_eq!(newest_customer(&client, id).await, second);
        }
        let body = json!({"text": "hi", "customer": {"id": second.to_string()}});
        created(&client.add(id, "phones", &body).await);
        assert_eq!(customers(&world).await, 2);
        assert_eq!(client.shown(id).await["primaryCustomer"]["id"], json!(world.here.customer.get()));
    }
}

on_both! {
    async fn seed_5_a_known_email_finds_its_customer_in_any_case(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        for email in [world.here.customer_email.clone(), format!(" {} ", world.here.customer_email.to_uppercase())] {
            let body = json!({"text": "hi", "customer": {"email": email, "id": null}});
            world.test.clock.advance(1_000);
            created(&client.add(id, "phones", &body).await);
            assert_eq!(newest_customer(&client, id).await, world.here.customer.get());
        }
        assert_eq!(customers(&world).await, 2);
    }
}

on_both! {
    async fn seed_6_and_12_an_unknown_email_makes_a_customer_with_every_field(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let fields = json!({"firstName": "Vernon", "lastName": "Bear", "phone": "800-555", "photoUrl": "https://p/x.png",
            "jobTitle": "CEO", "photoType": "twitter", "background": "Likes kettles", "location": "Greater Mumbai",
            "organization": "Acme", "gender": "male", "age": "30-35"});
        world.test.clock.advance(1_000);
        created(&client.add(id, "phones", &newcomer("Vernon@Example.com", fields)).await);
        let made = customer(&world, newest_customer(&client, id).await).await;
        assert_eq!(made.email.as_deref(), Some("vernon@example.com"));
        assert_eq!(made.home, Some(world.here.main));
        let p = made.profile;
        let all = [p.first_name, p.last_name, p.phone, p.photo_url, p.job_title, p.photo_type, p.background, p.location,
            p.organization, p.gender, p.age];
        let all: Vec<_> = all.iter().map(|field| field.as_deref().unwrap_or("?")).collect();
        assert_eq!(all, ["Vernon", "Bear", "800-555", "https://p/x.png", "CEO", "twitter", "Likes kettles",
            "Greater Mumbai", "Acme", "male", "30-35"]);
        // A second call with the same new e-mail finds the first customer.
        created(&client.add(id, "phones", &newcomer("vernon@example.com", json!({}))).await);
        assert_eq!(customers(&world).await, 3);
    }
}

on_both! {
    async fn seed_7_a_match_changes_nothing_and_ignores_other_fields(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let before = customer(&world, world.here.customer.get()).await;
        let bad = json!({"firstName": "x".repeat(60), "lastName": "", "age": 5, "gender": "x", "photoType": 1,
            "photoUrl": "x".repeat(201), "jobTitle": [], "phone": {}});
        let good = json!({"firstName": "Other", "jobTitle": "CEO", "phone": "1"});
        for fields in [bad, good] {
            for (name, value) in [("id", json!(world.here.customer.get())), ("email", json!(world.here.customer_email))] {
                let mut customer = fields.clone();
                customer[name] = value;
                created(&client.add(id, "phones", &json!({"text": "hi", "customer": customer})).await);
            }
        }
        assert_eq!(customer(&world, world.here.customer.get()).await, before);
        assert_eq!(customers(&world).await, 2);
    }
}

on_both! {
    async fn seed_8_imported_is_a_boolean_that_defaults_to_false(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        for (imported, stored) in [(json!(null), false), (json!(false), false), (json!(true), true)] {
            let mut body = thread(&world);
            body["imported"] = imported;
            let made = created(&client.add(id, "phones", &body).await);
            let read = GetMessage { account: world.here.account.id, conversation: ConversationId(id), id: MessageId(made) };
            let message = world.store().read(read).await.expect("a read").expect("a message");
            assert_eq!((message.imported, message.channel), (stored, Channel::Phone));
        }
        for imported in [json!("true"), json!(1), json!([])] {
            let answer = client.add(id, "phones", &with(&thread(&world), json!({"imported": imported}))).await;
            assert_eq!(refused(&answer, 400), ["imported"]);
        }
    }
}

on_both! {
    async fn seed_9_an_imported_thread_notifies_nobody(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let reply = with(&thread(&world), json!({"text": "Done", "status": "closed"}));
        created(&client.add(id, "reply", &reply).await);
        let before = client.shown(id).await;
        created(&client.add(id, "phones", &with(&thread(&world), json!({"imported": true}))).await);
        let after = client.shown(id).await;
        for member in ["status", "customerWaitingSince", "closedAt", "closedBy", "userUpdatedAt"] {
            assert_eq!(before[member], after[member], "{member}");
        }
        assert_eq!(after["threads"], json!(3));
        // Webhooks and mail follow from the events, so every event must be marked as imported.
        let known = rows(&world).await;
        let stranger = with(&newcomer("import@example.com", json!({})), json!({"imported": true}));
        created(&client.add(id, "phones", &stranger).await);
        let fresh: Vec<Vec<String>> = rows(&world).await.into_iter()
            .filter(|row| row.starts_with("event|") && !known.contains(row))
            .map(|row| row.split('|').map(str::to_owned).collect())
            .collect();
        let told: Vec<_> = fresh.iter().map(|row| (row[3].as_str(), row[10].as_str())).collect();
        assert_eq!(told, [("customer.created", "1"), ("message.added", "1")]);
    }
}

on_both! {
    async fn seed_10_created_at_needs_imported(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        for imported in [json!(null), json!(false)] {
            let mut body = with(&thread(&world), json!({"createdAt": "2020-01-02T03:04:05Z"}));
            body["imported"] = imported;
            let answer = client.add(id, "phones", &body).await;
            assert_eq!(refused(&answer, 400), ["createdAt"]);
        }
        for (sent, shown) in [
            ("2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z"),
            ("2020-01-02T03:04:05+01:30", "2020-01-02T01:34:05Z"),
            ("2020-01-02T03:04:05.999Z", "2020-01-02T03:04:05Z"),
        ] {
            let body = with(&thread(&world), json!({"imported": true, "createdAt": sent}));
            let made = created(&client.add(id, "phones", &body).await);
            let threads = client.threads(id).await;
            assert_eq!(threads[0]["body"], "Rang about the kettle", "backdated ones come behind");
            let thread = threads.iter().find(|thread| thread["id"] == json!(made)).expect("the thread");
            assert_eq!(thread["createdAt"], shown);
        }
        for sent in [json!("soon"), json!(5), json!("2020-01-02"), json!("")] {
            let body = with(&thread(&world), json!({"imported": true, "createdAt": sent}));
            let answer = client.add(id, "phones", &body).await;
            assert_eq!(refused(&answer, 400), ["createdAt"], "{sent}");
            assert_eq!(fragments(&answer), ["DateTime"]);
        }
        let mut body = thread(&world);
        body["createdAt"] = json!(null);
        created(&client.add(id, "phones", &body).await);
    }
}

on_both! {
    async fn seed_11_and_15_attachments_are_kept_in_order(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let file = |name: &str, data: &str| json!({"fileName": name, "mimeType": "plain/text", "data": data});
        let files = json!([file("b.txt", "cmluZw=="), file("a.txt", "cmluZw")]);
        world.test.clock.advance(1_000);
        created(&client.add(id, "phones", &with(&thread(&world), json!({"attachments": files}))).await);
        let shown = client.threads(id).await[0]["_embedded"]["attachments"].clone();
        let names: Vec<_> = shown.as_array().expect("attachments").iter()
            .map(|a| (a["filename"].clone(), a["mimeType"].clone(), a["size"].clone())).collect();
        assert_eq!(names, [(json!("b.txt"), json!("plain/text"), json!(4)), (json!("a.txt"), json!("plain/text"), json!(4))]);
        for (files, paths) in [
            (json!([{}]), vec!["attachments[0].fileName", "attachments[0].mimeType", "attachments[0].data"]),
            (json!([file("", "cmluZw==")]), vec!["attachments[0].fileName"]),
            (json!([file("a", "cmluZw=="), file("b", "%")]), vec!["attachments[1].data"]),
            (json!([7]), vec!["attachments[0]"]),
            (json!({}), vec!["attachments"]),
            (json!([{"fileName": 1, "mimeType": 2, "data": 3}]), vec!["attachments[0].fileName", "attachments[0].mimeType", "attachments[0].data"]),
        ] {
            let answer = client.add(id, "phones", &with(&thread(&world), json!({"attachments": files}))).await;
            assert_eq!(refused(&answer, 400), paths, "{files}");
            assert!(!answer.json().to_string().contains("rejectedValue\":\"%"), "data is never echoed");
        }
        let mut body = thread(&world);
        body["attachments"] = json!(null);
        created(&client.add(id, "phones", &body).await);
    }
}

on_both! {
    async fn seed_12_lengths_of_a_customer_that_would_be_made(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        for (field, least, most) in [("firstName", 1, 40), ("lastName", 1, 40), ("photoUrl", 0, 200), ("jobTitle", 0, 60),
            ("background", 0, 200), ("location", 0, 60), ("organization", 0, 60)] {
            for length in [least, most] {
                let email = format!("{field}{length}@example.com").to_lowercase();
                let body = newcomer(&email, json!({field: "ü".repeat(length)}));
                created(&client.add(id, "phones", &body).await);
            }
            let too_short = (least > 0).then(|| least - 1);
            for length in too_short.into_iter().chain([most + 1]) {
                let body = newcomer("refused@example.com", json!({field: "x".repeat(length)}));
                let answer = client.add(id, "phones", &body).await;
                assert_eq!(refused(&answer, 400), [format!("customer.{field}")], "{length}");
                assert_eq!(fragments(&answer), ["Size"]);
            }
        }
        for field in ["firstName", "phone", "age", "photoUrl", "background"] {
            let answer = client.add(id, "phones", &newcomer("refused@example.com", json!({field: 30}))).await;
            assert_eq!(refused(&answer, 400), [format!("customer.{field}")]);
            created(&client.add(id, "phones", &newcomer("nulls@example.com", json!({field: null}))).await);
        }
        let all = json!({"firstName": "", "lastName": "x".repeat(41), "gender": "x", "age": 5});
        let answer = client.add(id, "phones", &with(&newcomer("refused@example.com", all), json!({"text": null}))).await;
        let mut paths = refused(&answer, 400);
        paths.sort_unstable();
        assert_eq!(paths, ["customer.age", "customer.firstName", "customer.gender", "customer.lastName", "text"]);
    }
}

on_both! {
    async fn seed_13_and_14_photo_types_and_genders(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        for (field, words) in [("photoType", PHOTO_TYPES.as_slice()), ("gender", &["male", "female", "unknown"])] {
            for word in words {
                let body = newcomer(&format!("{field}.{word}@example.com"), json!({field: word}));
                created(&client.add(id, "phones", &body).await);
            }
            for word in [json!("x"), json!(""), json!(5), json!([])] {
                let answer = client.add(id, "phones", &newcomer("refused@example.com", json!({field: word}))).await;
                assert_eq!(refused(&answer, 400), [format!("customer.{field}")], "{word}");
                assert_eq!(fragments(&answer), ["EnumValue"]);
                if word.is_string() {
                    assert_eq!(answer.json()["_embedded"]["errors"][0]["rejectedValue"], word);
                }
            }
        }
    }
}

const DAY_MS: i64 = 86_400_000;

/// Sets for how many days the id of a merged conversation leads to the survivor.
async fn keep_redirects_for(world: &World, days: i64) {
    let (api, name) = MERGE_REDIRECT_DAYS;
    let setting = SettingChange {
        api: ApiName::named(api),
        name,
        shown_as: name,
        default: 0,
        value: days,
    };
    let change = UpdateAccount {
        caller: None,
        expected: None,
        id: world.here.account.id,
        name: None,
        settings: vec![setting],
    };
    world.store().write(change).await.expect("changed");
}

on_both! {
    async fn seed_17_a_merged_conversation_is_404_here_and_301_on_get(world: World) {
        let client = Client::new(&world).await;
        let (a, b, c) = (client.conversation().await, client.conversation().await, client.conversation().await);
        merge(&world, a, b).await;
        merge(&world, b, c).await;
        for id in [a, b] {
            for kind in crate::FIVE {
                refused(&client.add(id, kind, &thread(&world)).await, 404);
                refused(&client.add(id, kind, &json!({})).await, 404);
            }
            refused(&client.get(&format!("/v2/conversations/{id}/threads")).await, 404);
            let answer = client.get(&format!("/v2/conversations/{id}")).await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (301, 0));
            assert_eq!(answer.header("location"), format!("http://heddle.test/v2/conversations/{c}"));
        }
        created(&client.add(c, "phones", &thread(&world)).await);
        keep_redirects_for(&world, 60).await;
        world.test.clock.advance(60 * DAY_MS - 1_000);
        let client = Client::new(&world).await;
        assert_eq!(client.get(&format!("/v2/conversations/{a}")).await.status, 301);
        world.test.clock.advance(2_000);
        let client = Client::new(&world).await;
        for id in [a, b] {
            refused(&client.get(&format!("/v2/conversations/{id}")).await, 404);
        }
        assert_eq!(client.get(&format!("/v2/conversations/{c}")).await.status, 200);
        let foreign = Client::of(&world, &world.foreign).await;
        refused(&foreign.get(&format!("/v2/conversations/{a}")).await, 404);
    }
}

on_both! {
    async fn seed_18_a_conversation_with_ninety_nine_threads_takes_no_more(world: World) {
        let client = Client::new(&world).await;
        let id = client.with_threads(98).await;
        created(&client.add(id, "phones", &thread(&world)).await);
        for kind in crate::FIVE {
            let answer = client.add(id, kind, &thread(&world)).await;
            assert_eq!(refused(&answer, 412), Vec::<String>::new());
            assert!(answer.json()["message"].as_str().expect("text").contains("number of threads"));
        }
        // The lock is checked after the body, and the refused request leaves no customer behind.
        assert_eq!(refused(&client.add(id, "phones", &json!({"text": "x"})).await, 400), ["customer"]);
        let unknown = json!({"text": "x", "customer": {"id": 77_777}});
        assert_eq!(refused(&client.add(id, "phones", &unknown).await, 400), ["customer.id"]);
        refused(&client.add(id, "phones", &newcomer("stray@example.com", json!({}))).await, 412);
        assert_eq!(customers(&world).await, 2);
        assert_eq!(client.shown(id).await["threads"], json!(99));
        let hundred = client.with_threads(100).await;
        assert_eq!(client.shown(hundred).await["threads"], json!(100));
        let thread = json!({"type": "note", "text": "x"});
        let too_many = with(&conversation(&world), json!({"threads": vec![thread; 101]}));
        assert_eq!(refused(&client.post("/v2/conversations", &too_many).await, 412), Vec::<String>::new());
        let wrong_too = with(&too_many, json!({"subject": null}));
        assert_eq!(refused(&client.post("/v2/conversations", &wrong_too).await, 400), ["subject"]);
    }
}

on_both! {
    async fn seed_19_the_age_policy_locks_old_conversations(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let settings = vec![LOCK_AFTER_DAYS.to(2)];
        let account = world.here.account.id;
        world.store().write(UpdateAccount { caller: None, expected: None, id: account, name: None, settings }).await.expect("changed");
        world.app.authentication.forget_account(account);
        world.test.clock.advance(2 * 86_400_000 - 60_000);
        let client = Client::new(&world).await;
        created(&client.add(id, "phones", &thread(&world)).await);
        world.test.clock.advance(2 * 86_400_000 + 60_000);
        let client = Client::new(&world).await;
        for kind in crate::FIVE {
            for imported in [false, true] {
                let answer = client.add(id, kind, &with(&thread(&world), json!({"imported": imported}))).await;
                assert_eq!(refused(&answer, 412), Vec::<String>::new());
                assert!(answer.json()["message"].as_str().expect("text").contains("age"));
            }
        }
        refused(&client.add(id, "phones", &json!({})).await, 400);
        // The policy is about new threads only.
        crate::done(&client.patch(id, "replace", "/subject", json!("Still changes")).await);
    }
}

on_both! {
    async fn seed_20_a_phone_thread_reopens_unless_imported(world: World) {
        let client = Client::new(&world).await;
        for status in ["active", "pending", "closed", "spam"] {
            let id = client.create(&with(&conversation(&world), json!({"status": status}))).await;
            assert_eq!(client.shown(id).await["status"], status);
            created(&client.add(id, "phones", &with(&thread(&world), json!({"imported": true}))).await);
            assert_eq!(client.shown(id).await["status"], status);
            // The members `status` and `state` have no effect here.
            created(&client.add(id, "phones", &with(&thread(&world), json!({"status": "closed", "state": "draft"}))).await);
            let shown = client.shown(id).await;
            assert_eq!((&shown["status"], &shown["closedBy"]), (&json!("active"), &json!(0)));
            assert!(shown.get("closedAt").is_none());
        }
    }
}

on_both! {
    async fn the_sdks_body_is_accepted(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let mut body: Value = serde_json::from_str(
            r#"{"id":null,"type":"phone","status":null,"state":null,"action":null,"text":"hi",
                "source":{"type":null,"via":null},"assignedTo":null,"savedReplyId":null,
                "to":[],"cc":[],"bcc":[],"customer":{"id":4}}"#,
        ).expect("JSON");
        body["customer"]["id"] = world.here.customer.get().into();
        created(&client.add(id, "phones", &body).await);
    }
}

on_both! {
    async fn the_order_of_refusals_is_401_404_400(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let foreign = Client::of(&world, &world.foreign).await;
        let there = foreign_conversation(&foreign, &world).await;
        for (unknown, body) in [(999, "{}"), (999, "{"), (there, "{}"), (there, "")] {
            let path = format!("/v2/conversations/{unknown}/phones");
            let answer = world.send(Method::POST, &path, &[("content-type", "application/json")], body).await;
            refused(&answer, 401);
            refused(&client.post_text(&path, body.into()).await, 404);
        }
        refused(&client.post_text(&format!("/v2/conversations/{id}/phones"), "{}".into()).await, 400);
        refused(&client.add(there, "phones", &newcomer("stray@example.com", json!({}))).await, 404);
        assert_eq!(customers(&world).await, 2);
    }
}

async fn foreign_conversation(foreign: &Client<'_>, world: &World) -> i64 {
    let customer = json!({"id": world.foreign.customer.get()});
    foreign
        .create(&json!({"subject": "x", "type": "phone", "mailboxId": world.foreign.main.get(), "status": "active",
            "customer": customer, "threads": [{"type": "phone", "text": "x", "customer": customer}]}))
        .await
}

on_both! {
    async fn concurrent_calls_create_one_customer_and_respect_the_cap(world: World) {
        let client = Client::new(&world).await;
        let (id, nearly) = (client.conversation().await, client.with_threads(98).await);
        let body = newcomer("rush@example.com", json!({"firstName": "Rush"}));
        let answers = join_all((0..8).map(|_| client.add(id, "phones", &body))).await;
        for answer in &answers {
            created(answer);
        }
        assert_eq!(customers(&world).await, 3);
        let thread = thread(&world);
        let answers = join_all((0..8).map(|_| client.add(nearly, "chats", &thread))).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 412, 412, 412, 412, 412, 412, 412]);
        assert_eq!(client.shown(nearly).await["threads"], json!(99));
    }
}
