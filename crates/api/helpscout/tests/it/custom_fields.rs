//! Tests of contract sections 6.3, 6.8 and 10.1: custom fields.

use heddle_domain::CustomField;
use heddle_domain::custom_field::FieldKind;
use heddle_domain::id::{ConversationId, InboxId};
use heddle_store::read::contents::ShowConversation;
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::custom_field::{DefineField, OptionWish, RemoveField, UpdateField};
use http::Method;
use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, conversation, done, operator, refused, rows, with};
use heddle_testkit::on_both;

async fn define(
    world: &World,
    inbox: InboxId,
    name: &str,
    kind: FieldKind,
    options: &[&str],
) -> CustomField {
    let command = DefineField {
        caller: operator(&world.here),
        inbox,
        name: name.into(),
        kind,
        order: None,
        required: kind == FieldKind::Dropdown,
        options: options.iter().map(|label| (*label).to_owned()).collect(),
    };
    world.store().write(command).await.expect("a field").field
}

/// The fields of the main inbox: a dropdown and one of each other kind.
async fn all_kinds(world: &World) -> Vec<CustomField> {
    let main = world.here.main;
    vec![
        define(
            world,
            main,
            "Model",
            FieldKind::Dropdown,
            &["K-200", "K-300"],
        )
        .await,
        define(world, main, "Serial", FieldKind::SingleLine, &[]).await,
        define(world, main, "Story", FieldKind::MultiLine, &[]).await,
        define(world, main, "Bought", FieldKind::Date, &[]).await,
        define(world, main, "Price", FieldKind::Number, &[]).await,
    ]
}

/// Returns a value of each field as a request writes it, and as a conversation shows it.
fn values(fields: &[CustomField]) -> (Value, Value) {
    let option = fields[0].options[1].id.to_string();
    let texts = [
        (option.as_str(), "K-300"),
        ("SN 7", "SN 7"),
        ("a\nb", "a\nb"),
        ("2026-03-04", "2026-03-04"),
        ("-12.50", "-12.50"),
    ];
    let written = fields
        .iter()
        .zip(texts)
        .map(|(field, (value, _))| json!({"id": field.id, "value": value}));
    let shown = fields.iter().zip(texts);
    let shown = shown.map(|(field, (value, text))| json!({"id": field.id, "name": field.name, "value": value, "text": text}));
    (written.collect(), shown.collect())
}

async fn put(client: &Client<'_>, id: i64, fields: Value) -> crate::harness::Answer {
    client
        .send(
            Method::PUT,
            &format!("/v2/conversations/{id}/fields"),
            Some(json!({"fields": fields})),
        )
        .await
}

/// Returns the values under their names, as the store has them.
async fn stored(world: &World, id: i64) -> Value {
    let read = ShowConversation {
        account: world.here.account.id,
        inboxes: heddle_domain::InboxScope::All,
        id: ConversationId(id),
    };
    let found = world.store().read(read).await.expect("a conversation");
    json!(found.labels.fields)
}

on_both! {
    async fn an_inbox_lists_its_fields(world: World) {
        let client = Client::new(&world).await;
        let (main, second) = (world.here.main.get(), world.here.second.get());
        let fields = all_kinds(&world).await;
        let path = format!("/v2/mailboxes/{main}/fields");
        let link = |query: &str| json!({"href": format!("http://heddle.test{path}/{query}")});
        let mut expected = Vec::new();
        for (at, (field, kind)) in fields.iter().zip(["dropdown", "singleline", "multiline", "date", "number"]).enumerate() {
            let options: Vec<Value> = field.options.iter().enumerate()
                .map(|(at, option)| json!({"id": option.id, "order": at + 1, "label": option.label})).collect();
            expected.push(json!({"id": field.id, "name": field.name, "type": kind, "order": at + 1, "required": at == 0, "options": options}));
        }
        let answer = client.get(&path).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/hal+json;charset=UTF-8"));
        assert_eq!(answer.json(), json!({
            "_embedded": {"fields": expected},
            "_links": {"self": link(""), "first": link("?page=1"), "last": link("?page=1"), "page": {"href": format!("http://heddle.test{path}/{{?page}}"), "templated": true}},
            "page": {"size": 50, "totalElements": 5, "totalPages": 1, "number": 1},
        }));
        assert_eq!(client.get(&format!("{path}/")).await.json(), answer.json());
        assert_eq!(client.get(&format!("{path}?page=2")).await.json()["_embedded"]["fields"], json!([]));
        let empty = client.get(&format!("/v2/mailboxes/{second}/fields")).await.json();
        assert_eq!((&empty["_embedded"]["fields"], &empty["page"]["totalPages"]), (&json!([]), &json!(0)));
        refused(&client.get(&format!("{path}?page=0")).await, 400);
        for id in ["999".to_owned(), world.foreign.main.to_string(), "x".into()] {
            assert_eq!(refused(&client.get(&format!("/v2/mailboxes/{id}/fields")).await, 404), Vec::<String>::new());
        }
    }
}

