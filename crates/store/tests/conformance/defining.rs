//! Custom fields that inboxes define, and the values of conversations.

use std::collections::BTreeMap;

use heddle_domain::InboxScope;
use heddle_domain::custom_field::{CustomField, FieldKind, MOST_DEFINED};
use heddle_domain::id::{ConversationId, CustomFieldId, InboxId};
use heddle_store::read::contents::ShowConversation;
use heddle_store::read::custom_fields::{FieldBearers, GetCustomField, ListCustomFields};
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::custom_field::{DefineField, OptionWish, RemoveField, UpdateField};
use heddle_store::write::merge::MergeConversations;
use heddle_store::{Entity, Error, Refusal};
use heddle_testkit::On;

use crate::tenant::{Tenant, call, opened};

impl Tenant {
    pub(crate) fn defining(&self, name: &str, kind: FieldKind, options: &[&str]) -> DefineField {
        DefineField {
            caller: self.caller.clone(),
            inbox: self.inboxes[0],
            name: name.into(),
            kind,
            order: None,
            required: false,
            options: options.iter().map(|label| (*label).to_owned()).collect(),
        }
    }

    async fn define(&self, name: &str, kind: FieldKind, options: &[&str]) -> CustomField {
        let defined = self.store.write(self.defining(name, kind, options)).await;
        defined.expect("a field").field
    }

    async fn fields(&self, inbox: InboxId) -> Vec<CustomField> {
        let account = self.account;
        let read = ListCustomFields { account, inbox };
        self.store.read(read).await.expect("a list")
    }

    async fn set(&self, id: ConversationId, values: &[(&str, Option<&str>)]) -> Result<(), Error> {
        let value =
            |(name, value): &(&str, Option<&str>)| ((*name).to_owned(), value.map(str::to_owned));
        let change = Change {
            fields: values.iter().map(value).collect(),
            ..Change::default()
        };
        let change = ChangeConversation::new(self.caller.clone(), id, change);
        self.store.write(change).await.map(drop)
    }

    async fn values(&self, id: ConversationId) -> BTreeMap<String, String> {
        let read = ShowConversation {
            account: self.account,
            inboxes: InboxScope::All,
            id,
        };
        self.store.read(read).await.expect("it").labels.fields
    }
}

fn invalid<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    match result {
        Err(Error::Refused(Refusal::Invalid { field, .. })) => field,
        other => panic!("not refused: {other:?}"),
    }
}