on_both! {
    async fn values_are_replaced_as_a_whole(world: World) {
        let client = Client::new(&world).await;
        let fields = all_kinds(&world).await;
        let (written, shown) = values(&fields);
        let id = client.conversation().await;
        let free = Change { fields: [("colour".into(), Some("red".into()))].into(), ..Change::default() };
        world.store().write(ChangeConversation::new(operator(&world.here), ConversationId(id), free)).await.expect("changed");
        assert_eq!(client.shown(id).await["customFields"], json!([]), "the inbox does not define it");
        done(&put(&client, id, written.clone()).await);
        assert_eq!(client.shown(id).await["customFields"], shown);
        assert_eq!(stored(&world, id).await, json!({"colour": "red", "Model": "K-300", "Serial": "SN 7", "Story": "a\nb", "Bought": "2026-03-04", "Price": "-12.50"}));
        let before = rows(&world).await;
        done(&put(&client, id, written).await);
        assert_eq!(rows(&world).await, before, "the same values again change nothing");
        // Ids as strings, numbers as numbers, unknown members, an empty value, and a repeated field, whose last value counts.
        done(&put(&client, id, json!([{"id": fields[4].id.to_string(), "value": 5, "name": "Price", "text": "x"}, {"id": fields[1].id, "value": ""},
            {"id": fields[2].id, "value": "no"}, {"id": fields[2].id, "value": null}])).await);
        assert_eq!(client.shown(id).await["customFields"], json!([{"id": fields[4].id, "name": "Price", "value": "5", "text": "5"}]));
        for body in [json!({"fields": []}), json!({"fields": null}), json!({})] {
            done(&put(&client, id, json!([{"id": fields[1].id, "value": "SN"}])).await);
            done(&client.send(Method::PUT, &format!("/v2/conversations/{id}/fields"), Some(body)).await);
            assert_eq!(client.shown(id).await["customFields"], json!([]));
        }
        assert_eq!(stored(&world, id).await, json!({"colour": "red"}), "what no inbox defines stays");
    }
}

on_both! {
    async fn bad_values_are_refused(world: World) {
        let client = Client::new(&world).await;
        let fields = all_kinds(&world).await;
        let elsewhere = define(&world, world.here.second, "Room", FieldKind::SingleLine, &[]).await;
        let id = client.conversation().await;
        let before = rows(&world).await;
        let good = conversation(&world);
        for (value, fault) in [
            (json!([{"id": 999_999, "value": "x"}]), "fields[0].id"), (json!([{"id": elsewhere.id, "value": "x"}]), "fields[0].id"),
            (json!([{"id": fields[1].id, "value": "ok"}, {"id": "x", "value": "x"}]), "fields[1].id"), (json!([{"value": "x"}]), "fields[0].id"),
            (json!([{"id": fields[0].id, "value": "K-200"}]), "fields[0].value"), (json!([{"id": fields[0].id, "value": "7777"}]), "fields[0].value"),
            (json!([{"id": fields[1].id, "value": "a\nb"}]), "fields[0].value"), (json!([{"id": fields[1].id, "value": "x".repeat(256)}]), "fields[0].value"),
            (json!([{"id": fields[3].id, "value": "2026-02-30"}]), "fields[0].value"), (json!([{"id": fields[4].id, "value": "12x"}]), "fields[0].value"),
            (json!([{"id": fields[4].id, "value": true}]), "fields[0].value"), (json!([7]), "fields[0]"), (json!({}), "fields"),
            (json!([{"id": fields[1].id, "value": "a\u{0}"}]), "fields[0].value"),
        ] {
            assert_eq!(refused(&put(&client, id, value.clone()).await, 400), [fault], "{value}");
            let create = with(&good, json!({"fields": value}));
            assert_eq!(refused(&client.post("/v2/conversations", &create).await, 400), [fault], "{value}");
        }
        assert_eq!(rows(&world).await, before);
    }
}

on_both! {
    async fn a_conversation_is_created_with_values(world: World) {
        let client = Client::new(&world).await;
        let fields = all_kinds(&world).await;
        let (written, shown) = values(&fields);
        let id = client.create(&with(&conversation(&world), json!({"fields": written}))).await;
        assert_eq!(client.shown(id).await["customFields"], shown);
    }
}