async fn fields_are_defined_changed_and_removed(on: On) {
    let (_test, tenant) = opened(on).await;
    let model = tenant
        .define("Model", FieldKind::Dropdown, &["K-200", "K-300"])
        .await;
    let price = tenant.define("Price", FieldKind::Number, &[]).await;
    assert_eq!((model.order, price.order), (1, 2));
    assert_eq!(
        tenant.fields(tenant.inboxes[0]).await,
        [model.clone(), price.clone()]
    );
    assert_eq!(tenant.fields(tenant.inboxes[1]).await, []);
    let again = tenant
        .store
        .write(tenant.defining("Model", FieldKind::Date, &[]))
        .await;
    assert!(
        matches!(again, Err(Error::Refused(Refusal::Conflict(_)))),
        "{again:?}"
    );
    for (define, field) in [
        (tenant.defining(" x", FieldKind::Date, &[]), "name"),
        (tenant.defining("", FieldKind::Date, &[]), "name"),
        (tenant.defining("x", FieldKind::Date, &["a"]), "options"),
        (tenant.defining("x", FieldKind::Dropdown, &[]), "options"),
        (
            tenant.defining("x", FieldKind::Dropdown, &["a", "a"]),
            "options",
        ),
        (tenant.defining("x", FieldKind::Dropdown, &[" "]), "options"),
    ] {
        assert_eq!(invalid(tenant.store.write(define).await), field);
    }
    let wish = |id, label: &str| OptionWish {
        id,
        label: label.into(),
    };
    let update = UpdateField {
        caller: tenant.caller.clone(),
        inbox: tenant.inboxes[0],
        id: model.id,
        expected: None,
        order: Some(3),
        required: Some(true),
        options: Some(vec![
            wish(None, "K-400"),
            wish(Some(model.options[1].id), "K-300"),
            wish(None, "K-200"),
        ]),
    };
    let changed = tenant
        .store
        .write(update.clone())
        .await
        .expect("changed")
        .field;
    assert_eq!(
        changed.options[1..],
        [model.options[1].clone(), model.options[0].clone()],
        "known labels keep their ids"
    );
    assert!(
        (changed.order, changed.required) == (3, true) && changed.options[0].id > price.id.get()
    );
    assert_eq!(
        tenant.fields(tenant.inboxes[0]).await,
        [price.clone(), changed.clone()]
    );
    for options in [
        vec![wish(Some(model.options[1].id), "Other")],
        vec![wish(Some(7_777), "K-300")],
        vec![],
    ] {
        let update = UpdateField {
            options: Some(options),
            ..update.clone()
        };
        assert_eq!(invalid(tenant.store.write(update).await), "options");
    }
    let rows = tenant.rows().await;
    let same = UpdateField {
        options: None,
        ..update.clone()
    };
    tenant.store.write(same).await.expect("the same");
    assert_eq!(tenant.rows().await, rows);
    for (inbox, id) in [
        (tenant.inboxes[1], model.id),
        (tenant.inboxes[0], CustomFieldId(7_777)),
    ] {
        let refused = tenant
            .store
            .write(UpdateField {
                inbox,
                id,
                ..update.clone()
            })
            .await;
        assert_eq!(
            refused,
            Err(Error::Refused(Refusal::NotFound(Entity::CustomField)))
        );
        let remove = RemoveField {
            caller: tenant.caller.clone(),
            inbox,
            id,
            expected: None,
        };
        let refused = tenant.store.write(remove).await;
        assert_eq!(
            refused,
            Err(Error::Refused(Refusal::NotFound(Entity::CustomField)))
        );
    }
    let stale = UpdateField {
        expected: Some(1),
        ..update
    };
    assert_eq!(
        tenant.store.write(stale).await,
        Err(Error::Refused(Refusal::Stale))
    );
    let remove = RemoveField {
        caller: tenant.caller.clone(),
        inbox: tenant.inboxes[0],
        id: model.id,
        expected: None,
    };
    tenant.store.write(remove).await.expect("removed");
    assert_eq!(tenant.fields(tenant.inboxes[0]).await, [price]);
    let read = GetCustomField {
        account: tenant.account,
        id: model.id,
    };
    assert_eq!(tenant.store.read(read).await, Ok(None));
}

async fn an_inbox_defines_at_most_a_hundred_fields(on: On) {
    let (_test, tenant) = opened(on).await;
    for number in 0..MOST_DEFINED {
        tenant
            .define(&format!("Field {number}"), FieldKind::SingleLine, &[])
            .await;
    }
    let more = tenant.defining("More", FieldKind::SingleLine, &[]);
    assert_eq!(invalid(tenant.store.write(more).await), "name");
    assert_eq!(tenant.fields(tenant.inboxes[0]).await.len(), MOST_DEFINED);
}

async fn every_api_writes_only_what_the_definition_takes(on: On) {
    let (_test, tenant) = opened(on).await;
    tenant
        .define("Model", FieldKind::Dropdown, &["K-200"])
        .await;
    tenant.define("Price", FieldKind::Number, &[]).await;
    let id = tenant.conversation().await.id;
    tenant
        .set(
            id,
            &[
                ("Model", Some("K-200")),
                ("Price", Some(" 5 ")),
                ("colour", Some("any")),
            ],
        )
        .await
        .expect("set");
    let set = tenant.values(id).await;
    assert_eq!(set.get("Price").map(String::as_str), Some("5"));
    for (name, value) in [("Model", "K-300"), ("Price", "many"), ("Model", "")] {
        assert_eq!(
            invalid(
                tenant
                    .set(id, &[("colour", Some("other")), (name, Some(value))])
                    .await
            ),
            "custom_fields"
        );
    }
    assert_eq!(tenant.values(id).await, set);
    let mut create = tenant.creation(
        heddle_domain::customer::CustomerRef::Id(tenant.customer),
        vec![call("x")],
    );
    create.conversation.inbox = tenant.inboxes[0];
    create.conversation.fields = [("Model".to_owned(), "K-300".to_owned())].into();
    let refused = tenant.store.write(create).await.map(drop);
    assert_eq!(invalid(refused), "custom_fields");
}