on_both! {
    async fn a_move_drops_the_values_that_the_new_inbox_lacks(world: World) {
        let client = Client::new(&world).await;
        let fields = all_kinds(&world).await;
        let (written, _) = values(&fields);
        let second = world.here.second;
        let there = define(&world, second, "Model", FieldKind::Dropdown, &["K-300"]).await;
        define(&world, second, "Price", FieldKind::Date, &[]).await;
        let id = client.create(&with(&conversation(&world), json!({"fields": written}))).await;
        let free = Change { fields: [("colour".into(), Some("red".into()))].into(), ..Change::default() };
        world.store().write(ChangeConversation::new(operator(&world.here), ConversationId(id), free)).await.expect("changed");
        done(&client.patch(id, "move", "/mailboxId", json!(second.get())).await);
        assert_eq!(stored(&world, id).await, json!({"colour": "red", "Model": "K-300"}));
        let option = there.options[0].id.to_string();
        assert_eq!(client.shown(id).await["customFields"], json!([{"id": there.id, "name": "Model", "value": option, "text": "K-300"}]));
    }
}

on_both! {
    async fn what_a_definition_does_not_take_is_not_shown(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let set = |fields: &[(&str, &str)]| {
            let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned())));
            ChangeConversation::new(operator(&world.here), ConversationId(id), Change { fields: fields.collect(), ..Change::default() })
        };
        world.store().write(set(&[("Model", "K-100"), ("Serial", "SN")])).await.expect("changed");
        let model = define(&world, world.here.main, "Model", FieldKind::Dropdown, &["K-200"]).await;
        let serial = define(&world, world.here.main, "Serial", FieldKind::SingleLine, &[]).await;
        assert_eq!(client.shown(id).await["customFields"], json!([{"id": serial.id, "name": "Serial", "value": "SN", "text": "SN"}]));
        let options = vec![OptionWish { id: None, label: "K-100".into() }, OptionWish { id: Some(model.options[0].id), label: "K-200".into() }];
        let update = UpdateField { caller: operator(&world.here), inbox: model.inbox, id: model.id, expected: None, order: Some(9), required: None, options: Some(options) };
        let changed = world.store().write(update).await.expect("changed").field;
        assert_eq!(changed.options[1], model.options[0]);
        let value = changed.options[0].id.to_string();
        assert_eq!(client.shown(id).await["customFields"][1], json!({"id": model.id, "name": "Model", "value": value, "text": "K-100"}));
        let remove = RemoveField { caller: operator(&world.here), inbox: model.inbox, id: model.id, expected: None };
        world.store().write(remove).await.expect("removed");
        assert_eq!(client.shown(id).await["customFields"].as_array().map(Vec::len), Some(1));
        assert_eq!(stored(&world, id).await["Model"], "K-100");
    }
}

on_both! {
    async fn the_list_filters_by_values(world: World) {
        let client = Client::new(&world).await;
        let fields = all_kinds(&world).await;
        let (written, _) = values(&fields);
        let (all, some, none) = (client.conversation().await, client.conversation().await, client.conversation().await);
        assert_eq!(put(&client, all, written).await.status, 204);
        assert_eq!(put(&client, some, json!([{"id": fields[1].id, "value": "SN 7"}])).await.status, 204);
        let second = define(&world, world.here.second, "Serial", FieldKind::SingleLine, &[]).await;
        let (model, serial, option) = (fields[0].id, fields[1].id, fields[0].options[1].id);
        for (filter, expected) in [
            ("".to_owned(), vec![none, some, all]),
            (format!("{serial}:SN%207"), vec![some, all]),
            (format!("{serial}:SN%207,{model}:{option}"), vec![all]),
            (format!("{serial}:SN%208"), vec![]),
            // A field of another inbox with the same name.
            (format!("{}:SN%207", second.id), vec![]),
        ] {
            let body = client.get(&format!("/v2/conversations?customFieldsByIds={filter}")).await.json();
            let found = body["_embedded"]["conversations"].as_array().unwrap_or_else(|| panic!("{filter}: {body}"));
            let found: Vec<_> = found.iter().map(|c| c["id"].as_i64().expect("an id")).collect();
            assert_eq!(found, expected, "{filter}");
        }
        for filter in ["77777:x".to_owned(), "x".to_owned(), format!("{model}:K-300")] {
            let answer = client.get(&format!("/v2/conversations?customFieldsByIds={filter}")).await;
            assert_eq!(refused(&answer, 400), ["customFieldsByIds"], "{filter}");
        }
        let foreign = Client::of(&world, &world.foreign).await;
        let answer = foreign.get(&format!("/v2/conversations?customFieldsByIds={serial}:SN%207")).await;
        assert_eq!(refused(&answer, 400), ["customFieldsByIds"]);
    }
}