async fn conversations_are_found_by_a_value(on: On) {
    let (_test, tenant) = opened(on).await;
    let mut ids = Vec::new();
    for value in ["a", "b", "a"] {
        let id = tenant.conversation().await.id;
        tenant
            .set(id, &[("Serial", Some(value)), ("Other", Some("a"))])
            .await
            .expect("set");
        ids.push(id);
    }
    let long = "x".repeat(5_000);
    tenant
        .set(ids[1], &[("Story", Some(&long))])
        .await
        .expect("long values are stored too");
    let find = async |name: &str, value: &str, after: i64| {
        let read = FieldBearers {
            account: tenant.account,
            name: name.into(),
            value: value.into(),
            after: ConversationId(after),
            limit: 10,
        };
        tenant.store.read(read).await.expect("a read")
    };
    assert_eq!(find("Serial", "a", 0).await, [ids[0], ids[2]]);
    assert_eq!(find("Serial", "a", ids[0].get()).await, [ids[2]]);
    assert_eq!(find("Serial", "c", 0).await, []);
    assert_eq!(find("Story", &long, 0).await, []);
}

async fn a_merge_into_another_inbox_drops_what_that_lacks(on: On) {
    let (_test, tenant) = opened(on).await;
    tenant
        .define("Model", FieldKind::Dropdown, &["K-200"])
        .await;
    let (from, into) = (
        tenant.conversation().await.id,
        tenant.conversation().await.id,
    );
    tenant
        .set(from, &[("colour", Some("red"))])
        .await
        .expect("set");
    let inbox = |inbox| Change {
        inbox: Some(inbox),
        ..Change::default()
    };
    for (id, to) in [(from, tenant.inboxes[0]), (into, tenant.inboxes[1])] {
        let change = ChangeConversation::new(tenant.caller.clone(), id, inbox(to));
        tenant.store.write(change).await.expect("moved");
    }
    tenant
        .set(from, &[("Model", Some("K-200"))])
        .await
        .expect("set");
    let merge = MergeConversations {
        caller: tenant.caller.clone(),
        inboxes: InboxScope::All,
        from,
        into,
        status: None,
        expected: None,
    };
    tenant.store.write(merge).await.expect("merged");
    assert_eq!(
        tenant.values(into).await,
        BTreeMap::from([("colour".into(), "red".into())])
    );
}

async fn fields_chosen_for_another_inbox_are_stale(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let inbox = tenant.get(id).await.inbox;
    let other = tenant.inboxes.iter().copied().find(|other| *other != inbox);
    let change = |of| Change {
        fields: [("Serial".to_owned(), Some("1".to_owned()))].into(),
        fields_of: of,
        ..Change::default()
    };
    let change = |of| ChangeConversation::new(tenant.caller.clone(), id, change(of));
    let refused = tenant.store.write(change(other)).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::Stale))),
        "{refused:?}"
    );
    tenant
        .store
        .write(change(Some(inbox)))
        .await
        .expect("written");
}

on_both!(
    fields_are_defined_changed_and_removed,
    an_inbox_defines_at_most_a_hundred_fields,
    every_api_writes_only_what_the_definition_takes,
    conversations_are_found_by_a_value,
    a_merge_into_another_inbox_drops_what_that_lacks,
    fields_chosen_for_another_inbox_are_stale,
);
